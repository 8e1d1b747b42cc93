"""Lists by cursor: the next page begins after the last row seen, whatever was added meanwhile."""

import base64
import json
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldError, ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import Field

from portal.api.errors import Problem

DEFAULT, MOST = 50, 200
LONGEST_WORDS = 200


class Paging(Schema):
    """Where a page of a list begins and how long it is."""

    limit: int = Field(DEFAULT, ge=1, le=MOST, description="how many items at most")
    cursor: str = Field("", max_length=500, description="next, as the page before gave it")


class Searching(Paging):
    """A page of a list in which words are looked for."""

    q: str = Field("", max_length=LONGEST_WORDS, description="words to find, accents aside")


def page(rows: QuerySet, asked: Paging, *order: str) -> dict[str, Any]:
    """A page of ``rows`` sorted by ``order``, whose last column is unique: ``items`` and ``next``.

    One query. Raises Problem for a cursor that this list did not give.
    """
    if asked.cursor:
        rows = _after(rows, order, _read(asked.cursor, len(order)))
    found = list(rows.order_by(*order)[: asked.limit + 1])
    more = len(found) > asked.limit
    found = found[: asked.limit]
    following = _cursor(found[-1], order) if more else None
    return {"items": found, "next": following}


def page_of_list(rows: list, asked: Paging) -> dict[str, Any]:
    """A page of a short list that is computed whole, such as the rules' own tables."""
    start = _read(asked.cursor, 1)[0] if asked.cursor else 0
    if not isinstance(start, int) or not 0 <= start <= len(rows):
        raise _unknown_cursor()
    end = start + asked.limit
    return {
        "items": rows[start:end],
        "next": _encode([end]) if end < len(rows) else None,
    }


def _after(rows: QuerySet, order: tuple[str, ...], values: list) -> QuerySet:
    """The rows that come after ``values`` in that order."""
    wanted, same = Q(), {}
    for name, value in zip(order, values, strict=True):
        column = name.removeprefix("-")
        way = "lt" if name.startswith("-") else "gt"
        wanted |= Q(**same, **{f"{column}__{way}": value})
        same[column] = value
    try:
        return rows.filter(wanted)
    except (ValueError, TypeError, ValidationError, FieldError) as error:
        raise _unknown_cursor() from error


def _cursor(row, order: tuple[str, ...]) -> str:
    values = []
    for name in order:
        value: Any = row
        for part in name.removeprefix("-").split("__"):
            value = getattr(value, part)
        values.append(value.isoformat() if isinstance(value, datetime) else value)
    return _encode([v if isinstance(v, int | str) else str(v) for v in values])


def _encode(values: list) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _read(cursor: str, length: int) -> list:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError) as error:
        raise _unknown_cursor() from error
    simple = isinstance(values, list) and all(type(v) in (int, str) for v in values)
    if not simple or len(values) != length or any(_too_much(v) for v in values):
        raise _unknown_cursor()
    return values


def _too_much(value: int | str) -> bool:
    """Whether no column of ours holds such a value."""
    if isinstance(value, int):
        return not -(2**31) <= value < 2**31
    return "\0" in value or not value.isprintable()


def _unknown_cursor() -> Problem:
    return Problem("invalid", errors={"cursor": [_("Ce curseur n'est pas de cette liste.")]})
