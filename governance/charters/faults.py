"""Why a charter's text is refused: a key and values, said in the reader's language.

English is the language of files and commands, French that of the pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from governance.typography import set_in_french

SENTENCES: Final = {
    "no_charter": ("Aucune charte « {charter} ».", "no charter {charter!r}"),
    "no_version": (
        "Aucune charte « {charter} » en version « {version} ».",
        "no charter {charter!r} in version {version!r}",
    ),
    "not_as_adopted": (
        "Le texte de « {charter} », version « {version} », n'est pas celui qui a été adopté.",
        "the text of {charter!r}, version {version!r}, is not the one adopted",
    ),
    "too_large": (
        "Le fichier dépasse {most} ko.",
        "the file is larger than {most} kB",
    ),
    "line_too_long": (
        "Cette ligne dépasse {most} caractères.",
        "this line is longer than {most} characters",
    ),
    "not_toml": (
        "Ce n'est pas du TOML ({detail}). Le plus souvent, un guillemet, un crochet ou un signe = "
        "manque ici, ou juste avant.",
        "not TOML: {detail}",
    ),
    "too_deep": ("Trop de niveaux imbriqués.", "nested too deeply"),
    "other_charter": (
        "Ce fichier n'est pas celui de la charte « {charter} ».",
        "the file is not of the charter {charter!r}",
    ),
    "other_version": (
        "Ce fichier n'est pas la version « {version} ».",
        "the file is not version {version!r}",
    ),
    "version_expected": (
        "Cette version doit porter le numéro « {expected} ».",
        "this version must be numbered {expected!r}",
    ),
    "not_a_date": ("« {name} » doit être une date.", "{name} must be a date"),
    "twice": ("{code} est écrit deux fois.", "{code} is written twice"),
    "clause_twice": (
        "{code} a deux fois la même clause.",
        "{code} has a clause twice",
    ),
    "no_article": (
        "Une charte a au moins un [[article]].",
        "a charter has at least one [[article]]",
    ),
    "not_an_article": (
        "« {code} » n'est pas {letter}- suivi de deux chiffres.",
        "{code!r} is not {letter}- and two digits",
    ),
    "clause_or_planned": (
        "{code} doit avoir soit des [[clause]], soit des [[planned]].",
        "{code} needs either [[clause]] or [[planned]]",
    ),
    "no_source": ("{code} ne cite aucune source.", "{code} names no source"),
    "preparatory_alone": (
        "{code} ne repose que sur une préfiguration.",
        "{code} stands on a préfiguration alone",
    ),
    "not_a_clause": (
        "« {code} » n'est pas {article} suivi d'une lettre au plus.",
        "{code!r} is not {article} and at most a letter",
    ),
    "steps_of_kind": (
        "{code} : une garde ou un jugement a des étapes, le reste n'en a pas.",
        "{code}: guards and judgements have steps, others none",
    ),
    "over": (
        "« over » vaut « every » ou « some », pour une clause de la demande.",
        "over is every or some, of a clause of the request",
    ),
    "reserve_elsewhere": (
        "« reserve_at » nomme une étape qui n'est pas gardée.",
        "reserve_at names a step not guarded",
    ),
    "unknown_check": ("Contrôle inconnu : « {check} ».", "unknown check {check!r}"),
    "check_subject": (
        "« {check} » ne lit pas ce sujet : {subject}.",
        "{check} does not read a {subject}",
    ),
    "unknown_step": ("Étape inconnue : « {step} ».", "unknown step {step!r}"),
    "not_a_table": ("« {name} » doit être une table.", "{name} must be a table"),
    "parameter_missing": (
        "Il manque le paramètre « {name} ».",
        "parameter {name!r} is missing",
    ),
    "parameter_type": (
        "Le paramètre « {name} » doit être de type {type}.",
        "parameter {name!r} must be of type {type}",
    ),
    "value_type": (
        "La valeur de « {name} » n'est pas {type}.",
        "the value of {name!r} is not of type {type}",
    ),
    "out_of_bounds": (
        "La valeur de « {name} » est hors limites.",
        "the value of {name!r} is out of bounds",
    ),
    "unknown_key": ("Clé inconnue : « {name} ».", "unknown key {name!r}"),
    "not_a_text": ("« {name} » doit être un texte.", "{name} must be a text"),
    "hidden_characters": (
        "« {name} » contient des caractères invisibles ou de contrôle.",
        "{name} holds invisible or control characters",
    ),
    "two_languages": (
        "« {name} » doit être donné en français (fr) et en anglais (en).",
        "{name} must be given in fr and en",
    ),
    "one_of": (
        "« {name} » doit valoir l'un de : {allowed}.",
        "{name} must be one of {allowed}",
    ),
    "not_a_flag": ("« {name} » doit valoir true ou false.", "{name} must be true or false"),
    "not_codes": (
        "« {name} » doit être une liste de codes, chacun une fois.",
        "{name} must be a list of codes, each once",
    ),
    "not_tables": ("« {name} » doit s'écrire [[{name}]].", "{name} must be written [[{name}]]"),
    "laxer_parameter": (
        "{clause} : « {name} » serait moins strict que dans la version {base} du réseau "
        "({now} au lieu de {was}).",
        "{clause}: {name!r} would be laxer than in the network's version {base} "
        "({now} instead of {was})",
    ),
    "laxer": (
        "{clause} : « {name} » serait moins strict que dans la version {base} du réseau.",
        "{clause}: {name!r} would be laxer than in the network's version {base}",
    ),
    "absent_from_local": (
        "{clause} est dans la version {base} du réseau et manque ici.",
        "{clause} is in the network's version {base} and is absent here",
    ),
    "base_not_in_force": (
        "Cette version rend plus stricte la version {base}, qui n'est pas celle en vigueur "
        "({in_force}).",
        "this version makes version {base} stricter, which is not the one in force ({in_force})",
    ),
    "held_by_the_portal": (
        "{clause} : le portail applique {held} pour « {name} » partout ; une charte ne peut pas "
        "seule en changer. Laissez {held}, ou demandez une version du portail qui suit l'autre.",
        "{clause}: the portal applies {held} for {name!r} everywhere; a charter alone cannot "
        "change it. Leave {held}, or ask for a version of the portal that follows the other.",
    ),
    "read_otherwise": (
        "{clause} : « {name} » se lit avec {what} = « {read} », quoi qu'en dise ce fichier. "
        "Écrivez-le ainsi, ou nommez un autre contrôle.",
        "{clause}: {name!r} is read with {what} = {read!r}, whatever this file says. Write it so, "
        "or name another check.",
    ),
    "unknown_code": (
        "{clause} : « {code} » n'est pas de ce que le portail sait dire pour « {name} » ({known}).",
        "{clause}: {code!r} is none of what the portal can say for {name!r} ({known}).",
    ),
    "needed_by_the_portal": (
        "{clause} manque : le portail s'en sert. Gardez cette clause sous ce code.",
        "{clause} is missing: the portal uses it. Keep this clause under this code.",
    ),
    "unguarded": (
        "« {claim} » ne serait plus vrai. {because}",
        "“{claim}” would no longer be true. {because}",
    ),
}
"""By key: what is said in French, in English."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a text, and on which line (from 1). A value may be a pair of words, in
    French and in English."""

    key: str
    line: int = 1
    values: Mapping[str, Any] = field(default_factory=dict)

    def say(self, language: str = "fr") -> str:
        """The sentence, in ``fr`` or ``en`` (or a region of them)."""
        english = language.lower().startswith("en")
        words = {
            name: value[english] if isinstance(value, tuple) else value
            for name, value in self.values.items()
        }
        said = SENTENCES[self.key][english].format(**words)
        return said if english else set_in_french(said)
