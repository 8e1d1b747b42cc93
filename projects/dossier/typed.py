"""A page whose answers are saved as one types, whoever else writes there: what it shows, what it is
sent, what it shows next.

`TypedPage` joins the questions, where they are stored and `projects.dossier.autosave`; pages and
their forms know nothing else of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.http import QueryDict

from projects.dossier import autosave
from projects.dossier.answers import empty, said, unfit
from projects.dossier.form import Field
from projects.forms.dossier import AnswersForm, shown


@dataclass(frozen=True)
class Block:
    """One question on the page: its control, what somebody else wrote there, what a deposit will
    ask of it."""

    control: object
    question: Field
    theirs: str | None
    advice: str


@dataclass
class Shown:
    """What the page holds. `was` is its hidden field; `overlaps` what to choose about; `fresh`,
    `gone` and `taken` are the questions that appeared, left, or took somebody else's answer."""

    form: AnswersForm
    was: autosave.Was
    overlaps: dict = field(default_factory=dict)
    fresh: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    malformed: bool = False

    @property
    def settled(self) -> bool:
        """Whether all that was typed is stored."""
        return not (self.overlaps or self.malformed)

    @property
    def was_text(self) -> str:
        return self.was.as_text()

    @property
    def blocks(self) -> list[Block]:
        """The questions, in the order of the form."""
        return [self.block(code) for code in self.form.questions]

    def block(self, code: str) -> Block:
        question, control = self.form.questions[code], self.form[code]
        theirs = said(question, self.overlaps[code]) if code in self.overlaps else None
        return Block(control, question, theirs, unfit(question, self.was.values.get(code)))

    @property
    def redrawn(self) -> list[Block]:
        """The questions that took somebody else's answer, to be drawn again."""
        return [self.block(code) for code in self.taken]

    @property
    def appeared(self) -> list[tuple[Block, str]]:
        """The questions that answers made matter, each with the one it is added after."""
        codes = list(self.form.questions)
        before = dict(zip(codes, ["", *codes], strict=False))
        return [(self.block(code), before[code]) for code in self.fresh]

    @property
    def told(self) -> list[Block]:
        """The questions already on the page, whose remarks may have changed."""
        drawn = {*self.fresh, *self.taken}
        return [self.block(code) for code in self.form.questions if code not in drawn]


class TypedPage:
    """`every` is all that the page may ask, by code; `asked(values)` what it asks now; `stored()`
    the values there are; `write(changed, replaces)` stores and returns its overlaps."""

    def __init__(
        self,
        every: dict[str, Field],
        asked: Callable[[dict], list[Field]],
        stored: Callable[[], dict],
        write: Callable[[dict, dict], dict],
    ):
        self.every, self.asked, self.stored, self.write = every, asked, stored, write

    def open(self) -> Shown:
        """The page as it is stored."""
        values = self.stored()
        questions = self.asked(values)
        return Shown(AnswersForm(questions, values), autosave.Was(_held(questions, values)))

    def reopen(self, typed: QueryDict) -> Shown:
        """The page with what was typed on it and not saved."""
        was = autosave.Was.read(typed.get("was", ""), self.every)
        form = AnswersForm(self._questions(was), {}, typed)
        return Shown(form, was, {name: was.values[name] for name in was.asked})

    def save(self, posted: QueryDict) -> Shown:
        """Save what differs from what was shown, and give what the page shows next."""
        was = autosave.Was.read(posted.get("was", ""), self.every)
        typed = AnswersForm(self._questions(was), {}, posted)
        typed.is_valid()
        choices = {name: posted.get(f"keep-{name}", "") for name in was.asked}
        outcome = autosave.save(typed.answered(), was, choices, self.write)
        values = self.stored()
        questions = self.asked(values)
        fresh = [q for q in questions if q.code not in was.values]
        now = {q.code for q in questions}
        held = {n: v for n, v in outcome.was.values.items() if n in now and n not in outcome.taken}
        held |= _held(fresh, values) | _held([self.every[n] for n in outcome.taken], values)
        redrawn = [*fresh, *(self.every[name] for name in outcome.taken if name in now)]
        return Shown(
            AnswersForm(questions, values, _with_stored(posted, redrawn, values)),
            autosave.Was(held, outcome.was.asked & now),
            {name: theirs for name, theirs in outcome.overlaps.items() if name in now},
            tuple(q.code for q in fresh),
            tuple(name for name in was.values if name not in now),
            tuple(name for name in outcome.taken if name in now),
            bool(typed.errors),
        )

    def _questions(self, was: autosave.Was) -> list[Field]:
        return [question for code, question in self.every.items() if code in was.values]


def _held(questions, values: dict) -> dict:
    return {q.code: empty(q) if values.get(q.code) is None else values[q.code] for q in questions}


def _with_stored(posted: QueryDict, questions, values: dict) -> QueryDict:
    """What was posted, but for `questions`, which show what is stored."""
    data = posted.copy()
    for question in questions:
        value = shown(question, values.get(question.code))
        value = "" if value is None else value
        data.setlist(question.code, value if isinstance(value, list) else [str(value)])
    return data
