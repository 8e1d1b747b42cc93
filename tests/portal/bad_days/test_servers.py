"""PostgreSQL restarted, Redis emptied, a worker killed, nights missed: nothing lost, nothing twice.

Real servers, a real web server, a real worker.
"""

import redis

from portal.schedule import EVERY_NIGHT
from tests.portal.bad_days.conftest import kill, status, until
from tests.portal.bad_days.slow_work import BEGAN, MAY_END
from tests.portal.copies import ask, python

ENQUEUE = """
from django.db import transaction
from governance import outbox
from tests.portal.bad_days import slow_work
with transaction.atomic():
    outbox.enqueue("slow", {"n": 1})
"""

WORK = "SELECT done_at IS NOT NULL, attempts FROM governance_message WHERE kind = 'slow'"
RUNS = "SELECT count(*) FROM governance_sweep WHERE name = 'slow-1'"

SWEEP = """
from governance.tasks import sweep_outbox
from tests.portal.bad_days import slow_work
sweep_outbox()
"""


def done(copy) -> bool:
    return ask(copy, WORK)[0][0]


def runs(copy) -> int:
    return ask(copy, RUNS)[0][0]


def broker(copy) -> redis.Redis:
    return redis.Redis.from_url(copy.environment()["REDIS_URL"])


def test_a_page_is_served_after_postgresql_was_restarted_between_two_requests(copy, web):
    assert status(f"{web}/health/ready") == 200
    copy.postgres.stop()
    assert status(f"{web}/health/ready") == 503
    assert status(f"{web}/health/live") == 200
    copy.postgres.start()
    assert status(f"{web}/health/ready") == 200
    assert status(f"{web}/ledger/checkpoint") in (200, 404)


def test_a_page_is_served_while_redis_is_emptied(copy, web):
    broker(copy).flushall()
    assert status(f"{web}/health/ready") == 200


def test_what_an_emptied_redis_forgot_is_sent_again(copy, worker):
    (copy.places.data / MAY_END).touch()
    python(copy, ENQUEUE)
    assert broker(copy).llen("portal") == 1
    broker(copy).flushall()
    worker()
    python(copy, SWEEP)
    assert until(lambda: done(copy))
    assert runs(copy) == 1


def test_a_worker_killed_in_the_middle_leaves_the_work_whole_for_another(copy, worker):
    python(copy, ENQUEUE)
    first = worker()
    assert until((copy.places.data / BEGAN).exists)
    kill(first)
    assert (ask(copy, WORK), runs(copy)) == ([(False, 0)], 0)
    (copy.places.data / MAY_END).touch()
    worker()
    # Redis gives the killed worker's task back after an hour: the sweep does not wait for it.
    python(copy, SWEEP)
    assert until(lambda: done(copy))
    assert runs(copy) == 1


MISSED = """
from datetime import timedelta
from django.utils import timezone
from governance.models.outbox import Sweep
from portal.schedule import EVERY_NIGHT
from portal.tasks import run_due
for name in EVERY_NIGHT:
    Sweep.objects.create(name=name, last_run_at=timezone.now() - timedelta(days=3))
print(len(run_due()))
"""

RECENT = "SELECT name FROM governance_sweep WHERE last_run_at > now() - interval '1 hour'"


def test_nights_that_were_missed_are_caught_up_once_the_workers_are_back(copy, worker):
    assert int(python(copy, MISSED)) > 0
    worker()
    assert until(lambda: set(EVERY_NIGHT) <= {name for (name,) in ask(copy, RECENT)})
