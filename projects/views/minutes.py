"""The minutes of a session: read, completed with remarks, submitted, approved, corrected."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from governance.domain import minutes as domain
from governance.domain.minutes import MinutesRefusal
from governance.models import Minutes, Session
from governance.pages.outcome import posted
from governance.pages.stored_file import hand_over
from governance.queries.committees import bodies_read_by
from projects.forms.minutes import ApprovedInForm, MinutesReasonForm, RemarksForm
from projects.queries.minutes import barred_from, minutes_hand_of, shown_to, told
from projects.queries.session_account import account_of
from projects.views.acts import attempted, taken

REFUSALS = {
    "not_closed": gettext_lazy("La séance n'est pas close : son compte rendu vient après."),
    "submitted": gettext_lazy("Le compte rendu est soumis : il ne change plus d'ici sa réponse."),
    "approved": gettext_lazy("Le compte rendu est approuvé : il se corrige par une autre version."),
    "not_submitted": gettext_lazy("Ce compte rendu n'attend pas d'approbation."),
    "not_approved": gettext_lazy("Ce compte rendu n'est pas approuvé."),
    "own": gettext_lazy("Une autre personne que celle qui l'a soumis approuve le compte rendu."),
    "no_such_session": gettext_lazy("Cette séance ne peut pas approuver ce compte rendu."),
}
"""What is said of each refusal of `governance.domain.minutes`."""

TOLD = {"refused": MinutesRefusal, "words": REFUSALS}


class _Reading:
    """The minutes that a person reads, and what they may do of them."""

    def __init__(self, request, pk):
        self.now = timezone.now()
        bodies = bodies_read_by(request.user, self.now)
        found = Session.objects.select_related("body__establishment")
        self.session = get_object_or_404(found, pk=pk, body__in=bodies)
        self.hand = minutes_hand_of(self.session, request.user, self.now)
        self.minutes = shown_to(self.session, self.hand)
        if self.minutes is None:
            raise Http404
        self.minutes.session = self.session
        self.barred = barred_from(self.session, request.user)

    def told(self):
        return told(self.minutes, self.now, self.barred)

    def keeping(self, *states):
        """Raise 404 unless the person keeps the minutes, in one of these states."""
        return self._only(self.hand.keeps, states)

    def chairing(self, *states):
        """Raise 404 unless the person approves the minutes, in one of these states."""
        return self._only(self.hand.chairs, states)

    def _only(self, may: bool, states):
        if not may or self.minutes.state not in states:
            raise Http404
        return self


@login_required
@require_GET
def minutes(request, pk):
    """The minutes: what happened, the remarks, and the one next step."""
    reading = _Reading(request, pk)
    shown = reading.minutes
    paper = getattr(shown, "paper", None)
    context = {
        "told": reading.told(),
        "minutes": shown,
        "session": reading.session,
        "hand": reading.hand,
        "paper": paper if not reading.barred else None,
        "barred": bool(reading.barred),
        "own": shown.submitted_by_id == request.user.pk,
        "in_session": (
            shown.state == "submitted" and reading.hand.keeps and domain.may_approve(shown).exists()
        ),
        "earlier": reading.session.minutes.filter(state="approved", version__lt=shown.version),
    }
    return render(request, "sessions/minutes.html", context)


@login_required
def remarks(request, pk):
    """The secretary's remarks; what happened is not edited."""
    reading = _Reading(request, pk).keeping("draft")
    said = reading.told()
    form = RemarksForm(posted(request), points=said.points, remarks=reading.minutes.remarks)
    if taken(
        request,
        form,
        lambda: domain.write_remarks(
            reading.session, form.remarks(), by=request.user, at=reading.now
        ),
        _("Vos remarques sont enregistrées."),
        **TOLD,
    ):
        return redirect("projects:minutes", pk)
    context = {"form": form, "session": reading.session}
    return render(request, "sessions/minutes_remarks.html", context)


@login_required
@require_POST
def submit(request, pk):
    """Submit the minutes: they await approval."""
    reading = _Reading(request, pk).keeping("draft")
    account = account_of(reading.session)
    return _done(
        request,
        pk,
        lambda: domain.submit(reading.session, account, by=request.user, at=reading.now),
        _("Le compte rendu est soumis ; le président en est prévenu."),
    )


@login_required
def approve(request, pk):
    """The chair approves, after a question."""
    reading = _Reading(request, pk).chairing("submitted")
    if request.method == "POST":
        return _done(
            request,
            pk,
            lambda: domain.approve(reading.minutes, by=request.user, at=reading.now),
            _("Le compte rendu est approuvé ; son PDF se prépare."),
        )
    context = {
        "question": _("Approuver ce compte rendu ?"),
        "consequences": [
            _("Son PDF est établi, et son empreinte inscrite au registre public."),
            _("Il ne changera plus : une correction sera une autre version, avec ses raisons."),
        ],
        "label": _("Approuver"),
        "cancel": reverse("projects:minutes", args=[pk]),
    }
    return render(request, "components/confirm_page.html", context)


@login_required
def approve_in_session(request, pk):
    """The secretary writes that a later session approved them."""
    reading = _Reading(request, pk).keeping("submitted")
    sessions = domain.may_approve(reading.minutes)
    form = ApprovedInForm(posted(request), sessions=sessions)
    if form.is_valid():
        chosen = form.cleaned_data["session"]
        return _done(
            request,
            pk,
            lambda: domain.approve(
                reading.minutes, by=request.user, at=reading.now, session=chosen
            ),
            _("Le compte rendu est approuvé ; son PDF se prépare."),
        )
    return _form(
        request,
        reading,
        form,
        _("Approuvé en séance"),
        _("Enregistrer l'approbation"),
        _("Les membres réunis l'ont approuvé, lors d'une séance qui avait le quorum."),
    )


@login_required
def send_back(request, pk):
    """The chair asks for a change of the remarks."""
    reading = _Reading(request, pk).chairing("submitted")
    form = MinutesReasonForm(posted(request), label=_("Ce qui est à changer"))
    if taken(
        request,
        form,
        lambda: domain.send_back(
            reading.minutes, form.cleaned_data["reason"], by=request.user, at=reading.now
        ),
        _("Le compte rendu est rendu au secrétaire."),
        **TOLD,
    ):
        return redirect("projects:minutes", pk)
    return _form(
        request,
        reading,
        form,
        _("Demander un changement"),
        _("Rendre au secrétaire"),
        _("Seules les remarques changent : les faits sont ceux que le portail a enregistrés."),
    )


@login_required
def correct(request, pk):
    """The secretary begins a new version of approved minutes."""
    reading = _Reading(request, pk).keeping("approved")
    form = MinutesReasonForm(posted(request), label=_("Ce qui est corrigé, et pourquoi"))
    if taken(
        request,
        form,
        lambda: domain.correct(
            reading.session, form.cleaned_data["reason"], by=request.user, at=reading.now
        ),
        _("La correction est commencée : la version approuvée reste lisible."),
        **TOLD,
    ):
        return redirect("projects:minutes", pk)
    return _form(
        request,
        reading,
        form,
        _("Corriger le compte rendu"),
        _("Commencer la correction"),
        _("La version approuvée reste lisible ; la nouvelle sera soumise et approuvée à son tour."),
    )


@login_required
@require_GET
def paper(request, pk, version):
    """The PDF of an approved version: of those who left for no item."""
    reading = _Reading(request, pk)
    found = get_object_or_404(
        Minutes.objects.select_related("paper__file"),
        session=pk,
        version=version,
        paper__isnull=False,
    )
    if reading.barred:
        raise Http404
    return hand_over(
        request,
        found.paper.file,
        at=reading.now,
        subject_type="minutes",
        subject_ref=found.paper.pk,
        inline=True,
    )


def _form(request, reading, form, title, label, lead):
    context = {
        "form": form,
        "session": reading.session,
        "title": title,
        "label": label,
        "lead": lead,
    }
    return render(request, "sessions/minutes_form.html", context)


def _done(request, pk, act, said):
    attempted(request, act, said, **TOLD)
    return redirect("projects:minutes", pk)
