"""What is proved, for citizens: each claim in its sentence, and what it does not do without.

What was taken away to see the proof fail is said in the words of the public pages: a rule by its
title, a step and a state by their public names, never by a code.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from governance.charters import find_clause, load_charters
from governance.process.proofs import CLAIMS, FAMILIES
from governance.process.proofs.mutants import Kind, Removal
from governance.process.proofs.recorded import recorded
from governance.process.table import REQUEST
from portal.words.process import state_label, step_label


@dataclass(frozen=True)
class ClaimTold:
    """A claim, where its proof is read on the page of proofs, and what it rests on."""

    anchor: str
    sentence: str
    rests_on: tuple[str, ...]
    command: str


@dataclass(frozen=True)
class FamilyTold:
    label: str
    how: str
    claims: tuple[ClaimTold, ...]


def claims_told(language: str) -> tuple[FamilyTold, ...]:
    """Each family of claims, in the order of the proofs."""
    how = {
        "safety": _(
            "Pour chacune, la machine cherche une situation qui la démente : un passage permis "
            "sans la garde, un chemin qui contourne l’étape. Les faits que personne ne peut "
            "prévoir sont tous supposés favorables, pour que rien n’aide la phrase à être vraie."
        ),
        "liveness": _(
            "Pour chacune, la machine part de chaque situation et vérifie que la porte promise y "
            "est ouverte, ou qu’un chemin y mène encore."
        ),
        "separation": _(
            "Pour chacune, la machine regarde qui peut prendre chaque étape, et si une même "
            "personne peut en prendre deux, l’une après l’autre."
        ),
    }
    titles = _titles(language)
    return tuple(
        FamilyTold(
            label.say(language),
            how[family],
            tuple(_told(claim, language, titles) for claim in CLAIMS if claim.family == family),
        )
        for family, label in FAMILIES.items()
    )


def _told(claim, language: str, titles: dict[str, str]) -> ClaimTold:
    removals = recorded().missed.get(claim.code, ())
    return ClaimTold(
        claim.code.replace("_", "-"),
        claim.sentence.say(language),
        tuple(dict.fromkeys(removal_words(each, language, titles) for each in removals)),
        f'./guichet manage process --without "{removals[0].name}"' if removals else "",
    )


def _titles(language: str) -> dict[str, str]:
    """The title of the article of each clause that was taken away."""
    charters = load_charters(recorded().charters)
    codes = {each.what for each in recorded().removals if each.kind == Kind.ARTICLE}
    articles = {article.code: article for charter in charters for article in charter.articles}
    return {code: articles[find_clause(code, charters).article].title[language] for code in codes}


def removal_words(removal: Removal, language: str, titles: dict[str, str]) -> str:
    """What was taken away, in a few words."""
    if not removal.step:
        state = state_label(REQUEST.state(removal.what), language)
        if removal.kind == Kind.SEQUEL:
            return _("toute suite à « %(state)s »") % {"state": state}
        return _("tout chemin vers « %(state)s »") % {"state": state}
    rule, step = REQUEST.step(removal.step), step_label(removal.step, language)
    match removal.kind:
        case Kind.ARTICLE:
            words = _("la règle « %(what)s », à l’étape « %(step)s »")
            return words % {"what": titles[removal.what], "step": step}
        case Kind.NEED:
            needs = (*rule.needs, *(n for o in rule.outcomes for n in o.needs))
            need = next(each for each in needs if each.code == removal.what)
            words = _("la condition « %(what)s », à l’étape « %(step)s »")
            return words % {"what": need.label.say(language), "step": step}
        case Kind.EXIT:
            state = state_label(REQUEST.state(removal.what), language)
            words = _("la possibilité « %(answer)s », quand la demande est à « %(state)s »")
            return words % {"answer": _answer(rule, removal, language), "state": state}
        case Kind.TRACK_EXIT:
            track = REQUEST.track(rule.track)
            words = _("la possibilité « %(step)s », pour %(track)s à « %(status)s »")
            status = track.statuses[removal.what].say(language)
            return words % {"step": step, "track": track.label.say(language), "status": status}
        case Kind.APART:
            words = _("qu’une autre personne que celle de « %(other)s » prenne « %(step)s »")
            return words % {"other": step_label(removal.what, language), "step": step}
        case Kind.PART:
            need = next(each for each in rule.needs if each.code == removal.what)
            words = _("que celui dont dépend « %(what)s » compte parmi ceux de « %(step)s »")
            return words % {"what": need.label.say(language), "step": step}
        case Kind.POOL:
            words = _("le recours aux délégataires du réseau, pour « %(step)s »")
            return words % {"step": step}
        case Kind.DELEGATION:
            return _("la délégation de signature, pour « %(step)s »") % {"step": step}
        case Kind.REASON:
            return _("le motif écrit, pour « %(step)s »") % {"step": step}
        case Kind.PARTY:
            words = _("que le demandeur ne puisse pas prendre lui-même « %(step)s »")
            return words % {"step": step}
        case Kind.TONE:
            words = _("que « %(answer)s » compte comme une réponse défavorable")
            return words % {"answer": _answer(rule, removal, language)}


def _answer(rule, removal: Removal, language: str) -> str:
    """The answer taken away: the step's own name when it has but one."""
    label = step_label(rule.code, language)
    if removal.outcome == "done":
        return label
    outcome = next(each for each in rule.outcomes if each.code == removal.outcome)
    return f"{label}{pgettext('colon', ' :')} {outcome.label.say(language).lower()}"
