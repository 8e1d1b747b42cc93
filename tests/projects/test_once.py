"""What is done once in a process leaves what it leaves when it is done in place."""

import pytest
from django.apps import apps
from django.db import connection, transaction

from tests import once
from tests.people import person
from tests.projects.conftest import NOW, come_in, make_network
from tests.projects.stand import LEAD, OTHER, stand_at
from tests.projects.walks import Walk, draft

pytestmark = pytest.mark.django_db


def write_something() -> None:
    with transaction.atomic():
        person()
        transaction.set_rollback(True)


def begin() -> Walk:
    """A draft at two establishments."""
    make_network()
    return Walk(draft(come_in("Marion Le Gall", NOW), [LEAD, OTHER], at=NOW), at=NOW)


def database() -> str:
    """Where the connection really is."""
    with connection.cursor() as cursor:
        return cursor.execute("SELECT current_database()").fetchone()[0]


def story(walk: Walk) -> dict:
    """What was decided, where each line stands, and how many rows each table holds."""
    decisions = walk.case.decisions.order_by("at", "step", "by__email")
    return {
        "case": (walk.now, walk.case.number, walk.case.state, walk.request.title),
        "decisions": list(decisions.values_list("step", "outcome", "at", "by__email")),
        "tracks": list(walk.case.tracks.order_by("kind", "key").values_list("key", "status")),
        "rows": {model: model.objects.count() for model in apps.get_models()},
    }


@pytest.mark.parametrize("state", ["draft", "committee", "suspended"])
def test_a_walk_kept_leaves_what_a_walk_in_place_leaves(order_key, state):
    write_something()
    walk = begin()
    stand_at(state, walk)
    assert database() == once.OWN
    in_place = story(walk)
    for _first_then_again in range(2):
        once.go_to(once.OWN)
        walk = begin()
        stand_at(state, walk)
        assert database() != once.OWN
        assert story(walk) == in_place
        person()  # gone with this turn: the next one counts the same rows


def test_the_objects_that_a_test_holds_are_those_walked(walk):
    request, case = walk.request, walk.case
    for _first_then_again in range(2):
        assert walk.until("instruction") is walk
        assert (walk.request, walk.case) == (request, case) and walk.case is case is request.case
        assert case.state == "instruction"
        once.go_to(once.OWN)
        walk = begin()
        request, case = walk.request, walk.case


def test_under_a_setting_of_its_own_a_test_walks_in_place(walk, settings, tmp_path):
    before = database()
    settings.ATTACHMENTS_ROOT = tmp_path
    walk.until("instruction")
    assert database() == before
    assert walk.case.state == "instruction"


def test_what_follows_a_write_is_done_in_place(walk):
    before, someone = database(), person()
    walk.until("instruction")
    assert database() == before
    someone.refresh_from_db()


def test_an_act_that_fails_is_not_kept(db):
    @once.once
    def fail(name):
        person(email=name)
        raise LookupError(name)

    for _time in range(2):
        with pytest.raises(LookupError):
            fail("anne@hopital.example")
        once.go_to(once.OWN)


def test_a_test_begins_where_the_process_begins(db):
    assert database() == once.OWN
