"""Two calls at once under one key are one; two patches of one reading are one and a refusal."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.utils import timezone

from projects.demonstration import network
from projects.models import Request
from tests.portal.api.calls import Caller


@pytest.fixture
def caller(committed_db, clean_cache):
    network.establish()
    return Caller(network.person("Marion Le Gall", at=timezone.now()))


def at_once(call):
    """What ``call`` answers to two threads that make it together."""

    def alone(_number):
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(alone, range(2)))


def test_two_posts_at_once_under_one_key_make_one_draft(caller):
    body = {"answers": {"project": {"title": "Une étude demandée deux fois"}}}
    answers = at_once(lambda: caller.post("/requests", body, Idempotency_Key="au-meme-instant"))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Request.objects.count() == 1


def test_two_patches_of_the_same_reading_are_one_and_a_refusal(caller):
    made = caller.post("/requests", {"answers": {}}).json()
    path, patch = f"/requests/{made['id']}", {"answers": {"project": {"acronym": "A"}}}
    tag = caller.get(path)["ETag"]
    answers = at_once(lambda: caller.patch(path, patch, If_Match=tag))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
