"""What comes out of a project: results declared, the plain summary citizens read."""

import re
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from projects.models import PlainResults, Request, Result

DOI = re.compile(r"^10\.\d{4,9}/\S+$")
SWHID = re.compile(r"^swh:1:(cnt|dir|rel|rev|snp):[0-9a-f]{40}(;\S+)?$")
OPEN_IN = ("access", "suspended", "results", "closed_in_default", "closed")


@transaction.atomic
def declare(request: Request, kind: str, title: str, *, by, at: datetime, **fields) -> Result:
    """Declare a result. Raises ValidationError, field by field, for an identifier that is not one,
    a patent without its date of publication or deferral, a DOI declared twice."""
    if request.case.state not in OPEN_IN:
        raise ValidationError(_("Les résultats se déclarent à partir de l'ouverture de l'accès."))
    errors = {}
    fields["doi"] = re.sub(r"^https?://(dx\.)?doi\.org/", "", fields.get("doi", "").strip())
    if fields["doi"] and not DOI.match(fields["doi"]):
        errors["doi"] = _("Un DOI commence par 10. et contient une barre, comme 10.1000/xyz123.")
    elif fields["doi"] and request.results.filter(doi__iexact=fields["doi"]).exists():
        errors["doi"] = _("Ce DOI est déjà déclaré.")
    if fields.get("swhid") and not SWHID.match(fields["swhid"]):
        errors["swhid"] = _("Un SWHID ressemble à swh:1:rev: suivi de 40 chiffres hexadécimaux.")
    if kind == Result.Kind.PUBLICATION and not (fields["doi"] or fields.get("url")):
        errors["doi"] = _("Donnez le DOI ou l'adresse de la publication.")
    if kind == Result.Kind.PATENT and not (
        fields.get("published_on") or fields.get("deferred_until")
    ):
        errors["deferred_until"] = _("Donnez la date de publication, ou jusqu'à quand la différer.")
    if errors:
        raise ValidationError(errors)
    return Result.objects.create(
        request=request, kind=kind, title=title.strip(), added_at=at, added_by=by, **fields
    )


@transaction.atomic
def write_plain_results(request: Request, text: str) -> PlainResults:
    """Write the plain-language summary; citizens read it from the closure on."""
    plain, _created = PlainResults.objects.update_or_create(
        request=request, defaults={"text": text.strip()}
    )
    return plain
