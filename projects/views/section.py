"""A section of the dossier: its questions saved as one types or by a button, its points answered.

An explicit save may name where to `go` next, inside the dossier only, so that no link of the page
loses what was typed.
"""

from dataclasses import replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.pages.signed_in import forget, kept, signed_in
from governance.qualification import relevant_questions
from projects.domain import choices, drafts, exchanges
from projects.domain.deposit import regulatory_answers
from projects.domain.linkage import QUESTIONS, may_ask
from projects.dossier.answers import said
from projects.dossier.form import SECTIONS, SectionForm, section
from projects.dossier.panels import panel_of
from projects.dossier.progress import progress
from projects.dossier.typed import Shown, TypedPage
from projects.models import Point, Request, Section
from projects.queries.overview import article_titles, ref_of
from projects.views.frame import visible_request

COUNTS = "/comptages"
"""The pages of counts, to which the section on data leads."""
CHARTERS = {"U": "utilisateur", "P": "producteur", "C": "citoyen"}
"""The charter of an article, by the first letter of its code."""


@signed_in
def page(request, ref, code):
    """One section, to read or to write."""
    demand, declared = visible_request(request, ref), _declared(code)
    editable = demand.reader.writes and code in drafts.editable_sections(demand)
    typed = typed_page(demand, declared, request.user)
    if request.method != "POST":
        before = kept(request) if editable else None
        shown = typed.reopen(before) if before else typed.open()
        return _render(request, demand, declared, shown, editable, points=before)
    if not demand.reader.writes:
        raise PermissionDenied("write")
    try:
        shown = typed.save(request.POST)
        errors, ticked = _chosen(request, demand, declared)
        if request.headers.get("HX-Request"):
            return _autosaved(request, demand, declared, shown, errors, ticked)
        errors += _answered(request, demand, declared)
    except drafts.NotEditable:
        return _closed(request, demand)
    forget(request)
    if not shown.settled or errors:
        return _render(request, demand, declared, shown, True, points=request.POST, errors=errors)
    return _onward(request, demand, declared, shown)


def typed_page(demand: Request, declared: SectionForm, person) -> TypedPage:
    """The questions of a section, saved under the name of `person`."""

    def stored() -> dict:
        demand.refresh_from_db()
        row = Section.objects.filter(request=demand, code=declared.code).first()
        columns = {f.code: getattr(demand, f.code) for f in declared.fields if f.column}
        return (row.answers if row else {}) | columns

    def asked(values: dict) -> list:
        if declared.code != "regulatory":
            return [f for f in declared.fields if f.matters(values) and f.code not in apart]
        relevant = {q.code for q in relevant_questions(regulatory_answers(demand))}
        return [f for f in every.values() if f.code in relevant]

    def write(changed: dict, replaces: dict) -> dict:
        return drafts.save_section(
            demand, declared.code, changed, replaces=replaces, by=person, at=timezone.now()
        ).overlaps

    every = {f.code: f for f in declared.fields}
    apart = () if declared.code != "data" or may_ask(demand) else QUESTIONS
    if declared.code == "regulatory":
        # A question that is asked matters; the impact assessment alone may come later.
        every = {code: replace(f, needed=code != "aipd_done") for code, f in every.items()}
    return TypedPage(every, asked, stored, write)


def _declared(code: str) -> SectionForm:
    try:
        return section(code)
    except KeyError:
        raise Http404(code) from None


def _render(request, demand, declared, shown: Shown, editable, *, points=None, errors=()):
    ref, now = ref_of(demand), timezone.now()
    titles = article_titles(demand.case, now)
    position = [s.code for s in SECTIONS].index(declared.code)
    following = SECTIONS[position + 1] if position + 1 < len(SECTIONS) else None
    context = {
        "demand": demand,
        "ref": ref,
        "declared": declared,
        "shown": shown,
        "editable": editable,
        "errors": errors,
        "kept": kept(request) is not None,
        "articles": [
            (CHARTERS[code[0]], code, titles[code]) for code in declared.articles if code in titles
        ],
        "read_only": [
            (question, said(question, shown.was.values.get(question.code)))
            for question in shown.form.questions.values()
        ],
        "sections": progress(demand),
        "following": following,
        "next_address": _address(ref, following) if following else _after(demand, ref),
        "points": _points(demand, declared.code, points),
        "panel": panel_of(demand, declared.code, request.user, now),
        "panel_template": f"projects/panels/{declared.code}.html",
        "crumbs": [
            {"label": _("Mes demandes"), "href": reverse("projects:my_requests")},
            {
                "label": demand.acronym or demand.title or _("Demande sans titre"),
                "href": reverse("projects:dossier", args=[ref]),
            },
        ],
    }
    return render(request, "projects/section.html", context)


def _autosaved(request, demand, declared, shown: Shown, errors: list[str], ticked):
    forget(request)
    panel = panel_of(demand, declared.code, request.user, timezone.now())
    context = {"shown": shown, "errors": errors, "panel": panel, "ref": ref_of(demand)}
    context |= {"at": timezone.localtime(), "ticked": ticked}
    return render(request, "projects/section_saved.html", context)


def _chosen(request, demand, declared) -> tuple[list[str], set[str] | None]:
    """Keep the establishments ticked: what is wrong with them, in words, and those that the page
    shows as ticked, None when nothing was kept."""
    if declared.code != "sites" or demand.case.state != "draft":
        return [], None
    slugs, lead = request.POST.getlist("sites"), request.POST.get("lead") or None
    said = {"lead": lead, "by": request.user, "at": timezone.now()}
    shown, shown_lead = request.POST.get("sites-shown"), request.POST.get("lead-shown") or None
    try:
        if shown is None:
            choices.choose_sites(demand, slugs, **said)
        elif not choices.tick_sites(
            demand, slugs, seen=shown.split(), seen_lead=shown_lead, **said
        ):
            words = _(
                "Quelqu’un a choisi en même temps que vous qui conduit l’examen : son choix est "
                "resté, changez-le s’il le faut."
            )
            return [words], set(slugs)
    except ValidationError as refusal:
        return list(refusal.messages), None
    return [], set(slugs)


def _answered(request, demand, declared) -> list[str]:
    """Keep the answers to points; what is wrong with them, in words."""
    errors = []
    for point in demand.points.filter(section=declared.code).exclude(state=Point.State.SETTLED):
        text = request.POST.get(f"point-{point.pk}", "").replace("\0", "").strip()
        if text and text != point.answer:
            try:
                exchanges.answer_point(point, text, at=timezone.now())
            except ValidationError as refusal:
                errors += refusal.messages
    return errors


def _points(demand, code: str, typed) -> list[dict]:
    points = demand.points.filter(section=code).exclude(state=Point.State.SETTLED)
    return [
        {"point": each, "answer": (typed or {}).get(f"point-{each.pk}", each.answer)}
        for each in points
    ]


def _onward(request, demand, declared, shown: Shown):
    """Where an explicit save leads: to the page that was asked for, or here for new questions."""
    ref, go = ref_of(demand), request.POST.get("go", "")
    inside = reverse("projects:request", args=[ref])
    if shown.fresh:
        messages.success(request, _("Enregistré. Vos réponses appellent d'autres questions."))
        return redirect(request.path)
    if go.startswith((f"{inside}/", COUNTS)) and "\\" not in go:
        return redirect(go)
    messages.success(request, _("Enregistré."))
    return redirect(request.path)


def _closed(request, demand):
    messages.error(request, _("Cette section ne se modifie pas pour l'instant."))
    return redirect("projects:dossier", ref_of(demand))


def _address(ref: str, declared: SectionForm) -> str:
    return reverse("projects:section", args=[ref, declared.code])


def _after(demand, ref: str) -> str:
    return reverse(
        "projects:check" if demand.case.state == "draft" else "projects:dossier", args=[ref]
    )
