"""The calendar of sessions: its secret address, made and taken back, and what calendars read."""

import structlog
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from redis.exceptions import RedisError

from governance.domain import session_feeds
from governance.models import SessionFeed
from governance.pages.throttle import count, network_of, seconds_left
from projects.documents.session_calendar import feed_of

log = structlog.get_logger(__name__)

HOUR = 3600
READ_AN_HOUR = 120
"""How often one network reads calendars: a program reads one every few hours, a guess is many."""


@login_required
def mine(request):
    """One's own address: said once, when it is made."""
    now, secret = timezone.now(), ""
    if not session_feeds.follows(request.user, at=now):
        raise Http404
    if request.method == "POST":
        secret = session_feeds.make_feed(request.user, at=now)
    address = secret and request.build_absolute_uri(
        reverse("projects:session_feed_read", args=[secret])
    )
    context = {
        "address": address,
        "webcal": "webcal" + address.removeprefix("https").removeprefix("http"),
        "feed": SessionFeed.objects.filter(person=request.user).first(),
    }
    response = render(request, "sessions/feed.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def take_back(request):
    """Stop one's calendar."""
    session_feeds.take_back(request.user)
    messages.success(request, _("L'agenda est arrêté ; son adresse ne répond plus."))
    return redirect("projects:session_feed")


@require_GET
def feed(request, secret):
    """The sessions of the member whose secret it is: calendars do not sign in."""
    if _flood(request):
        answer = HttpResponse(status=429)
        answer["Retry-After"] = str(seconds_left(HOUR))
        return answer
    person, now = session_feeds.reader_of(secret), timezone.now()
    if person is None:
        raise Http404
    content = feed_of(
        session_feeds.sessions_of(person, at=now),
        lambda each: request.build_absolute_uri(reverse("projects:session", args=[each.pk])),
        now,
    )
    return HttpResponse(
        content,
        content_type="text/calendar; charset=utf-8",
        headers={"Cache-Control": "private, max-age=900"},
    )


def _flood(request) -> bool:
    try:
        return count("session-feed", network_of(request), window=HOUR) > READ_AN_HOUR
    except RedisError:
        log.warning("session_feed_throttle_without_cache")
        return False
