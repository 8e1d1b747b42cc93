"""The outbox: done after the commit, at least once, harmless twice, nobody kept waiting."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from governance import outbox
from governance.models.outbox import Message
from governance.tasks import forget_outbox, sweep_outbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(monkeypatch):
    """Three kinds, each noting its payloads: `quick` on the main lane, `slow` on its own, and
    `broken`, which fails until it is given up."""
    monkeypatch.setattr(outbox, "HANDLERS", {})
    seen = {"quick": [], "slow": [], "given_up": []}

    @outbox.handler("quick")
    def quick(payload):
        seen["quick"].append(payload["n"])

    @outbox.handler("slow", lane="slow")
    def slow(payload):
        seen["slow"].append(payload["n"])

    @outbox.handler("broken", attempts=2, given_up=lambda p: seen["given_up"].append(p["n"]))
    def broken(payload):
        Message.objects.create(kind="half", due_at=timezone.now())
        raise OSError("away")

    return seen


@pytest.fixture
def woken(monkeypatch):
    lanes = []
    monkeypatch.setattr(outbox, "wake", lanes.append)
    return lanes


def test_a_message_wakes_its_lane_once_committed(done, woken, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        outbox.enqueue("slow", {"n": 1})
        assert woken == []
    assert woken == ["slow"]


def test_messages_are_done_oldest_first_each_once(done):
    for n in range(3):
        outbox.enqueue("quick", {"n": n})
    assert outbox.deliver() == 3
    assert outbox.deliver() == 0
    assert done["quick"] == [0, 1, 2]


def test_a_message_dated_later_waits_for_its_date(done):
    outbox.enqueue("quick", {"n": 1}, due_at=timezone.now() + timedelta(hours=1))
    assert outbox.deliver() == 0


def test_one_lane_does_not_do_the_messages_of_another(done):
    outbox.enqueue("slow", {"n": 1})
    assert outbox.deliver() == 0
    assert outbox.deliver("slow") == 1


def test_a_failure_undoes_its_own_writes_and_leaves_the_others_their_turn(done):
    outbox.enqueue("broken", {"n": 1})
    outbox.enqueue("quick", {"n": 2})
    assert outbox.deliver() == 2
    assert done["quick"] == [2]
    assert not Message.objects.filter(kind="half").exists()
    failed = Message.objects.get(kind="broken")
    assert (failed.attempts, failed.last_error) == (1, "OSError: away")
    assert failed.due_at > timezone.now()


def test_after_its_last_attempt_a_message_is_given_up_and_said_so(done):
    message = outbox.enqueue("broken", {"n": 7})
    for _ in range(2):
        Message.objects.filter(pk=message.pk).update(due_at=timezone.now())
        outbox.deliver()
    message.refresh_from_db()
    assert message.failed_at is not None
    assert done["given_up"] == [7]
    assert outbox.deliver() == 0


def test_a_secret_is_forgotten_once_the_message_is_done(done):
    message = outbox.enqueue("quick", {"n": 1, "secret": "s3cret"})
    outbox.deliver()
    message.refresh_from_db()
    assert message.payload == {"n": 1}


def test_the_sweep_wakes_the_lanes_where_something_waits(done, woken):
    outbox.enqueue("slow", {"n": 1})
    outbox.enqueue("quick", {"n": 1}, due_at=timezone.now() + timedelta(days=1))
    sweep_outbox()
    assert woken == ["slow"]


def test_a_clock_that_jumped_ahead_delays_nothing_once_it_is_back(done):
    ahead = timezone.now() + timedelta(days=400)
    fresh = outbox.enqueue("quick", {"n": 1})
    failed = outbox.enqueue("quick", {"n": 2})
    Message.objects.filter(pk=fresh.pk).update(created_at=ahead, due_at=ahead)
    Message.objects.filter(pk=failed.pk).update(created_at=ahead, due_at=ahead, attempts=1)
    assert outbox.deliver() == 2


def test_the_oldest_wait_is_that_of_what_is_due(done):
    now = timezone.now()
    assert outbox.oldest_wait(now) == timedelta()
    message = outbox.enqueue("quick", {"n": 1})
    Message.objects.filter(pk=message.pk).update(
        created_at=now - timedelta(minutes=9), due_at=now - timedelta(minutes=9)
    )
    assert outbox.oldest_wait(now) == timedelta(minutes=9)


def test_messages_done_long_ago_are_forgotten(done):
    old, recent, failed = (outbox.enqueue("quick", {"n": n}) for n in range(3))
    long_ago = timezone.now() - timedelta(days=91)
    Message.objects.filter(pk=old.pk).update(done_at=long_ago)
    Message.objects.filter(pk=failed.pk).update(failed_at=long_ago)
    forget_outbox()
    assert set(Message.objects.values_list("pk", flat=True)) == {recent.pk, failed.pk}


def test_a_lane_of_its_own_is_done_by_one_worker_at_a_time(done):
    outbox.enqueue("slow", {"n": 1})
    place = [outbox.LANE_LOCK, outbox.lanes().index("slow")]
    other = connection.copy()
    try:
        with transaction.atomic(), other.cursor() as elsewhere:
            elsewhere.execute("SELECT pg_advisory_lock(%s, %s)", place)
            assert outbox.deliver("slow") == 0
            elsewhere.execute("SELECT pg_advisory_unlock(%s, %s)", place)
            assert outbox.deliver("slow") == 1
    finally:
        other.close()
