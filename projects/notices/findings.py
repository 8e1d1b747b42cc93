"""What is told of an anomaly found in data: to who answers for them, to who reported it, and, once
it is confirmed or mended, to the teams whose projects use them: those of the dataset, or, of what a
check found, of the table it looks at."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.urls import reverse

from catalog.domain.findings import REMINDED, TOLD
from catalog.models import Finding, FindingEvent, FindingReminder
from governance import outbox
from governance.models import Case, Participation
from governance.models.case import Track
from governance.queries.people import people_with_role
from governance.roles import Permission, roles_with
from projects.models import AskedVariable
from projects.notices.people import with_stand_ins
from projects.notices.told import Told, tell

USED_IN = ("authorised", "access", "suspended", "results", "closed_in_default")
"""The states of a request whose team still works on what was delivered, or has to publish it."""

CONFIRMING = ("to_mend", "mended", "mended_later")
"""The events that the teams are told of."""

OF_STAFF = {
    FindingEvent.Kind.REPORTED: ("finding", "finding_reported"),
    FindingEvent.Kind.FOUND: ("finding", "finding_found"),
    FindingEvent.Kind.HOLDS: ("finding-held", "finding_held"),
}
"""The events that ask something of who answers for the data: their cause, and how it is said."""


@outbox.handler(TOLD)
def tell_of_finding(payload: dict) -> None:
    """Tell what happened to an anomaly to those it concerns, once a person."""
    event = FindingEvent.objects.select_related("by").get(pk=payload["event"])
    finding = Finding.objects.named().select_related("reported_by").get(pk=event.finding_id)
    if event.kind in OF_STAFF:
        cause, key = OF_STAFF[event.kind]
        told = list(_asked(finding, key, event.at))
        each_time = f":{event.pk}" if event.kind == FindingEvent.Kind.HOLDS else ""
        tell(f"{cause}:{finding.pk}{each_time}", told, at=event.at, but=[event.by])
        return
    address, values = _page(finding), _values(finding) | {"kind": event.kind}
    told = []
    if finding.reported_by is not None:
        told.append(Told(finding.reported_by, "other", "finding_answered", address, values))
    if event.kind in CONFIRMING:
        shown = reverse("catalogue:dataset", args=[finding.dataset_id])
        told += [
            Told(
                part.person,
                "holder" if part.part == Participation.Part.HOLDER else "member",
                "finding_confirmed",
                f"{shown}#anomalies",
                values,
                decided=True,
            )
            for part in _teams(finding, event.at)
        ]
    tell(f"finding-said:{event.pk}", told, at=event.at, but=[event.by])


@outbox.handler(REMINDED)
def remind_of_finding(payload: dict) -> None:
    """Remind who answers for the data; then who watches the network, then the director's
    delegate."""
    reminder = FindingReminder.objects.get(pk=payload["reminder"])
    finding = Finding.objects.named().get(pk=reminder.finding_id)
    kind, at = reminder.kind, reminder.sent_at
    values = {"kind": kind}
    told = list(_asked(finding, "finding_reminder", at, **values))
    if kind == "late-director":
        told = list(_told_staff(finding, "finding_reminder", ("delegate",), at, **values))
    if kind.startswith("late-"):
        watching = people_with_role("network_coordinator", None, at)
        told += _told(finding, "finding_reminder", watching, values)
    tell(f"finding-reminder:{finding.pk}:{kind}", told, at=at)


def _asked(finding: Finding, key: str, at: datetime, **values) -> Iterable[Told]:
    """The producer and the data engineers of the establishment, and who stands in for them."""
    return _told_staff(finding, key, roles_with(Permission.EDIT_CATALOGUE), at, **values)


def _told_staff(finding: Finding, key: str, roles, at: datetime, **values) -> Iterable[Told]:
    people = list(people_with_role(roles, finding.dataset.establishment_id, at))
    return _told(finding, key, with_stand_ins(people, at), values)


def _told(finding: Finding, key: str, people: Iterable, values: dict) -> list[Told]:
    said = _values(finding) | values
    due = finding.due_at if finding.waits else None
    return [
        Told(person, "staff", key, _page(finding), said, asked=True, due_at=due)
        for person in people
    ]


def _values(finding: Finding) -> dict:
    return {
        "site": finding.dataset.establishment_id,
        "category": finding.dataset.category_id,
        "finding": finding.pk,
    }


def _page(finding: Finding) -> str:
    return reverse("catalog:finding", args=[finding.pk])


def _teams(finding: Finding, at: datetime) -> list[Participation]:
    """The members of the teams to whom something of the dataset, or of the table of the check that
    found it, was delivered, holders first."""
    dataset, check = finding.dataset, finding.found_by
    delivered = Track.objects.filter(
        case=OuterRef("pk"),
        kind="site",
        establishment=dataset.establishment_id,
        status__in=Track.HELD,
    )
    of_it = (
        {"variable__table": check.table} if check else {"variable__category": dataset.category_id}
    )
    asked = AskedVariable.objects.filter(request=OuterRef("pk"), **of_it)
    using = Case.objects.filter(
        Exists(delivered), Exists(asked), process="request", state__in=USED_IN
    )
    parts = Participation.objects.valid(at).filter(
        case__in=using.values("pk"), part__in=Participation.TEAM
    )
    found = list(parts.select_related("person").order_by("pk"))
    return sorted(found, key=lambda part: part.part != Participation.Part.HOLDER)
