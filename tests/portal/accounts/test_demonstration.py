"""In the demonstration, one click signs in as a named person; nowhere else."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from governance.queries import roles_of, valid_delegation
from governance.roles import ROLES
from portal.accounts.demonstration import ACCOUNTS, accounts, create_accounts
from tests.people import establishment, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def demonstration(settings):
    settings.DEMONSTRATION = True
    for slug in ("chu-rennes", "chu-brest", "chu-nantes", "chr-orleans"):
        establishment(slug)
    return create_accounts(at=timezone.now())


def test_there_are_a_dozen_and_their_roles_exist(demonstration):
    assert len(demonstration) == len(ACCOUNTS) >= 12
    assert {role for account in ACCOUNTS for role, _where in account.roles} <= set(ROLES)


def test_making_them_again_changes_nothing(demonstration):
    again = create_accounts(at=timezone.now())
    assert [p.pk for p in again] == [p.pk for p in demonstration]
    assert all(p.role_grants.count() == len(a.roles) for a, p in accounts())


def test_delegates_may_sign_today(demonstration):
    now = timezone.now()
    signers = [p for _a, p in accounts() if "delegate" in dict(roles_of(p, now))]
    assert len(signers) == 2
    assert valid_delegation(signers[0], "chu-rennes", "authorise", now)


def test_one_click_enters_without_a_second_factor(client, demonstration):
    admin = next(p for a, p in accounts() if a.login == "gael.simon")
    page = client.get(reverse("demonstration"))
    assert page.status_code == 200
    assert "Gaël Simon" in page.content.decode()
    client.post(reverse("demonstration_enter", args=[admin.ref]))
    assert client.session["_auth_user_id"] == str(admin.pk)
    assert client.get(reverse("account_settings")).status_code == 200


def test_who_entered_may_install_a_second_factor(client, demonstration):
    _account, someone = accounts()[0]
    client.post(reverse("demonstration_enter", args=[someone.ref]))
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    assert client.get(reverse("mfa_add_webauthn")).status_code == 200


def test_only_the_named_persons_can_be_entered(client, demonstration):
    other = person()
    assert client.post(reverse("demonstration_enter", args=[other.ref])).status_code == 404


def test_it_goes_where_one_wanted_but_never_outside(client, demonstration):
    _account, someone = accounts()[0]
    address = reverse("demonstration_enter", args=[someone.ref])
    assert client.post(address, {"next": "/engagements"}).url == "/engagements"
    assert client.post(address, {"next": "https://evil.example/"}).url.startswith("/")


def test_it_refuses_outside_the_demonstration(settings):
    settings.DEMONSTRATION = False
    with pytest.raises(PermissionDenied):
        create_accounts(at=timezone.now())


def test_a_session_of_the_demonstration_is_nothing_once_it_is_over(client, demonstration, settings):
    admin = next(p for a, p in accounts() if a.login == "gael.simon")
    client.post(reverse("demonstration_enter", args=[admin.ref]))
    settings.DEMONSTRATION = False
    assert client.get(reverse("account_settings")).url == reverse("mfa_activate_totp")
