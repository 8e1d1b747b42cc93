"""How the establishments that deliver are credited and associated: what is agreed, what is done."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance.models import Record, Track
from governance.process.table import IN_PERIMETER
from projects.domain import records
from projects.models import Request
from projects.process.facts.recognition import CITED, last_recognition

AGREED_IN = ("preparation", "authorised", "access", "suspended", "results", "closed_in_default")
GIVEN_IN = ("access", "suspended", "results", "closed_in_default")
"""When what is agreed is written, and when what was done is: never once the request is closed."""

FORMS = ("acknowledged", "associated", CITED)
"""Thanked by name, associated as authors; or nothing more than the citation every output owes."""


def sites_to_recognise(request: Request):
    """The tracks of the establishments that agreed, in the order of their names."""
    tracks = request.case.tracks.filter(kind="site", status__in=IN_PERIMETER)
    return tracks.select_related("establishment").order_by("establishment__name")


@transaction.atomic
def agree(request: Request, site: str, code: str, text: str, *, by, at: datetime) -> Record:
    """Write what was agreed with the establishment `site`, in place of what was before. Raises
    ValidationError, field by field."""
    if request.case.state not in AGREED_IN:
        raise ValidationError(_("Cela se convient entre les accords et la clôture."))
    track = sites_to_recognise(request).filter(key=site).first()
    if track is None:
        raise ValidationError({"site": _("Choisissez un établissement de la liste.")})
    if code not in FORMS:
        raise ValidationError({"code": _("Choisissez une réponse de la liste.")})
    return records.record(
        request.case,
        "recognition_agreed",
        by=by,
        at=at,
        track=track,
        data={"code": code},
        text=text.strip(),
    )


@transaction.atomic
def give(track: Track, text: str, *, by, at: datetime) -> Record:
    """Write how what was agreed with the establishment of `track` was done. Raises ValidationError
    where nothing was agreed, or once the request is closed."""
    if track.case.state not in GIVEN_IN:
        raise ValidationError(_("La demande est clôturée : ce qui est déclaré ne change plus."))
    agreed, _given = last_recognition(track, track.case.records.order_by("id"))
    if agreed is None:
        raise ValidationError(
            _("Rien n'est convenu avec cet établissement au-delà de la citation.")
        )
    if not text.strip():
        raise ValidationError({"text": _("Dites ce qui a été fait.")})
    return records.record(
        track.case, "recognition_given", by=by, at=at, track=track, text=text.strip()
    )
