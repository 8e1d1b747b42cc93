"""The pages of signing in, and those of what went wrong: our look, in French, one act each."""

import re
from html import unescape

import pytest
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.core import context
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from django.core import mail
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpResponseRedirect
from django.template.loader import render_to_string
from django.test import Client
from django.urls import path, reverse

from portal.accounts import federation
from portal.urls import urlpatterns as portal_urls
from tests.people import PASSWORD, establishment, give, person
from tests.portal.accounts.test_second_factor import code, with_totp

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]

ENGLISH = re.compile(
    r"\b(the|your|you|please|password|email|sign|account|authenticator|enter|not|and|name|key)\b",
    re.I,
)
PROVIDER = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "chu",
                "name": "CHU de Rennes",
                "client_id": "portail",
                "secret": "secret",
                "settings": {"server_url": "https://chu.example"},
            }
        ]
    }
}
FOR_EVERYONE = (
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "account_email_verification_sent",
    "account_inactive",
    "socialaccount_login_cancelled",
)
OF_ONES_OWN = (
    "account_change_password",
    "account_email",
    "account_logout",
    "account_reauthenticate",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
)
WITH_A_SECOND_FACTOR = (
    "mfa_index",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_reauthenticate",
)


def words(page: str) -> str:
    """What the centre of a page says, without the sentences marked as English."""
    main = page.split("<main", 1)[1].split("</main>", 1)[0]
    main = re.sub(r'<p lang="en".*?</p>', " ", main, flags=re.S)
    main = re.sub(r"<script.*?</script>", " ", main, flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def is_ours(answer, *, status=200, primary=1) -> str:
    """Assert that the page has our shell, one h1, one primary button, no English. Its text."""
    page = answer.content.decode()
    assert answer.status_code == status
    assert 'class="site-header"' in page
    assert len(re.findall(r"<h1\b", page)) == 1
    assert len(re.findall(r'class="button primary', page)) == primary
    assert " style=" not in page
    for field in re.findall(r'<(?:input|select|textarea)\b(?![^>]*type="hidden")[^>]*>', page):
        named = re.search(r'\sid="([^"]+)"', field)[1]
        assert f'for="{named}"' in page
        assert "placeholder" not in field
    assert ENGLISH.findall(words(page)) == []
    return page


@pytest.fixture
def someone(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    made = person(email="jeanne@chu.example", password=PASSWORD)
    EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
    return made


def enter(client, someone):
    """Sign in for real."""
    return client.post(
        reverse("account_login"), {"login": someone.email, "password": PASSWORD}, follow=True
    )


def enter_and_confirm(client, someone):
    """Sign in and say again who it is, so that nothing asks it once more."""
    enter(client, someone)
    return client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


@pytest.mark.parametrize("name", FOR_EVERYONE)
def test_a_page_for_everyone_is_ours(client, name):
    is_ours(client.get(reverse(name)))


def test_a_provider_that_failed_is_said(client):
    is_ours(client.get(reverse("socialaccount_login_error")), status=401)


@pytest.mark.parametrize("name", OF_ONES_OWN)
def test_a_page_of_ones_own_account_is_ours(client, someone, name):
    enter_and_confirm(client, someone)
    is_ours(client.get(reverse(name)))


@pytest.mark.parametrize("name", WITH_A_SECOND_FACTOR)
def test_a_page_of_the_second_factor_is_ours(client, someone, name):
    enter_and_confirm(client, someone)
    with_totp(someone)
    RecoveryCodes.activate(someone)
    is_ours(client.get(reverse(name)))


def test_the_code_is_asked_after_the_password_and_a_wrong_one_said(client, someone):
    with_totp(someone)
    page = is_ours(enter(client, someone))
    assert "Votre second facteur" in page
    wrong = is_ours(client.post(reverse("mfa_authenticate"), {"code": "000000"}))
    assert 'href="#id_code"' in wrong
    client.post(reverse("mfa_authenticate"), {"code": code()})
    assert client.session["_auth_user_id"] == str(someone.pk)


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_what_is_wrong_is_listed_first_and_leads_to_its_field(client, name):
    page = is_ours(client.post(reverse(name), {"email": "rien", "password1": "court"}))
    assert page.index("error-summary") < page.index("<label")
    for anchor in re.findall(r'<li><a href="#([^"]+)"', page):
        assert f'id="{anchor}"' in page


def test_a_password_too_short_is_said_when_changing_it(client, someone):
    enter(client, someone)
    answers = {"oldpassword": "faux", "password1": "court", "password2": "autre"}
    page = is_ours(client.post(reverse("account_change_password"), answers))
    assert "12 caractères" in page


def test_the_qr_code_is_an_image_the_policy_allows(client, someone):
    enter_and_confirm(client, someone)
    answer = client.get(reverse("mfa_activate_totp"))
    assert '<img class="qr" src="data:image/svg+xml' in answer.content.decode()
    assert "img-src 'self' data:" in answer["Content-Security-Policy"]


def test_a_link_of_confirmation_is_asked_once_and_a_stale_one_is_said(client, someone):
    address = EmailAddress.objects.create(user=someone, email="autre@chu.example")
    key = EmailConfirmationHMAC.create(address).key
    page = is_ours(client.get(reverse("account_confirm_email", args=[key])))
    assert "autre@chu.example" in page
    assert "Ce lien ne sert plus" in is_ours(
        client.get(reverse("account_confirm_email", args=["faux"]))
    )


def test_a_forgotten_password_is_chosen_anew_through_the_mail(client, someone):
    client.post(reverse("account_reset_password"), {"email": someone.email})
    (message,) = mail.outbox
    assert message.subject == "Choisir un nouveau mot de passe"
    link = re.search(r"http://testserver(/\S+)", message.body)[1]
    page = is_ours(client.get(link, follow=True))
    assert "Choisir un nouveau mot de passe" in page
    stale = reverse("account_reset_password_from_key", args=["1", "set-password"])
    assert "Ce lien ne sert plus" in is_ours(Client().get(stale))


def test_sign_up_may_be_closed(client, monkeypatch):
    monkeypatch.setattr(
        "portal.accounts.adapters.AccountAdapter.is_open_for_signup", lambda *_: False
    )
    assert "fermées" in is_ours(client.get(reverse("account_signup")))


def test_the_demonstration_s_door_is_on_the_sign_in_page_there_only(client, settings):
    for there in (True, False):
        settings.DEMONSTRATION = there
        page = client.get(reverse("account_login") + "?next=/travail").content.decode()
        assert (reverse("demonstration") + "?next=%2Ftravail" in page) is there


def test_a_declared_provider_has_its_button_and_is_reached_by_a_page(client, settings, monkeypatch):
    settings.SOCIALACCOUNT_PROVIDERS = PROVIDER
    assert "Continuer avec CHU de Rennes" in is_ours(client.get(reverse("account_login")))
    where = reverse("openid_connect_login", args=["chu"])
    is_ours(client.get(where))
    far = "https://chu.example/authorize?a=1&b=2"
    monkeypatch.setattr(federation, "_run", lambda *_: HttpResponseRedirect(far))
    page = is_ours(client.post(where))
    assert 'content="0;url=https://chu.example/authorize?a=1&amp;b=2"' in page


def test_the_accounts_that_open_mine_are_listed_on_a_page(client, someone, settings):
    settings.SOCIALACCOUNT_PROVIDERS = PROVIDER
    enter(client, someone)
    page = is_ours(client.get(reverse("socialaccount_connections")), primary=0)
    assert "Continuer avec CHU de Rennes" in page


MAILS = {
    "account/email/email_confirmation": {"activate_url": "https://le.lien"},
    "account/email/email_confirmation_signup": {"activate_url": "https://le.lien"},
    "account/email/password_reset_key": {"password_reset_url": "https://le.lien"},
    "account/email/account_already_exists": {"password_reset_url": "https://le.lien"},
    "account/email/unknown_account": {"signup_url": "https://le.lien"},
}
NOTICES = (
    "account/email/password_changed",
    "account/email/password_reset",
    "account/email/password_set",
    "account/email/email_deleted",
    "account/email/email_changed",
    "account/email/email_confirm",
    "mfa/email/totp_activated",
    "mfa/email/totp_deactivated",
    "mfa/email/recovery_codes_generated",
    "mfa/email/webauthn_added",
    "mfa/email/webauthn_removed",
    "socialaccount/email/account_connected",
    "socialaccount/email/account_disconnected",
)


@pytest.fixture
def adapter(rf):
    request = rf.get("/", HTTP_USER_AGENT="Firefox")
    with context.request_context(request):
        yield get_adapter(request)


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_is_ours_in_french_with_its_link(adapter, someone, name):
    adapter.send_mail(name, someone.email, {"user": someone, **MAILS[name]})
    (message,) = mail.outbox
    assert message.body.startswith("Bonjour,")
    assert "https://le.lien" in message.body
    assert "Le Guichet, données de santé du Grand Ouest" in message.body
    assert "testserver" not in message.subject + message.body
    assert ENGLISH.findall(message.subject + message.body) == []


@pytest.mark.parametrize("name", NOTICES)
def test_what_changed_on_an_account_is_told_in_french(adapter, someone, name):
    adapter.send_notification_mail(name, someone, {"provider": "ProConnect"})
    (message,) = mail.outbox
    assert "Si ce n’est pas vous" in message.body
    assert ENGLISH.findall(message.subject + message.body) == []


def test_a_mail_speaks_the_language_of_who_receives_it(adapter, someone):
    someone.language = "en"
    adapter.send_notification_mail("account/email/password_changed", someone)
    assert mail.outbox[0].subject == "Password Changed"


def _refuse(kind):
    def view(request):
        raise kind

    return view


urlpatterns = [
    *portal_urls,
    path("essai/interdit", _refuse(PermissionDenied)),
    path("essai/illisible", _refuse(BadRequest)),
    path("essai/panne", _refuse(RuntimeError)),
]


@pytest.mark.parametrize(
    ("address", "status"),
    [("interdit", 403), ("illisible", 400), ("panne", 500), ("nulle-part", 404)],
)
def test_what_went_wrong_is_said_in_both_languages(settings, address, status):
    settings.ROOT_URLCONF = __name__
    client = Client(raise_request_exception=False)
    page = is_ours(client.get(f"/essai/{address}"), status=status)
    assert '<p lang="en"' in page


def test_who_is_signed_in_is_not_asked_to_sign_in_where_nothing_is(client, someone):
    assert "Se connecter" in is_ours(client.get("/nulle-part"), status=404)
    client.force_login(someone)
    assert "Se connecter" not in is_ours(client.get("/nulle-part"), status=404)


def test_the_address_of_an_act_says_that_nothing_was_done(client):
    address = reverse("notices_read")
    client.force_login(person())
    answer = client.get(address)
    assert "Rien n’a été fait" in is_ours(answer, status=405)
    assert answer.headers["Allow"] == "POST"


def test_too_many_attempts_are_told_in_a_page_of_ours(client, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"signup": "1/h/ip"}
    client.post(reverse("account_signup"), {})
    answer = client.post(reverse("account_signup"), {})
    assert "Attendez une heure au plus" in is_ours(answer, status=429)


def test_a_stale_form_says_what_to_do(db):
    answer = Client(enforce_csrf_checks=True).post(reverse("account_login"), {"login": "a"})
    assert "rechargez la page" in is_ours(answer, status=403)


def test_the_page_of_a_failure_asks_nothing_of_context_nor_database(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert "Une erreur de notre côté" in render_to_string("500.html")


def test_the_admin_s_door_is_our_sign_in_page(client):
    answer = client.get("/admin/", follow=True)
    assert "Se connecter" in is_ours(answer)


@pytest.mark.parametrize("page", ["login", "signup", "totp"])
def test_axe_finds_nothing(browser, client, someone, live_page, page):
    if page == "totp":
        enter_and_confirm(client, someone)
    name = {"login": "account_login", "signup": "account_signup", "totp": "mfa_activate_totp"}
    found = live_page(browser, client.get(reverse(name[page])).content.decode())
    assert [violation["id"] for violation in found] == []


@pytest.fixture
def live_page(settings):
    """Show a page's text in the browser, with our files, and give what axe says of it."""

    def show(browser, text: str) -> list[dict]:
        tab = browser.new_page(viewport={"width": 390, "height": 800}, locale="fr-FR")

        def answer(route):
            address = route.request.url.removeprefix("http://guichet.test")
            if not address.startswith("/static/"):
                return route.fulfill(body=text, content_type="text/html; charset=utf-8")
            file = finders.find(address.split("?")[0].removeprefix("/static/"))
            return route.fulfill(path=file) if file else route.abort()

        tab.route("**/*", answer)
        try:
            tab.goto("http://guichet.test/")
            assert tab.evaluate("document.documentElement.scrollWidth") <= 390
            return Axe().run(tab).response["violations"]
        finally:
            tab.close()

    return show


def test_one_s_roles_are_said_with_the_name_of_the_place(client):
    give(someone := person(), "researcher", establishment(short_name="CHU Rennes").slug)
    client.force_login(someone)
    page = client.get(reverse("account_settings")).content.decode()
    assert "Chercheur, CHU Rennes" in page
