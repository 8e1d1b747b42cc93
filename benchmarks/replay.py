"""A hundred thousand past decisions judged again, under their own version and today's.

The second figure is what it costs when today's version is another: every decision is judged twice.
"""

import subprocess
import sys
import time

from benchmarks.demonstration import CHECKOUT, prepare, say

DECISIONS, LIMIT = 100_000, 60


def _timed(*arguments: str) -> tuple[float, int]:
    began = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, str(CHECKOUT / "manage.py"), "replay", *arguments],
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - began, ran.returncode


def main() -> None:
    prepare()
    from django.utils import timezone

    from benchmarks.history import load_history
    from governance.models import Decision

    requests = Decision.objects.values("case").distinct().count()
    each = Decision.objects.count() / max(1, requests)
    load_history(int(DECISIONS / each) + requests, at=timezone.now())
    decisions = Decision.objects.count()
    seconds, status = _timed()
    alone, _status = _timed("--processes", "1")
    say(
        {
            "benchmark": "replay",
            "decisions": decisions,
            "seconds": round(seconds, 1),
            "seconds_with_one_process": round(alone, 1),
            "per_second": round(decisions / seconds),
            "differences": status,
            "within_limits": status == 0 and seconds * DECISIONS / decisions < LIMIT,
        }
    )


if __name__ == "__main__":
    main()
