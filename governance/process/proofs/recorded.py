"""What the exploration found, kept beside the proofs so that a page can say it: how many situations
were visited, and which claims fall when a guard is taken away.

The file is what ``manage.py process --mutants`` prints; a test makes it again and compares.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from governance.charters import Charter
from governance.process.model import BIRTHS, Model
from governance.process.proofs.mutants import Kind, Mutant, Removal, fallen, mutants, sound
from governance.process.shape import Process

FILE = Path(__file__).with_name("recorded.json")


@dataclass(frozen=True)
class Recorded:
    """``charters`` are the versions under which it was found; ``missed`` maps the code of a claim
    to what it needs: taken away, the claim's proof fails and names it."""

    situations: int
    moves: int
    sites: int
    formalities: int
    charters: dict[str, str]
    missed: dict[str, tuple[Removal, ...]]

    @property
    def removals(self) -> frozenset[Removal]:
        return frozenset(each for found in self.missed.values() for each in found)


def found_now(process: Process, charters: Iterable[Charter]) -> dict[str, Any]:
    """All of it, found again: a minute or two."""
    charters = tuple(charters)
    model, satisfied = Model(process, charters), sound(process, charters)
    return {
        "situations": len(model.situations),
        "moves": model.size,
        "charters": {charter.code: charter.version for charter in charters},
        "removed": [
            {
                "name": mutant.removed.name,
                "kind": mutant.removed.kind,
                "step": mutant.removed.step,
                "what": mutant.removed.what,
                "outcome": mutant.removed.outcome,
                "fails": naming(mutant, fallen(mutant, satisfied)),
            }
            for mutant in mutants(process, charters)
        ],
    }


def naming(mutant: Mutant, said: Mapping[str, str]) -> list[str]:
    """The claims whose failed proof names what was taken away."""
    return [code for code, words in said.items() if any(name in words for name in mutant.names)]


@cache
def recorded() -> Recorded:
    """The file, read once a process."""
    said = json.loads(FILE.read_text(encoding="utf-8"))
    missed: dict[str, list[Removal]] = {}
    for each in said["removed"]:
        removal = Removal(Kind(each["kind"]), each["step"], each["what"], each["outcome"])
        for code in each["fails"]:
            missed.setdefault(code, []).append(removal)
    return Recorded(
        said["situations"],
        said["moves"],
        BIRTHS["submit"]["site"],
        len(BIRTHS["qualify"]["formality"]),
        said["charters"],
        {code: tuple(found) for code, found in missed.items()},
    )
