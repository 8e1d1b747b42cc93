"""Leaves: canonical, numbered without gap, and never changed."""

import hashlib
import threading
from datetime import datetime, timedelta, timezone

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from governance.ledger import leaves
from governance.ledger.leaves import (
    LEAF_LIMIT,
    LeafRefused,
    append_leaf,
    append_leaves,
    canonical_leaf,
    instant,
)
from governance.ledger.merkle import leaf_hash
from governance.models.ledger import Checkpoint, Leaf, SigningKey, Tile
from tests.governance.ledger.conftest import AT


def test_a_leaf_is_canonical_json():
    content = canonical_leaf({"kind": "décision", "b": 1, "a": [True, None, 1.0]})
    assert content == '{"a":[true,null,1],"b":1,"kind":"décision"}'.encode()


@given(st.dictionaries(st.text(), st.integers(-(2**53) + 1, 2**53 - 1) | st.text()))
def test_the_order_of_keys_changes_nothing(payload):
    payload = {**payload, "kind": "x"}
    assert canonical_leaf(payload) == canonical_leaf(dict(reversed(payload.items())))


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"kind": ""},
        {"kind": 3},
        {"kind": "x", "n": float("nan")},
        {"kind": "x", "n": 2**60},
        {"kind": "x", "n": b"bytes"},
        {"kind": "x", "n": "a" * LEAF_LIMIT},
    ],
)
def test_what_cannot_be_a_leaf_is_refused(payload):
    with pytest.raises(LeafRefused):
        canonical_leaf(payload)


def test_the_longest_leaf_is_taken():
    empty = len(canonical_leaf({"kind": "x", "n": ""}))
    assert len(canonical_leaf({"kind": "x", "n": "a" * (LEAF_LIMIT - empty)})) == LEAF_LIMIT


def test_an_instant_is_written_in_utc():
    paris = timezone(timedelta(hours=2))
    assert instant(datetime(2026, 7, 1, 1, 0, tzinfo=paris)) == "2026-06-30T23:00:00Z"
    with pytest.raises(ValueError):
        instant(datetime(2026, 7, 1))


@pytest.mark.django_db
def test_a_leaf_keeps_its_bytes_hash_and_instant():
    leaf = append_leaf({"kind": "decision", "step": "authorise"}, at=AT)
    stored = Leaf.objects.get(index=leaf.index)
    expected = b'{"instant":"2026-03-02T09:30:00Z","kind":"decision","step":"authorise"}'
    assert (stored.index, bytes(stored.bytes), stored.at) == (0, expected, AT)
    assert bytes(stored.leaf_hash) == hashlib.sha256(b"\x00" + expected).digest()


@pytest.mark.django_db
def test_leaves_follow_each_other_from_zero(append):
    append(3)
    several = append_leaves([{"kind": "a"}, {"kind": "b"}], at=AT)
    assert [leaf.index for leaf in several] == [3, 4]
    assert list(Leaf.objects.values_list("index", flat=True)) == [0, 1, 2, 3, 4]


@pytest.mark.django_db
def test_a_transaction_undone_gives_its_number_back(append):
    append(2)
    with pytest.raises(LeafRefused), transaction.atomic():
        append_leaf({"kind": "decision"}, at=AT)
        append_leaf({}, at=AT)
    assert append(1).index == 2


@pytest.mark.django_db
def test_appending_takes_three_queries(django_assert_num_queries):
    with django_assert_num_queries(3):
        append_leaf({"kind": "decision"}, at=AT)


def test_a_leaf_outside_a_transaction_is_refused(committed_db):
    with pytest.raises(RuntimeError):
        append_leaf({"kind": "decision"}, at=AT)


def test_eight_writers_at_once_leave_no_gap_and_no_double(committed_db):
    def write():
        for _ in range(10):
            with transaction.atomic():
                append_leaf({"kind": "decision"}, at=AT)
        connection.close()

    writers = [threading.Thread(target=write) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert list(Leaf.objects.values_list("index", flat=True)) == list(range(80))


def attempt(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["leaf", "checkpoint", "signingkey"])
@pytest.mark.parametrize("act", ["UPDATE {} SET {}={}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_register_is_never_changed(table, act, append):
    leaf = append(1)
    key = SigningKey.objects.create(vkey="x", announced_in=leaf, since=AT)
    Checkpoint.objects.create(size=0, root=bytes(32), note="x", key=key, signed_at=AT)
    column = {"leaf": "at", "checkpoint": "note", "signingkey": "vkey"}[table]
    with pytest.raises(DatabaseError):
        attempt(act.format(f"governance_{table}", column, column))


def insert(index, content, hashed):
    attempt("INSERT INTO governance_leaf VALUES (%s, %s, %s, now())", index, content, hashed)


@pytest.mark.django_db
@pytest.mark.parametrize("index", [0, 2, -1])
def test_the_database_refuses_a_leaf_that_does_not_follow(index, append):
    append(1)
    with pytest.raises(DatabaseError):
        insert(index, b"{}", leaf_hash(b"{}"))


@pytest.mark.django_db
def test_the_database_refuses_a_hash_that_is_not_that_of_the_bytes():
    with pytest.raises(DatabaseError):
        insert(0, b"{}", bytes(32))
    insert(0, b"{}", leaf_hash(b"{}"))


@pytest.mark.django_db
def test_the_database_refuses_a_leaf_of_64_kib():
    content = bytes(65_536)
    with pytest.raises(DatabaseError):
        insert(0, content, leaf_hash(content))


@pytest.mark.django_db
def test_the_database_refuses_a_tile_cut_within_a_hash():
    with pytest.raises(DatabaseError), transaction.atomic():
        Tile.objects.create(level=0, number=0, hashes=bytes(33))


@pytest.mark.django_db
def test_a_leaf_asks_to_be_signed_once_committed(monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(leaves.current_app, "send_task", lambda name, **how: sent.append(name))
    with django_capture_on_commit_callbacks(execute=True):
        append_leaf({"kind": "x"}, at=AT)
        assert sent == []
    assert sent == ["governance.tasks.integrate_ledger"]
