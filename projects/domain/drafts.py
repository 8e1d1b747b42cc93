"""A draft: created, written section by section, never losing anyone's words, erased by its holder.

A save carries the fields changed with the values they replace. Two people who change different
fields of a section both keep their change; only a true overlap, the same field changed by somebody
else since it was read, is asked back.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.domain.cohorts import CohortError, as_json, read_definition
from governance.domain import erasures, files
from governance.models import Case, Participation, StoredFile
from governance.process import clocks
from governance.process.registry import registered
from projects.domain import team
from projects.domain.deposit import compute_route
from projects.dossier.answers import wrong
from projects.dossier.form import SECTIONS, section
from projects.models import Request, Section
from projects.queries.search import make_findable


class NotEditable(Exception):
    """The request is with its reviewers: its answers are read only."""


@dataclass(frozen=True)
class Saved:
    """`overlaps` maps a field to what somebody else wrote there meanwhile: it was not replaced."""

    revision: int
    overlaps: dict


@transaction.atomic
def create(*, by, at: datetime, title: str = "") -> Request:
    """Create an empty draft held by `by`."""
    case = Case.objects.create(process="request", state="draft", opened_at=at, state_since=at)
    request = Request.objects.create(case=case, title=title[:240])
    Section.objects.bulk_create(Section(request=request, code=s.code) for s in SECTIONS)
    team.join(request, by, Participation.Part.HOLDER, at=at)
    clocks.start(case, registered(case.process), at)
    return request


def editable_sections(request: Request) -> tuple[str, ...]:
    """The sections that may be written now: all in a draft, those of open points when returned."""
    state = request.case.state
    if state == "draft":
        return tuple(s.code for s in SECTIONS)
    if state == "completion":
        return tuple(
            request.points.filter(state__in=("open", "answered"))
            .values_list("section", flat=True)
            .distinct()
        )
    return ()


@transaction.atomic
def save_section(
    request: Request, code: str, changed: dict, *, replaces: dict, by, at: datetime
) -> Saved:
    """Write the `changed` fields of a section, each replacing the value in `replaces`.

    Raises NotEditable, or ValidationError by field when one does not exist or a value is not of
    its type (drafts may be incomplete, never malformed).
    """
    form = section(code)
    changed = _well_formed(form, changed)
    row = lock(request, code)
    overlaps, written = {}, {}
    for name, value in changed.items():
        here = current(request, row, form, name)
        if here != replaces.get(name) and here not in (None, "", value):
            overlaps[name] = here
        else:
            written[name] = value
    columns = {n: v for n, v in written.items() if form.field(n) and form.field(n).column}
    for name, value in columns.items():
        setattr(request, name, value or "")
    row.answers = row.answers | {n: v for n, v in written.items() if n not in columns}
    touch(request, row, by=by, at=at, written=bool(written))
    if columns or "deferred_until" in row.answers:
        make_findable(request, at=at)
    if written and code in ("purpose", "regulatory", "team"):
        compute_route(request)
    return Saved(row.revision, overlaps)


def lock(request: Request, code: str) -> Section:
    """The row of a section, locked with its request until the transaction ends.

    Raises NotEditable when that section may not be written now.
    """
    Request.objects.select_for_update().get(pk=request.pk)
    request.refresh_from_db()
    request.case.refresh_from_db()
    if code not in editable_sections(request):
        raise NotEditable
    return Section.objects.select_for_update().get_or_create(request=request, code=code)[0]


def touch(request: Request, row: Section, *, by, at: datetime, written: bool = True) -> None:
    """Keep a section and its request, and say that `by` wrote there, if anything was written."""
    if not written:
        return
    row.revision += 1
    row.updated_by = by
    row.save()
    request.save()
    # Both columns are stamped by the model on save; the instant of the act is the caller's.
    Section.objects.filter(pk=row.pk).update(updated_at=at)
    Request.objects.filter(pk=request.pk).update(updated_at=at)
    if request.case.state == "draft":
        clocks.start_again(request.case, registered(request.case.process), at)


def _well_formed(form, changed: dict) -> dict:
    """The values as they are stored. Raises ValidationError by field."""
    found, errors = {}, {}
    for name, value in changed.items():
        field = form.field(name)
        if name == "cohort" and form.code == "data":
            try:
                found[name] = as_json(read_definition(value)) if value else None
            except CohortError as error:
                errors[name] = error.text(get_language() or "fr")
        elif field is None:
            errors[name] = _("Ce champ n'existe pas.")
        elif mistake := wrong(field, value):
            errors[name] = mistake
        else:
            found[name] = value
    if errors:
        raise ValidationError(errors)
    return found


def current(request: Request, row: Section, form, name: str):
    """What a field holds now."""
    field = form.field(name)
    return getattr(request, name) if field and field.column else row.answers.get(name)


@transaction.atomic
def erase(request: Request, *, by=None, at: datetime) -> None:
    """Erase a draft, its papers and all that hangs on it: by its holder, or by the system (None).

    Raises NotEditable once it was deposited, PermissionDenied for anybody but its holder.
    """
    case = Case.objects.select_for_update().get(pk=request.pk)
    if case.state != "draft" or case.last_decision_id:
        raise NotEditable
    holder = case.participations.filter(part=Participation.Part.HOLDER, until__isnull=True)
    if by is not None and not holder.filter(person=by).exists():
        raise PermissionDenied("holder")
    papers = list(StoredFile.objects.filter(attachments__request=request).distinct())
    case.delete()
    for paper in papers:
        files.erase(paper, at=at)
    erasures.note("draft", request.pk, at=at)


@erasures.eraser("draft")
def _erase_again(ref: str, at: datetime) -> bool:
    """Erase a draft that a restore brought back."""
    request = Request.objects.filter(pk=ref, case__state="draft").first()
    if request is not None:
        erase(request, at=at)
    return request is not None
