"""What the checks are made of: a guard always demanded, a gate on every path, a door left open.

A statement about "every path" (no access without admission) is one about dominators: the gate is
on every path from the first situation. A statement about what is true when a step is taken (every
establishment agreed) is checked on every occurrence of that step. A statement that something can
always be done (an end, an appeal) is checked from every situation.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import networkx

from governance.process.model import Model, Move, Situation, name_of
from governance.process.proofs.claim import Fault
from governance.process.shape import Text


def demands(model: Model, step: str, codes: Iterable[str], outcomes=()) -> Iterator[Fault]:
    """`step` (with one of `outcomes`, or any) is never taken but under every need or clause."""
    for move, (number, _) in model.first_made.items():
        if move.step.code == step and (not outcomes or move.outcome.code in outcomes):
            for code in codes:
                if code not in move.demands:
                    yield Fault(
                        Text(
                            f"Rien n'exige « {code} » pour « {move.name} ».",
                            f"Nothing requires “{code}” for “{move.name}”.",
                        ),
                        number,
                        move.name,
                    )


def whenever(
    model: Model, step: str, kind: str, guard: str, true: Callable[[tuple[str, ...]], bool]
) -> Iterator[Fault]:
    """Each time `step` is taken, the statuses of `kind` are as `true` says; `guard` should see."""
    for number, move, _ in model.made(step):
        statuses = model.statuses(model.situations[number], kind)
        if not true(statuses):
            found = ", ".join(statuses) or "–"
            yield Fault(
                Text(
                    f"« {step} » est possible quand {kind} vaut ({found}) : "
                    f"« {guard} » ne l'empêche pas.",
                    f"“{step}” is possible while {kind} is ({found}): "
                    f"“{guard}” does not prevent it.",
                ),
                number,
                move.name,
            )
            return


def gates(model: Model, gate: dict[str, str], states: Iterable[str]) -> Iterator[Fault]:
    """Every path to one of `states` passes each gate; `gate` maps moves' names to the gate's.

    The graph keeps state, memory and the committee's opinion: it has every path of the model and
    perhaps more, so that a gate that dominates there dominates in the model.
    """
    graph = networkx.DiGraph()
    first = model.overview(model.situations[0])
    for source, move, target in model.overviews:
        if move.name in gate:
            graph.add_edge(source, gate[move.name])
            graph.add_edge(gate[move.name], target)
        else:
            graph.add_edge(source, target)
    graph.add_node(first)
    above = networkx.immediate_dominators(graph, first)
    for node in above:
        if not isinstance(node, tuple) or node[0] not in states:
            continue
        passed, at = set(), node
        while at != first:
            at = above[at]
            passed.add(at)
        for name in dict.fromkeys(gate.values()):
            if name not in passed:
                number = next(
                    n for n, each in enumerate(model.situations) if model.overview(each) == node
                )
                yield Fault(
                    Text(
                        f"Un chemin mène à « {node[0]} » sans « {name} ».",
                        f"A path leads to “{node[0]}” without “{name}”.",
                    ),
                    number,
                )


@dataclass(frozen=True)
class Door:
    """In each of `states`, `step` can be taken with each of `outcomes` (with one, if `any_of`).

    With `kind`, for each track of that kind that is in one of `statuses`.
    """

    states: tuple[str, ...]
    step: str
    outcomes: tuple[str, ...] = ("done",)
    kind: str | None = None
    statuses: tuple[str, ...] = ()
    any_of: bool = False


def open_doors(model: Model, doors: Iterable[Door]) -> Iterator[Fault]:
    """Each door is open in every situation where it should be."""
    for door in doors:
        yield from islice(_closed(model, door), 1)


def _closed(model: Model, door: Door) -> Iterator[Fault]:
    for number, situation in model.standing(door.states):
        waiting = (None,)
        if door.kind is not None:
            waiting = set(model.statuses(situation, door.kind)) & set(door.statuses)
        if not waiting:
            continue
        offered = {
            (move.outcome.code, move.came_from if door.kind else None)
            for move, _ in model.moves[number]
            if move.step.code == door.step
        }
        for status in waiting:
            lacking = [code for code in door.outcomes if (code, status) not in offered]
            if len(lacking) == len(door.outcomes) if door.any_of else lacking:
                names = ", ".join(name_of(door.step, code) for code in lacking)
                where = situation.state + (f", {door.kind} {status}" if status else "")
                yield Fault(
                    Text(
                        f"« {names} » n'est pas possible en « {where} ».",
                        f"“{names}” is not possible in “{where}”.",
                    ),
                    number,
                )


def unhindered(model: Model, steps: Iterable[str]) -> Iterator[Fault]:
    """No article stands at any of `steps`: they are nobody's to deserve."""
    clauses = {clause.code for charter in model.charters for clause in charter.clauses}
    hindered = set()
    for move, (number, _) in model.first_made.items():
        found = sorted(move.demands & clauses)
        if move.step.code in steps and found and move.step.code not in hindered:
            hindered.add(move.step.code)
            yield Fault(
                Text(
                    f"L'article {found[0]} peut empêcher « {move.step.code} ».",
                    f"Article {found[0]} can prevent “{move.step.code}”.",
                ),
                number,
                move.name,
            )


def leads(model: Model, starts: Iterable[int], targets: set[int], words: Text, allowed=None):
    """From each of `starts`, allowed moves lead to `targets`."""
    found = model.reaching(targets, allowed) if allowed else model.reaching(targets)
    lost = next((number for number in sorted(starts) if number not in found), None)
    if lost is not None:
        state = model.situations[lost].state
        yield Fault(Text(f"{words.fr} depuis « {state} ».", f"{words.en} from “{state}”."), lost)


def entering(model: Model, states: Iterable[str]) -> Iterator[tuple[int, Move, Situation]]:
    """Each move that changes the state into one of `states`, at its first occurrence."""
    for (move, _), (number, target) in model.first_passages.items():
        goal = model.situations[target]
        if goal.state in states and model.situations[number].state != goal.state:
            yield number, move, goal


def site_gate(model: Model, status: str, steps: tuple[str, ...], name: str) -> Iterator[Fault]:
    """A site only comes to `status` through one of `steps`."""
    graph = networkx.DiGraph()
    first = model.process.track("site").initial
    for move in model.first_made:
        if move.step.track == "site" and move.outcome.track_to:
            way = [move.came_from, move.outcome.track_to]
            if move.step.code in steps:
                way.insert(1, "@gate")
            networkx.add_path(graph, way)
    if first not in graph or status not in graph:
        return
    above = networkx.immediate_dominators(graph, first)
    at = status if status in above else first
    while at not in (first, "@gate"):
        at = above[at]
    if at == first and status in above:
        yield Fault(
            Text(
                f"Un établissement devient « {status} » sans « {name} ».",
                f"An establishment becomes “{status}” without “{name}”.",
            )
        )
