"""The diagram of the process, laid out from the table that executes it.

One row a state, in the order of life; beside it, the steps that can be taken there and where each
leads. Nothing is placed by hand: a state or a step added to the table appears here.
"""

from dataclasses import dataclass
from textwrap import wrap

from governance.process.shape import ORIGIN
from governance.process.table import REQUEST
from portal import process_words
from projects.queries.register import actor_words

WIDTH = 1040
BOX = 340
LETTERS = 34
LINE = 30
TOP = 14
GAP = 26
LEFT_OF_STEPS = BOX + 70


@dataclass(frozen=True)
class StepLine:
    """A step as one line: where its link is drawn and where it leads."""

    code: str
    label: str
    leads_to: str
    kind: str
    y: int


@dataclass(frozen=True)
class StateRow:
    """A state and its steps, with its place in the drawing."""

    code: str
    label: str
    label_lines: tuple[str, ...]
    who: str
    delay: str
    kind: str
    ended: bool
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


def states_shown(language: str) -> tuple[StateRow, ...]:
    """Every state in the order of the table, with its steps, placed top to bottom."""
    rows, y = [], TOP
    for state in REQUEST.states:
        steps = REQUEST.steps_from(state.code)
        lines_of_label = len(wrap(process_words.state_label(state, language), LETTERS))
        height = max(64 + 20 * lines_of_label, len(steps) * LINE + 12)
        lines = []
        for index, step in enumerate(steps):
            leads, kind = _leads(step, state, language)
            label = process_words.step_label(step.code, language)
            lines.append(StepLine(step.code, label, leads, kind, y + 6 + index * LINE))
        rows.append(
            StateRow(
                code=state.code,
                label=process_words.state_label(state, language),
                label_lines=tuple(wrap(process_words.state_label(state, language), LETTERS)),
                who=actor_words(state.acts_next) if state.acts_next else "",
                delay=process_words.delay_words(state.delay),
                kind=_kind(state),
                ended=state.ended,
                steps=tuple(lines),
                y=y,
                height=height,
            )
        )
        y += height + GAP
    return tuple(rows)


def diagram(language: str) -> Diagram:
    """The drawing of the whole process in ``language``."""
    rows = states_shown(language)
    return Diagram(
        width=WIDTH,
        height=rows[-1].bottom + TOP,
        box=BOX,
        steps_x=LEFT_OF_STEPS,
        steps_width=WIDTH - LEFT_OF_STEPS - 10,
        rows=rows,
    )
