"""What an establishment's delegate reads before answering: this request, for this site, on one
screen."""

from dataclasses import dataclass
from datetime import date, datetime

from catalog.cohort_words import Read, read_kept
from governance.models.case import Track
from governance.models.deadline import Deadline
from governance.queries.people import people_with_role
from projects.dossier.form import section
from projects.models import Request
from projects.queries.history import title_of
from projects.queries.reservations import said_in


@dataclass(frozen=True)
class Brief:
    """`read` is the population as the site's program reads it, None when none is said so. `count`
    is what this site counted: None when it did not, a number of persons, or "masked"."""

    variables: dict[str, list[str]]
    since: date | None
    until: date | None
    population: str
    read: Read | None
    count: int | str | None
    engineers: list[str]
    hours: int | None
    delivery: str
    linkage: str | None
    destination: str
    months: int | None
    opinion: str
    reservations: str
    due_at: datetime | None
    answer: str


def brief_of(request: Request, track: Track, at: datetime) -> Brief:
    """The brief of a request for the site of `track`. Queries do not grow with the request."""
    answers = {s.code: s.answers for s in request.sections.all()}
    data, calendar = answers.get("data", {}), answers.get("calendar", {})
    decisions = list(
        request.case.decisions.filter(
            step__in=("state_feasibility", "give_opinion", "agree", "agree_with_limits", "decline")
        )
        .select_related("reason", "track__establishment")
        .order_by("-index")
    )
    mine = [d for d in decisions if d.track_id == track.pk]
    opinion = next((d for d in decisions if d.step == "give_opinion"), None)
    stated = next((d for d in mine if d.step == "state_feasibility"), None)
    answered = next((d for d in mine if d.step != "state_feasibility"), None)
    due = Deadline.objects.running().filter(case=request.case, track=track).first()
    return Brief(
        variables=_variables(request),
        since=_day(data.get("period_start")),
        until=_day(data.get("period_end")),
        population=data.get("population") or "",
        read=read_kept(data.get("cohort")),
        count=_count(_counted(track)),
        engineers=[str(p) for p in people_with_role("data_engineer", track.establishment_id, at)],
        hours=stated.details.get("hours") if stated else None,
        delivery=_choice("data", "delivery_kind", data),
        linkage=data.get("linkage_reason") or "" if data.get("linkage") else None,
        destination=_choice("data", "destination", data),
        months=calendar.get("access_months"),
        opinion=title_of(opinion) if opinion else "",
        reservations="\n".join(said_in(opinion.reason.details)) if opinion else "",
        due_at=due.due_at if due else None,
        answer=title_of(answered) if answered else "",
    )


@dataclass(frozen=True)
class Asked:
    """What a site is asked whether it is feasible, and what it counted: see `Brief`."""

    population: str
    read: Read | None
    since: date | None
    until: date | None
    count: int | str | None
    counted_at: datetime | None


def asked_of(request: Request, track: Track) -> Asked:
    """The question of the feasibility at the site of `track`, with its own count. Three queries."""
    section_data = request.sections.filter(code="data").first()
    data, record = section_data.answers if section_data else {}, _counted(track)
    return Asked(
        data.get("population") or "",
        read_kept(data.get("cohort")),
        _day(data.get("period_start")),
        _day(data.get("period_end")),
        _count(record),
        record.at if record else None,
    )


def _variables(request: Request) -> dict[str, list[str]]:
    asked = request.asked_variables.select_related("variable__category").order_by(
        "variable__category__position", "variable__code"
    )
    found: dict[str, list[str]] = {}
    for each in asked:
        variable = each.variable
        found.setdefault(variable.category.label, []).append(variable.label)
    return found


def _counted(track: Track):
    """The last count that the site of `track` returned."""
    return track.records.filter(kind="count", data__counted=True).order_by("-id").first()


def _count(record) -> int | str | None:
    if record is None:
        return None
    return "masked" if record.data.get("masked") else record.data.get("count")


def _choice(section_code: str, field: str, answers: dict) -> str:
    choices = dict(section(section_code).field(field).choices)
    return str(choices.get(answers.get(field), ""))


def _day(said) -> date | None:
    try:
        return date.fromisoformat(said)
    except (TypeError, ValueError):
        return None
