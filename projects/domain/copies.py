"""*Copier comme nouvelle demande*: a new draft with the answers of a request, and nothing else."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from projects.domain import drafts
from projects.models import AskedSite, AskedVariable, LegalPerson, Request
from projects.permissions import in_team

COLUMNS = ("title", "acronym", "plain_title", "plain_summary", "requester_kind", "organisation")


@transaction.atomic
def copy(request: Request, *, by, at: datetime) -> Request:
    """A draft held by `by` with the same answers, sites, variables and legal persons.

    Papers, people, opinions and the confirmation of the preview are not copied: they are given
    again for what the new request asks. Raises PermissionDenied for who is not of the team.
    """
    if not in_team(by, request, at):
        raise PermissionDenied("team")
    draft = drafts.create(by=by, at=at)
    for name in COLUMNS:
        setattr(draft, name, getattr(request, name))
    draft.copied_from = request
    draft.save()
    for section in request.sections.all():
        draft.sections.filter(code=section.code).update(answers=section.answers)
    for model, fields in (
        (AskedSite, ("establishment_id", "leads")),
        (AskedVariable, ("variable_id", "reason", "objective")),
        (LegalPerson, ("organisation_id", "part")),
    ):
        model.objects.bulk_create(
            model(request=draft, **{name: getattr(row, name) for name in fields})
            for row in model.objects.filter(request=request)
        )
    return draft
