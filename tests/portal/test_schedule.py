"""What is due when, and that a missed run is caught up."""

from datetime import datetime, timedelta

import pytest

from governance.models.outbox import Sweep
from portal import tasks
from portal.celery import app
from portal.schedule import DAILY, EVERYTHING, PARIS, beat_schedule, last_due
from portal.sweeps import due_now, record_run
from tests.caches import forget_cache

NIGHT = "governance.tasks.forget_outbox"


def paris(*numbers) -> datetime:
    return datetime(*numbers, tzinfo=PARIS)


def test_every_task_scheduled_exists_and_has_a_name_that_can_be_recorded():
    app.loader.import_default_modules()
    assert set(EVERYTHING) <= set(app.tasks)
    assert max(map(len, EVERYTHING)) <= 40


def test_beat_sends_the_tasks_of_each_minute_only_and_drops_those_not_taken():
    assert not set(beat_schedule()) & set(DAILY)
    assert {each["options"]["expires"] for each in beat_schedule().values()} == {55}


def test_a_night_is_due_at_half_past_three():
    def due(at):
        return last_due(NIGHT, at, lambda day: True)

    assert due(paris(2026, 3, 10, 3, 29)) == paris(2026, 3, 9, 3, 30)
    assert due(paris(2026, 3, 10, 3, 30)) == paris(2026, 3, 10, 3, 30)


def test_what_ends_with_a_day_is_watched_as_the_next_one_begins():
    for name in (
        "governance.tasks.judge_night",
        "governance.tasks.watch_compliance",
        "projects.tasks.sweep_accesses",
    ):
        due = last_due(name, paris(2026, 3, 29, 0, 0), lambda day: True)
        assert due == paris(2026, 3, 29, 0, 0)
        assert last_due(name, paris(2026, 3, 28, 23, 59), lambda day: True) < due


@pytest.mark.django_db
def test_a_task_that_never_ran_is_due_and_no_more_once_it_ran():
    at = paris(2026, 3, 10, 12, 0)
    assert set(due_now(at)) == set(DAILY)
    for name in DAILY:
        record_run(name, at=at)
    assert due_now(at + timedelta(hours=1)) == []


@pytest.mark.django_db
def test_a_missed_night_is_caught_up_in_the_morning():
    for name in DAILY:
        record_run(name, at=paris(2026, 3, 9, 3, 31))
    assert NIGHT in due_now(paris(2026, 3, 10, 9, 0))


@pytest.mark.django_db
def test_a_run_recorded_in_the_future_counts_for_nothing():
    record_run(NIGHT, at=paris(2031, 1, 1, 3, 30))
    assert NIGHT in due_now(paris(2026, 3, 10, 9, 0))


@pytest.mark.django_db
def test_what_is_due_is_sent_once_while_it_runs(monkeypatch, clean_cache):
    sent = []
    monkeypatch.setattr(tasks.current_app, "send_task", lambda name, **_: sent.append(name))
    tasks.run_due()
    tasks.run_due()
    assert sorted(sent) == sorted(DAILY)
    forget_cache()  # Redis emptied: sent twice, which is harmless
    tasks.run_due()
    assert len(sent) == 2 * len(DAILY)


@pytest.mark.django_db
def test_a_task_that_succeeds_leaves_the_instant_of_its_run():
    app.loader.import_default_modules()
    app.tasks[NIGHT].apply()
    assert Sweep.objects.filter(name=NIGHT).exists()
