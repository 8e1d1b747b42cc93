"""Signing up, signing in, and trying passwords one after the other."""

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.urls import reverse
from django.utils import translation

from tests.people import PASSWORD, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]


def verified(**fields):
    someone = person(password=PASSWORD, **fields)
    someone.emailaddress_set.create(email=someone.email, verified=True, primary=True)
    return someone


def attempt(client, email, password, **extra):
    return client.post(reverse("account_login"), {"login": email, "password": password}, **extra)


def test_signing_in_works_in_any_case(client):
    someone = verified(email="jeanne@chu.example")
    answer = attempt(client, "Jeanne@CHU.example", PASSWORD)
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(someone.pk)


def test_a_wrong_password_is_said_in_french_and_tells_nothing(client):
    verified(email="jeanne@chu.example")
    known = attempt(client, "jeanne@chu.example", "faux").content.decode()
    unknown = attempt(client, "inconnue@chu.example", "faux").content.decode()
    for page in (known, unknown):
        assert "L&#x27;adresse ou le mot de passe n&#x27;est pas le bon." in page


def test_the_right_password_does_not_pass_after_five_wrong_ones(client):
    someone = verified(email="jeanne@chu.example")
    for number in range(5):
        attempt(client, someone.email, f"faux {number}", REMOTE_ADDR=f"192.0.2.{number}")
    answer = attempt(client, "JEANNE@chu.example", PASSWORD, REMOTE_ADDR="192.0.2.99")
    assert "Trop d&#x27;essais" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_sign_up_asks_for_a_name_and_verifies_the_address(client):
    answers = {
        "first_name": "Jeanne",
        "last_name": "Le Goff",
        "email": "Jeanne@CHU.example",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    answer = client.post(reverse("account_signup"), answers)
    assert answer.url == reverse("account_email_verification_sent")
    made = get_user_model().objects.get()
    assert (made.email, str(made)) == ("jeanne@chu.example", "Jeanne Le Goff")
    assert [message.to for message in mail.outbox] == [["jeanne@chu.example"]]
    assert "_auth_user_id" not in client.session


def test_wrong_input_is_answered_in_french(client):
    page = client.post(
        reverse("account_signup"), {"email": "pas une adresse", "password1": "court"}
    ).content.decode()
    assert "Ce champ est obligatoire." in page
    assert "adresse" in page
    assert get_user_model().objects.count() == 0


@pytest.mark.parametrize("junk", ["\x00", "é" * 5000, "' OR 1=1 --", "<script>x</script>"])
def test_junk_is_a_wrong_password_and_nothing_else(client, junk):
    assert attempt(client, junk, junk).status_code == 200


def test_one_click_does_not_exist_outside_the_demonstration(client, settings):
    settings.DEMONSTRATION = False
    someone = person()
    assert client.get(reverse("demonstration")).status_code == 404
    assert client.post(reverse("demonstration_enter", args=[someone.ref])).status_code == 404
    assert "_auth_user_id" not in client.session


def test_a_visitor_of_the_english_pages_signs_in_in_english_and_keeps_the_way_back(client):
    home = client.get("/en/").content.decode()
    assert 'href="/en/connexion/login/' in home
    page = client.get("/en/connexion/login/?next=/engagements")
    assert page["Content-Language"] == "en"
    assert 'action="/en/connexion/' in page.content.decode() or "<form" in page.content.decode()
    someone = verified(email="jane@chu.example")
    said = {"login": someone.email, "password": PASSWORD, "next": "/engagements"}
    wrong = client.post("/en/connexion/login/", said | {"password": "faux"})
    assert wrong["Content-Language"] == "en"
    answer = client.post("/en/connexion/login/", said)
    assert (answer.status_code, answer.url) == (302, "/engagements")


def test_the_french_sign_in_and_the_identity_provider_keep_their_addresses(client):
    assert client.get("/connexion/login/")["Content-Language"] == "fr"
    for language in ("fr", "en"):
        with translation.override(language):
            callback = reverse("openid_connect_callback", args=["agence"])
        assert callback == "/connexion/oidc/agence/login/callback/"
