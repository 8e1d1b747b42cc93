"""The diagram of the process, laid out from the table that executes it.

One row a state, in the order of life; beside it, the steps that can be taken there and where each
leads; the delay promised beside the one measured, of a state, or of a step whose track has its own.
Nothing is placed by hand: a state or a step added to the table appears here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import wrap

from governance.process.measured import UNKNOWN, Measured
from governance.process.shape import ORIGIN
from governance.process.table import REQUEST
from portal.words import process as process_words
from portal.words.measured import in_fact, in_short
from projects.queries.register import actor_words

WIDTH = 1040
BOX = 340
LETTERS = 34
LINE = 30
TOP = 14
GAP = 26
LEFT_OF_STEPS = BOX + 70


@dataclass(frozen=True)
class Lasting:
    """A delay promised, and the one measured: whole, and in a few letters. Both of these are empty
    where nothing is measured: of what is not public, or of an end."""

    promised: str
    in_fact: str = ""
    in_short: str = ""


@dataclass(frozen=True)
class StepLine:
    """A step as one line: where its link is drawn and where it leads; how long it may last and
    does, when that is not the delay of its state."""

    code: str
    label: str
    leads_to: str
    kind: str
    lasting: Lasting | None
    y: int


@dataclass(frozen=True)
class StateRow:
    """A state and its steps, with its place in the drawing; ``straight_on`` when a step leads to
    the state of the next row."""

    code: str
    label: str
    label_lines: tuple[str, ...]
    who: str
    lasting: Lasting | None
    kind: str
    ended: bool
    straight_on: bool
    steps: tuple[StepLine, ...]
    y: int
    height: int

    @property
    def middle(self) -> int:
        return self.y + self.height // 2

    @property
    def bottom(self) -> int:
        return self.y + self.height


@dataclass(frozen=True)
class Diagram:
    """The whole drawing, in SVG units."""

    width: int
    height: int
    gap: int
    box: int
    steps_x: int
    steps_width: int
    rows: tuple[StateRow, ...]


GOOD, BAD = {"closed"}, {"refused", "revoked", "closed_in_default"}


def _kind(state) -> str:
    if state.code in GOOD:
        return "good"
    if state.code in BAD:
        return "bad"
    if state.ended:
        return "end"
    return "wait" if state.code in ("completion", "suspended") else "live"


def _leads(step, state, language) -> tuple[str, str]:
    """Where ``step`` leads from ``state``, in words, and the kind of that end."""
    for outcome in step.outcomes_from(state.code):
        if outcome.target == ORIGIN:
            return process_words.BACK.say(language), "live"
        if outcome.target and outcome.target != state.code:
            target = REQUEST.state(outcome.target)
            return process_words.state_label(target, language), _kind(target)
    return "", ""


def _lasting(clock: str, language: str, found: Mapping[str, Measured]) -> Lasting | None:
    """The delay of ``clock`` beside what is measured of it; None when it has none."""
    kind, code = clock.split(":")
    timed = REQUEST.state(code) if kind == "state" else REQUEST.track(code)
    if timed.delay is None:
        return None
    promised = process_words.delay_words(timed.delay)
    if clock not in {promise.clock for promise in process_words.promises(language)}:
        return Lasting(promised)
    measure = found.get(clock, UNKNOWN)
    return Lasting(promised, in_fact(measure), in_short(measure))


def _lines(state, language: str, found: Mapping[str, Measured], y: int) -> tuple[StepLine, ...]:
    lines = []
    for index, step in enumerate(REQUEST.steps_from(state.code)):
        leads, kind = _leads(step, state, language)
        own = process_words.own_clock(step)
        lines.append(
            StepLine(
                code=step.code,
                label=process_words.step_label(step.code, language),
                leads_to=leads,
                kind=kind,
                lasting=_lasting(own, language, found) if own else None,
                y=y + 6 + index * LINE,
            )
        )
    return tuple(lines)


def states_shown(language: str, found: Mapping[str, Measured]) -> tuple[StateRow, ...]:
    """Every state in the order of the table, with its steps, placed top to bottom. ``found`` is how
    long each clock lasts in fact."""
    rows, y = [], TOP
    for state, following in zip(REQUEST.states, (*REQUEST.states[1:], None), strict=True):
        steps = _lines(state, language, found, y)
        label = process_words.state_label(state, language)
        in_lines = tuple(wrap(label, LETTERS))
        height = max(82 + 20 * len(in_lines), len(steps) * LINE + 12)
        rows.append(
            StateRow(
                code=state.code,
                label=label,
                label_lines=in_lines,
                who=actor_words(state.acts_next) if state.acts_next else "",
                lasting=_lasting(f"state:{state.code}", language, found),
                kind=_kind(state),
                ended=state.ended,
                straight_on=following is not None and _leads_straight(state, following),
                steps=steps,
                y=y,
                height=height,
            )
        )
        y += height + GAP
    return tuple(rows)


def _leads_straight(state, following) -> bool:
    return any(
        outcome.target == following.code
        for step in REQUEST.steps_from(state.code)
        for outcome in step.outcomes_from(state.code)
    )


def diagram(language: str, found: Mapping[str, Measured]) -> Diagram:
    """The drawing of the whole process in ``language``."""
    rows = states_shown(language, found)
    return Diagram(
        width=WIDTH,
        height=rows[-1].bottom + TOP,
        gap=GAP,
        box=BOX,
        steps_x=LEFT_OF_STEPS,
        steps_width=WIDTH - LEFT_OF_STEPS - 10,
        rows=rows,
    )
