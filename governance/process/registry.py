"""The processes the engine runs: a table, and what the layer above hands in.

``governance`` knows no project. Whoever owns a process registers four functions beside its table:

- ``facts(case, at) -> dict``: what the clauses read, and under ``"process"`` the flags that the
  needs of procedure read (``Fact`` guards), each by name;
- ``track_facts(case, track, at) -> dict``: the flags that depend on the track a step moves;
- ``check_details(case, step, outcome, details) -> (codes, words)``: what the step's form says,
  split in codes (kept in the decision) and words (kept apart); raises ``BadDetails``;
- ``effects(decision, words)``: what else is written in the same transaction, never a state.
"""

from collections.abc import Callable
from dataclasses import dataclass

from governance.process.shape import Process


@dataclass(frozen=True)
class Registered:
    process: Process
    facts: Callable
    track_facts: Callable
    check_details: Callable
    effects: Callable


_REGISTERED: dict[str, Registered] = {}


def register(registered: Registered) -> None:
    _REGISTERED[registered.process.code] = registered


def registered(code: str) -> Registered:
    """The process called ``code``. Raises KeyError when no application registered it."""
    return _REGISTERED[code]
