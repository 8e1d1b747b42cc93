"""Under one's name: Compte, Mes engagements, Absence et suppléance; and the list of roles."""

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from governance.charters.facts import today
from governance.domain.absences import cancel_absence, colleagues_of, declare_absence
from governance.domain.affiliations import declare_service, leave_service
from governance.domain.commitments import (
    NO_REIDENTIFICATION,
    USER_CHARTER,
    add_training,
    sign_charter,
)
from governance.models import Establishment
from governance.models.absence import Absence
from governance.models.commitment import Training
from governance.pages.outcome import accepted, posted
from governance.pages.stored_file import hand_over
from governance.queries.commitments import commitments_of
from governance.queries.people import is_staff, roles_of, stands_in_for
from governance.roles import ROLES
from portal.accounts.calendar import renew_calendar
from portal.accounts.forms import ProfileForm, TokenForm
from portal.accounts.models import PersonalToken
from portal.accounts.tokens import issue_token, revoke_token
from portal.engagements import calendar_of, due_from
from portal.forms.account import AbsenceForm, ServiceForm, SignForm, TrainingForm


@login_required
def settings_page(request):
    """Compte: name, language, notices; doors to the password, the second factor, the tokens."""
    form = ProfileForm(posted(request), instance=request.user)
    if accepted(form, form.save):
        messages.success(request, _("Vos informations sont enregistrées."))
        return redirect("account_settings")
    factors = set(Authenticator.objects.filter(user=request.user).values_list("type", flat=True))
    context = {
        "form": form,
        "totp": Authenticator.Type.TOTP in factors,
        "required": is_staff(request.user, timezone.now()),
        "roles": held_roles(request.user),
        "tokens": request.user.tokens.filter(revoked_at__isnull=True).count(),
    }
    return render(request, "account_pages/settings.html", context)


@login_required
def tokens(request):
    """Personal tokens of the API; a new one is shown on the very answer that makes it."""
    now, made = timezone.now(), {}
    form = TokenForm(posted(request))
    if accepted(form, lambda: made.update(plain=_issue(request.user, form.cleaned_data, now))):
        form = TokenForm()
    rows = request.user.tokens.filter(revoked_at__isnull=True)
    context = {"form": form, "rows": rows, "now": now, "plain": made.get("plain")}
    response = render(request, "account_pages/tokens.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@login_required
def services(request):
    """Mes services: where one works, for ties with requests to be found."""
    form = ServiceForm(posted(request), places=Establishment.objects.order_by("position"))
    now = timezone.now()
    if accepted(form, lambda: declare_service(person=request.user, at=now, **form.cleaned_data)):
        messages.success(request, _("Ce service est déclaré."))
        return redirect("services")
    rows = request.user.affiliations.filter(until__isnull=True).select_related("establishment")
    return render(request, "account_pages/services.html", {"form": form, "rows": rows})


@login_required
@require_POST
def service_leave(request, pk):
    """Say that one no longer works in a service."""
    found = get_object_or_404(request.user.affiliations, pk=pk, until__isnull=True)
    leave_service(affiliation=found, at=timezone.now())
    messages.success(request, _("C'est noté : vous n'y exercez plus."))
    return redirect("services")


@login_required
def token_revoke(request, pk):
    """Take a token back, after a question."""
    token = get_object_or_404(PersonalToken, pk=pk, person=request.user)
    if request.method == "POST":
        revoke_token(token=token, by=request.user, at=timezone.now())
        messages.success(request, _("Le jeton est révoqué."))
        return redirect("tokens")
    context = {
        "question": _("Révoquer le jeton « %(name)s » ?") % {"name": token.name},
        "consequences": [_("Le programme qui l'utilise n'aura plus accès, tout de suite.")],
        "label": _("Révoquer"),
        "kind": "danger",
        "cancel": reverse("tokens"),
    }
    return render(request, "components/confirm_page.html", context)


@login_required
def commitments(request):
    """Mes engagements: what is signed, followed and due."""
    now = timezone.now()
    context = {
        "commitments": commitments_of(request.user, now),
        "due": due_from(request.user, now),
        "feed": request.build_absolute_uri(reverse("calendar", args=[request.user.calendar_key])),
        "no_reidentification": NO_REIDENTIFICATION,
        "today": today(now),
    }
    return render(request, "account_pages/commitments.html", context)


@login_required
def sign(request, charter, establishment=None):
    """Read a charter (or the commitment of U-08) and sign it in the version in force: the
    network's, or that of an establishment which binds the reader."""
    now = timezone.now()
    standing = commitments_of(request.user, now)
    alone = charter == NO_REIDENTIFICATION and establishment is None
    wanted = (USER_CHARTER if alone else charter, establishment)
    known = {(each.charter.code, each.place): each for each in standing.texts}
    document = known.get(wanted)
    if document is None:
        raise Http404
    form = SignForm(posted(request))
    version = request.POST.get("version", "")
    if accepted(form, lambda: _sign(request.user, charter, version, establishment, now)):
        messages.success(request, _("C'est signé. La date et le texte sont conservés."))
        return redirect("commitments")
    context = {
        "charter": document.charter,
        "articles": [document.charter.article("U-08")] if alone else document.charter.articles,
        "alone": alone,
        "version": document.charter.version,
        "place": document.establishment,
        "of_teams": charter == USER_CHARTER,
        "until": document.counts_until,
        "signature": standing.no_reidentification if alone else document.signature,
        "form": form,
    }
    return render(request, "account_pages/sign.html", context)


@login_required
def training_add(request):
    """Add a training with its certificate."""
    now = timezone.now()
    form = TrainingForm(posted(request), request.FILES or None)
    if accepted(form, lambda: _add_training(request.user, form.cleaned_data, now)):
        messages.success(request, _("La formation est enregistrée."))
        return redirect("commitments")
    return render(request, "account_pages/training.html", {"form": form})


@login_required
@require_GET
def certificate(request, pk):
    """The certificate of one's own training."""
    training = get_object_or_404(Training.objects.select_related("document"), pk=pk)
    if training.person_id != request.user.pk or training.document is None:
        raise Http404
    return hand_over(
        request,
        training.document,
        at=timezone.now(),
        subject_type="file",
        subject_ref=training.document.pk,
        name=f"attestation-{training.pk}",
    )


@require_GET
def calendar(request, key):
    """The iCalendar feed of a person, by its secret address: calendars do not sign in."""
    person = get_object_or_404(get_user_model(), calendar_key=key, is_active=True)
    content = calendar_of(person, timezone.now(), request.build_absolute_uri("/").rstrip("/"))
    return HttpResponse(
        content, content_type="text/calendar; charset=utf-8", headers={"Cache-Control": "private"}
    )


@login_required
@require_POST
def calendar_renew(request):
    """Give the feed another address; the former one stops."""
    renew_calendar(person=request.user, by=request.user, at=timezone.now())
    messages.success(request, _("L'agenda a une nouvelle adresse ; l'ancienne ne répond plus."))
    return redirect("commitments")


@login_required
def absences(request):
    """Absence et suppléance: when one is away, who stands in, for whom one stands in."""
    now = timezone.now()
    form = AbsenceForm(posted(request), colleagues=colleagues_of(request.user, now))
    if accepted(form, lambda: _declare(request.user, form.cleaned_data, now)):
        messages.success(
            request, _("L'absence est notée ; votre suppléant verra ce qui vous attend.")
        )
        return redirect("absences")
    day = today(now)
    rows = request.user.absences.filter(until__gte=day).select_related("stand_in")
    context = {"form": form, "rows": rows, "for_whom": stands_in_for(request.user, day)}
    return render(request, "account_pages/absences.html", context)


@login_required
@require_POST
def absence_cancel(request, pk):
    """End or erase an absence."""
    absence = get_object_or_404(Absence, pk=pk, person=request.user)
    cancel_absence(absence=absence, by=request.user, at=timezone.now())
    messages.success(request, _("L'absence est annulée."))
    return redirect("absences")


@require_GET
def roles(request):
    """Every role, from the code: name, sentence, what it opens."""
    return render(request, "account_pages/roles.html", {"roles": ROLES.values()})


def held_roles(person) -> list[tuple]:
    """The roles of ``person`` today as pairs (role, establishment or None for the network)."""
    held = roles_of(person, timezone.now())
    places = Establishment.objects.in_bulk({where for _code, where in held if where})
    return [(ROLES[code], places.get(where)) for code, where in held]


def _issue(person, answers, at) -> str:
    _token, plain = issue_token(
        person=person,
        name=answers["name"],
        scopes=[answers["scopes"]],
        days=answers["days"],
        by=person,
        at=at,
    )
    return plain


def _sign(person, charter, version, establishment, at):
    sign_charter(
        person=person,
        charter=charter,
        version=version,
        establishment=establishment,
        by=person,
        at=at,
    )


def _add_training(person, answers, at):
    add_training(
        person=person,
        title=answers["title"],
        obtained_on=answers["obtained_on"],
        certificate=answers["document"],
        by=person,
        at=at,
    )


def _declare(person, answers, at):
    declare_absence(person=person, by=person, at=at, **answers)
