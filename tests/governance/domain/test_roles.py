"""Roles: by period and by establishment; granted and taken by somebody else, and audited."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from governance.domain.roles import change_period, grant_role, revoke_role
from governance.models.audit import AuditEvent
from governance.models.role import RoleGrant
from governance.permissions import may, may_somewhere, places_of
from governance.queries import has_role, is_staff, people_with_role, roles_of
from governance.roles import PERMISSION_SENTENCES, ROLES, STAFF_ROLES, Permission, roles_with
from tests.people import DAY, NOW, establishment, give, person

CODES = [
    "researcher",
    "writer",
    "local_referent",
    "case_officer",
    "methodologist",
    "regulatory_officer",
    "dpo",
    "committee_member",
    "committee_chair",
    "committee_secretary",
    "rapporteur",
    "delegate",
    "producer",
    "data_engineer",
    "expert",
    "network_coordinator",
    "security_officer",
    "administrator",
]


def test_every_role_has_a_name_a_sentence_and_permissions():
    assert list(ROLES) == CODES
    for code, role in ROLES.items():
        assert role.code == code
        assert str(role.name)
        assert str(role.sentence).endswith(".")
        assert role.permissions


def test_every_permission_has_a_sentence_and_a_role():
    assert set(PERMISSION_SENTENCES) == set(Permission)
    assert all(roles_with(permission) for permission in Permission)


def test_only_those_who_ask_for_data_need_no_second_factor():
    assert set(ROLES) - STAFF_ROLES == {"researcher", "writer", "local_referent"}


def test_whoever_is_of_the_staff_declares_an_incident_and_only_a_dpo_handles_it():
    assert roles_with(Permission.DECLARE_INCIDENTS) == STAFF_ROLES
    assert roles_with(Permission.HANDLE_INCIDENTS) == {"dpo"}
    assert roles_with(Permission.DEFER_INCIDENTS) == {"security_officer"}
    assert roles_with(Permission.KEEP_WAREHOUSE) == {"producer", "dpo"}


def test_an_arc_may_write_and_not_hold():
    assert Permission.HOLD_REQUEST not in ROLES["writer"].permissions
    assert Permission.WRITE_REQUEST in ROLES["writer"].permissions


def test_who_keeps_rights_decides_nothing():
    held = ROLES["administrator"].permissions
    assert not held & {Permission.SIGN_DECISIONS, Permission.VOTE, Permission.EXAMINE_REQUESTS}


pytestmark = pytest.mark.django_db


def test_a_role_counts_at_its_establishment_only():
    officer = person(("case_officer", "chu-rennes"))
    establishment("chu-brest")
    assert roles_of(officer, NOW) == [("case_officer", "chu-rennes")]
    assert has_role(officer, "case_officer", "chu-rennes", NOW)
    assert has_role(officer, "case_officer", establishment("chu-rennes"), NOW)
    assert not has_role(officer, "case_officer", "chu-brest", NOW)
    assert not has_role(officer, "case_officer", None, NOW)
    assert not has_role(officer, "dpo", "chu-rennes", NOW)


def test_a_network_role_counts_everywhere():
    chair = person("committee_chair")
    assert roles_of(chair, NOW) == [("committee_chair", None)]
    assert has_role(chair, "committee_chair", None, NOW)
    assert has_role(chair, "committee_chair", establishment("chu-brest"), NOW)


def test_a_role_begins_at_its_first_instant_and_ends_before_its_last():
    officer = person()
    give(officer, "case_officer", "chu-rennes", since=NOW, until=NOW + DAY)
    tick = timedelta(microseconds=1)
    held = [
        has_role(officer, "case_officer", "chu-rennes", at)
        for at in (NOW - tick, NOW, NOW + DAY - tick, NOW + DAY)
    ]
    assert held == [False, True, True, False]


def test_taking_a_role_away_keeps_what_was():
    admin, officer = person(("administrator", "chu-rennes")), person()
    grant = give(officer, "case_officer", "chu-rennes")
    revoke_role(grant=grant, by=admin, at=NOW)
    assert has_role(officer, "case_officer", "chu-rennes", NOW - DAY)
    assert not has_role(officer, "case_officer", "chu-rennes", NOW)


def test_a_closed_account_has_no_role():
    officer = person(("case_officer", "chu-rennes"), is_active=True)
    officer.is_active = False
    assert roles_of(officer, NOW) == []
    assert roles_of(None, NOW) == []


@given(
    since=st.integers(-20, 20),
    length=st.integers(1, 20),
    revoked=st.none() | st.integers(-20, 40),
    at=st.integers(-25, 45),
)
def test_what_the_database_finds_is_what_the_rule_says(since, length, revoked, at):
    with transaction.atomic():
        holder = person()
        grant = give(holder, "dpo", since=NOW + since * DAY, until=NOW + (since + length) * DAY)
        if revoked is not None:
            RoleGrant.objects.filter(pk=grant.pk).update(revoked_at=NOW + revoked * DAY)
        expected = since <= at < since + length and (revoked is None or at < revoked)
        assert has_role(holder, "dpo", None, NOW + at * DAY) is expected
        transaction.set_rollback(True)


def test_reading_roles_is_one_query(django_assert_num_queries):
    officer = person(("case_officer", "chu-rennes"), ("dpo", "chu-brest"), "committee_member")
    with django_assert_num_queries(1):
        assert len(roles_of(officer, NOW)) == 3


def test_those_who_hold_a_role_somewhere_are_found_by_name():
    establishment("chu-nantes")
    second = person(("dpo", "chu-rennes"), last_name="Zola")
    first = person("dpo", last_name="Aubert")
    person(("dpo", "chu-brest"))
    person(("methodologist", "chu-rennes"))
    assert list(people_with_role("dpo", "chu-rennes", NOW)) == [first, second]
    assert list(people_with_role(["dpo"], "chu-nantes", NOW)) == [first]


def test_staff_is_who_acts_for_an_establishment():
    assert is_staff(person(("delegate", "chu-rennes")), NOW)
    assert not is_staff(person(("researcher", "chu-rennes")), NOW)


def test_permissions_follow_roles():
    engineer = person(("data_engineer", "chu-rennes"))
    establishment("chu-brest")
    assert may(engineer, Permission.RUN_EXTRACTIONS, "chu-rennes", at=NOW)
    assert not may(engineer, Permission.RUN_EXTRACTIONS, "chu-brest", at=NOW)
    assert not may(engineer, Permission.RUN_EXTRACTIONS, at=NOW)
    assert may_somewhere(engineer, "run_extractions", at=NOW)
    assert places_of(engineer, Permission.RUN_EXTRACTIONS, at=NOW) == {"chu-rennes"}
    assert not may_somewhere(engineer, Permission.SIGN_DECISIONS, at=NOW)


def test_granting_is_audited_without_a_name():
    admin, officer = person(("administrator", "chu-rennes")), person()
    grant_role(
        person=officer,
        role="case_officer",
        establishment=establishment(),
        since=NOW,
        by=admin,
        at=NOW,
    )
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.by, event.subject_ref) == ("role.granted", admin, str(officer.ref))
    assert event.establishment_id == "chu-rennes"
    assert event.details == {"role": "case_officer", "since": NOW.isoformat(), "until": None}


def test_taking_away_and_changing_the_period_are_audited():
    admin, officer = person(("administrator", "chu-rennes")), person()
    grant = give(officer, "case_officer", "chu-rennes")
    change_period(grant=grant, until=NOW + DAY, by=admin, at=NOW)
    revoke_role(grant=grant, by=admin, at=NOW)
    revoke_role(grant=grant, by=admin, at=NOW + DAY)
    acts = list(AuditEvent.objects.filter(by=admin).order_by("pk").values_list("action", flat=True))
    assert acts == ["role.period_changed", "role.revoked"]


def test_nobody_grants_themselves_a_role_nor_takes_one_of_theirs():
    admin = person(("administrator", "chu-rennes"))
    with pytest.raises(PermissionDenied):
        grant_role(
            person=admin,
            role="delegate",
            establishment=establishment(),
            since=NOW,
            by=admin,
            at=NOW,
        )
    with pytest.raises(PermissionDenied):
        revoke_role(grant=admin.role_grants.get(), by=admin, at=NOW)


@pytest.mark.parametrize("slug", ["chu-brest", None])
def test_a_local_administrator_grants_at_home_only(slug):
    admin = person(("administrator", "chu-rennes"))
    place = establishment(slug) if slug else None
    with pytest.raises(PermissionDenied):
        grant_role(person=person(), role="dpo", establishment=place, since=NOW, by=admin, at=NOW)
    assert RoleGrant.objects.filter(role="dpo").count() == 0


def test_a_network_administrator_grants_everywhere():
    admin = person("administrator")
    for place in (establishment("chu-brest"), None):
        grant_role(person=person(), role="dpo", establishment=place, since=NOW, by=admin, at=NOW)
    assert RoleGrant.objects.filter(role="dpo").count() == 2


def test_the_same_role_twice_at_once_is_refused_and_one_after_the_other_is_not():
    officer = person()
    give(officer, "dpo", "chu-rennes", since=NOW, until=NOW + DAY)
    give(officer, "dpo", "chu-rennes", since=NOW + DAY, until=NOW + 2 * DAY)
    with pytest.raises(ValidationError):
        give(officer, "dpo", "chu-rennes", since=NOW + DAY)


@pytest.mark.parametrize("wrong", [{"role": "king"}, {"until": NOW}, {"until": NOW - DAY}])
def test_an_unknown_role_or_a_period_upside_down_is_refused(wrong):
    answers = {"person": person(), "role": "dpo", "since": NOW, "by": None, "at": NOW} | wrong
    with pytest.raises(ValidationError):
        grant_role(**answers)
    assert RoleGrant.objects.count() == 0


def test_an_ended_role_is_granted_again_not_prolonged():
    grant = give(person(), "dpo", until=NOW)
    with pytest.raises(ValidationError):
        change_period(grant=grant, until=None, by=None, at=NOW)


def test_the_database_refuses_a_period_upside_down():
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.create(person=person(), role="dpo", since=NOW, until=NOW)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_audit_is_append_only(change):
    give(person(), "dpo")
    events = AuditEvent.objects.all()
    with (
        pytest.raises(DatabaseError, match="append-only|stays|permission denied"),
        transaction.atomic(),
    ):
        events.update(action="other") if change == "update" else events.delete()
