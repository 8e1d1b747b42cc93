"""How far each section of a dossier is: what is filled, what lacks, who wrote last.

This says what the form asks; whether a deposit is possible is judged by the articles alone.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from governance.qualification import relevant_questions
from projects.domain.deposit import regulatory_answers
from projects.domain.drafts import editable_sections
from projects.dossier.answers import unfit
from projects.dossier.form import SECTIONS, Field, SectionForm
from projects.models import Attachment, Point, Request


@dataclass(frozen=True)
class SectionProgress:
    """A section as the dossier lists it. `lacks` are labels; `points` those still to answer."""

    form: SectionForm
    total: int
    lacks: tuple[str, ...]
    editable: bool
    points: int
    updated_at: datetime | None
    updated_by: object | None

    @property
    def done(self) -> int:
        return self.total - len(self.lacks)

    @property
    def status(self) -> str:
        """`done`, `here` when begun, `next` when empty."""
        if not self.lacks:
            return "done"
        return "here" if self.done else "next"


def progress(request: Request) -> list[SectionProgress]:
    """Each section's progress. The number of queries does not grow with the answers."""
    rows = {s.code: s for s in request.sections.select_related("updated_by")}
    answers = {code: row.answers for code, row in rows.items()}
    editable = editable_sections(request)
    points = list(request.points.filter(state=Point.State.OPEN).values_list("section", flat=True))
    found = []
    for form in SECTIONS:
        row = rows.get(form.code)
        total, lacks = _asked(request, form, answers)
        touched = row is not None and row.updated_by_id is not None
        found.append(
            SectionProgress(
                form,
                total,
                tuple(lacks),
                form.code in editable,
                points.count(form.code),
                row.updated_at if touched else None,
                row.updated_by if touched else None,
            )
        )
    return found


def next_section(sections: list[SectionProgress]) -> SectionProgress | None:
    """The section that a person is led to: the first with an open point, else the first that lacks
    something and may be written."""
    writable = [each for each in sections if each.editable]
    asked = [each for each in writable if each.points]
    return next(iter(asked), None) or next((each for each in writable if each.lacks), None)


def _asked(request: Request, form: SectionForm, answers: dict) -> tuple[int, list[str]]:
    """How many things the section asks, and the labels of those that lack."""
    said = answers.get(form.code, {})
    if form.code == "regulatory":
        fields = _regulatory(request, form)
        if not fields:
            return 1, [_("La finalité, dont dépendent ces questions")]
    else:
        fields = [f for f in form.fields if f.needed and f.matters(said)]
    lacks = [str(f.label) for f in fields if not _filled(f, _value(request, said, f))]
    extra = EXTRA.get(form.code, lambda _request: ())(request)
    return len(fields) + len(extra), lacks + [label for label, there in extra if not there]


def _regulatory(request: Request, form: SectionForm) -> list[Field]:
    asked = {q.code for q in relevant_questions(regulatory_answers(request))}
    return [f for f in form.fields if f.code in asked and f.code != "aipd_done"]


def _value(request: Request, said: dict, field: Field):
    return getattr(request, field.code) if field.column else said.get(field.code)


def _filled(field: Field, value) -> bool:
    return value not in (None, "", []) and not unfit(field, value)


def _organisations(request: Request):
    parts = [lp.part for lp in request.legal_persons.all()]
    named = "controller" in parts or parts.count("joint_controller") > 1
    return ((_("Un organisme responsable du traitement"), named),)


def _papers(request: Request):
    slots = set(request.attachments.filter(removed_at__isnull=True).values_list("slot", flat=True))
    return (
        (_("Le protocole, en pièce jointe"), Attachment.Slot.PROTOCOL in slots),
        (_("Le plan statistique, en pièce jointe"), Attachment.Slot.STATISTICAL_PLAN in slots),
    )


def _variables(request: Request):
    chosen = list(request.asked_variables.values_list("reason", flat=True))
    return (
        (_("Des variables du catalogue"), bool(chosen)),
        (_("La raison de chaque variable"), bool(chosen) and all(r.strip() for r in chosen)),
    )


def _sites(request: Request):
    leads = list(request.asked_sites.values_list("leads", flat=True))
    return (
        (_("Au moins un hôpital"), bool(leads)),
        (_("L'hôpital qui conduit l'examen"), any(leads)),
    )


EXTRA = {"team": _organisations, "protocol": _papers, "data": _variables, "sites": _sites}
"""What a section asks beside its fields: pairs (label, whether it is there)."""
