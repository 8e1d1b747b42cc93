"""One's account: what is kept, what is shown once, what is wrong said in words, what is one's own
and nobody else's."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from icalendar import Calendar

from governance.charters.facts import today
from governance.models.absence import Absence
from governance.models.commitment import CharterSignature, Training
from portal.accounts.models import PersonalToken
from tests.people import person, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]

OFFICER = ("case_officer", "chu-rennes")
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def someone(client):
    made = person(("researcher", "chu-rennes"), first_name="Marion", last_name="Le Gall")
    client.force_login(made)
    return made


def day(n: int) -> str:
    return (today(timezone.now()) + timedelta(days=n)).isoformat()


def says(answer, words: str) -> bool:
    assert answer.status_code == 200
    return escape(words) in answer.text


def test_name_and_language_are_kept_and_a_missing_name_is_said(client, someone):
    page, said = reverse("account_settings"), {"first_name": "Maryvonne", "last_name": "Le Gall"}
    assert says(client.post(page, said | {"language": "br"}), "br n’en fait pas partie")
    nameless = said | {"language": "fr", "last_name": " "}
    assert says(client.post(page, nameless), "Ce champ est obligatoire.")
    someone.refresh_from_db()
    assert someone.first_name == "Marion"
    assert client.post(page, said | {"language": "en"}).status_code == 302
    someone.refresh_from_db()
    assert (someone.first_name, someone.language) == ("Maryvonne", "en")


def test_a_token_is_shown_once_on_an_answer_that_nobody_keeps_then_revoked(client, someone):
    page = reverse("tokens")
    answer = client.post(page, {"name": "Tableau de bord", "scopes": "read", "days": 30})
    plain = answer.context["plain"]
    assert plain in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert plain not in client.get(page).text
    token = PersonalToken.objects.get(person=someone)
    revoke = reverse("token_revoke", args=[token.pk])
    assert says(client.get(revoke), "Révoquer le jeton « Tableau de bord » ?")
    assert PersonalToken.objects.get().revoked_at is None
    assert client.post(revoke).status_code == 302
    assert PersonalToken.objects.get().revoked_at is not None


@pytest.mark.parametrize("wrong", [{"name": ""}, {"scopes": "all"}, {"days": "0"}, {"days": "1e9"}])
def test_a_token_wrongly_asked_is_not_made(client, someone, wrong):
    answer = client.post(reverse("tokens"), {"name": "x", "scopes": "read", "days": 30} | wrong)
    assert 'aria-invalid="true"' in answer.text
    assert answer.context["plain"] is None
    assert not PersonalToken.objects.exists()


def test_anothers_token_is_not_found(client, someone):
    other = person()
    client.force_login(other)
    client.post(reverse("tokens"), {"name": "x", "scopes": "read", "days": 30})
    token = PersonalToken.objects.get(person=other)
    client.force_login(someone)
    assert client.post(reverse("token_revoke", args=[token.pk])).status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_a_charter_is_signed_in_the_version_that_was_read(client, someone):
    page = reverse("sign", args=["utilisateur"])
    version = client.get(page).context["version"]
    assert says(client.post(page, {"version": version}), "Cochez la case pour signer.")
    assert client.post(page, {"version": "0", "agreed": "on"}).status_code == 200
    assert not CharterSignature.objects.exists()
    assert client.post(page, {"version": version, "agreed": "on"}).status_code == 302
    assert CharterSignature.objects.get().person == someone
    assert client.get(reverse("sign", args=["directeur"])).status_code == 404


def test_a_training_is_kept_with_its_certificate_that_nobody_else_finds(client, someone):
    certificate = SimpleUploadedFile("attestation.pdf", PDF, "application/pdf")
    said = {"title": "RGPD et santé", "obtained_on": day(-30), "document": certificate}
    assert client.post(reverse("training_add"), said).status_code == 302
    training = Training.objects.get(person=someone)
    page = reverse("certificate", args=[training.pk])
    assert client.get(page).content == PDF
    client.force_login(person())
    assert client.get(page).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"obtained_on": day(1)}, "Cette date est dans l'avenir."),
        ({"obtained_on": "2001-01-01"}, "Cette formation n'est plus valable"),
        ({"obtained_on": "hier"}, "Saisissez une date valide."),
        ({"obtained_on": "9999-12-31"}, "Cette date est dans l'avenir."),
        ({"title": ""}, "Ce champ est obligatoire."),
    ],
)
def test_a_training_wrongly_said_is_not_kept(client, someone, wrong, words):
    certificate = SimpleUploadedFile("attestation.pdf", PDF, "application/pdf")
    said = {"title": "RGPD", "obtained_on": day(-30), "document": certificate}
    assert says(client.post(reverse("training_add"), said | wrong), words)
    assert not Training.objects.exists()


def test_what_is_due_is_in_a_calendar_whose_address_is_a_secret_that_can_be_changed(
    client, someone
):
    page = reverse("calendar", args=[someone.calendar_key])
    client.logout()
    answer = client.get(page)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    assert {str(each["UID"]).split("@")[0] for each in events} >= {"training", "no-reid"}
    client.force_login(someone)
    assert client.get(reverse("calendar_renew")).status_code == 405
    client.post(reverse("calendar_renew"))
    assert client.get(page).status_code == 404
    someone.refresh_from_db()
    assert client.get(reverse("calendar", args=[someone.calendar_key])).status_code == 200


def test_a_training_to_renew_is_in_the_calendar_on_its_day(client, someone):
    Training.objects.create(person=someone, title="RGPD", obtained_on=day(-10), expires_on=day(400))
    feed = client.get(reverse("calendar", args=[someone.calendar_key]))
    [event] = [
        each
        for each in Calendar.from_ical(feed.content).walk("VEVENT")
        if str(each["UID"]).startswith("training@")
    ]
    assert str(event["SUMMARY"]) == "Renouveler la formation à la protection des données"
    assert event["DTSTART"].dt.isoformat() == day(400)


@pytest.fixture
def officers(client):
    away = person(OFFICER, last_name="Absente")
    stand_in = person(OFFICER, last_name="Suppléante")
    sign_in(client, away)
    return away, stand_in


def test_an_absence_is_declared_shown_to_who_stands_in_and_cancelled(client, officers):
    away, stand_in = officers
    page = reverse("absences")
    said = {"since": day(1), "until": day(8), "stand_in": stand_in.ref}
    assert client.post(page, said).status_code == 302
    absence = Absence.objects.get()
    assert (absence.person, absence.stand_in) == (away, stand_in)
    assert "Suppléante" in client.get(page).text
    sign_in(client, stand_in)
    cancel = reverse("absence_cancel", args=[absence.pk])
    assert client.post(cancel).status_code == 404
    sign_in(client, away)
    assert client.get(cancel).status_code == 405
    assert client.post(cancel).status_code == 302
    assert not Absence.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"until": day(0)}, "La fin doit être après le début."),
        ({"since": day(-9), "until": day(-8)}, "Cette période est passée."),
        ({"stand_in": ""}, "Choisissez qui vous supplée."),
        ({"stand_in": "quelqu'un"}, "Sélectionnez un choix valide."),
        ({"since": "demain"}, "Saisissez une date valide."),
    ],
)
def test_an_absence_wrongly_said_is_not_kept(client, officers, wrong, words):
    said = {"since": day(1), "until": day(8), "stand_in": officers[1].ref} | wrong
    assert says(client.post(reverse("absences"), said), words)
    assert not Absence.objects.exists()
