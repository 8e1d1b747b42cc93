"""Nobody acts for an establishment with a password alone."""

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from governance.models.audit import AuditEvent
from portal.accounts.adapters import AccountAdapter
from portal.accounts.second_factor import has_totp, may_reset, must_set_up, reset_second_factor
from tests.people import NOW, PASSWORD, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def with_totp(someone):
    """Set up a one-time code on the account."""
    TOTP.activate(someone, SECRET)
    return someone


def code():
    """The one-time code of this instant."""
    return format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time()))))


def sign_in(client, someone):
    someone.emailaddress_set.get_or_create(email=someone.email, verified=True, primary=True)
    return client.post(reverse("account_login"), {"login": someone.email, "password": PASSWORD})


def test_staff_without_it_is_sent_to_its_set_up_from_every_page(client):
    client.force_login(person(("administrator", "chu-rennes")))
    for page in ("account_settings", "my_establishment", "tokens", "mfa_index"):
        assert client.get(reverse(page)).url == reverse("mfa_activate_totp")
    assert client.get(reverse("mfa_activate_totp")).status_code in (200, 302)


def test_staff_with_an_address_to_verify_is_sent_there_first(client):
    someone = person(("administrator", "chu-rennes"))
    someone.emailaddress_set.create(email="autre@chu.example", verified=False)
    client.force_login(someone)
    first = client.get(reverse("mfa_activate_totp"))
    assert client.get(first.url).url == reverse("account_email")
    assert client.get(reverse("account_email")).status_code == 200


def test_staff_with_it_passes(client):
    client.force_login(with_totp(person(("administrator", "chu-rennes"))))
    assert client.get(reverse("account_settings")).status_code == 200


def test_who_has_no_staff_role_needs_none(client):
    client.force_login(person(("researcher", "chu-rennes")))
    assert client.get(reverse("account_settings")).status_code == 200


def test_the_admin_of_reference_data_needs_it_too(client):
    admin = person()
    admin.is_staff = admin.is_superuser = True
    admin.save()
    client.force_login(admin)
    assert client.get("/admin/").url == reverse("mfa_activate_totp")


def test_a_role_that_ended_asks_nothing():
    someone = person()
    assert not must_set_up(someone, NOW)


def test_a_password_is_not_enough_once_it_is_set_up(client):
    someone = with_totp(person(("dpo", "chu-rennes"), password=PASSWORD))
    assert sign_in(client, someone).url == reverse("mfa_authenticate")
    assert client.get(reverse("account_settings")).status_code == 302
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "_auth_user_id" not in client.session
    client.post(reverse("mfa_authenticate"), {"code": code()})
    assert client.session["_auth_user_id"] == str(someone.pk)


def test_the_other_ways_of_confirming_who_one_is_are_said_in_our_words():
    someone = with_totp(person(("administrator", "chu-rennes")))
    Authenticator.objects.create(user=someone, type=Authenticator.Type.WEBAUTHN, data={})
    ways = AccountAdapter().get_reauthentication_methods(someone)
    assert [way["description"] for way in ways][-2:] == [
        "Écrire un code de votre téléphone",
        "Utiliser une clé de sécurité",
    ]


def test_its_secret_is_not_readable_in_the_database():
    someone = with_totp(person())
    stored = Authenticator.objects.get(user=someone).data["secret"]
    assert SECRET not in stored
    assert get_adapter().decrypt(stored) == SECRET


def test_a_rotated_key_still_reads_the_old_secrets(settings):
    stored = get_adapter().encrypt(SECRET)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, long enough for the purpose of this very test"
    assert get_adapter().decrypt(stored) == SECRET


def test_a_local_administrator_resets_it_and_the_sessions_end(client):
    admin = person(("administrator", "chu-rennes"))
    someone = with_totp(person(("dpo", "chu-rennes"), password=PASSWORD))
    client.force_login(someone)
    assert client.get(reverse("account_settings")).status_code == 200
    assert reset_second_factor(person=someone, by=admin, at=NOW) == 1
    assert not has_totp(someone)
    assert client.get(reverse("account_settings")).url.startswith(reverse("account_login"))
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.by, event.establishment_id) == (
        "second_factor.reset",
        admin,
        "chu-rennes",
    )
    assert sign_in(client, someone).status_code == 302
    assert client.get(reverse("account_settings")).url == reverse("mfa_activate_totp")


@pytest.mark.parametrize(
    ("by", "whose", "allowed"),
    [
        (("administrator", "chu-rennes"), ("dpo", "chu-rennes"), True),
        (("administrator", "chu-rennes"), ("dpo", "chu-brest"), False),
        (("administrator", "chu-rennes"), "dpo", False),
        ("administrator", ("dpo", "chu-brest"), True),
        ("administrator", "dpo", True),
        (("dpo", "chu-rennes"), ("dpo", "chu-rennes"), False),
    ],
)
def test_who_may_reset_whose(by, whose, allowed):
    resetter, someone = person(by), with_totp(person(whose))
    assert may_reset(resetter, someone, NOW) is allowed
    if not allowed:
        with pytest.raises(PermissionDenied):
            reset_second_factor(person=someone, by=resetter, at=NOW)
        assert has_totp(someone)


def test_nobody_resets_their_own():
    admin = with_totp(person("administrator"))
    assert not may_reset(admin, admin, NOW)
