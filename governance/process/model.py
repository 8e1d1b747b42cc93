"""Every situation a case can be in: the abstract state space that the proofs explore.

A situation is a state, the states remembered to come back to, and the statuses of the tracks.
Tracks of one kind are interchangeable, since guards say only *every* or *some* over them: a
situation keeps their statuses sorted, and three sites stand for any number. Facts outside the
tracks (a delay run out, a paper given) are free: a move that needs one is there, and says so in
its `demands`. An answered appeal is forgotten: no guard can tell it from one never made.

The moves are those of the engine (`_target` and `_move` there): an outcome's target, the top of
what is remembered for ORIGIN, the state left pushed by a step that remembers.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from governance.charters import Charter, guards_of
from governance.process.clause_guards import track_guard
from governance.process.needs import holds, moved
from governance.process.shape import ORIGIN, Fact, Outcome, Process, Step

BIRTHS = {
    "submit": {"site": 3, "route": 1, "opinion": 1},
    "qualify": {"formality": ("due", "gathering"), "convention": 1},
}
"""The step that creates the tracks of each kind, and how many stand for all; where they do not all
begin at their first status, the one of each: a formality with a body to ask, and one without."""

APPEAL = "appeal"
APPEAL_ENDED = ("upheld", "overturned")

Tracks = tuple[tuple[str, ...], ...]


class Situation(NamedTuple):
    """Where a case can stand. `tracks` holds sorted statuses, by kind in the process's order."""

    state: str
    origins: tuple[str, ...]
    tracks: Tracks


@dataclass(frozen=True, eq=False)
class Move:
    """One answer of one step given in one state, on a track in one status.

    `demands` are the codes of every need and clause that must hold; those read on the tracks are
    judged by the model, the others are free.
    """

    step: Step
    outcome: Outcome
    came_from: str | None
    demands: frozenset[str]

    @property
    def name(self) -> str:
        return name_of(self.step.code, self.outcome.code)

    def by(self, actor: str) -> bool:
        return actor in self.step.actors


def name_of(step: str, outcome: str) -> str:
    """How a step's answer is called: `give_opinion:reserved`, or `admit` when it has but one."""
    return step if outcome == "done" else f"{step}:{outcome}"


class Model:
    """The situations reachable from the first, and the moves between them.

    `situations` are numbered in the order of discovery, the shortest way first; `moves[n]` are
    the pairs (move, number of the situation it leads to).
    """

    def __init__(
        self, process: Process, charters: Iterable[Charter], births: Mapping = BIRTHS
    ) -> None:
        self.process = process
        self.births = births
        self.charters = tuple(charters)
        self.kinds = tuple(track.kind for track in process.tracks)
        self.place = {kind: place for place, kind in enumerate(self.kinds)}
        self.ended = {state.code for state in process.states if state.ended}
        self._plans = {state.code: self._plan(state.code) for state in process.states}
        self.situations: list[Situation] = []
        self.moves: list[list[tuple[Move, int]]] = []
        self.came_by: list[tuple[int, Move] | None] = []
        self._explore()

    def statuses(self, situation: Situation, kind: str) -> tuple[str, ...]:
        """The statuses of the tracks of `kind`."""
        return situation.tracks[self.place[kind]]

    def edges(self) -> Iterator[tuple[int, Move, int]]:
        """Every move that can be made, from where and to where."""
        for number, moves in enumerate(self.moves):
            for move, target in moves:
                yield number, move, target

    @property
    def planned(self) -> Iterator[Move]:
        """Every move that the table writes, whether it can be made or not."""
        return (move for plan in self._plans.values() for move, _, _ in plan)

    def made(self, step: str) -> list[tuple[int, Move, int]]:
        """The moves of one step, as `edges` gives them."""
        return self._by_step.get(step, [])

    @cached_property
    def _by_step(self) -> dict[str, list[tuple[int, Move, int]]]:
        found: dict[str, list[tuple[int, Move, int]]] = {}
        for number, move, target in self.edges():
            found.setdefault(move.step.code, []).append((number, move, target))
        return found

    @cached_property
    def size(self) -> int:
        return sum(map(len, self.moves))

    @cached_property
    def first_made(self) -> dict[Move, tuple[int, int]]:
        """Each move that is ever made, with its first occurrence: from where and to where."""
        first: dict[Move, tuple[int, int]] = {}
        for (move, _), occurrence in self.first_passages.items():
            first.setdefault(move, occurrence)
        return first

    @cached_property
    def first_passages(self) -> dict[tuple[Move, str], tuple[int, int]]:
        """Each move with each state it leads to, and their first occurrence: a move back leads to
        several."""
        first: dict[tuple[Move, str], tuple[int, int]] = {}
        for number, move, target in self.edges():
            first.setdefault((move, self.situations[target].state), (number, target))
        return first

    @cached_property
    def by_state(self) -> dict[str, list[tuple[int, Situation]]]:
        """The situations of each state, one for each statuses of the tracks: what is remembered
        opens no move."""
        found: dict[str, dict[Tracks, tuple[int, Situation]]] = {}
        for number, situation in enumerate(self.situations):
            found.setdefault(situation.state, {}).setdefault(situation.tracks, (number, situation))
        return {state: list(each.values()) for state, each in found.items()}

    def standing(self, states: Iterable[str]) -> Iterator[tuple[int, Situation]]:
        """The situations in one of `states`."""
        for state in states:
            yield from self.by_state.get(state, ())

    def overview(self, situation: Situation) -> tuple:
        """What the dominators are sought on: state, memory, opinion."""
        return situation.state, situation.origins, self.statuses(situation, "opinion")

    @cached_property
    def overviews(self) -> set[tuple[tuple, Move, tuple]]:
        """The moves between overviews."""
        seen = [self.overview(situation) for situation in self.situations]
        return {(seen[number], move, seen[target]) for number, move, target in self.edges()}

    def path(self, number: int) -> list[str]:
        """The names of the moves of a shortest way to a situation."""
        names = []
        while (came := self.came_by[number]) is not None:
            number, move = came
            names.append(move.name)
        return names[::-1]

    def reaching(
        self, targets: Iterable[int], allowed: Callable[[Move], bool] = lambda move: True
    ) -> set[int]:
        """The situations from which allowed moves lead to one of `targets`."""
        before: list[list[int]] = [[] for _ in self.situations]
        verdicts: dict[Move, bool] = {}
        for number, move, target in self.edges():
            if move not in verdicts:
                verdicts[move] = allowed(move)
            if verdicts[move]:
                before[target].append(number)
        found = set(targets)
        waiting = list(found)
        while waiting:
            for number in before[waiting.pop()]:
                if number not in found:
                    found.add(number)
                    waiting.append(number)
        return found

    def reached_from(self, starts: Iterable[int]) -> set[int]:
        """The situations to which moves lead from `starts`, those included."""
        found = set(starts)
        waiting = list(found)
        while waiting:
            for _, target in self.moves[waiting.pop()]:
                if target not in found:
                    found.add(target)
                    waiting.append(target)
        return found

    def _explore(self) -> None:
        """Breadth first. Places and tracks are numbered, so that a situation is two integers."""
        places, vectors = _Numbers(), _Numbers()
        empty = tuple(() for _ in self.kinds)
        first = (places.of((self.process.initial, ())), vectors.of(empty))
        numbers = {first: 0}
        opened: dict[tuple[str, int], list[tuple[Move, int]]] = {}
        landed: dict[tuple[int, Move], int] = {}
        self.came_by.append(None)
        waiting = deque([first])
        while waiting:
            place, vector = waiting.popleft()
            state, origins = places.list[place]
            number = len(self.moves)
            self.situations.append(Situation(state, origins, vectors.list[vector]))
            if (state, vector) not in opened:
                opened[state, vector] = [
                    (move, vectors.of(tracks))
                    for move, tracks in self._open(state, vectors.list[vector])
                ]
            found = []
            for move, after in opened[state, vector]:
                if (place, move) not in landed:
                    landed[place, move] = places.of(self._lands(state, origins, move))
                goal = landed[place, move]
                target = (goal, after) if self._plans[places.list[goal][0]] else (goal, first[1])
                if target not in numbers:
                    numbers[target] = len(numbers)
                    self.came_by.append((number, move))
                    waiting.append(target)
                found.append((move, numbers[target]))
            self.moves.append(found)

    def _lands(
        self, state: str, origins: tuple[str, ...], move: Move
    ) -> tuple[str, tuple[str, ...]]:
        """The state a move leads to, and what is remembered then."""
        target = move.outcome.target or state
        if target == ORIGIN:
            target, origins = origins[-1], origins[:-1]
        elif move.outcome.back_to:
            origins = (*origins, move.outcome.back_to)
        elif move.step.remembers and state != "suspended":
            origins = (*origins, state)
        return (target, origins) if self._plans[target] else (target, ())

    def _plan(self, state: str) -> list[tuple[Move, tuple, tuple]]:
        """What the table allows in a state: moves with their guards on tracks, before and after."""
        plan = []
        for step in self.process.steps_from(state):
            for outcome in step.outcomes_from(state):
                clauses = guards_of(step.code, self.charters, outcome.code)
                demands = {n.code for n in step.needs + outcome.needs} | {c.code for c in clauses}
                before = [n.guard for n in step.needs] + [track_guard(c) for c in clauses]
                for status in step.track_from or (None,):
                    plan.append(
                        (
                            Move(step, outcome, status, frozenset(demands)),
                            _on_tracks(before),
                            _on_tracks(n.guard for n in outcome.needs),
                        )
                    )
        return plan

    def _open(self, state: str, tracks: Tracks) -> list[tuple[Move, Tracks]]:
        """The moves that the tracks allow in a state, and the tracks that they leave."""
        statuses = dict(zip(self.kinds, tracks, strict=True))
        found = []
        for move, before, afterwards in self._plans[state]:
            if move.came_from is not None and move.came_from not in statuses[move.step.track]:
                continue
            if all(holds(guard, statuses, {}) for guard in before):
                changes = self._changes(statuses, move)
                if all(holds(guard, statuses | changes, {}) for guard in afterwards):
                    found.append((move, self._with(tracks, changes)))
        return found

    def _changes(self, statuses: dict, move: Move) -> dict:
        """The kinds of tracks that a move changes, with their statuses then."""
        kind, to = move.step.track, move.outcome.track_to
        changes = {}
        if kind == APPEAL:
            changes[kind] = () if to in APPEAL_ENDED else (to,)
        elif kind is not None and to not in (None, move.came_from):
            changes[kind] = moved(statuses, kind, move.came_from, to)[kind]
        for born, begun in self.births.get(move.step.code, {}).items():
            if not statuses[born]:
                first = self.process.track(born).initial
                changes[born] = (first,) * begun if isinstance(begun, int) else begun
        return changes

    def _with(self, tracks: Tracks, changes: dict) -> Tracks:
        if not changes:
            return tracks
        after = list(tracks)
        for kind, statuses in changes.items():
            after[self.place[kind]] = tuple(sorted(statuses))
        return tuple(after)


class _Numbers:
    """Things numbered in the order of their first mention."""

    def __init__(self):
        self.list: list = []
        self._number: dict = {}

    def of(self, thing) -> int:
        if thing not in self._number:
            self._number[thing] = len(self.list)
            self.list.append(thing)
        return self._number[thing]


def _on_tracks(guards: Iterable) -> tuple:
    return tuple(guard for guard in guards if guard is not None and not isinstance(guard, Fact))
