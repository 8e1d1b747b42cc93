"""Search over what public pages hold: pages, hospitals, articles, steps, terms, projects, data.

Pages, articles, steps and terms are a few hundred, read in memory; projects and the catalogue are
asked of the database. Accents and case do not matter; every word asked must be found; a word found
in the title counts more than one found in the text.
"""

from collections.abc import Iterable
from dataclasses import dataclass

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
    words = [word.rstrip("sx") if len(word) > 3 else word for word in fold(asked).split()]
    ranked = []
    for index, entry in enumerate(_entries(language, establishments)):
        title, text = fold(entry.title), fold(entry.text)
        if all(word in title or word in text for word in words):
            ranked.append((-sum(word in title for word in words), index, entry))
    pages = [entry for _rank, _index, entry in sorted(ranked)]
    return [*pages, *_projects(asked), *_data(asked)][:MOST]


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
