"""What is told of a description that another person of the hospital read again: to who wrote it,
when it is to be written otherwise."""

from django.urls import reverse

from catalog.domain.descriptions import REFUSED
from catalog.models import DescriptionVersion
from governance import outbox
from projects.notices.told import Told, tell


@outbox.handler(REFUSED)
def tell_of_refusal(payload: dict) -> None:
    """Tell who wrote a description that it is to be written otherwise."""
    version = DescriptionVersion.objects.select_related("dataset", "written_by").get(
        pk=payload["version"]
    )
    if version.written_by is None:
        return
    values = {"site": version.dataset.establishment_id, "category": version.dataset.category_id}
    page = reverse("catalog:description_review", args=[version.dataset_id])
    told = [Told(version.written_by, "staff", "description_refused", page, values)]
    tell(f"description:{version.pk}", told, at=version.reviewed_at)
