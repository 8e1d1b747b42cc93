"""What one establishment is to deliver of a request: what was asked, within the limits it set."""

from dataclasses import dataclass, replace
from datetime import date

from catalog.warehouse.layout import TABLES
from governance.models.case import Track
from projects.domain.linkage import is_granted
from projects.models import Request

DELIVERED_HERE = ("aggregates", "pseudonymised")
"""The delivery kinds that leave through the portal; the hospital's own tool serves the others."""

OUT_OF_IT = ("declined", "left", "infeasible", "undeliverable")
"""The answers after which an establishment delivers nothing."""


@dataclass(frozen=True)
class Perimeter:
    """`variables` are catalogue variables, `withheld` those that the establishment keeps;
    `limit` is what it wrote of its limits, in words. `exception` says that persons not individually
    informed stay, the documented exception having been examined (P-07): else they are out.
    `linkage` says that a person may be recognised from one hospital to another."""

    kind: str
    variables: tuple
    withheld: tuple
    start: date
    end: date
    true_dates: bool
    cohort: dict
    limit: str = ""
    exception: bool = False
    linkage: bool = False

    @property
    def through_portal(self) -> bool:
        return self.kind in DELIVERED_HERE

    @property
    def bears_mark(self) -> bool:
        """Whether a file found somewhere would tell of which delivery it is: the pseudonyms of
        stays and of records do, and those of persons tell the study alone."""
        return any(TABLES[v.table].marked for v in self.variables if v.table in TABLES)

    def missing(self) -> list[str]:
        """What an order cannot do without and this perimeter lacks, as codes."""
        lacking = {
            "cohort": not self.cohort,
            "period": self.start is None or self.end is None or self.start > self.end,
            "variables": not self.variables and self.kind != "aggregates",
            "delivery_kind": not self.through_portal,
        }
        return [code for code, lacks in lacking.items() if lacks]

    def narrowed(self, without=(), start: date | None = None, end: date | None = None):
        """The same with less: variables whose codes are in `without` kept back, a shorter period.
        What is outside the perimeter already cannot come back."""
        return replace(
            self,
            variables=tuple(v for v in self.variables if v.pk not in without),
            withheld=self.withheld + tuple(v for v in self.variables if v.pk in without),
            start=max((day for day in (self.start, start) if day), default=None),
            end=min((day for day in (self.end, end) if day), default=None),
        )


def perimeter_of(request: Request, track: Track) -> Perimeter:
    """What `track`'s establishment delivers: the dossier's answers, narrowed by its agreement."""
    answers = dict(
        request.sections.filter(code__in=("data", "regulatory")).values_list("code", "answers")
    )
    data, regulatory = answers.get("data", {}), answers.get("regulatory", {})
    asked = [
        each.variable for each in request.asked_variables.select_related("variable").order_by("id")
    ]
    limits, words = _limits(track)
    without = set(limits.get("without", ()))
    starts = [_day(data.get("period_start")), _day(limits.get("period_start"))]
    ends = [_day(data.get("period_end")), _day(limits.get("period_end"))]
    return Perimeter(
        kind=data.get("delivery_kind") or "",
        variables=tuple(v for v in asked if v.pk not in without),
        withheld=tuple(v for v in asked if v.pk in without),
        start=max((day for day in starts if day), default=None),
        end=min((day for day in ends if day), default=None),
        true_dates=bool(data.get("true_dates")),
        cohort=data.get("cohort") or {},
        limit=words,
        exception=regulatory.get("informed") == "documented_exception" and _examined(track),
        linkage=data.get("delivery_kind") == "pseudonymised" and is_granted(request),
    )


def sites_to_examine(request: Request):
    """The tracks of the establishments whose exception to individual information may be examined:
    those that may still deliver, in the order of their names."""
    tracks = request.case.tracks.filter(kind="site").exclude(status__in=OUT_OF_IT)
    return tracks.select_related("establishment").order_by("establishment__name")


def _examined(track: Track) -> bool:
    """Whether the exception to individual information was examined for this establishment, whose
    patients and whose effort to inform them are its own, and found to stand."""
    last = track.records.filter(kind="exception_examined").order_by("id").last()
    return last is not None and last.data.get("stands") is True


def _limits(track: Track) -> tuple[dict, str]:
    """The limits of the establishment's last answer: codes, and words."""
    answer = (
        track.decisions.filter(step__in=("agree", "agree_with_limits", "join_by_amendment"))
        .select_related("reason")
        .order_by("-index")
        .first()
    )
    if answer is None or answer.step != "agree_with_limits":
        return {}, ""
    return answer.details, answer.reason.details.get("limit", "")


def _day(text) -> date | None:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        return None
