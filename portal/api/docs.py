"""The documentation page: the OpenAPI document, readable. No asset from elsewhere, no script."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.api.errors import PROBLEMS

WHERE = {
    "path": gettext_lazy("adresse"),
    "query": gettext_lazy("requête"),
    "header": gettext_lazy("en-tête"),
}
"""Where a parameter stands, in words."""


def page_of(drawn: dict[str, Any], request: HttpRequest) -> HttpResponse:
    """The page that tells the document ``drawn``."""
    schemas = drawn["components"]["schemas"]
    sections: dict[str, list[dict]] = {}
    for path, methods in drawn["paths"].items():
        for method, operation in methods.items():
            told = _told(path, method, operation, schemas)
            sections.setdefault(operation["tags"][0], []).append(told)
    context = {
        "sections": [(_section_title(tag), rows) for tag, rows in sections.items()],
        "problems": [
            {"code": code, "status": status, "title": title}
            for code, (status, title) in PROBLEMS.items()
        ],
        "example": f"curl -H 'Authorization: Bearer $TOKEN' {settings.SITE_URL}/api/v1/me",
    }
    return render(request, "api/docs.html", context)


def _section_title(tag: str) -> str:
    return {
        "me": _("Vous"),
        "requests": _("Demandes"),
        "catalogue": _("Catalogue"),
        "public": _("Registre et règles"),
        "sites": _("Programmes des établissements"),
    }[tag]


def _told(path: str, method: str, operation: dict, schemas: dict) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {})
    return {
        "anchor": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "token": "security" in operation,
        "parameters": [each | {"where": WHERE[each["in"]]} for each in operation["parameters"]],
        "body": [
            (media_type, _fields(content["schema"], schemas))
            for media_type, content in body.items()
        ],
        "statuses": list(operation["responses"]),
    }


def _fields(schema: dict, schemas: dict) -> list[dict]:
    """The first level of a body's schema: its fields, their types, which are needed."""
    schema = _followed(schema, schemas)
    needed = schema.get("required", ())
    return [
        {
            "name": name,
            "type": _type(inner),
            "needed": name in needed,
            "description": inner.get("description", ""),
        }
        for name, inner in schema.get("properties", {}).items()
    ]


def _followed(schema: dict, schemas: dict) -> dict:
    if "$ref" in schema:
        return schemas[schema["$ref"].rsplit("/", 1)[-1]]
    return schema


def _type(schema: dict) -> str:
    if "$ref" in schema:
        return schema["$ref"].rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " | ".join(_type(each) for each in schema["anyOf"])
    said = schema.get("type", "")
    return " | ".join(said) if isinstance(said, list) else said
