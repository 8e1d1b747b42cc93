"""PostgreSQL restarted, Redis emptied, a worker killed, nights missed: nothing lost, nothing twice.

Real servers, a real web server, a real worker.
"""

import json

import redis

from tests.portal.bad_days.conftest import kill, status, until
from tests.portal.bad_days.slow_work import BEGAN, MAY_END
from tests.portal.copies import python

ENQUEUE = """
from django.db import transaction
from governance import outbox
from tests.portal.bad_days import slow_work
with transaction.atomic():
    outbox.enqueue("slow", {"n": 1})
"""

LOOK = """
import json
from governance.models.outbox import Message, Sweep
message = Message.objects.filter(kind="slow").first()
print(json.dumps({
    "done": message is not None and message.done_at is not None,
    "attempts": message and message.attempts,
    "times": Sweep.objects.filter(name="slow-1").count(),
    "runs": sorted(Sweep.objects.values_list("name", flat=True)),
}))
"""

SWEEP = """
from governance.tasks import sweep_outbox
from tests.portal.bad_days import slow_work
sweep_outbox()
"""


def look(copy) -> dict:
    return json.loads(python(copy, LOOK))


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
    assert until(lambda: look(copy)["done"])
    assert look(copy)["times"] == 1


def test_a_worker_killed_in_the_middle_leaves_the_work_whole_for_another(copy, worker):
    python(copy, ENQUEUE)
    first = worker()
    assert until((copy.places.data / BEGAN).exists)
    kill(first)
    found = look(copy)
    assert (found["done"], found["attempts"], found["times"]) == (False, 0, 0)
    (copy.places.data / MAY_END).touch()
    worker()
    # Redis gives the killed worker's task back after an hour: the sweep does not wait for it.
    python(copy, SWEEP)
    assert until(lambda: look(copy)["done"])
    assert look(copy)["times"] == 1


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

CAUGHT_UP = """
from datetime import timedelta
from django.utils import timezone
from governance.models.outbox import Sweep
from portal.schedule import EVERY_NIGHT
recent = Sweep.objects.filter(last_run_at__gt=timezone.now() - timedelta(hours=1))
print(set(EVERY_NIGHT) <= set(recent.values_list("name", flat=True)))
"""


def test_nights_that_were_missed_are_caught_up_once_the_workers_are_back(copy, worker):
    assert int(python(copy, MISSED)) > 0
    worker()
    assert until(lambda: python(copy, CAUGHT_UP) == "True")
