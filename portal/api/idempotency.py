"""Safe to repeat: a POST whose key already served for the same body gives the first answer.

A call that was refused wrote nothing and keeps nothing: under the same key it is tried again.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Header
from ninja.responses import NinjaJSONEncoder, Status

from portal.api.errors import Problem
from portal.api.models import FirstAnswer

KEPT = timedelta(days=30)
"""How long a first answer is given again."""

Key = Annotated[
    str | None,
    Header(
        None,
        alias="Idempotency-Key",
        min_length=8,
        max_length=80,
        pattern=r"^[!-~]+$",
        description="Makes the call safe to repeat: 8 to 80 printable characters without space.",
    ),
]


def once(
    request: HttpRequest,
    key: str | None,
    said: Any,
    act: Callable[[], Any],
    schema,
    status: int = 201,
) -> Status:
    """What ``act`` returns, as ``schema`` says it, with ``status``; once only for a given key.

    ``said`` is what the call asks, as JSON: another one under the same key is refused.
    """
    if key is None:
        return Status(status, act())
    fingerprint = _fingerprint(request, said)
    with transaction.atomic():
        row, made = FirstAnswer.objects.get_or_create(
            person=request.user,
            key=key,
            defaults={"fingerprint": fingerprint, "at": timezone.now()},
        )
        if row.fingerprint != fingerprint:
            raise key_reused()
        if made:
            answer = schema.model_validate(act()).model_dump()
            row.status, row.body = status, json.loads(json.dumps(answer, cls=NinjaJSONEncoder))
            row.save(update_fields=["status", "body"])
    return Status(row.status, row.body)


def key_reused() -> Problem:
    """The refusal of a key that served for something else."""
    message = _("Cette clé a déjà servi avec un autre contenu. Prenez-en une nouvelle.")
    return Problem("key_reused", errors={"Idempotency-Key": [message]})


def _fingerprint(request: HttpRequest, said: Any) -> str:
    text = json.dumps([request.path, said], sort_keys=True, cls=NinjaJSONEncoder)
    return hashlib.sha256(text.encode()).hexdigest()


def forget_answers(*, at: datetime) -> int:
    """Remove the answers older than KEPT; says how many."""
    removed, _by_model = FirstAnswer.objects.filter(at__lt=at - KEPT).delete()
    return removed
