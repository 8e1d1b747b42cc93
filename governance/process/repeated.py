"""The same step asked twice under one key is taken once."""

import hashlib
import json
from datetime import datetime

from governance.models.decision import Decision, StepKey
from governance.process.refusals import KeyReused


def fingerprint(case, step, by, outcome, track, articles, reason, details, difference) -> str:
    """What tells one call from another that gave the same key."""
    said = [
        str(case.pk),
        step,
        str(by and by.pk),
        outcome,
        str(track and track.pk),
        sorted(articles),
        reason,
        details,
        *([difference] if difference else []),
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def earlier(key: str, fingerprint: str, at: datetime) -> Decision | None:
    """The decision that this key already gave, None for a new one: inserted first, it makes a
    concurrent twin wait here. Raises KeyReused when it was given with another call."""
    _, created = StepKey.objects.get_or_create(
        key=key, defaults={"fingerprint": fingerprint, "at": at}
    )
    if created:
        return None
    taken = StepKey.objects.select_related("decision").get(key=key)
    if taken.fingerprint != fingerprint:
        raise KeyReused
    return taken.decision
