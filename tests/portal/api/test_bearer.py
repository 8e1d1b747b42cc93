"""Who may call: tokens, their scopes, people who lost their roles."""

import pytest
from django.utils import timezone

from governance.domain.roles import revoke_role
from governance.models import RoleGrant
from portal.accounts.tokens import revoke_token
from projects.domain import team
from projects.permissions import SITE_ROLES
from tests.people import DAY, give, person
from tests.portal.api.calls import Caller, refusal

pytestmark = pytest.mark.django_db


def test_without_a_token_or_with_another_text_nobody_is_known():
    assert refusal(Caller().get("/me")) == (401, "unauthenticated", {})
    for text in ("Bearer", "Bearer guichet_x", "Basic YTpi", "Bearer é\xff"):
        answer = Caller().get("/me", Authorization=text)
        assert refusal(answer)[:2] == (401, "unauthenticated")
        assert answer["WWW-Authenticate"] == "Bearer"


def test_a_token_says_who_calls_and_their_roles(settings):
    someone = person(("researcher", "chu-rennes"), "committee_member")
    settings.DEMONSTRATION = True
    said = Caller(someone, "read").get("/me").json()
    assert (said["email"], said["token"]["scopes"]) == (someone.email, ["read"])
    assert [(r["code"], r["establishment"]) for r in said["roles"]] == [
        ("committee_member", None),
        ("researcher", "chu-rennes"),
    ]


def test_a_revoked_token_opens_nothing():
    someone = person()
    caller = Caller(someone)
    assert caller.get("/me").status_code == 200
    revoke_token(token=someone.tokens.get(), by=someone, at=timezone.now())
    assert caller.get("/me").status_code == 401


def test_a_token_that_reads_does_not_write(walk, holder):
    reader = Caller(holder, "read")
    assert reader.get("/requests").status_code == 200
    assert refusal(reader.post("/requests", {"answers": {}}))[:2] == (403, "scope")


def test_a_role_that_asks_a_second_factor_opens_nothing_without_it(walk):
    walk.submit()
    officer = walk.staff("case_officer")
    assert refusal(Caller(officer).get("/requests"))[:2] == (403, "second_factor")


def test_a_session_opens_nothing_here(holder):
    caller = Caller()
    caller.client.force_login(holder)
    assert caller.get("/me").status_code == 401


def test_somebody_who_lost_their_role_no_longer_sees_what_it_opened(walk, settings):
    settings.DEMONSTRATION = True
    walk.submit()
    officer = walk.staff("case_officer")
    caller, path = Caller(officer), f"/requests/{walk.case.number}"
    assert caller.get(path).status_code == 200
    for grant in RoleGrant.objects.filter(person=officer):
        revoke_role(grant=grant, by=None, at=timezone.now())
    assert refusal(caller.get(path))[:2] == (404, "not_found")
    assert caller.get("/requests").json()["items"] == []
    assert refusal(caller.post(f"{path}/steps/admit", {}))[0] == 404


def test_somebody_who_left_the_team_no_longer_sees_the_request(walk, began):
    member = person()
    row = team.join(walk.request, member, "member", at=began)
    caller, path = Caller(member), f"/requests/{walk.request.pk}"
    assert caller.get(path).status_code == 200
    team.leave(row, at=timezone.now() - DAY)
    assert caller.get(path).status_code == 404


@pytest.mark.parametrize("role", SITE_ROLES)
def test_a_role_that_ended_opens_nothing_whatever_it_was(walk, settings, role):
    settings.DEMONSTRATION = True
    walk.submit()
    now = timezone.now()
    colleague = person()
    give(colleague, role, "chu-rennes", since=now - 90 * DAY, until=now - DAY)
    former, path = Caller(colleague), f"/requests/{walk.case.number}"
    assert former.get("/me").json()["roles"] == []
    for each in ("", "/steps", "/events", "/deliveries", "/attachments/1"):
        assert refusal(former.get(path + each))[:2] == (404, "not_found")
    give(colleague, role, "chu-rennes", since=now - DAY)
    assert former.get(path).status_code == 200


def test_a_closed_account_opens_nothing():
    someone = person()
    caller = Caller(someone)
    someone.is_active = False
    someone.save()
    assert caller.get("/me").status_code == 401
