"""What a team reports of the data it was delivered, dataset by dataset, variable by variable."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from catalog.domain import findings
from catalog.models import Dataset, Finding, Variable
from governance.models.case import Track
from projects.domain.perimeter import perimeter_of
from projects.models import Request
from projects.permissions import in_team

REPORTED_IN = ("access", "suspended", "results")
"""When a team reports what it finds in its data."""


@dataclass(frozen=True)
class Delivered:
    """A dataset of which something was delivered to a request, and which variables."""

    dataset: Dataset
    variables: tuple[Variable, ...]


def delivered_to(request: Request) -> list[Delivered]:
    """The datasets that the establishments delivered, in the network's order, each with the
    variables delivered of it. A few queries an establishment."""
    tracks = list(request.case.tracks.filter(kind="site", status__in=Track.HELD))
    held = defaultdict(list)
    listed = Dataset.objects.listed()
    for dataset in listed.filter(establishment__in=[t.establishment_id for t in tracks]):
        held[dataset.establishment_id].append(dataset)
    found = []
    for track in tracks:
        variables = perimeter_of(request, track).variables
        for dataset in held[track.establishment_id]:
            of_it = tuple(v for v in variables if v.category_id == dataset.category_id)
            if of_it:
                found.append(Delivered(dataset, of_it))
    return sorted(
        found, key=lambda d: (d.dataset.establishment.position, d.dataset.category.position)
    )


def may_report(request: Request, person, at: datetime) -> bool:
    """Whether `person` reports anomalies found in the data of `request`."""
    return request.case.state in REPORTED_IN and in_team(person, request, at)


def days_to_answer(dataset: Dataset, at: datetime) -> int:
    """In how many working days the establishment of `dataset` answers what is reported at `at`."""
    return findings.delay_at(dataset.establishment_id, at).number


def report(
    request: Request, dataset: str, variable: str, text: str, *, by, at: datetime
) -> Finding:
    """Report an anomaly in what was delivered: `dataset` (its slug), `variable` (its code, or
    nothing for the whole dataset). Raises PermissionDenied, ValidationError field by field."""
    if not may_report(request, by, at):
        raise PermissionDenied("report_finding")
    found = next((d for d in delivered_to(request) if d.dataset.pk == dataset), None)
    if found is None:
        raise ValidationError({"dataset": _("Choisissez un jeu de données qui vous a été livré.")})
    named = next((v for v in found.variables if v.pk == variable), None)
    if variable and named is None:
        raise ValidationError(
            {"variable": _("Cette variable n'a pas été livrée avec ce jeu de données.")}
        )
    return findings.write(found.dataset, named, text, by=by, at=at, case=request.case)
