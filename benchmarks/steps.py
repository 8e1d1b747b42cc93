"""Steps taken each second by eight clients: on requests of their own, and all on one.

On one and the same request exactly one client wins; the others get a clear refusal.
"""

import threading
import time
from collections import Counter

from benchmarks.material.demonstration import prepare, say

CLIENTS, REQUESTS = 8, 160


def _refusal(error: Exception) -> str:
    return type(error).__name__


def _run(jobs) -> tuple[float, Counter]:
    """Run one list of jobs a client, all at once; seconds, and how each job ended."""
    from django.db import connection

    ends, lock, gate = Counter(), threading.Lock(), threading.Barrier(len(jobs) + 1)

    def client(own) -> None:
        connection.ensure_connection()
        gate.wait()
        for job in own:
            try:
                job()
                end = "taken"
            except Exception as error:  # noqa: BLE001 (what is refused is counted)
                end = _refusal(error)
            with lock:
                ends[end] += 1
        connection.close()

    threads = [threading.Thread(target=client, args=(own,)) for own in jobs]
    for thread in threads:
        thread.start()
    gate.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began, ends


def main() -> None:
    prepare()
    from django.utils import timezone

    from benchmarks.material.history import load_history
    from governance.models import Case
    from governance.process.engine import take_step
    from projects.demonstration import network

    now = timezone.now()
    load_history(6_000, at=now)
    officer = network.staff("case_officer", "chu-rennes", at=now)

    def admit(case):
        return lambda: take_step(case, "admit", by=officer, at=timezone.now())

    waiting = list(Case.objects.filter(state="admissibility", lead="chu-rennes")[: REQUESTS + 1])
    *own, same = waiting
    apart_seconds, apart = _run([[admit(c) for c in own[n::CLIENTS]] for n in range(CLIENTS)])
    together_seconds, together = _run([[admit(same)] for _ in range(CLIENTS)])
    say(
        {
            "benchmark": "steps",
            "clients": CLIENTS,
            "distinct": {
                "steps": apart["taken"],
                "per_second": round(apart["taken"] / apart_seconds, 1),
                "ends": apart,
            },
            "same_request": {"seconds": round(together_seconds, 3), "ends": together},
            "within_limits": together["taken"] == 1 and apart["taken"] == len(own),
        }
    )


if __name__ == "__main__":
    main()
