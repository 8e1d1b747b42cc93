"""Every process one change away from the table: one need, one article at a step, one exit less.

A proof that cannot fail proves nothing. So each guard is taken away in turn, and some claim must
fail and name it. A mutant is proved on one establishment, then on two, then on a route without a
body to ask: a counterexample with fewer establishments is one of the whole table, and is found in a
tenth of a second. On the last of these sizes every claim holds of the table itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from governance.charters import Charter
from governance.process.model import Model, name_of
from governance.process.proofs import prove_on
from governance.process.proofs.safety import AGAINST
from governance.process.proofs.separation import JUDGED
from governance.process.shape import HOLDER, NEGATIVE, NEUTRAL, Outcome, Process, Step

SMALL = tuple(
    {
        "submit": {"site": sites, "route": 1, "opinion": 1},
        "qualify": {"formality": formality, "convention": 1},
    }
    for sites, formality in (
        (1, ("due",)),
        (2, ("due",)),
        (1, ("gathering",)),
        (2, ("due", "gathering")),
    )
)
"""Fewer tracks than the proofs explore."""


class Kind(StrEnum):
    """What can be taken away."""

    ARTICLE = "article"
    NEED = "need"
    EXIT = "exit"
    TRACK_EXIT = "track_exit"
    APART = "apart"
    PART = "part"
    POOL = "pool"
    DELEGATION = "delegation"
    REASON = "reason"
    TONE = "tone"
    PARTY = "party"
    SEQUEL = "sequel"
    WAY = "way"


@dataclass(frozen=True)
class Removal:
    """What is taken away: of which ``kind``, at which ``step`` (of which ``outcome``, if of one),
    and the code of the clause, need, state, status or other step that goes."""

    kind: Kind
    step: str
    what: str = ""
    outcome: str = ""

    @property
    def name(self) -> str:
        """How `manage.py process --without` calls it."""
        answer = name_of(self.step, self.outcome or "done")
        match self.kind:
            case Kind.ARTICLE:
                return f"{self.what} at {self.step}"
            case Kind.NEED:
                return f"need {self.what} of {answer}"
            case Kind.EXIT | Kind.TRACK_EXIT:
                return f"exit {answer} of {self.what}"
            case Kind.APART:
                return f"{self.step} apart from {self.what}"
            case Kind.PART:
                return f"part of {self.what} in {self.step}"
            case Kind.TONE:
                return f"tone of {answer}"
            case Kind.SEQUEL | Kind.WAY:
                return f"{self.kind} of {self.what}"
        return f"{self.kind} of {self.step}"


@dataclass(frozen=True)
class Mutant:
    """A process and charters without one thing; `names` are the words a proof must say of it."""

    removed: Removal
    process: Process
    charters: tuple[Charter, ...]
    names: tuple[str, ...]


def mutants(process: Process, charters: tuple[Charter, ...]) -> Iterator[Mutant]:
    """One for each guard, exit, pair of persons, pool, delegation and reason of the table or a
    charter.

    An exit is an answer in one state, or a step from one status of its track. Of a negative answer
    the engine asks a reason whatever the table says: only the others can lose theirs. What a step
    must *not* have is taken away too: the holder as its judge, an answer against them that is not
    negative, a state without a sequel, a state to which nothing leads.
    """
    for step in process.steps:
        for changed, removed, names in _lighter_steps(step):
            yield Mutant(removed, _with(process, step, changed), charters, names)
    for state in process.states:
        if not state.ended:
            steps = (_without_state(step, state.code) for step in process.steps)
            cut = replace(process, steps=tuple(step for step in steps if step is not None))
            yield Mutant(Removal(Kind.SEQUEL, "", state.code), cut, charters, (state.code,))
        if state.code != process.initial:
            steps = (_never_to(step, state.code) for step in process.steps)
            cut = replace(process, steps=tuple(step for step in steps if step is not None))
            said = f"Nothing leads to “{state.code}”"
            yield Mutant(Removal(Kind.WAY, "", state.code), cut, charters, (said,))
    for charter in charters:
        for clause in charter.clauses:
            for step in clause.steps:
                steps = tuple(each for each in clause.steps if each != step)
                yield Mutant(
                    Removal(Kind.ARTICLE, step, clause.code),
                    process,
                    _without(charters, clause, replace(clause, steps=steps)),
                    (clause.code, step),
                )


def sound(process: Process, charters: tuple[Charter, ...]) -> tuple[frozenset[str], ...]:
    """The claims that the table itself satisfies on so few tracks: one set for each of SMALL."""
    return tuple(
        frozenset(p.claim.code for p in prove_on(Model(process, charters, size)) if p.holds)
        for size in SMALL
    )


def fallen(mutant: Mutant, satisfied: tuple[frozenset[str], ...]) -> Mapping[str, str]:
    """The claims that fail without what the mutant lacks, and what their proof then says: sought on
    more tracks until all its names are said."""
    said: dict[str, str] = {}
    for size, holding in zip(SMALL, satisfied, strict=True):
        for proof in prove_on(Model(mutant.process, mutant.charters, size)):
            if not proof.holds and proof.claim.code in holding:
                before = said.get(proof.claim.code, "")
                said[proof.claim.code] = f"{before}\n{proof.because.en}"
        if all(any(name in words for words in said.values()) for name in mutant.names):
            break
    return said


def _lighter_steps(step: Step) -> Iterator[tuple[Step | None, Removal, tuple[str, ...]]]:
    for need in step.needs:
        needs = tuple(each for each in step.needs if each != need)
        names = (need.code, step.code)
        yield replace(step, needs=needs), Removal(Kind.NEED, step.code, need.code), names
    for code in step.parts:
        needs = tuple(replace(n, part=False) if n.code == code else n for n in step.needs)
        yield replace(step, needs=needs), Removal(Kind.PART, step.code, code), (code, step.code)
    for outcome in step.outcomes:
        name = name_of(step.code, outcome.code)
        for need in outcome.needs:
            needs = tuple(each for each in outcome.needs if each != need)
            yield (
                _with_outcome(step, outcome, replace(outcome, needs=needs)),
                Removal(Kind.NEED, step.code, need.code, outcome.code),
                (need.code, name),
            )
        for state in step.sources:
            if outcome in step.outcomes_from(state):
                removed = Removal(Kind.EXIT, step.code, state, outcome.code)
                yield _without_exit(step, outcome, state), removed, (name, state)
    for status in step.track_from:
        left = tuple(each for each in step.track_from if each != status)
        changed = replace(step, track_from=left) if left else None
        yield changed, Removal(Kind.TRACK_EXIT, step.code, status), (step.code, status)
    for other in step.apart:
        apart = tuple(each for each in step.apart if each != other)
        yield replace(step, apart=apart), Removal(Kind.APART, step.code, other), (other, step.code)
    if step.pooled:
        yield replace(step, pooled=False), Removal(Kind.POOL, step.code), (step.code,)
    if step.delegated:
        yield replace(step, delegated=False), Removal(Kind.DELEGATION, step.code), (step.code,)
    if step.reasoned and not step.negative:
        yield replace(step, reasoned=False), Removal(Kind.REASON, step.code), (step.code,)
    if HOLDER not in step.actors and (step.delegated or step.code in JUDGED):
        actors = (*step.actors, HOLDER)
        yield replace(step, actors=actors), Removal(Kind.PARTY, step.code), (step.code,)
    for outcome in step.outcomes:
        if outcome.tone == NEGATIVE and outcome.target in AGAINST:
            changed = _with_outcome(step, outcome, replace(outcome, tone=NEUTRAL))
            removed = Removal(Kind.TONE, step.code, outcome=outcome.code)
            yield changed, removed, (name_of(step.code, outcome.code),)


def _without_state(step: Step, state: str) -> Step | None:
    """The step, when it can no longer be taken in `state`."""
    outcomes = tuple(
        replace(each, sources=tuple(s for s in each.sources if s != state))
        if each.sources
        else each
        for each in step.outcomes
        if each.sources != (state,)
    )
    return _standing(replace(step, outcomes=outcomes), [s for s in step.sources if s != state])


def _never_to(step: Step, state: str) -> Step | None:
    """The step without the answers that lead to `state`."""
    outcomes = tuple(each for each in step.outcomes if each.target != state)
    return _standing(replace(step, outcomes=outcomes), step.sources)


def _standing(step: Step, sources: Iterable[str]) -> Step | None:
    """The step from those of `sources` in which it still has an answer; None when there is none."""
    left = tuple(each for each in sources if step.outcomes_from(each))
    return replace(step, sources=left) if left else None


def _without_exit(step: Step, outcome: Outcome, state: str) -> Step | None:
    """The step, when `outcome` can no longer be given in `state`; None when nothing is left."""
    sources = tuple(each for each in (outcome.sources or step.sources) if each != state)
    changed = _with_outcome(step, outcome, replace(outcome, sources=sources) if sources else None)
    return _standing(changed, step.sources)


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
