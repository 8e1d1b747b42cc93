"""Reading what programs send: bounded, strict JSON, no NUL, no lone surrogate."""

import json
import math
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.parser import Parser

from portal.api.errors import Problem

MAXIMUM_BYTES = 1_000_000
"""Longest body that is read, but for an attachment's."""


class StrictParser(Parser):
    """JSON as RFC 8259 has it; text that a database or a page could not hold is refused here."""

    def parse_body(self, request: HttpRequest) -> Any:
        content_type = request.content_type
        if content_type not in ("application/json", "application/merge-patch+json"):
            raise Problem("media_type")
        return clean(_loads(request.body), "")

    def parse_querydict(self, data, list_fields, request):
        return clean(super().parse_querydict(data, list_fields, request), "")


def clean(value: Any, place: str) -> Any:
    """``value``, in which every text can be stored and shown; otherwise Problem names its place."""
    if isinstance(value, str):
        if "\0" in value or not _encodable(value):
            raise Problem(
                "invalid", errors={place: [_("Ce texte contient un caractère interdit.")]}
            )
    elif isinstance(value, dict):
        for name, inner in value.items():
            clean(name, place)
            clean(inner, f"{place}.{name}" if place else name)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            clean(inner, f"{place}.{position}" if place else str(position))
    return value


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _loads(body: bytes) -> Any:
    try:
        return json.loads(
            body,
            parse_constant=_refuse,
            parse_float=_finite,
            object_pairs_hook=_once,
        )
    except (ValueError, RecursionError) as error:
        raise Problem("malformed") from error


def _refuse(text: str):
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name twice")
    return read
