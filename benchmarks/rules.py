"""How quickly facts are judged: verdicts each second, one request whole, a night of open requests.

A request judged whole is every clause of the three charters on the facts of its last decision; its
time is the processor's (another program that takes its turn judges nothing), the clock's beside it.
The night is measured on the requests that are open, facts read from the database, one process, and
extrapolated: were all of 300 000 requests open, and with the share that is open here.
"""

import time

from benchmarks.material.demonstration import percentile, prepare, say

REQUESTS, REPEATS = 2_000, 20
LIMIT_MS, ALL, NIGHT_HOURS = 2.0, 300_000, 8


def _whole(clauses, facts, at) -> tuple[list[float], list[float], int]:
    """Milliseconds that each judgement of each request took, of the processor and by the clock,
    and how many verdicts were given."""
    from governance.charters import judge

    taken, clock, verdicts = [], [], 0
    for _ in range(REPEATS):
        for each in facts:
            began, at_clock = time.thread_time(), time.perf_counter()
            verdicts += len(judge(clauses, each, at))
            taken.append((time.thread_time() - began) * 1000)
            clock.append((time.perf_counter() - at_clock) * 1000)
    return taken, clock, verdicts


def _open_requests(cases, clauses, at) -> tuple[int, float]:
    """How many open requests were judged from the database, in how many seconds."""
    from governance.charters import judge
    from governance.charters.later import plain
    from governance.process.registry import Asked, registered

    judged, began = 0, time.perf_counter()
    for case in cases.iterator(chunk_size=200):
        owner = registered(case.process)
        step = owner.process.steps_from(case.state)[0]
        facts = plain(owner.facts(case, at)(Asked(case, step, step.outcomes[0])))
        judge(clauses, facts, at)
        judged += 1
    return judged, time.perf_counter() - began


def main() -> None:
    prepare()
    from django.utils import timezone

    from benchmarks.material.history import load_history
    from governance.charters import facts_from, load_charters, versions_in_force
    from governance.models import Case
    from governance.process.table import REQUEST

    now = timezone.now()
    charters = load_charters(versions_in_force(now.date()))
    clauses = [clause for charter in charters for clause in charter.clauses]
    requests = Case.objects.filter(process="request", number__isnull=False)
    stored = requests.values_list("last_decision__facts__bytes", flat=True)
    facts = [facts_from(bytes(each)) for each in stored]
    taken, clock, verdicts = _whole(clauses, facts, now)
    load_history(REQUESTS, at=now)
    ended = [state.code for state in REQUEST.states if state.ended]
    judged, seconds = _open_requests(requests.exclude(state__in=ended), clauses, now)
    each = seconds / judged
    share = judged / requests.count()
    say(
        {
            "benchmark": "rules",
            "clauses": len(clauses),
            "verdicts_per_second": round(verdicts / (sum(taken) / 1000)),
            "whole_request_ms": {
                "median": round(percentile(taken, 0.5), 3),
                "p95": round(percentile(taken, 0.95), 3),
                "limit_p95": LIMIT_MS,
                "p95_by_the_clock": round(percentile(clock, 0.95), 3),
            },
            "open_requests": {
                "judged": judged,
                "ms_each_with_facts": round(each * 1000, 2),
                "share_open": round(share, 3),
                "hours_for_300000_all_open": round(each * ALL / 3600, 2),
                "hours_for_300000_at_that_share": round(each * ALL * share / 3600, 2),
            },
            "within_limits": percentile(taken, 0.95) < LIMIT_MS and each * ALL / 3600 < NIGHT_HOURS,
        }
    )


if __name__ == "__main__":
    main()
