"""Every refusal of the API: RFC 9457 ``application/problem+json``, in the reader's language.

``type`` is the address of the problem's entry on the documentation page; its last part is the code
a program may rely on. Sentences may change, codes do not.
"""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.exceptions import ValidationError as FormError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import Schema
from ninja.errors import HttpError, Throttled
from ninja.errors import ValidationError as ShapeError
from ninja.responses import Response
from pydantic import ConfigDict, Field

MEDIA_TYPE = "application/problem+json"

PROBLEMS = {
    "malformed": (400, gettext_lazy("Le corps de la requête n'est pas lisible")),
    "unauthenticated": (401, gettext_lazy("Jeton absent, inconnu ou expiré")),
    "forbidden": (403, gettext_lazy("Vous n'avez pas le droit de faire cela")),
    "scope": (403, gettext_lazy("Ce jeton ne permet que de lire")),
    "second_factor": (403, gettext_lazy("Votre rôle demande un second facteur")),
    "not_found": (404, gettext_lazy("Rien à cette adresse")),
    "method": (405, gettext_lazy("Cette adresse ne connaît pas cette méthode")),
    "refused": (409, gettext_lazy("Cette étape ne peut pas être franchie maintenant")),
    "conflict": (409, gettext_lazy("L'état présent ne le permet pas")),
    "stale": (412, gettext_lazy("La demande a changé depuis votre lecture")),
    "too_large": (413, gettext_lazy("Le corps de la requête est trop long")),
    "media_type": (415, gettext_lazy("Ce type de contenu n'est pas lu ici")),
    "invalid": (422, gettext_lazy("Ce qui a été envoyé n'est pas valable")),
    "key_reused": (422, gettext_lazy("Cette clé a déjà servi pour autre chose")),
    "precondition": (428, gettext_lazy("L'en-tête If-Match est nécessaire")),
    "throttled": (429, gettext_lazy("Trop d'appels : attendez un peu")),
}
"""Each problem's status and title. ``docs`` lists them from here."""


class Problem(Exception):
    """A refusal: a code of PROBLEMS, a sentence, messages by field, and what else is to be said."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        errors: dict[str, list[str]] | None = None,
        **more: Any,
    ):
        super().__init__(code, detail)
        self.code = code
        self.status, self.title = PROBLEMS[code]
        self.detail = detail
        self.errors = errors or {}
        self.more = more


class Obstacle(Schema):
    """An article of a charter, or a need of procedure, that stands in the way of a step."""

    code: str = Field(examples=["U-03"])
    title: str
    verdict: str = Field(description="unsatisfied, unknown or to_judge")
    sentence: str
    missing: list[str]
    mender: str | None = Field(description="who can mend it, in the words of the pages")


class ProblemOut(Schema):
    """RFC 9457 problem details."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(json_schema_extra={"format": "uri"})
    title: str
    status: int
    detail: str
    errors: dict[str, list[str]] = Field(description="messages by field; empty when none applies")
    articles: list[Obstacle] | None = Field(
        default=None, description="only when the charters refuse a step"
    )


def type_of(code: str) -> str:
    """The address of a problem's entry on the documentation page."""
    return f"{settings.SITE_URL}/api/v1/docs#{code}"


def problem_response(problem: Problem) -> HttpResponse:
    """The answer that says ``problem``."""
    said = {
        "type": type_of(problem.code),
        "title": str(problem.title),
        "status": problem.status,
        "detail": str(problem.detail or problem.title),
        "errors": problem.errors,
        **problem.more,
    }
    response = Response(said, status=problem.status, json_dumps_params={"ensure_ascii": False})
    response["Content-Type"] = MEDIA_TYPE
    if problem.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def field_errors(error: FormError) -> dict[str, list[str]]:
    """Messages by field of a domain function's ValidationError; those of none under ``""``."""
    if hasattr(error, "error_dict"):
        return {
            "" if field == "__all__" else field: [str(m) for m in messages]
            for field, messages in error.message_dict.items()
        }
    return {"": [str(message) for message in error.messages]}


def install(api) -> None:
    """Make ``api`` say all its refusals this way."""

    def answers(kind: type[Exception]):
        def decorate(problem_of):
            def handle(request: HttpRequest, error) -> HttpResponse:
                return problem_response(problem_of(error))

            api.add_exception_handler(kind, handle)
            return problem_of

        return decorate

    @answers(Problem)
    def _problem(error):
        return error

    @answers(Http404)
    def _not_found(error):
        return Problem("not_found")

    @answers(PermissionDenied)
    def _forbidden(error):
        return Problem("forbidden")

    @answers(FormError)
    def _invalid(error):
        errors = field_errors(error)
        return Problem("invalid", " ".join(errors.get("", [])), errors=errors)

    @answers(ShapeError)
    def _shape(error):
        # Before the field's own place: where it stood (body, query), and in a body the name of the
        # operation's argument.
        for each in error.errors:
            source, *path = each["loc"]
            each["loc"] = path[1:] if source in ("body", "form", "file") and len(path) > 1 else path
        return shape_problem(error.errors)

    @answers(Throttled)
    def _throttled(error):
        return Problem("throttled")

    @answers(HttpError)
    def _http(error):
        if isinstance(error.__cause__, Problem):  # the parser's own, wrapped by django-ninja
            return error.__cause__
        by_status = {400: "malformed", 401: "unauthenticated", 403: "forbidden"}
        return Problem(by_status[error.status_code])

    @answers(MultiPartParserError)
    @answers(UnreadablePostError)
    @answers(SuspiciousOperation)
    def _unreadable(error):
        return Problem("malformed")

    # What nobody foresaw is logged and answered by Django, never shown.
    api._exception_handlers.pop(Exception)


def shape_problem(complaints: list[dict]) -> Problem:
    """Pydantic's complaints as messages by field (``answers.title``)."""
    errors: dict[str, list[str]] = {}
    for each in complaints:
        field = ".".join(str(part) for part in each["loc"])
        errors.setdefault(field, []).append(_sentence(each))
    return Problem("invalid", errors=errors)


def _sentence(error: dict) -> str:
    """What a complaint says to a person; the commonest in our words, the others by type."""
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return _("Ce champ est nécessaire.")
        case "extra_forbidden":
            return _("Ce champ n'existe pas.")
        case "string_too_long":
            return _("Au plus %(most)s caractères.") % {"most": context["max_length"]}
        case "literal_error" | "enum":
            return _("Valeurs possibles : %(values)s.") % {"values": context["expected"]}
        case kind:
            return _("Cette valeur n'est pas du type attendu (%(kind)s).") % {"kind": kind}
