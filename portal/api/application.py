"""The API whole: its routers, and what every answer has in common."""

from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.renderers import JSONRenderer

from portal.api import errors, sites
from portal.api.errors import Problem, problem_response
from portal.api.parsing import StrictParser


class Renderer(JSONRenderer):
    """JSON in readable UTF-8."""

    json_dumps_params = {"ensure_ascii": False}


api = NinjaAPI(
    title="Guichet unique des centres de données cliniques",
    version="1",
    urls_namespace="api",
    parser=StrictParser(),
    renderer=Renderer(),
    docs_url=None,
)
errors.install(api)
api.add_router("/site", sites.router)


def spoken(view):
    """An operation's view as the API answers it: no session, the language asked for, errors as
    problems."""

    @wraps(view)
    def answer(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        request.public_page = True  # no cookie is read or set: see portal.middleware
        language = translation.get_language_from_request(request)
        with translation.override(language):
            if "\0" in request.path_info:
                response = problem_response(Problem("not_found"))
            else:
                response = view(request, *args, **kwargs)
            if response.status_code == 405:
                allowed = response["Allow"]
                response = problem_response(Problem("method"))
                response["Allow"] = allowed
        response["Content-Language"] = language
        patch_vary_headers(response, ["Accept-Language", "Authorization"])
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    answer.public_page = True
    return csrf_exempt(answer)


def nothing_here(request: HttpRequest) -> HttpResponse:
    """Any other address under the API's."""
    return problem_response(Problem("not_found"))


def urls() -> tuple[list, str, str]:
    """The API's addresses, to be mounted."""
    patterns, _app_name, namespace = api.urls
    for pattern in patterns:
        pattern.callback = spoken(pattern.callback)
    return [*patterns, re_path("", spoken(nothing_here))], "api", namespace
