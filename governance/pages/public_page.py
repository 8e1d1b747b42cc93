"""What makes a page public: no cookie read or set, the same bytes for every reader, cacheable."""

from collections.abc import Callable
from functools import wraps

from django.utils.cache import patch_cache_control

FRESH_SECONDS = 300


def cookie_free(view: Callable) -> Callable:
    """Mark a view as public: its answer sets no cookie and does not vary with one.

    The view, and its templates, must read neither the person nor the session.
    ``portal.middleware.LanguageByAddress`` keeps cookies out.
    """

    @wraps(view)
    def answer(request, *args, **kwargs):
        request.public_page = True
        return view(request, *args, **kwargs)

    answer.public_page = True
    return answer


def public_page(view: Callable | None = None, *, seconds: int = FRESH_SECONDS) -> Callable:
    """``cookie_free``, and the answer may be kept ``seconds`` by any cache on the way."""

    def decorate(view):
        @cookie_free
        @wraps(view)
        def answer(request, *args, **kwargs):
            response = view(request, *args, **kwargs)
            if response.status_code == 200:
                patch_cache_control(
                    response, public=True, max_age=seconds, stale_while_revalidate=seconds * 2
                )
            return response

        return answer

    return decorate(view) if view else decorate
