"""Writing what happened: records, and the pieces of formalities."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from governance.domain import files
from governance.pages.outcome import accepted, posted
from governance.pages.stored_file import hand_over
from governance.process.table import REQUEST
from governance.qualification import PIECES, evidence_of
from governance.queries.commitments import trainings_of_team
from projects.domain import records
from projects.forms.records import KINDS, EvidenceForm, initial_of
from projects.queries.pieces import pieces_of
from projects.queries.route import route_of
from projects.views.frame import frame_context, visible_request

BREACH = "manquement"
"""The record that closes a member's access: their certificates are read beside it."""


@login_required
def record(request, ref, code):
    """A record's own page, for the roles that write it, in the states where it counts."""
    demand, now = visible_request(request, ref), timezone.now()
    kind = KINDS.get(code)
    if kind is None or not kind.open_to(demand.reader, demand):
        raise Http404(code)
    form = kind.form(posted(request), demand=demand, at=now)
    if accepted(form, lambda: form.write(request.user)):
        messages.success(request, _("C'est noté."))
        return redirect("projects:request", ref)
    context = frame_context(demand, request.user, now, own_action=True)
    route = route_of(demand) if code == "voie" else None
    trainings = trainings_of_team(demand.case, now) if code == BREACH else None
    context |= {"form": form, "kind": kind, "route": route, "trainings": trainings}
    return render(request, "projects/record.html", context)


@login_required
@require_GET
def training_certificate(request, ref, pk):
    """The certificate of a member's training, for those who write breaches: what each declares of
    themselves is read by who may close their access."""
    demand, now = visible_request(request, ref), timezone.now()
    if not KINDS[BREACH].open_to(demand.reader, demand):
        raise Http404(pk)
    training = get_object_or_404(trainings_of_team(demand.case, now), pk=pk, document__isnull=False)
    return hand_over(
        request,
        training.document,
        at=now,
        subject_type="file",
        subject_ref=training.document.pk,
        as_role=demand.reader.quality,
        name=f"attestation-{training.pk}",
    )


@login_required
def evidence(request, ref, track, code):
    """A piece of a formality: its values and its document."""
    demand, now = visible_request(request, ref), timezone.now()
    reader = demand.reader
    officer = not reader.on_team and "regulatory_officer" in reader.roles
    if not (reader.holder or officer):
        raise Http404(code)
    if demand.case.state not in records.PIECES_IN:
        raise Http404(code)
    track = get_object_or_404(demand.case.tracks, pk=track, kind="formality")
    if code not in {piece.code for piece in evidence_of(track.key)}:
        raise Http404(code)
    piece = PIECES[code]
    form = EvidenceForm(
        posted(request), request.FILES or None, piece=piece, initial=initial_of(track, piece)
    )
    if accepted(form, lambda: _give(track, code, form, request.user, now)):
        messages.success(request, _("La pièce est enregistrée."))
        return redirect("projects:step", ref, _next_of(track), track.pk)
    context = frame_context(demand, request.user, now, own_action=True)
    shown = next((p for p in pieces_of(track, demand) if p.piece.code == code), None)
    return render(
        request,
        "projects/evidence.html",
        context | {"form": form, "piece": shown, "track": track},
    )


def _next_of(track) -> str:
    awaited = ("file_formality", "complete_evidence")
    steps = (code for code in awaited if track.status in REQUEST.step(code).track_from)
    return next(steps, "record_answer")


def _give(track, code, form, by, at):
    upload = form.cleaned_data.get("file")
    if upload:
        try:
            file = files.store(upload, by=by, at=at)
        except ValidationError as refusal:
            raise ValidationError({"file": refusal.messages}) from refusal
    else:
        former = track.evidence.filter(code=code).first()
        file = former.file if former else None
    records.give_evidence(track, code, form.values, by=by, at=at, file=file)
