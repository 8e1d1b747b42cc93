"""A draft: created, written section by section, never losing anyone's words, erased by its holder.

A save carries the fields changed with the values they replace. Two people who change different
fields of a section both keep their change; only a true overlap, the same field changed by somebody
else since it was read, is asked back.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance.models import Case, Participation
from projects.domain import team
from projects.form import SECTIONS, section
from projects.models import Request, Section
from projects.queries import search_vector

EDITABLE = ("draft", "completion")
"""The states in which the team writes; in `completion`, only what open points name."""


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

    Raises NotEditable, or ValidationError when a field does not exist or a value is not of its
    type (drafts may be incomplete, never malformed).
    """
    form = section(code)
    Request.objects.select_for_update().get(pk=request.pk)
    request.refresh_from_db()
    if code not in editable_sections(request):
        raise NotEditable
    unknown = [name for name in changed if form.field(name) is None and name != "cohort"]
    if unknown:
        raise ValidationError(_("Champ inconnu : %(name)s.") % {"name": ", ".join(unknown)})
    row, _created = Section.objects.select_for_update().get_or_create(request=request, code=code)
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
    request.save()
    row.answers = row.answers | {n: v for n, v in written.items() if n not in columns}
    row.revision += 1 if written else 0
    row.updated_by = by
    row.save()
    if columns:
        Request.objects.filter(pk=request.pk).update(search=search_vector())
    return Saved(row.revision, overlaps)


def current(request: Request, row: Section, form, name: str):
    """What a field holds now."""
    field = form.field(name)
    return getattr(request, name) if field and field.column else row.answers.get(name)


@transaction.atomic
def erase(request: Request) -> None:
    """Erase a draft and all that hangs on it. Raises NotEditable once it was deposited."""
    if request.case.state != "draft" or request.case.last_decision_id:
        raise NotEditable
    request.case.delete()
