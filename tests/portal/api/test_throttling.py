"""Calls are counted by token and by address; past the minute's number they wait."""

import pytest
from django.test import override_settings

from tests.people import person
from tests.portal.api.calls import Caller, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_same_minute(monkeypatch):
    monkeypatch.setattr("governance.pages.throttle.time.time", lambda: 1_800_000_010)


@override_settings(API_CALLS_A_MINUTE_BY_TOKEN=2)
def test_a_token_waits_and_another_does_not():
    first, second = Caller(person()), Caller(person())
    assert [first.get("/me").status_code for _call in range(2)] == [200, 200]
    answer = first.get("/me")
    assert refusal(answer)[:2] == (429, "throttled")
    assert answer["Retry-After"] == "50"
    assert second.get("/me").status_code == 200


@override_settings(API_CALLS_A_MINUTE_BY_ADDRESS=3)
def test_guessing_tokens_from_one_address_waits():
    for number in range(3):
        answer = Caller().get("/me", Authorization=f"Bearer guichet_{number}")
        assert answer.status_code == 401
    assert Caller().get("/me", Authorization="Bearer guichet_9").status_code == 429


@override_settings(API_CALLS_A_MINUTE_BY_TOKEN=1)
def test_the_next_minute_lets_in_again(monkeypatch):
    caller = Caller(person())
    caller.get("/me")
    assert caller.get("/me").status_code == 429
    monkeypatch.setattr("governance.pages.throttle.time.time", lambda: 1_800_000_070)
    assert caller.get("/me").status_code == 200


def test_a_cache_that_is_away_throttles_nobody(settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    assert Caller(person()).get("/me").status_code == 200
