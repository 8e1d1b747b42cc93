"""Probes: alive, ready, and the figures an operator watches. No session, no cookie, no name."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import Http404, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST
from redis.exceptions import RedisError

from governance.ledger.signer import unsigned_leaves
from governance.models.outbox import Sweep
from portal.metrics import exposition

SIGNER = "governance.tasks.integrate_ledger"
FRESH = timedelta(minutes=10)
"""A signer that has not run for that long, while leaves wait, is late."""
LOOPBACK = ("127.0.0.1", "::1")


@require_GET
def live(request):
    """The process answers. Reads nothing."""
    return HttpResponse("ok", content_type="text/plain")


@require_GET
def ready(request):
    """Whether requests can be served: 503 without the database or Redis.

    The ledger's signer is reported, and refuses nothing: decisions are taken without it, and it
    catches up; stopping the pages would make a late register a dead portal.
    """
    found = {"database": _database(), "redis": _redis()}
    found["ledger"] = _signer() if found["database"] == "ok" else "unknown"
    ok = found["database"] == found["redis"] == "ok"
    answer = JsonResponse(found, status=200 if ok else 503)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@require_GET
def metrics(request):
    """The figures, to who has the token; without a token set, to this machine alone."""
    if not _may_read_metrics(request):
        raise Http404
    return HttpResponse(
        exposition(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"}
    )


def _may_read_metrics(request) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return secrets.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    # A proxy on this machine would make everybody local: production has no access without a token.
    return not settings.PRODUCTION and request.META.get("REMOTE_ADDR") in LOOPBACK


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "away"
    return "ok"


def _redis() -> str:
    try:
        cache.set("probe", "ok", 10)
        return "ok" if cache.get("probe") == "ok" else "away"
    except (RedisError, OSError):
        return "away"


def _signer() -> str:
    if unsigned_leaves() == 0:
        return "ok"
    run = Sweep.objects.filter(name=SIGNER).first()
    late = run is None or timezone.now() - run.last_run_at > FRESH
    return "late" if late else "ok"
