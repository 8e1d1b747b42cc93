"""A delegation is valid for one person, one establishment, the steps it names, between two days."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from governance.domain.delegations import (
    DELEGABLE_STEPS,
    record_delegation,
    revoke_delegation,
    valid_delegation,
)
from governance.models.audit import AuditEvent
from governance.models.delegation import Delegation
from governance.process.amendments import AMENDMENT
from governance.process.table import REQUEST
from tests.people import DAY, NOW, delegate, establishment, give, person

pytestmark = pytest.mark.django_db


def test_what_can_be_delegated_is_what_the_table_says():
    tables = (REQUEST, AMENDMENT)
    assert set(DELEGABLE_STEPS) == {s.code for t in tables for s in t.steps if s.delegated}
    assert {"authorise", "refuse", "agree", "decline", "revoke"} <= set(DELEGABLE_STEPS)


def test_it_holds_for_its_person_place_and_steps():
    signer, other = person(("delegate", "chu-rennes")), person(("delegate", "chu-rennes"))
    made = delegate(signer, "chu-rennes", "authorise", "refuse")
    establishment("chu-brest")
    assert valid_delegation(signer, "chu-rennes", "authorise", NOW) == made
    assert valid_delegation(signer, establishment(), "refuse", NOW) == made
    assert valid_delegation(signer, "chu-rennes", "revoke", NOW) is None
    assert valid_delegation(signer, "chu-brest", "authorise", NOW) is None
    assert valid_delegation(other, "chu-rennes", "authorise", NOW) is None


@given(start=st.integers(-9, 9), length=st.integers(1, 9), at=st.integers(-12, 20))
def test_it_holds_from_its_first_instant_until_before_its_last(start, length, at):
    with transaction.atomic():
        signer = person(("delegate", "chu-rennes"))
        delegate(
            signer,
            "chu-rennes",
            "authorise",
            since=NOW + start * DAY,
            until=NOW + (start + length) * DAY,
        )
        found = valid_delegation(signer, "chu-rennes", "authorise", NOW + at * DAY)
        assert (found is not None) is (start <= at < start + length)
        transaction.set_rollback(True)


def test_taken_back_it_holds_for_the_past_only():
    admin, signer = person(("administrator", "chu-rennes")), person(("delegate", "chu-rennes"))
    made = delegate(signer, "chu-rennes", "authorise")
    revoke_delegation(delegation=made, by=admin, at=NOW)
    assert valid_delegation(signer, "chu-rennes", "authorise", NOW) is None
    assert valid_delegation(signer, "chu-rennes", "authorise", NOW - DAY) == made


def test_recording_and_taking_back_are_audited():
    admin, signer = person(("administrator", "chu-rennes")), person(("delegate", "chu-rennes"))
    made = record_delegation(
        establishment=establishment(),
        person=signer,
        steps=["refuse", "authorise", "refuse"],
        since=NOW,
        until=NOW + DAY,
        act_reference=" DS-7 ",
        by=admin,
        at=NOW,
    )
    revoke_delegation(delegation=made, by=admin, at=NOW)
    assert (made.steps, made.act_reference) == (["authorise", "refuse"], "DS-7")
    acts = list(AuditEvent.objects.filter(by=admin).order_by("pk").values_list("action", flat=True))
    assert acts == ["delegation.recorded", "delegation.revoked"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"steps": []}, "steps"),
        ({"steps": ["submit"]}, "steps"),
        ({"until": NOW}, "until"),
        ({"act_reference": "  "}, "act_reference"),
    ],
)
def test_an_act_that_says_too_little_is_refused(wrong, field):
    answers = {
        "establishment": establishment(),
        "person": person(("delegate", "chu-rennes")),
        "steps": ["authorise"],
        "since": NOW,
        "until": NOW + DAY,
        "act_reference": "DS-1",
        "by": None,
        "at": NOW,
    } | wrong
    with pytest.raises(ValidationError) as refused:
        record_delegation(**answers)
    assert list(refused.value.error_dict) == [field]


def test_who_signs_must_be_a_delegate_there():
    signer = person(("delegate", "chu-brest"))
    with pytest.raises(ValidationError) as refused:
        delegate(signer, "chu-rennes", "authorise")
    assert list(refused.value.error_dict) == ["person"]


def test_an_administrator_records_for_others_at_home_only():
    admin = person(("administrator", "chu-rennes"), ("delegate", "chu-rennes"))
    abroad = person(("delegate", "chu-brest"))
    common = {"steps": ["refuse"], "since": NOW, "until": NOW + DAY, "act_reference": "DS"}
    for place, signer in ((establishment(), admin), (establishment("chu-brest"), abroad)):
        with pytest.raises(PermissionDenied):
            record_delegation(establishment=place, person=signer, by=admin, at=NOW, **common)
    assert Delegation.objects.count() == 0


@pytest.mark.parametrize(
    "wrong", [{"until": NOW}, {"steps": []}, {"act_reference": ""}], ids=["until", "steps", "act"]
)
def test_the_database_refuses_what_the_domain_would(wrong):
    signer = person()
    give(signer, "delegate", "chu-rennes")
    row = {
        "establishment": establishment(),
        "person": signer,
        "steps": ["authorise"],
        "since": NOW,
        "until": NOW + DAY,
        "act_reference": "DS",
    } | wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        Delegation.objects.create(**row)
