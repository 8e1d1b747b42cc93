"""The rows of many requests at once, each kind read for all of them in one query."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet, prefetch_related_objects

from catalog.queries import dataset_records
from catalog.queries.findings import waiting_by_site
from catalog.queries.objections import corrections_waiting, late_by_site, not_compared
from governance.models import (
    Case,
    Deadline,
    Decision,
    Item,
    Participation,
    Record,
    Reminder,
    Track,
)
from governance.queries.written_once import AnyOf, written_once
from projects.models import (
    AskedSite,
    AskedVariable,
    Attachment,
    Certificate,
    Evidence,
    Extraction,
    Output,
    Point,
    Request,
    Section,
)
from projects.process.facts.people import Commitments, in_default

COMPARED_WITHIN = timedelta(hours=1)
"""How long a site has, once asked, to compare its own list before its copies wait to open."""


class Batch:
    """What is read of some cases at an instant: each kind of rows when the first of them needs it,
    for all of them. What a number of them costs in queries is what one costs."""

    def __init__(self, cases: Iterable[Case], at: datetime):
        self.cases, self.at = {case.pk: case for case in cases}, at
        self._keys = list(self.cases)
        self._late_objections: dict[timedelta, dict[str, int]] = {}
        self._hung: set[str] = set()

    # --- the dossiers -----------------------------------------------------------------------------

    @cached_property
    def requests(self) -> dict[UUID, Request]:
        return {each.pk: each for each in _requests(cases=self._keys)}

    def of_requests(self, name: str) -> None:
        """Have what is called `name` read for all the requests, unless it was."""
        if name not in self._hung:
            self._hung.add(name)
            prefetch_related_objects(list(self.requests.values()), _what_hangs(name))

    @cached_property
    def answers(self) -> dict[UUID, dict[str, dict]]:
        """What each section answers, by request."""
        found = {pk: {} for pk in self.cases}
        for section in _sections(cases=self._keys):
            found[section.request_id][section.code] = section.answers
        return found

    # --- the cases --------------------------------------------------------------------------------

    @cached_property
    def tracks(self) -> dict[UUID, list[Track]]:
        return self._by_case(_tracks(cases=self._keys))

    @cached_property
    def records(self) -> dict[UUID, list[Record]]:
        return self._by_case(_records(cases=self._keys))

    @cached_property
    def people(self) -> dict[UUID, list[Participation]]:
        return self._by_case(_people(cases=self._keys, at=self.at))

    @cached_property
    def decisions(self) -> dict[UUID, list[Decision]]:
        return self._by_case(_decisions(cases=self._keys))

    @cached_property
    def clocks(self) -> dict[UUID, list[Deadline]]:
        return self._by_case(_clocks(cases=self._keys))

    @cached_property
    def with_an_item(self) -> set[UUID]:
        """Those that await an opinion at a session."""
        awaited = Item.objects.filter(decision__isnull=True, session__closed_at__isnull=True)
        return set(awaited.filter(case__in=self.cases).values_list("case", flat=True))

    @cached_property
    def warned(self) -> set[int]:
        """The clocks that ran out and whose reminder of it was sent."""
        late = [c.pk for found in self.clocks.values() for c in found if c.due_at < self.at]
        sent = Reminder.objects.filter(deadline__in=late, kind="late")
        return set(sent.values_list("deadline", flat=True)) if late else set()

    def _by_case(self, rows) -> dict[UUID, list]:
        found = defaultdict(list)
        for row in rows:
            row.case = self.cases[row.case_id]
            found[row.case_id].append(row)
        return found

    @cached_property
    def left_unchecked(self) -> set[UUID]:
        """Those of which something was let out by fewer checkers than it asked."""
        return {each.request_id for each in _left_unchecked(cases=self._keys)}

    # --- their tracks -----------------------------------------------------------------------------

    @cached_property
    def evidence(self) -> dict[int, list[Evidence]]:
        return self._by_track(_evidence(cases=self._keys))

    @cached_property
    def extractions(self) -> dict[int, list[Extraction]]:
        return self._by_track(_extractions(cases=self._keys))

    @cached_property
    def certificates(self) -> dict[int, list[Certificate]]:
        return self._by_track(_certificates(cases=self._keys))

    def _by_track(self, rows) -> dict[int, list]:
        found = defaultdict(list)
        for row in rows:
            found[row.track_id].append(row)
        return found

    # --- their members ----------------------------------------------------------------------------

    @cached_property
    def commitments(self) -> Commitments:
        persons = {p.person_id for team in self.people.values() for p in team}
        return Commitments(persons, self.at)

    @cached_property
    def in_default(self) -> set[int]:
        """The holders who have a request closed in default."""
        return in_default(self.cases)

    # --- the establishments -----------------------------------------------------------------------

    @cached_property
    def sites(self) -> set[str]:
        """The establishments that one of them asks."""
        self.of_requests("asked_sites")
        asked = (s for r in self.requests.values() for s in r.asked_sites.all())
        found = {each.establishment_id for each in asked}
        return found | {t.key for of in self.tracks.values() for t in of if t.kind == "site"}

    @cached_property
    def described(self) -> dict[tuple[str, str], list[dict]]:
        """The catalogue's records of what is asked, by establishment and category."""
        self.of_requests("asked_variables")
        asked = (v for r in self.requests.values() for v in r.asked_variables.all())
        return dataset_records({each.variable.category_id for each in asked}, self.sites)

    @cached_property
    def waiting_findings(self) -> dict[str, dict]:
        """The anomalies that users reported and that wait for an answer, by establishment."""
        return waiting_by_site(self.sites)

    def late_objections(self, delay: timedelta) -> dict[str, int]:
        """How many objections wait since longer than `delay`, by establishment."""
        if delay not in self._late_objections:
            self._late_objections[delay] = late_by_site(at=self.at, delay=delay)
        return self._late_objections[delay]

    @cached_property
    def not_compared(self) -> set[str]:
        """The establishments whose own list waits to be compared with what they delivered."""
        return not_compared(self.sites, at=self.at, delay=COMPARED_WITHIN)

    @cached_property
    def corrections_waiting(self) -> dict[UUID, tuple[int, datetime]]:
        """By delivery (its order), how many persons objected since and wait for a decision, and
        since when."""
        return corrections_waiting(
            [each.order_id for found in self.extractions.values() for each in found]
        )

    @cached_property
    def corrections_pending(self) -> dict[UUID, int]:
        """The same, how many persons only."""
        return {order: persons for order, (persons, _) in self.corrections_waiting.items()}


@written_once
def _requests(*, cases) -> QuerySet[Request]:
    return Request.objects.select_related(
        "organisation", "qualification", "access_period", "plain_results"
    ).filter(case=AnyOf(cases))


@written_once
def _sections(*, cases) -> QuerySet[Section]:
    return Section.objects.filter(request=AnyOf(cases)).only("request", "code", "answers")


@written_once
def _tracks(*, cases) -> QuerySet[Track]:
    return Track.objects.select_related("establishment__warehouse").filter(case=AnyOf(cases))


@written_once
def _records(*, cases) -> QuerySet[Record]:
    return Record.objects.filter(case=AnyOf(cases))


@written_once
def _people(*, cases, at) -> QuerySet[Participation]:
    return Participation.objects.valid(at).select_related("person").filter(case=AnyOf(cases))


@written_once
def _decisions(*, cases) -> QuerySet[Decision]:
    return Decision.objects.order_by("index").filter(case=AnyOf(cases))


@written_once
def _clocks(*, cases) -> QuerySet[Deadline]:
    return Deadline.objects.running().filter(case=AnyOf(cases))


@written_once
def _left_unchecked(*, cases) -> QuerySet[Output]:
    accepted = Count("checks", filter=Q(checks__verdict="accepted"), distinct=True)
    released = Output.objects.filter(request=AnyOf(cases), state="released").order_by()
    counted = released.annotate(accepted=accepted, places=Count("sites", distinct=True))
    alone = Q(accepted=1) & (Q(needs_two=True) | Q(places__gt=1))
    return counted.filter(alone | Q(accepted=0))


@written_once
def _evidence(*, cases) -> QuerySet[Evidence]:
    return Evidence.objects.filter(track__case=AnyOf(cases))


@written_once
def _extractions(*, cases) -> QuerySet[Extraction]:
    return Extraction.objects.filter(track__case=AnyOf(cases))


@written_once
def _certificates(*, cases) -> QuerySet[Certificate]:
    return Certificate.objects.filter(track__case=AnyOf(cases))


def _what_hangs(name: str) -> str | Prefetch:
    """How what hangs from a request under that name is read."""
    match name:
        case "asked_sites":
            return Prefetch(name, AskedSite.objects.select_related("establishment__warehouse"))
        case "asked_variables":
            return Prefetch(name, AskedVariable.objects.select_related("variable"))
        case "attachments":
            return Prefetch(name, Attachment.objects.filter(removed_at__isnull=True))
        case "points":
            return Prefetch(name, Point.objects.filter(state="open"))
        case "legal_persons":
            return "legal_persons__organisation"
    return name
