"""Search over what public pages hold: pages, hospitals, articles, steps, terms, projects, data.

Pages, articles, steps and terms are a few hundred, read in memory; projects and the catalogue are
asked of the database. Accents, case and endings do not matter (« pseudonymisation » finds
« pseudonymisée »); every word asked must be found; a word found in the title counts more than one
found in the text.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.queries import variables
from catalog.words import fold
from governance.charters import load_charters, versions_in_force
from governance.process.table import REQUEST
from portal.words import glossary
from portal.words import process as process_words
from projects.queries import register
from projects.queries.search import Gathered

DICTIONARIES = {"fr": "french_stem", "en": "english_stem"}
"""Those of PostgreSQL."""
MOST = 40
EACH = 10
"""Projects, and variables, shown at most."""


@dataclass(frozen=True)
class Found:
    """One result: its title, its address, what it is, a sentence."""

    title: str
    address: str
    what: Promise
    text: str


PAGES = (
    ("public:rights", _("Vos données, vos droits"), _("À quoi servent vos données, qui y accède.")),
    ("public:money", _("Mes données sont-elles vendues ?"), _("Non. Ce qui se paie, et à qui.")),
    (
        "public:objection",
        _("S’opposer"),
        _("Opposition : comment refuser l’usage de vos données, et où."),
    ),
    ("public:apply", _("Faire une demande"), _("Par où commencer, selon où vous en êtes.")),
    ("public:can_i", _("Puis-je porter une demande ?"), _("Trois questions, sans compte.")),
    ("public:papers", _("Exemples et modèles"), _("Protocole, analyse, note d’information, AIPD.")),
    ("public:process", _("Le processus"), _("La vie d’une demande, étape par étape.")),
    ("public:charters", _("Les chartes"), _("Ce à quoi chacun s’engage.")),
    ("register:projects", _("Projets"), _("Les demandes de données, une par une.")),
    ("register:decisions", _("Les décisions"), _("Avis, accords, refus, et leurs règles.")),
    ("public:delays", _("Les délais"), _("Ce qui est promis, et ce qui se passe en fait.")),
    ("public:proofs", _("Ce qui est prouvé"), _("Ce que les règles rendent impossible.")),
    ("catalogue:index", _("Données disponibles"), _("Quel hôpital détient quoi, depuis quand.")),
    ("public:committee", _("Le comité scientifique et éthique"), _("Qui donne un avis, comment.")),
    ("public:accessibility", _("Accessibilité"), _("Signaler une difficulté.")),
    ("public:privacy", _("Confidentialité"), _("Ce que le portail sait de vous.")),
    ("public:figures", _("Chiffres"), _("Le réseau en chiffres datés.")),
    ("public:easy", _("Facile à lire"), _("L’essentiel en phrases courtes.")),
    ("public:open_data", _("API et données ouvertes"), _("Réutiliser ce qui est public.")),
    ("public:contact", _("Contact"), _("Écrire ou téléphoner à un hôpital.")),
)


def _entries(language: str, establishments: Iterable) -> Iterable[Found]:
    for name, title, text in PAGES:
        yield Found(str(title), reverse(name), _("Page"), str(text))
    for hospital in establishments:
        address = reverse("public:establishment", args=[hospital.slug])
        yield Found(hospital.name, address, _("Établissement"), hospital.short_name)
    for charter in load_charters(versions_in_force(timezone.localdate())):
        for article in charter.articles:
            address = reverse("public:article", args=[charter.code, article.code])
            yield Found(
                article.title[language],
                address,
                _("Article d’une charte"),
                article.text[language],
            )
    for step in REQUEST.steps:
        words = process_words.step_words(step.code, language)
        address = reverse("public:step", args=[step.code])
        yield Found(words.label, address, _("Étape d’une demande"), words.actors)
    for term in glossary.terms(language):
        address = f"{reverse('public:glossary')}#{term.anchor}"
        yield Found(term.word, address, _("Mot du glossaire"), term.meaning)


def find(asked: str, language: str, establishments: Iterable) -> list[Found]:
    """What has every word of ``asked``, best first, at most MOST: pages, then projects and data."""
    entries = list(_entries(language, establishments))
    said = [(_words(entry.title), _words(entry.text)) for entry in entries]
    words = asked.lower().split()
    stems = _stems({each for pair in said for of in pair for each in of} | set(words), language)
    ranked = []
    for index, entry in enumerate(entries):
        title, text = (
            _Said(fold(of), {each for word in told for each in stems[word]})
            for of, told in zip((entry.title, entry.text), said[index], strict=True)
        )
        if all(title.has(word, stems) or text.has(word, stems) for word in words):
            ranked.append((-sum(title.has(word, stems) for word in words), index, entry))
    pages = [entry for _rank, _index, entry in sorted(ranked)]
    return [*pages, *_projects(asked), *_data(asked)][:MOST]


@dataclass(frozen=True)
class _Said:
    """What a text says: folded, and the stems of its words."""

    folded: str
    stems: set[str]

    def has(self, word: str, stems: dict[str, set[str]]) -> bool:
        """Whether it holds a word of a question, as it is or in another form."""
        plain = fold(word)
        plain = plain.rstrip("sx") if len(plain) > 3 else plain
        return plain in self.folded or not stems[word].isdisjoint(self.stems)


_WORD = re.compile(r"[^\W\d_]{3,}")
_KNOWN: dict[str, dict[str, set[str]]] = {"fr": {}, "en": {}}
"""The stems of the words that pages say, by language: the same few thousand at each question."""
MOST_KNOWN = 20_000


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", " "))


def _stems(words: set[str], language: str) -> dict[str, set[str]]:
    """The stems of each word, those that it has with and without its accents: PostgreSQL's, as the
    search of projects. One query for those that are not known yet."""
    language = language if language in _KNOWN else "fr"
    known = _KNOWN[language]
    if len(known) > MOST_KNOWN:
        known.clear()
    forms = {word: {word, fold(word)} for word in words - known.keys()}
    if forms:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT form, ts_lexize(%s::regdictionary, form) FROM unnest(%s::text[]) form",
                [DICTIONARIES[language], sorted(set().union(*forms.values()))],
            )
            found = dict(cursor.fetchall())
        known |= {
            word: {fold(stem) for form in of for stem in found[form] or ()}
            for word, of in forms.items()
        }
    return {word: known[word] for word in words}


def _projects(asked: str) -> list[Found]:
    found = Gathered(register.projects(words=asked), most=EACH)[:]
    lines = [register.line(each, at=timezone.now()) for each in found]
    return [
        Found(
            line.title, reverse("register:project", args=[line.number]), _("Projet"), line.summary
        )
        for line in lines
    ]


def _data(asked: str) -> list[Found]:
    return [
        Found(
            each.label,
            reverse("catalogue:variable", args=[each.code]),
            _("Variable du catalogue"),
            each.category.label,
        )
        for each in variables(text=asked)[:EACH]
    ]
