"""Personal tokens: hashed, scoped, expiring, shown once."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from governance.models.audit import AuditEvent
from portal.accounts.models import PersonalToken
from portal.accounts.tokens import MARK, issue_token, recognise, revoke_token
from tests.people import DAY, NOW, person

pytestmark = pytest.mark.django_db


def issue(someone, **answers):
    defaults = {"name": "essai", "scopes": ["read"], "days": 30, "by": someone, "at": NOW}
    return issue_token(person=someone, **(defaults | answers))


def test_a_token_is_recognised_until_its_last_instant():
    token, plain = issue(person())
    tick = timedelta(microseconds=1)
    assert recognise(plain, at=NOW) == token
    assert recognise(plain, at=NOW + 30 * DAY - tick) == token
    assert recognise(plain, at=NOW + 30 * DAY) is None


def test_only_a_digest_is_stored():
    token, plain = issue(person())
    stored = " ".join(str(value) for value in PersonalToken.objects.values_list().get())
    assert plain not in stored
    assert plain.removeprefix(MARK)[8:] not in stored
    assert len(bytes(token.digest)) == 32


def test_two_tokens_differ():
    someone = person()
    assert issue(someone)[1] != issue(someone)[1]


def test_writing_includes_reading():
    assert issue(person(), scopes=["write"])[0].scopes == ["read", "write"]


def test_a_revoked_token_and_one_of_a_closed_account_are_not_recognised():
    someone = person()
    (first, plain_first), (_second, plain_second) = issue(someone), issue(someone)
    revoke_token(token=first, by=someone, at=NOW)
    assert recognise(plain_first, at=NOW) is None
    someone.is_active = False
    someone.save()
    assert recognise(plain_second, at=NOW) is None


@given(st.text(max_size=120))
def test_anything_else_is_nobody(text):
    assert recognise(text, at=NOW) is None
    assert recognise(MARK + text, at=NOW) is None


def test_the_last_use_is_noted_at_most_once_a_minute(django_assert_num_queries):
    token, plain = issue(person())
    recognise(plain, at=NOW)
    with django_assert_num_queries(1):
        recognise(plain, at=NOW + timedelta(seconds=59))
    token.refresh_from_db()
    assert token.last_used_at == NOW


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["admin"]}, "scopes"),
        ({"days": 0}, "days"),
        ({"days": 367}, "days"),
        ({"name": " "}, "name"),
    ],
)
def test_a_token_without_end_scope_or_name_is_refused(wrong, field):
    with pytest.raises(ValidationError) as refused:
        issue(person(), **wrong)
    assert list(refused.value.error_dict) == [field]


def test_nobody_makes_or_revokes_a_token_for_another():
    someone, other = person(), person()
    with pytest.raises(PermissionDenied):
        issue(someone, by=other)
    token, plain = issue(someone)
    with pytest.raises(PermissionDenied):
        revoke_token(token=token, by=other, at=NOW)
    assert recognise(plain, at=NOW) == token


def test_making_and_revoking_are_audited_without_the_token():
    someone = person()
    token, plain = issue(someone)
    revoke_token(token=token, by=someone, at=NOW)
    revoke_token(token=token, by=someone, at=NOW)
    events = list(AuditEvent.objects.order_by("pk"))
    assert [event.action for event in events] == ["token.issued", "token.revoked"]
    assert plain not in str([event.details for event in events])


def test_the_command_prints_a_token_that_works(capsys):
    someone = person(email="jeanne@chu.example")
    call_command("token", "create", "Jeanne@chu.example", "--days", "7", "--scope", "write")
    plain = capsys.readouterr().out.strip()
    token = recognise(plain, at=timezone.now())
    assert (token.person, token.scopes) == (someone, ["read", "write"])
    assert token.expires_at - token.created_at == 7 * DAY


@pytest.mark.parametrize(
    "arguments", [["personne@chu.example"], ["jeanne@chu.example", "--days", "0"]]
)
def test_the_command_says_what_is_wrong(arguments):
    person(email="jeanne@chu.example")
    with pytest.raises(CommandError):
        call_command("token", "create", *arguments)
