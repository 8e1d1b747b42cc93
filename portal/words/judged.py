"""Who judges an article and when, in words; and what the last nights said of it."""

from dataclasses import dataclass

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from governance.charters import Article, Verdict, sentence
from governance.models.judged import NightJudged
from portal.templatetags.guichet import date_words

AT_STEPS = gettext_lazy(
    "Aux étapes nommées ici : le portail, à partir des faits du dossier. La décision reste celle "
    "d’une personne."
)
IN_USE = gettext_lazy(
    "Tant que les données sont utilisées : le portail encore, chaque nuit et dès qu’un fait change."
)
DEADLINE = gettext_lazy("Pour les délais : le portail, chaque nuit, sur chaque demande déposée.")
INCIDENTS = gettext_lazy("Le portail, chaque nuit, sur tous les incidents ouverts.")
INVARIANT = gettext_lazy("Le portail, chaque nuit, sur tout ce qu’il a enregistré et publié.")
PERSON = gettext_lazy(
    "Une personne compétente et sans lien avec le projet. Le portail vérifie seulement qu’elle a "
    "écrit ses raisons."
)


def judges(article: Article) -> list:
    """Who judges `article` and when, each in a sentence; empty while nothing of it executes."""
    found = []
    for clause in article.clauses:
        if clause.kind == "deadline":
            found.append(INCIDENTS if clause.subject == "whole" else DEADLINE)
        else:
            kinds = {"guard": AT_STEPS, "judgement": PERSON, "invariant": INVARIANT}
            found.append(kinds[clause.kind])
        if clause.continuous:
            found.append(IN_USE)
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Answer:
    """What the last night said of a clause about the whole. ``kind`` and ``standing`` are its
    chip's; ``lacks`` is empty when it holds."""

    row: NightJudged
    kind: str
    standing: str
    lacks: str


def answers(rows: list[NightJudged]) -> list[Answer]:
    """Those of the last nights, in words."""
    return [_answer(row) for row in rows]


def _answer(row: NightJudged) -> Answer:
    since = {"day": date_words(row.since)}
    if row.holds:
        return Answer(row, "done", _("Respecté depuis le %(day)s") % since, "")
    lacks = sentence(Verdict.from_data(row.verdict), get_language() or "fr")
    return Answer(row, "stop", _("N’est plus respecté depuis le %(day)s") % since, lacks)
