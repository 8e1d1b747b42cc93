"""One click signs in as one of the named persons: in the demonstration only."""

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from portal.accounts.adapters import AccountAdapter
from portal.accounts.demonstration import MARK, accounts

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@require_GET
def choose(request):
    """The named accounts, each with a sentence and a button."""
    if not settings.DEMONSTRATION:
        raise Http404
    context = {"accounts": accounts(), "next": request.GET.get("next", "")}
    return render(request, "account_pages/demonstration.html", context)


@require_POST
def enter(request, ref):
    """Sign in as that person."""
    if not settings.DEMONSTRATION:
        raise Http404
    person = next((p for _account, p in accounts() if p.ref == ref and p.is_active), None)
    if person is None:
        raise Http404
    login(request, person, backend=BACKEND)
    request.session[MARK] = True
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        return redirect(target)
    return redirect(AccountAdapter(request).get_login_redirect_url(request))
