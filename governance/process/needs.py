"""Needs of procedure judged: the same verdicts as articles, with no article behind them."""

from collections.abc import Iterable, Mapping

from governance.charters.verdict import Verdict
from governance.process.shape import Every, Fact, Need, Some, Step


def judge_needs(
    step: Step, statuses: Mapping[str, Iterable[str]], flags: Mapping[str, bool]
) -> list[Verdict]:
    """One verdict per need of ``step``.

    ``statuses`` gives the statuses of the case's tracks by kind, ``flags`` the facts of procedure.
    """
    return [
        Verdict(
            clause=need.code,
            article="",
            version="",
            holds=holds(need, statuses, flags),
            key=f"need.{need.code}",
            missing=() if holds(need, statuses, flags) else (need.code,),
            mender=need.mender,
            subject="process",
        )
        for need in step.needs
    ]


def holds(need: Need, statuses: Mapping[str, Iterable[str]], flags: Mapping[str, bool]) -> bool:
    """Whether the guard of ``need`` is true of these tracks and flags."""
    match need.guard:
        case Every(kind, wanted):
            return all(status in wanted for status in statuses.get(kind, ()))
        case Some(kind, wanted):
            return any(status in wanted for status in statuses.get(kind, ()))
        case Fact(name):
            return flags.get(name) is True
