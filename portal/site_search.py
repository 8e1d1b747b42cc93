"""Search over what public pages hold: pages, hospitals, articles, steps, terms.

Few hundred entries, so they are read in memory. Accents and case do not matter; every word asked
must be found; a word found in the title counts more than one found in the text.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.charters import load_charters, versions_in_force
from governance.process.table import REQUEST
from portal import glossary, process_words

MOST = 40
LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "’": "'"})


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
    ("public:objection", _("S’opposer"), _("Comment refuser l’usage de vos données, et où.")),
    ("public:apply", _("Faire une demande"), _("Par où commencer, selon où vous en êtes.")),
    ("public:can_i", _("Puis-je porter une demande ?"), _("Trois questions, sans compte.")),
    ("public:papers", _("Exemples et modèles"), _("Protocole, analyse, note d’information, AIPD.")),
    ("public:process", _("Le processus"), _("La vie d’une demande, étape par étape.")),
    ("public:charters", _("Les chartes"), _("Ce à quoi chacun s’engage.")),
    ("public:committee", _("Le comité scientifique et éthique"), _("Qui donne un avis, comment.")),
    ("public:accessibility", _("Accessibilité"), _("Signaler une difficulté.")),
    ("public:privacy", _("Confidentialité"), _("Ce que le portail sait de vous.")),
    ("public:figures", _("Chiffres"), _("Le réseau en chiffres datés.")),
    ("public:easy", _("Facile à lire"), _("L’essentiel en phrases courtes.")),
    ("public:open_data", _("API et données ouvertes"), _("Réutiliser ce qui est public.")),
    ("public:contact", _("Contact"), _("Écrire ou téléphoner à un hôpital.")),
)


def folded(text: str) -> str:
    """``text`` without accents, ligatures or capitals."""
    decomposed = unicodedata.normalize("NFKD", text.translate(LIGATURES))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


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
    """What has every word of ``asked``, best first, at most 40."""
    words = folded(asked).split()
    ranked = []
    for index, entry in enumerate(_entries(language, establishments)):
        title, text = folded(entry.title), folded(entry.text)
        if all(word in title or word in text for word in words):
            ranked.append((-sum(word in title for word in words), index, entry))
    return [entry for _rank, _index, entry in sorted(ranked)[:MOST]]
