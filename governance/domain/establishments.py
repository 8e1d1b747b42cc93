"""What an establishment keeps up to date about itself."""

from datetime import datetime

from django.db import transaction

from governance.domain.audit import record
from governance.domain.watching import facts_changed
from governance.models.establishment import Establishment
from governance.permissions import require
from governance.roles import Permission

CONTACTS = ("email", "phone", "postal_address", "dpo_email", "dpo_phone", "website")
"""The fields that public pages show, and that the establishment edits itself."""


@transaction.atomic
def edit_contacts(*, establishment: Establishment, values: dict, by, at: datetime) -> list[str]:
    """Write the contacts in ``values`` (a part of ``CONTACTS``); return the fields that changed.

    ``establishment`` is read again, locked. Raises PermissionDenied when ``by`` does not keep that
    establishment; ValidationError on a value that is not an address. Audited by field names as
    ``establishment.contacts_changed``.
    """
    require(by, Permission.EDIT_ESTABLISHMENT, establishment, at=at)
    place = Establishment.objects.select_for_update().get(pk=establishment.pk)
    changed = [name for name in CONTACTS if name in values and getattr(place, name) != values[name]]
    if not changed:
        return []
    for name in changed:
        setattr(place, name, values[name])
    place.full_clean()
    place.save(update_fields=changed)
    record(
        "establishment.contacts_changed",
        by=by,
        at=at,
        subject_type="establishment",
        subject_ref=place.pk,
        establishment=place,
        details={"fields": changed},
    )
    facts_changed(establishment=place.pk)
    return changed
