"""How quickly facts are judged: verdicts each second, one request whole, a night of open requests.

A request judged whole is every clause of the three charters on the facts of its last decision; its
time is the processor's (another program that takes its turn judges nothing), the clock's beside it.
Open requests are judged whole, facts read from the database, one process, and extrapolated: were
all of 300 000 requests open, and with the share that is open here. The night of the watch is
measured as it runs: the continuous articles of the requests in use, were all of 300 000 in use.
"""

import time

from benchmarks.material.demonstration import percentile, prepare, say

REQUESTS, REPEATS = 3_000, 20
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
    """How many open requests were judged whole from the database, in how many seconds."""
    from governance.charters import judge
    from governance.charters.later import plain
    from governance.process.compliance import TOGETHER, facts_each

    judged, began = 0, time.perf_counter()
    for _case, facts in facts_each(cases.iterator(chunk_size=TOGETHER), at):
        judge(clauses, plain(facts), at)
        judged += 1
    return judged, time.perf_counter() - began


def _night(at) -> tuple[int, dict[str, int], float]:
    """How many requests whose data may be in use a night watched, what it found, in how many
    seconds: the second night, when what the first one found stays open."""
    from governance.domain import nonconformities
    from governance.domain.watching import watched

    nonconformities.watch(at=at)
    number, began = watched().count(), time.perf_counter()
    found = nonconformities.watch(at=at)
    return number, found, time.perf_counter() - began


def main() -> None:
    prepare()
    from django.utils import timezone

    from benchmarks.material.history import load_history
    from governance.charters import facts_from, load_charters, versions_in_force
    from governance.models import Case, NonConformity
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
    watched, found, night = _night(now)
    night_each = night / watched
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
            "night_of_the_watch": {
                "requests_in_use": watched,
                "found": found,
                "left_open": NonConformity.objects.open().count(),
                "ms_each": round(night_each * 1000, 2),
                "minutes_for_300000_in_use": round(night_each * ALL / 60, 1),
            },
            "within_limits": percentile(taken, 0.95) < LIMIT_MS
            and max(each, night_each) * ALL / 3600 < NIGHT_HOURS,
        }
    )


if __name__ == "__main__":
    main()
