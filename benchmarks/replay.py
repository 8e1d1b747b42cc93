"""A hundred thousand past decisions judged again, under their own versions and today's.

Timed when those of today are their own, then once a stricter version has been adopted: every
decision is then judged twice.
"""

import hashlib
import json
import subprocess
import sys
import time

from benchmarks.material.demonstration import CHECKOUT, prepare, say

DECISIONS, LIMIT = 100_000, 60


def _timed() -> tuple[float, dict]:
    """Seconds, and what `manage.py replay` says."""
    began = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, str(CHECKOUT / "manage.py"), "replay"],
        stdout=subprocess.PIPE,
        check=True,
    )
    return time.perf_counter() - began, json.loads(ran.stdout)


def _adopt_stricter(today) -> None:
    """A version 2 of the users' charter in force from today, as a vote writes it."""
    from governance.charters import text_of
    from governance.models import Adoption, Session
    from governance.queries.charters import forget

    text = (
        text_of("utilisateur", "1")
        .replace('version = "1"', 'version = "2"', 1)
        .replace("in_force_from = 2022-09-01", f"in_force_from = {today.isoformat()}", 1)
        .replace("value = 300", "value = 1000", 1)
    )
    Adoption.objects.create(
        charter="utilisateur",
        version="2",
        text=text,
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        adopted_on=today,
        in_force_from=today,
        session=Session.objects.first(),
        votes_for=1,
        votes_against=0,
        abstentions=0,
        minutes="benchmark",
        leaf_index=2**40,
    )
    forget()


def main() -> None:
    prepare()
    from django.utils import timezone

    from benchmarks.material.history import load_history
    from governance.models import Decision

    now = timezone.now()
    requests = Decision.objects.values("case").distinct().count()
    each = Decision.objects.count() / max(1, requests)
    load_history(int(DECISIONS / each) + requests, at=now)
    own_seconds, own = _timed()
    _adopt_stricter(timezone.localdate(now))
    both_seconds, both = _timed()
    decisions = own["decisions"]
    longest = max(own_seconds, both_seconds) * DECISIONS / decisions
    say(
        {
            "benchmark": "replay",
            "decisions": decisions,
            "seconds_under_their_own": round(own_seconds, 1),
            "seconds_under_their_own_and_another": round(both_seconds, 1),
            "differences": len(own["differences"]) + len(both["differences"]),
            "would_differ_today": both["today"]["would_differ"],
            "by_article": both["today"]["by_article"],
            "within_limits": not own["differences"] and longest < LIMIT,
        }
    )


if __name__ == "__main__":
    main()
