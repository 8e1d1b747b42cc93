"""The vocabulary in which a process is written: states, tracks, steps, delays, guards.

A process is a value. It holds no function and reads nothing, so the engine that takes steps, the
proofs that explore them, the diagram citizens see and the API all draw on the same object.
"""

from dataclasses import dataclass
from typing import NamedTuple

WORKING_DAYS, DAYS, MONTHS, HOURS = "working_days", "days", "months", "hours"
PROMISED, LEGAL = "promised", "legal"
POSITIVE, NEGATIVE, NEUTRAL = "positive", "negative", "neutral"

SYSTEM = "system"
"""The actor of a step that no person takes: it follows from the clock or from what was decided."""

HOLDER = "holder"
"""The actor who is a party of the case: the person who answers for the request."""

ORIGIN = "@origin"
"""The target of a step that goes back where the case came from."""


class Text(NamedTuple):
    """A label in both languages of the portal."""

    fr: str
    en: str

    def say(self, language: str) -> str:
        """The label in `language` (`fr` or `en`, any region); French when unknown."""
        return self.en if language.startswith("en") else self.fr


@dataclass(frozen=True)
class Delay:
    """How long something may last.

    `number` counts `unit`; `kind` is `legal` (calendar, binding) or `promised`. `warn` says how
    many units before the end a reminder leaves; `source` cites the text of a legal delay.
    """

    number: int
    unit: str
    kind: str = PROMISED
    warn: tuple[int, ...] = ()
    source: str = ""
    each_day: bool = False


@dataclass(frozen=True)
class State:
    """Where a case stands. `public` is None when the state is not public."""

    code: str
    label: Text
    public: Text | None
    acts_next: str
    delay: Delay | None = None
    ended: bool = False


@dataclass(frozen=True)
class Every:
    """True when every track of `kind` has one of `statuses` (true of none)."""

    kind: str
    statuses: tuple[str, ...]


@dataclass(frozen=True)
class Some:
    """True when at least one track of `kind` has one of `statuses`."""

    kind: str
    statuses: tuple[str, ...]


@dataclass(frozen=True)
class Fact:
    """True when the fact of that name, handed in with the others, is true."""

    name: str


Guard = Every | Some | Fact


@dataclass(frozen=True)
class Need:
    """A condition of procedure, beside the articles: what must have happened before a step.

    `mender` is who can make it true. `lacking` is what is said of it when « not yet » would be
    false, since it can be true no more. `part` says that whoever makes it true has part in the
    step, as if they had taken it: what must be another person's is not theirs either.
    """

    code: str
    guard: Guard
    label: Text
    mender: str
    lacking: Text | None = None
    part: bool = False


@dataclass(frozen=True)
class Track:
    """What runs side by side inside states: one line per establishment, formality, convention…

    `statuses` begin with the initial one. `ends` are those in which nobody is waited for; `delay`
    runs in those of `timed`, and only while the need `after` holds, where there is one: until then
    the holder is waited for, whose time is not counted.
    """

    kind: str
    label: Text
    statuses: dict[str, Text]
    ends: tuple[str, ...]
    per: str
    delay: Delay | None = None
    timed: tuple[str, ...] = ()
    after: Need | None = None

    @property
    def initial(self) -> str:
        return next(iter(self.statuses))


@dataclass(frozen=True)
class Outcome:
    """One of the answers a step can give: where the case and its track go, and in which tone.

    `sources` limits the states in which it can be given; empty, it can wherever the step can.
    `needs` are read once the track has moved: what the answer leaves behind. `back_to` is the
    state that an ORIGIN leads to later, when it is not the one left.
    """

    code: str
    label: Text
    target: str | None = None
    track_to: str | None = None
    tone: str = NEUTRAL
    sources: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    back_to: str | None = None


@dataclass(frozen=True)
class Step:
    """One thing that can be decided.

    `sources` are the states it is taken from; an outcome whose target is None stays there.
    `actors` are roles, `holder` or `system`; for a track of a site, staff act for that site.
    `delegated` steps are taken under a delegation of signature. `apart` names steps whose taker
    cannot take this one in the same case, nor whoever had part in them. `pooled` steps are taken
    by delegates of the network's other establishments, under their own delegation, when nobody of
    the case's may. `remembers` keeps the state left, to come back to it. `settles` names the
    clauses that the step's own form answers: they are judged when it is taken, and are no obstacle
    before.
    """

    code: str
    label: Text
    sources: tuple[str, ...]
    actors: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    track: str | None = None
    track_from: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    delegated: bool = False
    apart: tuple[str, ...] = ()
    pooled: bool = False
    remembers: bool = False
    under_reserve: bool = False
    reasoned: bool = False
    irreversible: bool = False
    settles: tuple[str, ...] = ()

    def outcomes_from(self, state: str) -> tuple[Outcome, ...]:
        """The answers that can be given in `state`."""
        return tuple(o for o in self.outcomes if not o.sources or state in o.sources)

    def outcome(self, state: str, code: str | None) -> Outcome | None:
        """The answer `code` in `state`; the only possible one when `code` is empty; else None."""
        possible = self.outcomes_from(state)
        if not code:
            return possible[0] if len(possible) == 1 else None
        return next((o for o in possible if o.code == code), None)

    @property
    def parts(self) -> tuple[str, ...]:
        """The needs whose makers have part in the step."""
        return tuple(need.code for need in self.needs if need.part)

    @property
    def negative(self) -> bool:
        return all(o.tone == NEGATIVE for o in self.outcomes)


@dataclass(frozen=True, eq=False)
class Process:
    """A whole table: its states in the order of life, its tracks, its steps. Itself alone."""

    code: str
    initial: str
    states: tuple[State, ...]
    tracks: tuple[Track, ...]
    steps: tuple[Step, ...]

    def state(self, code: str) -> State:
        return next(s for s in self.states if s.code == code)

    def track(self, kind: str) -> Track:
        return next(t for t in self.tracks if t.kind == kind)

    def step(self, code: str) -> Step | None:
        return next((s for s in self.steps if s.code == code), None)

    @property
    def judging(self) -> tuple[str, ...]:
        """The steps by which an appeal is judged."""
        return tuple(s.code for s in self.steps if s.pooled)

    @property
    def appealed(self) -> tuple[str, ...]:
        """The negative steps that can be appealed: who took one has no part in its appeal."""
        return tuple(sorted({code for s in self.steps if s.pooled for code in s.apart}))

    def steps_from(self, state: str) -> tuple[Step, ...]:
        return tuple(s for s in self.steps if state in s.sources)
