"""Needs of procedure judged: the same verdicts as articles, with no article behind them."""

from collections.abc import Iterable, Mapping

from governance.charters.verdict import Verdict
from governance.process.shape import Every, Fact, Guard, Need, Some

Statuses = Mapping[str, Iterable[str]]


def judge_needs(
    needs: Iterable[Need], statuses: Statuses, flags: Mapping[str, bool]
) -> list[Verdict]:
    """One verdict per need.

    ``statuses`` gives the statuses of the case's tracks by kind, ``flags`` the facts of procedure.
    """
    verdicts = []
    for need in needs:
        true = holds(need.guard, statuses, flags)
        verdicts.append(
            Verdict(
                clause=need.code,
                article="",
                version="",
                holds=true,
                key=f"need.{need.code}",
                missing=() if true else (need.code,),
                mender=need.mender,
                subject="process",
            )
        )
    return verdicts


def holds(guard: Guard, statuses: Statuses, flags: Mapping[str, bool]) -> bool:
    """Whether the guard is true of these tracks and flags."""
    match guard:
        case Every(kind, wanted):
            return all(status in wanted for status in statuses.get(kind, ()))
        case Some(kind, wanted):
            return any(status in wanted for status in statuses.get(kind, ()))
        case Fact(name):
            return flags.get(name) is True


def moved(statuses: Statuses, kind: str, came_from: str, to: str) -> Statuses:
    """The statuses once a track of ``kind`` went from one status to another."""
    others = list(statuses.get(kind, ()))
    others.remove(came_from)
    return {**statuses, kind: [*others, to]}
