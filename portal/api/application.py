"""The API whole: its routers, and what every answer has in common."""

from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET
from ninja.renderers import JSONRenderer
from ninja.responses import Response

from governance.domain.files import LARGEST
from governance.pages.public_page import public_page
from portal.api import (
    amendments,
    attachments,
    catalogue,
    delays,
    deliveries,
    docs,
    errors,
    form,
    formalities,
    indicators,
    me,
    register,
    requests,
    results,
    rules,
    sites,
    steps,
)
from portal.api.errors import Problem, problem_response
from portal.api.parsing import MAXIMUM_BYTES, StrictParser
from portal.api.schema import Api
from portal.api.throttling import refuse_flood


class Renderer(JSONRenderer):
    """JSON in readable UTF-8."""

    json_dumps_params = {"ensure_ascii": False}


api = Api(
    title="Guichet unique des centres de données cliniques",
    version="1",
    description=_("Les mêmes règles, droits et messages que les pages."),
    urls_namespace="api",
    parser=StrictParser(),
    renderer=Renderer(),
    openapi_url=None,
    docs_url=None,
)
errors.install(api)
for prefix, router in (
    ("/me", me.router),
    ("/form", form.router),
    ("/requests", requests.router),
    ("/requests", attachments.router),
    ("/requests", steps.router),
    ("/requests", deliveries.router),
    ("/requests", results.router),
    ("/requests", amendments.router),
    ("/requests", delays.router),
    ("/requests", formalities.router),
    ("/site", sites.router),
    ("/catalogue", catalogue.router),
    ("/public", register.router),
    ("/public", rules.router),
    ("/public", indicators.router),
):
    api.add_router(prefix, router)


def _known_parameters_only(run):
    """Refuse a parameter in the address that the operation does not know."""
    operation = run.__self__
    known = {
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    }

    def checked(request: HttpRequest, **kwargs) -> HttpResponse:
        unknown = sorted(set(request.GET) - known)
        if unknown:
            message = gettext("Ce paramètre n'existe pas ici.")
            problem = Problem("invalid", errors={name[:100]: [message] for name in unknown[:20]})
            return problem_response(problem)
        return run(request, **kwargs)

    return checked


api.add_decorator(_known_parameters_only, mode="view")


def spoken(view):
    """A view as the API answers it: no session, bounded, counted, in the language asked for, its
    refusals as problems."""

    @wraps(view)
    def answer(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        request.public_page = True  # no cookie is read or set: see portal.middleware
        language = translation.get_language_from_request(request)
        with translation.override(language):
            response = _refused(request) or view(request, *args, **kwargs)
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


def _refused(request: HttpRequest) -> HttpResponse | None:
    """What is refused before anything is read of it."""
    if "\0" in request.path_info:
        return problem_response(Problem("not_found"))
    multipart = request.content_type == "multipart/form-data"
    most = LARGEST + MAXIMUM_BYTES if multipart else MAXIMUM_BYTES
    if _length(request) > most:
        return problem_response(Problem("too_large"))
    return refuse_flood(request)


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


@require_GET
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    response = Response(api.get_openapi_schema(), json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "public, max-age=300"
    return response


@require_GET
@public_page
def readable(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, readable: a page like the others, in the language of its address."""
    return docs.page_of(api.get_openapi_schema(), request)


def nothing_here(request: HttpRequest) -> HttpResponse:
    """Any other address under the API's."""
    return problem_response(Problem("not_found"))


def urls() -> tuple[list, str, str]:
    """The API's addresses, to be mounted."""
    patterns, _app_name, namespace = api.urls
    for pattern in patterns:
        pattern.callback = spoken(pattern.callback)
    return (
        [
            path("openapi.json", spoken(openapi), name="openapi"),
            *patterns,
            re_path("", spoken(nothing_here)),
        ],
        "api",
        namespace,
    )
