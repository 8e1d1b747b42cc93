"""Probes: alive, ready, and figures that are not public."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from governance import outbox
from governance.ledger.leaves import append_leaf
from governance.models.outbox import Message, Sweep
from portal.metrics import MAILS, exposition
from portal.schedule import EVERYTHING
from portal.views.probes import SIGNER

ALERTS = Path(__file__).parents[3] / "docs" / "operator" / "alerts.md"


def figures() -> dict[str, float]:
    lines = exposition().decode().splitlines()
    return {
        name: float(value)
        for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    }


def test_alive_reads_nothing(client):
    answer = client.get("/health/live")
    assert (answer.status_code, answer.content, answer.cookies) == (200, b"ok", {})


@pytest.mark.django_db
def test_ready_says_database_redis_and_ledger(client):
    answer = client.get("/health/ready")
    assert answer.json() == {"database": "ok", "redis": "ok", "ledger": "ok"}
    assert (answer.status_code, answer.cookies) == (200, {})


@pytest.mark.django_db
def test_without_redis_it_is_not_ready(client, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/1",
        }
    }
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["redis"]) == (503, "away")


@pytest.mark.django_db
def test_a_late_signer_is_said_and_stops_nothing(client):
    append_leaf({"kind": "decision"}, at=timezone.now())
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["ledger"]) == (200, "late")
    Sweep.objects.create(name=SIGNER, last_run_at=timezone.now())
    assert client.get("/health/ready").json()["ledger"] == "ok"
    Sweep.objects.update(last_run_at=timezone.now() - timedelta(minutes=11))
    assert client.get("/health/ready").json()["ledger"] == "late"


@pytest.mark.django_db
def test_metrics_are_read_with_the_token_only(client, settings):
    settings.METRICS_TOKEN = "jeton-de-mesure"
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer autre"}).status_code == 404
    answer = client.get("/metrics", headers={"Authorization": "Bearer jeton-de-mesure"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.django_db
def test_without_a_token_metrics_are_for_this_machine_and_never_in_production(client, settings):
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7").status_code == 404
    settings.PRODUCTION = True
    assert client.get("/metrics").status_code == 404


@pytest.mark.django_db
def test_figures_follow_the_database():
    now = timezone.now()
    message = outbox.enqueue("digest", {})
    Message.objects.filter(pk=message.pk).update(
        created_at=now - timedelta(minutes=3), due_at=now - timedelta(minutes=3), attempts=2
    )
    Message.objects.create(kind="document", due_at=now, attempts=8, failed_at=now)
    append_leaf({"kind": "decision"}, at=now)
    Sweep.objects.create(name=SIGNER, last_run_at=now - timedelta(seconds=90))
    found = figures()
    assert 180 <= found["guichet_outbox_age_seconds"] < 240
    assert found['guichet_outbox_waiting{kind="digest"}'] == 1
    assert found['guichet_outbox_failed{kind="document"}'] == 1
    assert found["guichet_failed_mails"] == 1
    assert found["guichet_unsigned_leaves"] == 1
    assert found["guichet_oldest_lease_seconds"] == 0
    assert 90 <= found[f'guichet_last_sweep_seconds{{task="{SIGNER}"}}'] < 150


@pytest.mark.django_db
def test_every_periodic_task_is_watched_and_every_figure_has_its_alert():
    names = set(figures())
    assert {f'guichet_last_sweep_seconds{{task="{task}"}}' for task in EVERYTHING} <= names
    families = set(re.findall(r"^# TYPE (\S+)", exposition().decode(), re.MULTILINE))
    documented = set(re.findall(r"`(guichet_\w+)", ALERTS.read_text()))
    assert families == documented


def test_the_kinds_of_mail_counted_are_those_of_the_mail_lane():
    lane = {kind for kind, each in outbox.HANDLERS.items() if each.lane == "mail"}
    assert lane == set(MAILS)


@pytest.mark.django_db
def test_metrics_cost_few_queries(django_assert_max_num_queries):
    with django_assert_max_num_queries(10):
        exposition()
