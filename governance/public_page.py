"""What makes a page public: no cookie read or set, the same bytes for every reader, cacheable."""

from collections.abc import Callable
from functools import wraps

from django.utils.cache import patch_cache_control

FRESH_SECONDS = 300


def public_page(view: Callable | None = None, *, seconds: int = FRESH_SECONDS) -> Callable:
    """Mark a view as public and let its answer be kept ``seconds`` by any cache on the way.

    The view, and its templates, must read neither the person nor the session: what they would
    see is not for everyone. ``portal.middleware.LanguageByAddress`` keeps cookies out.
    """

    def decorate(view):
        @wraps(view)
        def answer(request, *args, **kwargs):
            request.public_page = True
            response = view(request, *args, **kwargs)
            if response.status_code == 200:
                patch_cache_control(
                    response, public=True, max_age=seconds, stale_while_revalidate=seconds * 2
                )
            return response

        answer.public_page = True
        return answer

    return decorate(view) if view else decorate
