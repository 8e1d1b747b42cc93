"""How many calls a minute: by token, and by address so that guessing tokens is slow too.

Counted in the cache. A cache that is away throttles nobody.
"""

import hashlib

import structlog
from django.conf import settings
from django.http import HttpRequest
from redis.exceptions import RedisError

from governance.pages.throttle import address_of, count, seconds_left
from portal.api.errors import Problem, problem_response

log = structlog.get_logger(__name__)

WINDOW = 60
"""Seconds in which calls are counted."""


def refuse_flood(request: HttpRequest):
    """The answer 429 when the caller's minute is spent, else None."""
    counters = [("address", address_of(request), settings.API_CALLS_A_MINUTE_BY_ADDRESS)]
    if credential := request.headers.get("Authorization"):
        digest = hashlib.sha256(credential.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        counters.append(("token", digest, settings.API_CALLS_A_MINUTE_BY_TOKEN))
    try:
        over = [
            kind for kind, who, most in counters if count(f"api:{kind}", who, window=WINDOW) > most
        ]
    except RedisError:
        log.warning("api_throttle_without_cache")
        return None
    if not over:
        return None
    response = problem_response(Problem("throttled"))
    response["Retry-After"] = str(seconds_left(WINDOW))
    return response
