"""An invitation to a team: sign in or up, put oneself in order, accept, in under five minutes.

The link was sent to one address: who opens it read the mail of that address, so that a sign-up from
here needs no second mail.
"""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import activate, get_language_from_request
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables

from governance.charters import load_charter
from governance.domain.commitments import NO_REIDENTIFICATION, USER_CHARTER
from governance.pages.outcome import accepted, posted
from governance.queries.commitments import commitments_of
from projects.domain import team
from projects.dossier.panels import PARTS
from projects.forms.dossier import ArrivalForm
from projects.queries.overview import ref_of


@never_cache
@sensitive_variables("secret")
def invitation(request, secret):
    """The invitation: to whom it was sent, for what, and what remains to do."""
    found = team.find_invitation(secret)
    if found is None:
        raise Http404
    if not request.user.is_authenticated:  # no address and no account says their language yet
        activate(get_language_from_request(request))
    now = timezone.now()
    if found.accepted_at is not None or found.expires_at <= now:
        return _over(request, found)
    context = {"invitation": found, "part": PARTS[found.part], "secret": secret}
    if not request.user.is_authenticated:
        return _door(request, found, context)
    standing = commitments_of(request.user, now)
    unsigned = standing.charters[0].signature is None
    form = ArrivalForm(
        posted(request),
        request.FILES or None,
        charter=unsigned,
        commitment=standing.no_reidentification is None,
        training=standing.valid_until is None,
    )
    refusal = team.why_not(found, request.user, now)
    if not refusal and accepted(form, lambda: _arrive(found, request.user, form, now)):
        messages.success(request, _("Bienvenue dans l'équipe."))
        return redirect("projects:dossier", ref_of(found.request))
    charter = standing.charters[0].charter
    context |= {
        "form": form,
        "refusal": refusal,
        "charter": charter,
        "commitment": load_charter(USER_CHARTER, charter.version).article("U-08"),
        "another_address": request.user.email != found.email,
    }
    return render(request, "projects/invitation.html", context)


def _door(request, found, context):
    """Before signing in; the button of sign-up says that the address is known to be theirs."""
    here = {"next": request.path}
    if request.method == "POST":
        get_adapter().stash_verified_email(request, found.email)
        return redirect(f"{reverse('account_signup')}?{urlencode(here | {'email': found.email})}")
    context |= {"sign_in": f"{reverse('account_login')}?{urlencode(here)}"}
    return render(request, "projects/invitation_door.html", context)


def _over(request, found):
    """An invitation that was used or has expired; who accepted it goes to the request."""
    if request.user.is_authenticated and found.accepted_by_id == request.user.pk:
        return redirect("projects:dossier", ref_of(found.request))
    context = {"used": found.accepted_at is not None, "sent_by": found.sent_by}
    return render(request, "projects/invitation_over.html", context, status=410)


def _arrive(found, person, form, now) -> None:
    said = form.cleaned_data
    signing = [
        code
        for name, code in (("charter", USER_CHARTER), ("no_reidentification", NO_REIDENTIFICATION))
        if said.get(name)
    ]
    training = None
    if said.get("title"):
        training = {
            "title": said["title"],
            "obtained_on": said["obtained_on"],
            "certificate": said["document"],
        }
    team.arrive(found, signing=signing, training=training, by=person, at=now)
