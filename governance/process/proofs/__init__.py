"""The claims that hold for every request, whatever anybody does; each is proved by exploration.

Every situation that the table, the needs and the articles leave reachable is visited. What a
check finds wrong it names: the step, the answer, the need, the article that should have been
there, and the shortest way to the fault.

Reading order: ``claim`` (what a claim is), ``ways`` (what checks are made of), then what is
claimed: ``safety``, ``liveness``, ``separation``.
"""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from governance.charters import Charter
from governance.process.model import Model
from governance.process.proofs import liveness, safety, separation
from governance.process.proofs.claim import FAMILIES, Claim, Fault
from governance.process.shape import Process, Text

__all__ = ["CLAIMS", "FAMILIES", "Claim", "Fault", "Proof", "prove", "prove_on"]

CLAIMS: tuple[Claim, ...] = (*safety.CLAIMS, *liveness.CLAIMS, *separation.CLAIMS)

MOST_FAULTS = 5


@dataclass(frozen=True)
class Proof:
    """A claim confronted with a model."""

    claim: Claim
    holds: bool
    because: Text


def prove(process: Process, charters: Iterable[Charter]) -> list[Proof]:
    """Every claim, proved or contradicted, for `process` under `charters`."""
    with _collector_at_rest():
        return prove_on(Model(process, charters))


def prove_on(model: Model) -> list[Proof]:
    """Every claim, proved or contradicted, on a model already explored."""
    proofs = []
    for each in CLAIMS:
        faults = list(islice(each.check(model), MOST_FAULTS))
        because = _contradicted(model, faults) if faults else _explored(model)
        proofs.append(Proof(each, not faults, because))
    return proofs


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """A model is hundreds of thousands of tuples without a cycle: to look for some in them takes
    a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _explored(model: Model) -> Text:
    born = {
        kind: begun if isinstance(begun, int) else len(begun)
        for kinds in model.births.values()
        for kind, begun in kinds.items()
    }
    visited, moves = len(model.situations), model.size
    return Text(
        f"Exploration complète : {visited} situations, {moves} passages, aucun contre-exemple. "
        f"{born['site']} établissements, {born['formality']} formalités et "
        f"{born['convention']} convention, interchangeables : les gardes ne disent que "
        "« chaque » ou « au moins un », si bien qu'une situation ne dépend pas de leur ordre ; "
        "les autres faits sont laissés libres.",
        f"Complete exploration: {visited} situations, {moves} moves, no counterexample. "
        f"{born['site']} establishments, {born['formality']} formalities and "
        f"{born['convention']} contract, interchangeable: guards say only “every” or “some”, so "
        "that a situation does not depend on their order; other facts are left free.",
    )


def _contradicted(model: Model, faults: list[Fault]) -> Text:
    fr, en = [], []
    for fault in faults:
        way = model.path(fault.at) if fault.at is not None else []
        steps = " → ".join(way + [fault.then] * bool(fault.then))
        fr.append(fault.words.fr + (f" Chemin : {steps}." if steps else ""))
        en.append(fault.words.en + (f" Path: {steps}." if steps else ""))
    return Text(" ".join(fr), " ".join(en))
