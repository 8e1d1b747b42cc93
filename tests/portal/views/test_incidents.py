"""The pages of incidents: declared, followed, published; what may not be seen is not found."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from governance.domain import incidents
from governance.models import Incident
from tests.people import DAY, establishment, person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network():
    for slug in ("chu-rennes", "chu-brest"):
        establishment(slug, dpo_email=f"dpo@{slug}.example")


@pytest.fixture
def dpo():
    return person(("dpo", "chu-rennes"))


@pytest.fixture
def incident():
    return declare("chu-rennes", "chu-brest")


def declare(*places, title="Un ordinateur volé"):
    now = timezone.now()
    return incidents.declare(
        origin=f"form:{title}",
        title=title,
        what="Un ordinateur portable a disparu.",
        found_at=now - timedelta(hours=2),
        establishments=[establishment(slug) for slug in places],
        severity="serious",
        persons="under",
        by=person(("data_engineer", "ico")),
        at=now,
    )[0]


def page(client, name, *arguments, status=200):
    answer = client.get(reverse(name, args=arguments))
    assert answer.status_code == status
    text = answer.content.decode()
    if status == 200:
        assert len(re.findall("<h1[ >]", text)) == 1
        assert len(re.findall(r'class="button primary', text)) == 1
    return text


def send(client, name, *arguments, **said):
    return client.post(reverse(name, args=arguments), said)


def local(moment) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def form(**changes) -> dict:
    return {
        "key": "7d0ae7c0-0f0c-4a0e-9d3b-7f2b1f6c2a11",
        "title": "Un envoi par erreur",
        "what": "Un fichier est parti au mauvais destinataire.",
        "found_at": local(timezone.now() - timedelta(hours=1)),
        "establishments": ["chu-rennes"],
        "severity": "minor",
        "persons": "unknown",
        "requests": "",
    } | changes


def test_whoever_is_of_the_staff_declares_and_the_same_form_twice_declares_once(client):
    sign_in(client, person(("methodologist", "chu-rennes")))
    page(client, "incidents")
    page(client, "incident_new")
    for said in ("est déclaré", "déjà déclaré : I-"):
        answer = client.post(reverse("incident_new"), form(), follow=True)
        assert said in answer.text
    assert Incident.objects.count() == 1
    assert "Un envoi par erreur" in page(client, "incidents")


def test_a_researcher_finds_no_such_page(client, incident):
    client.force_login(person(("researcher", "chu-rennes")))
    for name, arguments in (
        ("incidents", []),
        ("incident_new", []),
        ("incident", [incident.number]),
        ("incident_letter", [incident.number]),
    ):
        page(client, name, *arguments, status=404)


def test_what_is_wrong_is_said_and_what_was_typed_stays(client):
    sign_in(client, person(("dpo", "chu-rennes")))
    future = local(timezone.now() + DAY)
    answer = client.post(
        reverse("incident_new"), form(found_at=future, establishments=[], requests="2026-9999")
    )
    assert "au moins un établissement" in answer.text
    assert "mauvais destinataire" in answer.text
    answer = client.post(reverse("incident_new"), form(found_at=future, requests="2026-9999"))
    assert "dans le futur" in answer.text
    assert "2026-9999" in answer.text
    assert not Incident.objects.exists()


def test_what_was_typed_survives_the_end_of_a_session(client):
    someone = person(("dpo", "chu-rennes"))
    client.post(reverse("incident_new"), form())
    assert not Incident.objects.exists()
    sign_in(client, someone)
    assert "mauvais destinataire" in page(client, "incident_new")


def test_from_declaration_to_closing_each_person_has_their_act(client, dpo):
    incident = declare("chu-rennes")
    sign_in(client, dpo)
    number = incident.number
    assert "Consigner la notification" in page(client, "incident", number)
    page(client, "incident_site_act", number, "chu-rennes", "non-necessaire")
    notify = ("incident_site_act", number, "chu-rennes", "notifier")
    page(client, *notify)
    before = local(incident.found_at - timedelta(hours=1))
    assert "précéder" in send(client, *notify, notified_at=before, reference="C-1").text
    said = {"notified_at": local(timezone.now()), "reference": "CNIL-2026-77"}
    assert send(client, *notify, **said).status_code == 302
    again = client.post(reverse(notify[0], args=notify[1:]), said, follow=True)
    assert "déjà fait" in again.text
    page(client, "incident_act", number, "evaluer")
    risk = {"severity": "serious", "persons": "from_11", "high_risk": "yes"}
    assert send(client, "incident_act", number, "evaluer", **risk).status_code == 302
    measure = {"on": timezone.localdate().isoformat(), "text": "Poste effacé à distance."}
    page(client, "incident_act", number, "mesure")
    send(client, "incident_act", number, "mesure", **measure)
    told = {"on": timezone.localdate().isoformat(), "how": "Par courrier."}
    page(client, "incident_act", number, "personnes")
    send(client, "incident_act", number, "personnes", **told)
    page(client, "incident_act", number, "publier")
    assert "n&#x27;est pas publié" in page(client, "incident_close", number)
    assert "n&#x27;est pas publié" in send(client, "incident_close", number).text
    summary = {"title": "Un ordinateur volé", "summary": "Son disque était chiffré."}
    send(client, "incident_act", number, "publier", **summary)
    assert ">Clore" in page(client, "incident", number)
    page(client, "incident_close", number)
    send(client, "incident_close", number)
    incident.refresh_from_db()
    assert incident.closed_at is not None
    shown = page(client, "incident", number)
    assert "Poste effacé à distance." in shown
    assert "CNIL-2026-77" in shown
    page(client, "incident_close", number, status=404)


def test_the_security_officer_defers_and_nothing_else(client, incident, dpo):
    sign_in(client, person(("security_officer", "chu-brest")))
    number = incident.number
    page(client, "incident", number)
    page(client, "incident_act", number, "publier", status=404)
    page(client, "incident_site_act", number, "chu-brest", "notifier", status=404)
    page(client, "incident_act", number, "differer")
    until = (timezone.localdate() + 30 * DAY).isoformat()
    assert (
        "un an au plus"
        in send(
            client, "incident_act", number, "differer", until="2099-01-01", reason="Enquête."
        ).text
    )
    send(client, "incident_act", number, "differer", until=until, reason="Enquête en cours.")
    sign_in(client, dpo)
    summary = {"title": "Vol", "summary": "Un vol."}
    assert (
        "a différé la publication"
        in send(client, "incident_act", number, "publier", **summary).text
    )
    assert "Enquête en cours." in page(client, "incident", number)


def test_a_dpo_of_elsewhere_finds_nothing_and_a_dpo_notifies_at_home_alone(client, incident, dpo):
    sign_in(client, person(("dpo", "ico")))
    page(client, "incident", incident.number, status=404)
    sign_in(client, dpo)
    page(client, "incident_site_act", incident.number, "chu-brest", "notifier", status=404)
    page(client, "incident_site_act", incident.number, "ico", "notifier", status=404)
    page(client, "incident_act", incident.number, "differer", status=404)


def test_the_notices_are_drafted_from_what_is_recorded(client, incident, dpo):
    now = timezone.now()
    incidents.assess(
        incident,
        severity="major",
        persons="from_101",
        high_risk=True,
        categories="Patients suivis en cardiologie",
        consequences="Des courriers frauduleux",
        by=dpo,
        at=now,
    )
    incidents.add_measure(incident, on=now.date(), text="Accès fermé.", by=dpo, at=now)
    sign_in(client, dpo)
    said = client.get(reverse("incident_notification", args=[incident.number, "chu-rennes"]))
    assert said["Content-Type"] == "text/plain; charset=utf-8"
    for words in (
        "Hôpital CHU RENNES",
        "dpo@chu-rennes.example",
        "de 101 à 1 000 personnes",
        "Patients suivis en cardiologie",
        "Des courriers frauduleux",
        "Accès fermé.",
        "Un ordinateur portable a disparu.",
    ):
        assert words in said.text
    letter = client.get(reverse("incident_letter", args=[incident.number])).text
    assert "article 34 du RGPD" in letter
    assert "Des courriers frauduleux" in letter
    assert "dpo@chu-brest.example" in letter


def test_everyone_reads_what_is_published_and_nothing_else(client, incident, dpo):
    now = timezone.now()
    assert "Aucun incident publié" in client.get(reverse("public:incidents")).text
    assert client.get(reverse("public:incident", args=[incident.number])).status_code == 404
    incidents.publish(incident, title="Un vol", summary="Disque chiffré.", by=dpo, at=now)
    page = reverse("public:incident", args=[incident.number])
    for address in (f"/en{reverse('public:incidents')}", reverse("public:incidents")):
        answer = client.get(address)
        assert "Un vol" in answer.text
        assert not answer.cookies
        assert "public" in answer["Cache-Control"]
    said = client.get(page).text
    assert "moins de 11 personnes" in said
    assert "Disque chiffré." in said
    assert "a disparu" not in said
    assert client.get(f"/en/incidents/{incident.number}").status_code == 200


def test_the_lists_take_as_many_queries_however_many_incidents(
    client, dpo, django_assert_max_num_queries
):
    for number in range(12):
        each = declare("chu-rennes", "chu-brest", title=f"Incident {number}")
        incidents.publish(each, title="Vol", summary="Un vol.", by=dpo, at=timezone.now())
    with django_assert_max_num_queries(5):
        client.get(reverse("public:incidents"))
    sign_in(client, dpo)
    with django_assert_max_num_queries(16):
        assert "Incident 11" in page(client, "incidents")


def test_a_clock_that_runs_stands_in_the_work_of_who_notifies(client, incident, dpo):
    sign_in(client, dpo)
    said = client.get(reverse("projects:work")).text
    assert "Incidents à notifier" in said
    assert incident.number in said
    sign_in(client, person(("methodologist", "chu-rennes")))
    said = client.get(reverse("projects:work")).text
    assert "Incidents à notifier" not in said
    assert "Déclarer un incident" in said
