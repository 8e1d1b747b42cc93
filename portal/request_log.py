"""One line of log a request, and an id that follows it into the tasks it causes.

The line holds the route, never the address: addresses carry tokens, numbers and searches. No name,
no answer, no token is logged, and the session is not read, so that public pages stay cacheable.
"""

import re
import time
import uuid

import structlog

log = structlog.get_logger("portal.requests")
_ID = re.compile(r"[0-9A-Za-z-]{8,64}")


class RequestLogMiddleware:
    """Binds `request_id`, answers it in `X-Request-ID`, logs method, route, status and time."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        log.info(
            "request",
            method=request.method,
            route=match.route if match else None,
            status=response.status_code,
            milliseconds=round((time.perf_counter() - began) * 1000, 1),
        )
        response["X-Request-ID"] = request_id
        structlog.contextvars.clear_contextvars()
        return response
