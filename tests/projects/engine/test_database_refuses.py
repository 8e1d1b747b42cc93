"""What the database refuses by itself, whoever writes: the application, or the tables' owner."""

from datetime import timedelta

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from governance.models import Attestation, Case, Decision, Delegation, FactsBlob, Leaf, Track
from portal.grants import APPEND_ONLY_TABLES
from projects.demonstration import network
from tests.databases import owner_url

DELEGATE = "a delegate decides only under a valid delegation"


@pytest.fixture
def refused(walk):
    """A request refused at its admissibility, by a delegate who cites an article."""
    walk.submit()
    walk.take("refuse", walk.staff("delegate"), articles=("U-01",), reason="Pas de référent local.")
    return walk


def refuses(message: str):
    """The database refuses what is inside, saying so; nothing else is undone."""
    return _Refuses(message)


class _Refuses:
    def __init__(self, message):
        self.raises = pytest.raises(IntegrityError, match=message)
        self.savepoint = transaction.atomic()

    def __enter__(self):
        self.raises.__enter__()
        self.savepoint.__enter__()

    def __exit__(self, *error):
        self.savepoint.__exit__(*error)
        return self.raises.__exit__(*error)


def test_a_state_does_not_change_without_its_decision(refused):
    case = Case.objects.filter(pk=refused.case.pk)
    only_by_decision = "changes state only by the decision that says so"
    with refuses(only_by_decision):
        case.update(state="authorised")
    with refuses(only_by_decision):
        case.update(state="authorised", revision=3)
    with refuses(only_by_decision):
        case.update(origins=["preparation"])
    with refuses(only_by_decision):
        first = refused.case.decisions.get(index=1)
        case.update(state="admissibility", revision=3, last_decision=first)
    with refuses("begins as a draft"):
        Case.objects.create(
            process="request", state="access", opened_at=refused.now, state_since=refused.now
        )


def test_a_track_begins_at_its_first_status_and_moves_only_by_a_decision(refused):
    track = refused.case.tracks.get(kind="site")
    with refuses("moves only by the decision that says so"):
        Track.objects.filter(pk=track.pk).update(status="agreed")
    with refuses("moves only by the decision that says so"):
        Track.objects.filter(pk=track.pk).update(
            status="agreed", decision=refused.case.last_decision
        )
    with refuses("a track begins at its first status"):
        Track.objects.create(
            case=refused.case,
            kind="site",
            key="chu-brest",
            establishment_id="chu-brest",
            status="agreed",
            status_since=refused.now,
        )


def again(decision: Decision, **changed) -> Decision:
    """Write a decision like another one, as the next of its case."""
    said = {
        field.attname: getattr(decision, field.attname)
        for field in Decision._meta.concrete_fields
        if not field.primary_key
    }
    return Decision.objects.create(**said | {"index": decision.index + 1} | changed)


def test_a_negative_decision_cites_an_article(refused):
    with refuses("negative_decision_cites_an_article"):
        again(refused.case.last_decision, articles=[])
    with refuses("negative_decision_cites_an_article"):
        again(refused.case.last_decision, articles=[], tone="neutral")
    again(refused.case.last_decision)


def test_a_delegate_decides_under_a_valid_delegation_of_that_establishment(refused):
    decision = refused.case.last_decision
    with refuses("delegate_decides_under_delegation"):
        again(decision, delegation_id=None)
    with refuses(DELEGATE):
        again(decision, at=decision.delegation.until)
    with refuses(DELEGATE):
        again(decision, at=decision.delegation.since - timedelta(seconds=1))
    with refuses(DELEGATE):
        again(decision, by_id=refused.holder.pk)
    elsewhere = network.staff("delegate", "chu-brest", at=refused.now)
    theirs = Delegation.objects.get(person=elsewhere)
    with refuses(DELEGATE):
        again(decision, by_id=elsewhere.pk, delegation_id=theirs.pk)
    Delegation.objects.filter(pk=decision.delegation_id).update(revoked_at=decision.at)
    with refuses(DELEGATE):
        again(decision)


def test_a_delegation_covers_the_steps_that_it_names(refused):
    decision = refused.case.last_decision
    Delegation.objects.filter(pk=decision.delegation_id).update(steps=["authorise"])
    with refuses(DELEGATE):
        again(decision)


def test_two_decisions_never_have_the_same_place_in_a_case(refused):
    with refuses("decisions_have_no_gap"):
        again(refused.case.last_decision, index=1)


def test_facts_stand_under_the_hash_of_their_bytes(refused):
    with refuses("facts_stand_under_their_hash"):
        FactsBlob.objects.create(sha256=b"0" * 32, bytes=b"{}")


@pytest.mark.parametrize("model", [Decision, FactsBlob, Attestation, Leaf])
def test_the_application_changes_and_removes_nothing_that_was_decided(refused, model):
    table = connection.ops.quote_name(model._meta.db_table)
    column = connection.ops.quote_name(model._meta.pk.column)
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
        with (
            pytest.raises(Exception, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_nor_does_the_owner_of_the_tables(committed_db, committed_walk):
    walk = committed_walk
    walk.submit()
    with psycopg.connect(owner_url(committed_db), autocommit=True) as owner:
        for table in APPEND_ONLY_TABLES:
            with pytest.raises(psycopg.errors.RestrictViolation):
                owner.execute(f"TRUNCATE {table} CASCADE")
        for table in ("decision", "factsblob", "attestation", "leaf"):
            with pytest.raises(psycopg.errors.RestrictViolation):
                owner.execute(f"DELETE FROM governance_{table}")
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute("UPDATE governance_decision SET outcome = 'favourable'")
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute("UPDATE governance_case SET state = 'authorised'")
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            owner.execute("DELETE FROM governance_case")
    assert Decision.objects.get().step == "submit"
