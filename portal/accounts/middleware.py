"""Nobody acts for an establishment with a password alone."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.demonstration import signed_in_by_demonstration
from portal.accounts.second_factor import has_address_to_verify, must_set_up

OPEN_VIEWS = frozenset(
    {
        "mfa_activate_totp",
        "mfa_reauthenticate",
        "account_reauthenticate",
        "account_logout",
        "account_email",
        "account_email_verification_sent",
        "account_confirm_email",
        "account_set_password",
        "set_language",
    }
)
"""What a person who must set up a second factor may still open: what leads there, and the door."""


class SecondFactorMiddleware:
    """Send a person with a staff role and no one-time code to its set-up, whatever they ask.

    Pages that carry no session are left alone: they show nothing of anyone. The one-click sign-in
    of the demonstration needs no code; it exists only there.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if getattr(view, "public_page", False):
            return None
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        match = request.resolver_match
        if match.view_name in OPEN_VIEWS or not hasattr(request, "user"):
            return None
        if not request.user.is_authenticated or signed_in_by_demonstration(request):
            return None
        if not must_set_up(request.user, timezone.now()):
            return None
        if has_address_to_verify(request.user):
            messages.info(
                request,
                _(
                    "Votre rôle demande un second facteur. Vérifiez d’abord chacune de vos "
                    "adresses, ou retirez celles qui ne servent pas."
                ),
            )
            return redirect("account_email")
        messages.info(
            request,
            _("Votre rôle demande un second facteur : installez-le pour continuer."),
        )
        return redirect("mfa_activate_totp")
