"""The OpenAPI 3.1 document, complete: what django-ninja draws, and what it leaves out.

Each operation's refusals are added from what it takes: an address with a variable can be unknown, a
body can be malformed, a token can be missing. An operation names by `problems` only those that
nothing of its shape tells.
"""

from typing import Any

from django.conf import settings
from ninja import NinjaAPI

from portal.api.errors import MEDIA_TYPE, PROBLEMS, ProblemOut, type_of

EXTRA = "x-problems"


def problems(*codes: str) -> dict[str, Any]:
    """`openapi_extra` of an operation that also refuses with these problems."""
    return {EXTRA: list(codes)}


def document(status: int, schema: dict[str, Any]) -> dict[str, Any]:
    """`openapi_extra` of an operation whose answer is itself a document of that schema."""
    return {"responses": {status: {"content": {"application/json": {"schema": schema}}}}}


class Api(NinjaAPI):
    """django-ninja's API, with its document completed."""

    def get_openapi_schema(self, *, path_prefix=None, path_params=None) -> dict:
        drawn = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        components = drawn["components"]
        components["schemas"]["Problem"] = _problem_schema(components["schemas"])
        components["responses"] = {str(s): _problem_response(s) for s in _statuses()}
        for path, methods in drawn["paths"].items():
            for method, operation in methods.items():
                _complete(path, method, operation)
        drawn["servers"] = [{"url": settings.SITE_URL}]
        return drawn


def _problem_schema(schemas: dict) -> dict:
    schema = ProblemOut.model_json_schema(
        ref_template="#/components/schemas/{model}", mode="serialization"
    )
    schemas.update(schema.pop("$defs", {}))
    # Said only when the charters refuse; never null.
    schema["properties"]["articles"] = {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Obstacle"},
        "description": "only when the charters refuse a step",
    }
    return schema


def _statuses() -> list[int]:
    return sorted({status for status, _title in PROBLEMS.values()})


def _problem_response(status: int) -> dict[str, Any]:
    codes = {code: title for code, (found, title) in PROBLEMS.items() if found == status}
    response = {
        "description": " · ".join(str(title) for title in codes.values()),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {code: {"value": _example(code)} for code in codes},
            }
        },
    }
    if status == 429:
        response["headers"] = {
            "Retry-After": {"description": "seconds", "schema": {"type": "integer"}}
        }
    return response


def _example(code: str) -> dict[str, Any]:
    status, title = PROBLEMS[code]
    example = {
        "type": type_of(code),
        "title": str(title),
        "status": status,
        "detail": str(title),
        "errors": {},
    }
    if code == "refused":
        example["articles"] = [
            {
                "code": "U-03",
                "title": "L'intérêt public démontré",
                "verdict": "unsatisfied",
                "sentence": "Il manque : l'intérêt public.",
                "missing": ["purpose.public_interest"],
                "mender": "holder",
            }
        ]
    return example


def _complete(path: str, method: str, operation: dict) -> None:
    refused = {PROBLEMS[code][0] for code in operation.pop(EXTRA, ())} | {429}
    if "security" in operation:
        refused |= {401, 403}
    if "{" in path:
        refused.add(404)
    if operation["parameters"] or "requestBody" in operation:
        refused.add(422)
    if "requestBody" in operation:
        refused |= {400, 413, 415}
    if any(p["name"] == "Idempotency-Key" for p in operation["parameters"]):
        refused.add(422)
    for parameter in operation["parameters"]:
        _plain_parameter(parameter)
    for status in sorted(refused):
        operation["responses"].setdefault(str(status), {"$ref": f"#/components/responses/{status}"})
    operation["responses"] = {str(s): r for s, r in operation["responses"].items()}


def _plain_parameter(parameter: dict) -> None:
    """A header or a query parameter is text or absent: never JSON's null."""
    options = parameter["schema"].get("anyOf", [])
    if {"type": "null"} in options:
        rest = [each for each in options if each != {"type": "null"}]
        schema = {k: v for k, v in parameter["schema"].items() if k != "anyOf"}
        parameter["schema"] = schema | rest[0]
