"""How many calls a minute: by token, and by address so that guessing tokens is slow too.

Counted in the cache, each count with a lifetime. A cache that is away throttles nobody.
"""

import hashlib
import time

import structlog
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from redis.exceptions import RedisError

from portal.api.errors import Problem, problem_response

log = structlog.get_logger(__name__)

WINDOW = 60
"""Seconds in which calls are counted."""


def refuse_flood(request: HttpRequest):
    """The answer 429 when the caller's minute is spent, else None."""
    counters = [("address", _address(request), settings.API_CALLS_A_MINUTE_BY_ADDRESS)]
    if credential := request.headers.get("Authorization"):
        digest = hashlib.sha256(credential.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        counters.append(("token", digest, settings.API_CALLS_A_MINUTE_BY_TOKEN))
    now = int(time.time())
    window, left = now // WINDOW, WINDOW - now % WINDOW
    try:
        over = [kind for kind, who, most in counters if _count(kind, who, window) > most]
    except RedisError:
        log.warning("api_throttle_without_cache")
        return None
    if not over:
        return None
    response = problem_response(Problem("throttled"))
    response["Retry-After"] = str(left)
    return response


def _address(request: HttpRequest) -> str:
    """The caller's address; all those without one (a local socket) are one."""
    try:
        return get_adapter(request).get_client_ip(request)
    except PermissionDenied:
        return "none"


def _count(kind: str, who: str, window: int) -> int:
    key = f"api:{kind}:{who}:{window}"
    cache.add(key, 0, timeout=2 * WINDOW)
    try:
        return cache.incr(key)
    except ValueError:  # the key went away in between
        return 1
