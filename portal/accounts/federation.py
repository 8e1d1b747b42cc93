"""Signing in through an identity provider that answers with a signed token.

ProConnect's userinfo is a JWT, not JSON; allauth reads JSON only. These two views are allauth's
with an adapter that reads both; their addresses come before allauth's own.
"""

from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render


class FederatedAdapter(OpenIDConnectOAuth2Adapter):
    """Reads userinfo as JSON or as a signed JWT, whose signature, issuer and audience it checks."""

    def _fetch_user_info(self, access_token: str) -> dict:
        with get_adapter().get_requests_session() as session:
            response = session.get(
                self.profile_url, headers={"Authorization": f"Bearer {access_token}"}
            )
            response.raise_for_status()
        if "application/jwt" not in response.headers.get("content-type", ""):
            return response.json()
        return jwtkit.verify_and_decode(
            credential=response.text.strip(),
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=self.get_provider().app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )


@login_not_required
def login(request, provider_id):
    """Send the person to their identity provider.

    By a page that goes there, not by a redirection: the content security policy lets a form lead
    to this portal only, and browsers hold it through redirections too.
    """
    answer = _run(OAuth2LoginView, request, provider_id)
    if request.method == "POST" and isinstance(answer, HttpResponseRedirect):
        context = {"redirect_to": answer.url}
        return render(request, "socialaccount/login_redirect.html", context)
    return answer


@login_not_required
def callback(request, provider_id):
    """Receive the person back from their identity provider."""
    return _run(OAuth2CallbackView, request, provider_id)


def _run(view, request, provider_id):
    try:
        return view.adapter_view(FederatedAdapter(request, provider_id))(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
