"""Every process one removal away from the table: one need, one article at a step, one exit less."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from governance.charters import Charter
from governance.process.model import name_of
from governance.process.shape import Outcome, Process, Step


@dataclass(frozen=True)
class Mutant:
    """A process and charters without one thing; `names` are the words a proof must say of it."""

    removed: str
    process: Process
    charters: tuple[Charter, ...]
    names: tuple[str, ...]


def mutants(process: Process, charters: tuple[Charter, ...]) -> Iterator[Mutant]:
    """One for each guard, exit, pair of persons, pool, delegation and reason of the table or a
    charter.

    An exit is an answer in one state, or a step from one status of its track. Of a negative answer
    the engine asks a reason whatever the table says: only the others can lose theirs.
    """
    for step in process.steps:
        for changed, removed, names in _lighter_steps(step):
            yield Mutant(removed, _with(process, step, changed), charters, names)
    for charter in charters:
        for clause in charter.clauses:
            for step in clause.steps:
                steps = tuple(each for each in clause.steps if each != step)
                yield Mutant(
                    f"{clause.code} at {step}",
                    process,
                    _without(charters, clause, replace(clause, steps=steps)),
                    (clause.code, step),
                )


def _lighter_steps(step: Step) -> Iterator[tuple[Step | None, str, tuple[str, ...]]]:
    for need in step.needs:
        needs = tuple(each for each in step.needs if each != need)
        names = (need.code, step.code)
        yield replace(step, needs=needs), f"need {need.code} of {step.code}", names
    for outcome in step.outcomes:
        name = name_of(step.code, outcome.code)
        for need in outcome.needs:
            needs = tuple(each for each in outcome.needs if each != need)
            yield (
                _with_outcome(step, outcome, replace(outcome, needs=needs)),
                f"need {need.code} of {name}",
                (need.code, name),
            )
        for state in step.sources:
            if outcome in step.outcomes_from(state):
                yield _without_exit(step, outcome, state), f"exit {name} of {state}", (name, state)
    for status in step.track_from:
        left = tuple(each for each in step.track_from if each != status)
        changed = replace(step, track_from=left) if left else None
        yield changed, f"exit {step.code} of {step.track} {status}", (step.code, status)
    for other in step.apart:
        apart = tuple(each for each in step.apart if each != other)
        yield replace(step, apart=apart), f"{step.code} apart from {other}", (other, step.code)
    if step.pooled:
        yield replace(step, pooled=False), f"pool of {step.code}", (step.code,)
    if step.delegated:
        yield replace(step, delegated=False), f"delegation of {step.code}", (step.code,)
    if step.reasoned and not step.negative:
        yield replace(step, reasoned=False), f"reason of {step.code}", (step.code,)


def _without_exit(step: Step, outcome: Outcome, state: str) -> Step | None:
    """The step, when `outcome` can no longer be given in `state`; None when nothing is left."""
    sources = tuple(each for each in (outcome.sources or step.sources) if each != state)
    changed = _with_outcome(step, outcome, replace(outcome, sources=sources) if sources else None)
    left = tuple(each for each in step.sources if changed.outcomes and changed.outcomes_from(each))
    return replace(changed, sources=left) if left else None


def _with_outcome(step: Step, outcome: Outcome, changed: Outcome | None) -> Step:
    outcomes = (changed if each == outcome else each for each in step.outcomes)
    return replace(step, outcomes=tuple(each for each in outcomes if each is not None))


def _with(process: Process, step: Step, changed: Step | None) -> Process:
    steps = (changed if each == step else each for each in process.steps)
    return replace(process, steps=tuple(each for each in steps if each is not None))


def _without(charters, clause, changed) -> tuple[Charter, ...]:
    return tuple(
        replace(
            charter,
            articles=tuple(
                replace(
                    article,
                    clauses=tuple(changed if each is clause else each for each in article.clauses),
                )
                for article in charter.articles
            ),
        )
        for charter in charters
    )
