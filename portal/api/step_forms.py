"""What each step asks in its body: its schema, from the process's table and the step's own form.

The shape is checked here, the meaning by `projects.process.details` and the engine, as for the
pages.
"""

from datetime import date
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from governance.process.precedents import OTHER_WAY
from governance.process.shape import NEGATIVE, Process, Step
from governance.process.table import REQUEST
from governance.qualification import FORMALITIES, QUALIFICATIONS
from projects.dossier.form import SECTIONS
from projects.forms.difference import LONGEST
from projects.models import Convention
from projects.process.details import ANSWERS, GROUNDS, LONGEST_SEEN, MOST_HOURS

ONE_OF_A_KIND = ("route", "opinion")
"""Kinds of track of which a request has one: nothing names it."""


class StepForm(BaseModel):
    """A step's body: nothing but what its schema names."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Admit(StepForm):
    findings: dict[Literal["U-01", "U-02"], Literal["satisfied", "not_satisfied"]] = Field(
        {}, description="findings on what was deposited under reserve"
    )
    holder_seen: str = Field(
        "", max_length=LONGEST_SEEN, description="from what the holder's status was checked"
    )


class PointIn(StepForm):
    section: Literal[*(section.code for section in SECTIONS)]
    text: str = Field(min_length=1, max_length=2000)
    field: str = Field("", max_length=40)
    article: str = Field("", max_length=8)
    why_not_before: str = Field("", max_length=2000)


class Return(StepForm):
    points: list[PointIn] = Field(min_length=1, max_length=100)


class StateFeasibility(StepForm):
    hours: int | None = Field(None, ge=0, le=MOST_HOURS, description="the work foreseen")


class Qualify(StepForm):
    qualification: Literal[*QUALIFICATIONS]
    formality: Literal[*FORMALITIES]
    differs_reason: str = Field("", max_length=2000)
    conventions: list[Literal[*Convention.Kind.values]] = Field(["access"], max_length=10)


class Decline(StepForm):
    ground: Literal[*GROUNDS]
    ready_on: date | None = Field(None, strict=False, description="when the ground is `capacity`")


class AgreeWithLimits(Decline):
    limit: str = Field(min_length=1, max_length=1000)
    without: list[str] = Field([], max_length=500, description="variables kept back")
    period_start: date | None = Field(None, strict=False)
    period_end: date | None = Field(None, strict=False)


class RecordAnswer(StepForm):
    answer: Literal[*(answer for answers in ANSWERS.values() for answer in answers)]
    on: date = Field(strict=False)
    reference: str = Field("", max_length=120)


class SignConvention(StepForm):
    reference: str = Field(min_length=1, max_length=80)
    signed_on: date = Field(strict=False)


class ReservationAsked(StepForm):
    """One reservation, to be lifted by itself."""

    text: str = Field(min_length=1, max_length=1000)
    articles: list[str] = Field([], max_length=10)
    asked_by: int | None = None


class GiveOpinion(StepForm):
    reservations: str | list[ReservationAsked] = Field(
        "", description="a text with a reservation a line, or a list of them"
    )


class Authorise(StepForm):
    months: int = Field(ge=1, le=120)
    linkage: bool = Field(
        False, description="allows that a person be recognised at several sites, where it is asked"
    )
    conditions: str = Field("", max_length=4000)


class JoiningFeasibility(StepForm):
    persons: int | None = Field(
        None, ge=0, description="persons counted, needed when feasible; masked when under 11"
    )


class Submit(StepForm):
    preview: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="`preview.digest` of the request: what becomes public was read and confirmed",
    )


FORMS: dict[str, type[StepForm]] = {
    "submit": Submit,
    "admit": Admit,
    "return": Return,
    "state_feasibility": StateFeasibility,
    "qualify": Qualify,
    "agree_with_limits": AgreeWithLimits,
    "decline": Decline,
    "record_answer": RecordAnswer,
    "sign_convention": SignConvention,
    "give_opinion": GiveOpinion,
    "authorise": Authorise,
}
"""What each step's own form asks; the others ask nothing more than any step."""

AMENDMENT_FORMS: dict[str, type[StepForm]] = {"state_feasibility": JoiningFeasibility}
"""The same of an amendment's steps."""

COMMON = ("outcome", "reason", "articles", "difference", "site", "track")


@cache
def form_of(code: str, process: Process = REQUEST) -> type[StepForm]:
    """The body of the step ``code`` of ``process``."""
    step = process.step(code)
    forms = FORMS if process is REQUEST else AMENDMENT_FORMS
    return create_model(
        f"{''.join(part.title() for part in code.split('_'))}Step",
        __base__=forms.get(code, StepForm),
        **_common(step),
    )


def _common(step: Step) -> dict[str, Any]:
    outcomes = tuple(dict.fromkeys(outcome.code for outcome in step.outcomes))
    tones = {outcome.tone for outcome in step.outcomes}
    fields: dict[str, Any] = {
        "reason": _text(needed=step.reasoned or tones == {NEGATIVE}),
        "articles": _articles(needed=tones == {NEGATIVE}),
    }
    if step.code in OTHER_WAY:
        about = (
            "what differs, in a sentence that is published; needed where requests alike on the "
            "articles cited were answered the other way, else left aside"
        )
        fields["difference"] = (str, Field("", max_length=LONGEST, description=about))
    if len(outcomes) > 1:
        fields["outcome"] = (Literal[*outcomes], Field(description="the answer given"))
    else:
        fields["outcome"] = (Literal[*outcomes], Field(outcomes[0]))
    if step.track == "site":
        fields["site"] = (str, Field(max_length=60, description="the establishment's code"))
    elif step.track_from and step.track not in ONE_OF_A_KIND:
        about = "the key of the track; needed when there are several"
        fields["track"] = (str, Field("", max_length=60, description=about))
    return fields


def _text(*, needed: bool):
    bounds = {"max_length": 10_000, "description": "the words of the decision"}
    return (str, Field(min_length=1, **bounds) if needed else Field("", **bounds))


def _articles(*, needed: bool):
    code = Annotated[str, Field(max_length=8, pattern=r"^[UPC]-\d{2}[a-z]?$")]
    about = {"max_length": 60, "description": "codes of the articles it rests on"}
    return (list[code], Field(min_length=1, **about) if needed else Field([], **about))


def json_schema(code: str, process: Process = REQUEST) -> dict[str, Any]:
    """The JSON Schema of the step's body."""
    return form_of(code, process).model_json_schema()


def split(form: StepForm) -> tuple[dict[str, Any], dict[str, Any]]:
    """What any step says, and what this one's own form says, as JSON values.

    A field left out, or null, is not said.
    """
    said = form.model_dump(mode="json", exclude_unset=True)
    own = {k: v for k, v in said.items() if k not in COMMON and v is not None}
    return {k: getattr(form, k, None) for k in COMMON}, own
