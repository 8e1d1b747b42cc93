"""The public projects that asked for a dataset of the catalogue, told to its page."""

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from catalog.models import Dataset
from catalog.uses import Use, register
from projects.models import AskedVariable
from projects.queries import register as public_register

MOST = 10


def uses_of(dataset: Dataset) -> list[Use]:
    """The public projects found admissible that ask this hospital for variables of this kind."""
    asked = AskedVariable.objects.filter(
        request=OuterRef("pk"), variable__category=dataset.category_id
    )
    found = public_register.projects(hospital=dataset.establishment_id).filter(
        Exists(asked), admitted__isnull=False
    )[:MOST]
    return [
        Use(line.number, line.title, reverse("register:project", args=[line.number]), line.state)
        for line in (public_register.line(each, at=timezone.now()) for each in found)
    ]


register(uses_of)
