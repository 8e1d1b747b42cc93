"""The mail that invites a person to a team: its secret link is nowhere else."""

from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from governance import outbox
from portal.notices.delivery import MAIL_ATTEMPTS
from portal.notices.mails import about_invitation, absolute, send
from portal.notices.refused import invitation_given_up
from portal.notices.sentences import name_of
from projects.models import Invitation


@outbox.handler("invitation", lane="mail", attempts=MAIL_ATTEMPTS, given_up=invitation_given_up)
def send_invitation(payload: dict) -> None:
    """Send an invitation that is still open, in the invited person's language if we know them, in
    that of who invites otherwise."""
    invitation = (
        Invitation.objects.select_related("request__case", "sent_by")
        .filter(pk=payload["invitation"], accepted_at__isnull=True)
        .first()
    )
    if invitation is None or "secret" not in payload:
        return
    known = get_user_model().objects.filter(email=invitation.email).first()
    with translation.override((known or invitation.sent_by).language):
        subject = _("%(who)s vous invite dans l'équipe d'une demande de données") % {
            "who": invitation.sent_by
        }
        context = {
            "invitation": invitation,
            "name": name_of(invitation.request),
            "link": absolute(reverse("projects:invitation", args=[payload["secret"]])),
        }
        send(
            invitation.email,
            subject,
            "invitation",
            context,
            about=about_invitation(invitation),
        )
