"""What can be wrong in a cohort definition, where, and how it is said.

A problem is a key and values, never prose; its sentence is made in the reader's language.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing wrong at one place.

    `pointer` is a JSON Pointer (RFC 6901): ``""`` is the whole document, ``/all/0/condition/1`` the
    second code of the first criterion. `key` is one of SENTENCES.
    """

    pointer: str
    key: str
    values: dict[str, Any] = field(default_factory=dict)

    def sentence(self, language: str = "fr") -> str:
        """What is wrong, in French ("fr") or English ("en"), without the place."""
        french, english = SENTENCES[self.key]
        return (english if language.startswith("en") else french).format(**self.values)

    def as_dict(self, language: str = "fr") -> dict[str, Any]:
        """For an API's or a report's answer."""
        return {
            "pointer": self.pointer,
            "key": self.key,
            "values": self.values,
            "sentence": self.sentence(language),
        }


class CohortError(ValueError):
    """A definition that cannot be run; `problems` lists all that was found, never empty."""

    def __init__(self, problems: list[Problem]):
        super().__init__(problems)
        self.problems = problems

    def text(self, language: str = "fr") -> str:
        """Every problem on its line, its place first."""
        whole = "whole definition" if language.startswith("en") else "définition"
        return "\n".join(f"{p.pointer or whole}: {p.sentence(language)}" for p in self.problems)

    def __str__(self) -> str:
        return self.text()


SENTENCES: dict[str, tuple[str, str]] = {
    "not_json": (
        "ce n'est pas du JSON (ligne {line}, colonne {column}).",
        "this is not JSON (line {line}, column {column}).",
    ),
    "not_text": ("le fichier n'est pas du texte UTF-8.", "the file is not UTF-8 text."),
    "too_long": (
        "trop long : {size} alors que {most} est le plus admis.",
        "too long: {size} where {most} is the most accepted.",
    ),
    "duplicate_key": ("la clé « {name} » est écrite deux fois.", "key “{name}” is written twice."),
    "empty": (
        "la définition est vide : il faut au moins un critère, un sexe ou un âge.",
        "the definition is empty: at least a criterion, a sex or an age is needed.",
    ),
    "type": ("on attend {expected}.", "{expected} is expected."),
    "unknown_key": (
        "clé inconnue « {name} » ; les clés admises sont : {accepted}.",
        "unknown key “{name}”; accepted keys are: {accepted}.",
    ),
    "missing": ("il manque « {name} ».", "“{name}” is missing."),
    "one_kind": (
        "un critère porte une seule clé parmi : {accepted}.",
        "a criterion holds exactly one key among: {accepted}.",
    ),
    "date": (
        "« {value} » n'est pas une date AAAA-MM-JJ.",
        "“{value}” is not a date written YYYY-MM-DD.",
    ),
    "period_order": (
        "la période est à l'envers : elle finit le {end}, avant de commencer le {start}.",
        "the period is upside down: it ends on {end}, before it starts on {start}.",
    ),
    "age_range": (
        "un âge est un nombre entier d'années de 0 à 150.",
        "an age is a whole number of years from 0 to 150.",
    ),
    "age_order": (
        "l'âge minimal ({low}) dépasse l'âge maximal ({high}).",
        "the least age ({low}) is above the greatest ({high}).",
    ),
    "sex": ("le sexe est « F » ou « M ».", "sex is “F” or “M”."),
    "empty_list": ("la liste est vide.", "the list is empty."),
    "unknown_code": (
        "code inconnu « {code} » : il n'est ni un code {terminology}, ni dans cet entrepôt.",
        "unknown code “{code}”: neither a {terminology} code nor in this warehouse.",
    ),
    "no_descendants": (
        "« {code} » : un code {terminology} n'a pas de descendants, « .* » n'y a pas de sens.",
        "“{code}”: a {terminology} code has no descendants, “.*” means nothing there.",
    ),
    "operator": (
        "opérateur inconnu « {value} » ; on attend l'un de : {accepted}.",
        "unknown operator “{value}”; one of these is expected: {accepted}.",
    ),
    "number": ("on attend un nombre fini.", "a finite number is expected."),
    "unit": (
        "unité inconnue « {value} » : on attend une unité UCUM, par exemple g/L ou mmol/L.",
        "unknown unit “{value}”: a UCUM unit is expected, for example g/L or mmol/L.",
    ),
    "pair": (
        "« op » et « value » vont ensemble ; « unit » les accompagne.",
        "“op” and “value” go together; “unit” comes with them.",
    ),
    "category": (
        "catégorie inconnue « {value} » ; les catégories sont : {accepted}.",
        "unknown category “{value}”; the categories are: {accepted}.",
    ),
    "blank": ("le texte est vide.", "the text is empty."),
    "too_short": (
        "le texte cherché compte moins de {least} caractères.",
        "the text to find has fewer than {least} characters.",
    ),
    "circe_shape": (
        "ce n'est pas une définition OHDSI (Circe) telle qu'ATLAS l'exporte.",
        "this is not an OHDSI (Circe) definition as ATLAS exports it.",
    ),
    "circe_unknown": (
        "« {name} » : ce champ n'est pas lu par la bibliothèque qui compte les définitions OHDSI "
        "(ohdsi-circepy) ; sans lui, d'autres personnes seraient comptées. Retirez-le dans ATLAS.",
        "“{name}”: this field is not read by the library that counts OHDSI definitions "
        "(ohdsi-circepy); without it other persons would be counted. Take it out in ATLAS.",
    ),
    "circe_criterion": (
        "« {name} » : ce critère ne peut pas être compté ; le sont : {accepted}.",
        "“{name}”: this criterion cannot be counted; these can: {accepted}.",
    ),
    "circe_deep": (
        "la définition est imbriquée sur plus de {most} niveaux.",
        "the definition is nested over more than {most} levels.",
    ),
    "circe_missing_set": (
        "l'ensemble de concepts {number} n'est pas dans la définition, ou il est vide.",
        "concept set {number} is not in the definition, or is empty.",
    ),
    "circe_as_it_is": (
        "Cette définition OHDSI est comptée telle quelle, par les hôpitaux qui tiennent le "
        "vocabulaire d'OHDSI : elle dit ce que nos critères ne savent pas dire.",
        "This OHDSI definition is counted as it is, by the hospitals that hold OHDSI's vocabulary: "
        "it says what our criteria cannot.",
    ),
    "circe_attribute": (
        "« {name} » : cette condition d'une définition OHDSI ne peut pas être dite ici.",
        "“{name}”: this condition of an OHDSI definition cannot be said here.",
    ),
    "circe_domain": (
        "« {name} » : seuls diagnostics, médicaments, actes et mesures peuvent être repris ; une "
        "visite, comme événement d'entrée seulement.",
        "“{name}”: only conditions, drugs, procedures and measurements can be read; a visit, as "
        "the entry event only.",
    ),
    "circe_window": (
        "une fenêtre de temps autour de l'événement d'entrée ne peut pas être dite ici : "
        "un critère vaut sur toute la période.",
        "a window of time around the entry event cannot be said here: a criterion holds over the "
        "whole period.",
    ),
    "circe_count": (
        "un critère est ici « au moins une fois » ou « jamais », pas un autre nombre de fois.",
        "a criterion is here “at least once” or “never”, not another number of times.",
    ),
    "circe_group": (
        "un groupe de critères « {kind} », ou imbriqué dans une alternative, ne peut pas être dit.",
        "a group of criteria “{kind}”, or within an alternative, cannot be said.",
    ),
    "circe_alternatives": (
        "une seule alternative entre critères de natures différentes peut être dite, "
        "sans « jamais ».",
        "only one alternative between criteria of different kinds can be said, without “never”.",
    ),
    "circe_set": (
        "le critère ne nomme pas un ensemble de concepts, et un seul, de la définition.",
        "the criterion does not name one set of concepts of the definition.",
    ),
    "circe_vocabulary": (
        "« {name} » est un concept {vocabulary} : on attend un code {accepted}. "
        "Choisissez dans ATLAS les concepts sources de ces terminologies.",
        "“{name}” is a concept of {vocabulary}: a code of {accepted} is expected. "
        "Pick in ATLAS the source concepts of these vocabularies.",
    ),
    "circe_excluded": (
        "« {name} » : les concepts exclus ou « mapped » d'un ensemble ne peuvent pas être dits.",
        "“{name}”: excluded or mapped concepts of a set cannot be said.",
    ),
    "circe_one_measure": (
        "une mesure porte sur un seul code LOINC.",
        "a measurement is of one LOINC code.",
    ),
    "circe_operator": (
        "la comparaison « {op} » ne peut pas être dite ici.",
        "the comparison “{op}” cannot be said here.",
    ),
    "circe_periods": (
        "les critères n'ont pas tous les mêmes dates : une définition a ici une seule période.",
        "criteria do not all have the same dates: a definition has one period here.",
    ),
    "circe_note": (
        "une définition OHDSI ne sait pas dire un critère sur les documents.",
        "an OHDSI definition cannot say a criterion on documents.",
    ),
    "circe_exit": (
        "la sortie de la cohorte n'est pas reprise : on compte qui y entre.",
        "the exit from the cohort is not read: who enters is counted.",
    ),
    "circe_age": (
        "l'âge est ici celui de la première visite de la période, "
        "non celui de l'événement d'entrée.",
        "age is here that at the first visit of the period, not at the entry event.",
    ),
    "circe_seen": (
        "sans condition d'âge, il n'est pas demandé ici de visite en plus des critères.",
        "without a condition of age, no visit is asked here beside the criteria.",
    ),
}
