"""An appeal as its judge reads it: what was decided, what is contested, and by whom it is not
judged."""

from dataclasses import dataclass

from django.utils.translation import get_language

from governance.models import Decision
from governance.models.case import Track
from governance.process.registry import registered
from governance.process.standing import APPEALED, JUDGING
from projects.models import Request
from projects.queries.history import title_of
from projects.queries.overview import page_address, ref_of


@dataclass(frozen=True)
class Answer:
    """One of the two answers to an appeal, its page, what follows; `current` on its own page."""

    label: str
    href: str
    follows: str
    current: bool


@dataclass(frozen=True)
class Contested:
    """The decision contested, its reasons, what the holder says against it; the answers open."""

    decision: Decision
    title: str
    reason: str
    said: str
    answers: list[Answer]


def contested_by(request: Request, appeal: Track, step: str) -> Contested | None:
    """What an appeal of `request`, or of its amendment, contests, for the page of `step`: the last
    negative decision before it. Two queries."""
    made = appeal.decisions.filter(step="appeal").select_related("reason").first()
    if made is None:
        return None
    decision = (
        appeal.case.decisions.filter(step__in=APPEALED, tone="negative", index__lt=made.index)
        .select_related("reason", "by", "track__establishment")
        .order_by("-index")
        .first()
    )
    if decision is None:
        return None
    return Contested(
        decision,
        title_of(decision),
        decision.reason.text,
        made.reason.text,
        _answers(request, appeal, step),
    )


def _answers(request: Request, appeal: Track, step: str) -> list[Answer]:
    """To uphold and to overturn, side by side, each with what it leads to from here."""
    language, case = get_language() or "fr", appeal.case
    return [
        Answer(
            rule.label.say(language),
            _page(request, appeal, rule.code),
            rule.outcomes_from(case.state)[0].label.say(language),
            rule.code == step,
        )
        for rule in map(registered(case.process).process.step, JUDGING)
    ]


def _page(request: Request, appeal: Track, step: str) -> str:
    """Where an appeal is answered by `step`."""
    if appeal.case_id == request.pk:
        return page_address("step", ref_of(request), step, appeal.pk)
    return page_address("amendment_decide", ref_of(request), appeal.case_id, step)
