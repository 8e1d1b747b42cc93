"""People and organisations of a draft: invited, taken out, named."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.models import Participation
from governance.pages.outcome import accepted, posted
from projects.domain import legal_persons, team
from projects.domain.drafts import NotEditable, editable_sections
from projects.dossier.panels import LEGAL_PARTS, PARTS
from projects.forms.dossier import InviteForm, OrganisationForm
from projects.models import Request
from projects.queries.overview import ref_of
from projects.views.frame import visible_request


@login_required
def invite(request, ref):
    """Invite somebody by e-mail to take a place in the team."""
    demand = _written(request, ref)
    places = team.invited_as(demand, request.user)
    if not places:
        messages.info(request, _("Cette demande est autorisée : on y entre par un avenant."))
        return redirect("projects:amendments", ref)
    form = InviteForm(posted(request), places=places)
    if accepted(form, lambda: _invite(demand, request.user, form.cleaned_data)):
        said = {"email": form.cleaned_data["email"]}
        messages.success(request, _("L'invitation part à %(email)s.") % said)
        return _back(demand)
    return render(request, "projects/invite.html", _context(demand, form))


@login_required
def invitation_cancel(request, ref, pk):
    """Take back an invitation, after a question."""
    demand = _written(request, ref)
    invitation = get_object_or_404(demand.invitations, pk=pk, accepted_at__isnull=True)
    if request.method == "POST":
        team.cancel(invitation)
        messages.success(request, _("L'invitation est reprise."))
        return _back(demand)
    return _question(
        request,
        demand,
        _("Reprendre l'invitation envoyée à %(email)s ?") % {"email": invitation.email},
        [_("Le lien reçu n'ouvrira plus rien.")],
        _("Reprendre l'invitation"),
    )


@login_required
def member_remove(request, ref, pk):
    """Take somebody out of the team, or leave it, after a question."""
    demand = visible_request(request, ref)
    row = get_object_or_404(
        demand.case.participations.select_related("person", "case__request"),
        pk=pk,
        until__isnull=True,
        part__in=Participation.TEAM,
    )
    own = row.person_id == request.user.pk
    if row.part == Participation.Part.HOLDER or not (own or demand.reader.writes):
        raise PermissionDenied("remove")
    if request.method == "POST":
        team.remove(row, by=request.user, at=timezone.now())
        if own:
            messages.success(request, _("Vous avez quitté l'équipe."))
            return redirect("projects:my_requests")
        messages.success(request, _("%(person)s a quitté l'équipe.") % {"person": row.person})
        return _back(demand)
    said = {"person": row.person, "part": PARTS[row.part]}
    question = _("Quitter cette équipe ?") if own else _("Retirer %(person)s (%(part)s) ?") % said
    consequences = [_("L'accès au dossier et aux données s'arrête tout de suite.")]
    return _question(request, demand, question, consequences, _("Quitter") if own else _("Retirer"))


@login_required
def organisation_add(request, ref):
    """Name an organisation of the list, or a new one."""
    demand = _written(request, ref, editing=True)
    form = OrganisationForm(posted(request))
    try:
        if accepted(form, lambda: _name(demand, request.user, form.cleaned_data)):
            messages.success(request, _("L'organisme est nommé."))
            return _back(demand)
    except NotEditable:
        raise Http404 from None
    return render(request, "projects/organisation.html", _context(demand, form))


@login_required
def organisation_remove(request, ref, pk):
    """Name an organisation no more, after a question."""
    demand = _written(request, ref, editing=True)
    person = get_object_or_404(
        demand.legal_persons.select_related("organisation", "request__case"), pk=pk
    )
    if request.method == "POST":
        legal_persons.remove(person, by=request.user, at=timezone.now())
        messages.success(request, _("L'organisme n'est plus nommé."))
        return _back(demand)
    said = {"name": person.organisation, "part": LEGAL_PARTS[person.part]}
    question = _("Retirer %(name)s (%(part)s) ?") % said
    return _question(request, demand, question, [], _("Retirer"))


def _written(request, ref, *, editing: bool = False) -> Request:
    """The request, for who writes in it; with `editing`, while its team section may be written."""
    demand = visible_request(request, ref)
    if not demand.reader.writes:
        raise PermissionDenied("write")
    if editing and "team" not in editable_sections(demand):
        raise Http404
    return demand


def _invite(demand, person, said) -> None:
    team.invite(demand, said["email"], said["part"], by=person, at=timezone.now())


def _name(demand, person, said) -> None:
    if said["organisation"]:
        legal_persons.name(demand, said["organisation"], said["part"], by=person, at=timezone.now())
        return
    names = ("name", "kind", "country", "dpo_name", "dpo_email")
    described = {name: said[name] for name in names}
    legal_persons.name_new(demand, said["part"], by=person, at=timezone.now(), **described)


def _context(demand, form) -> dict:
    address = reverse("projects:section", args=[ref_of(demand), "team"])
    crumbs = [
        {"label": _("Mes demandes"), "href": reverse("projects:my_requests")},
        {"label": _("Porteur, organismes et équipe"), "href": address},
    ]
    return {"demand": demand, "form": form, "cancel": address, "crumbs": crumbs}


def _question(request, demand, question, consequences, label):
    context = {
        "question": question,
        "consequences": consequences,
        "label": label,
        "kind": "danger",
        "cancel": reverse("projects:section", args=[ref_of(demand), "team"]),
    }
    return render(request, "components/confirm_page.html", context)


def _back(demand):
    return redirect("projects:section", ref_of(demand), "team")
