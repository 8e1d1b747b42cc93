"""Pages of signed-in people, whose typed text survives the end of a session.

What is posted without a session is kept in a new one, under the page's address, and shown again on
that page once its reader has signed in. It is never acted upon: the person saves it themselves.
"""

from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import QueryDict
from django.shortcuts import render

KEY = "typed_without_session"
LONGEST = 200_000
"""Characters kept; a section of the dossier holds far less."""


def signed_in(view):
    """Like `login_required`; what was posted waits for the person, and a page that saves as one
    types is told (401) rather than given the sign-in page."""

    @wraps(view)
    def answer(request, *args, **kwargs):
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.method == "POST":
            _keep(request)
        door = redirect_to_login(request.path)
        if request.headers.get("HX-Request"):
            return render(request, "components/session_ended.html", {"door": door.url}, status=401)
        return door

    return answer


def _keep(request) -> None:
    posted = request.POST.copy()
    posted.pop("csrfmiddlewaretoken", None)
    said = posted.urlencode()
    if len(said) <= LONGEST:
        request.session[KEY] = {"path": request.path, "said": said}


def kept(request) -> QueryDict | None:
    """What was typed on this page before the session ended, if anything."""
    found = request.session.get(KEY)
    if not found or found.get("path") != request.path:
        return None
    return QueryDict(found["said"])


def forget(request) -> None:
    """What was typed is saved: keep it no more."""
    if KEY in request.session:
        del request.session[KEY]
