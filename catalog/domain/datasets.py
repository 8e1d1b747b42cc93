"""A dataset in the hands of those who answer for it."""

from datetime import datetime

from catalog.models import Dataset
from governance.permissions import require
from governance.roles import Permission


def locked(dataset: Dataset, *, by, at: datetime) -> Dataset:
    """``dataset`` as stored, nobody else writing of it meanwhile. Raises PermissionDenied unless
    ``by`` edits the catalogue of its establishment."""
    found = Dataset.objects.select_for_update(of=("self",)).listed().get(pk=dataset.pk)
    require(by, Permission.EDIT_CATALOGUE, found.establishment_id, at=at)
    return found
