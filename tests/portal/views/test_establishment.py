"""*Mon établissement*: people and roles, delegations, contacts, the history; who opens what, what a
person is told, wrong answers said in words."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.html import escape

from governance.charters.facts import today
from governance.models.audit import AuditEvent
from governance.models.delegation import Delegation
from governance.models.establishment import Establishment
from governance.models.outbox import Message
from governance.models.role import RoleGrant
from governance.paris import last_day_of
from portal.notices.models import Notice
from portal.notices.sentences import say_all
from tests.outbox import run
from tests.people import delegate, establishment, give, person, sign_in

pytestmark = pytest.mark.django_db

HERE = "/etablissement/chu-rennes"
TABS = ("personnes", "delegations", "contacts", "historique")


@pytest.fixture
def administrator(client):
    someone = person(("administrator", "chu-rennes"))
    sign_in(client, someone)
    return someone


@pytest.fixture
def officer():
    return person(("researcher", "chu-rennes"), first_name="Claire", last_name="Morvan")


def shown(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def says(answer, words: str) -> bool:
    return escape(words) in shown(answer)


def days(n: int) -> str:
    return (today(timezone.now()) + timedelta(days=n)).isoformat()


def told(someone) -> list[tuple[str, str]]:
    """What this person was told, and by which way."""
    run()
    notices = Notice.objects.filter(person=someone).order_by("pk")
    return [(each.sentence, each.notice.way) for each in say_all(notices)]


def grant(client, someone, *, place=HERE, role="methodologist", **more):
    answers = {"person": someone.email, "role": role, "since": days(0), "until": ""} | more
    return client.post(f"{place}/roles/attribuer", answers)


@pytest.mark.parametrize(
    ("role", "slug", "opened"),
    [
        ("administrator", "chu-rennes", set(TABS)),
        ("administrator", None, set(TABS)),
        ("administrator", "chu-brest", set()),
        ("dpo", "chu-rennes", {"historique"}),
        ("case_officer", "chu-rennes", set()),
        ("delegate", "chu-rennes", set()),
        ("researcher", "chu-rennes", set()),
    ],
)
def test_each_tab_is_found_by_those_it_concerns_alone(client, role, slug, opened):
    establishment("chu-rennes")
    sign_in(client, person((role, slug) if slug else role))
    for tab in TABS:
        status = client.get(f"{HERE}/{tab}").status_code
        assert status == (200 if tab in opened else 404), tab


def test_a_role_is_granted_and_the_person_is_told_at_once(client, administrator, officer):
    assert grant(client, officer, until=days(30)).status_code == 302
    made = RoleGrant.objects.get(person=officer, role="methodologist")
    assert (made.establishment_id, made.granted_by) == ("chu-rennes", administrator)
    assert last_day_of(made.until).isoformat() == days(30)
    [(sentence, way)] = told(officer)
    assert sentence.startswith("Vous avez un rôle de plus : Méthodologiste, CHU RENNES, du ")
    assert way == Notice.Way.NOW
    assert told(administrator) == []


def test_the_period_of_a_role_changes_and_the_role_is_taken_after_a_question(
    client, administrator, officer
):
    held = give(officer, "methodologist", "chu-rennes")
    page = f"{HERE}/roles/{held.pk}"
    assert client.post(f"{page}/periode", {"until": days(10)}).status_code == 302
    held.refresh_from_db()
    assert last_day_of(held.until).isoformat() == days(10)
    assert "Retirer à Claire Morvan le rôle" in shown(client.get(f"{page}/retirer"))
    held.refresh_from_db()
    assert held.revoked_at is None
    assert client.post(f"{page}/retirer").status_code == 302
    held.refresh_from_db()
    assert held.revoked_by == administrator
    assert [sentence.split(" : ")[0] for sentence, _way in told(officer)] == [
        "La période d'un de vos rôles change",
        "Un de vos rôles vous est retiré",
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"person": "personne@nulle-part.example"}, "Aucun compte n'a cette adresse."),
        ({"person": "pas une adresse"}, "adresse de courriel valide"),
        ({"person": ""}, "Ce champ est obligatoire"),
        ({"role": "directeur"}, "directeur n’en fait pas partie"),
        ({"since": "hier"}, "date valide"),
        ({"until": days(-1)}, "La fin doit être après le début."),
    ],
)
def test_a_role_wrongly_asked_is_said_beside_its_field(client, administrator, officer, wrong, said):
    before = RoleGrant.objects.count()
    assert says(grant(client, officer, **wrong), said)
    assert RoleGrant.objects.count() == before


def test_a_role_held_already_is_not_granted_twice(client, administrator, officer):
    give(officer, "methodologist", "chu-rennes")
    assert says(grant(client, officer), "Cette personne a déjà ce rôle ici")


def test_nobody_grants_or_takes_a_role_of_their_own(client, administrator):
    assert says(grant(client, administrator), "Pas pour vous-même")
    own = RoleGrant.objects.get(person=administrator)
    for act in ("periode", "retirer"):
        assert client.get(f"{HERE}/roles/{own.pk}/{act}").status_code == 404
        assert client.post(f"{HERE}/roles/{own.pk}/{act}").status_code == 404
    page = shown(client.get(f"{HERE}/personnes"))
    assert "Votre rôle : un autre administrateur le change." in page
    assert f"/roles/{own.pk}/" not in page


def test_a_role_of_another_hospital_is_not_found_here(client, administrator, officer):
    elsewhere = give(officer, "methodologist", "chu-brest")
    assert client.post(f"{HERE}/roles/{elsewhere.pk}/retirer").status_code == 404
    elsewhere.refresh_from_db()
    assert elsewhere.revoked_at is None


def copied(someone) -> dict:
    """A delegation of `someone`, as it is copied from the director's act."""
    return {
        "person": someone.email,
        "steps": ["authorise"],
        "since": days(0),
        "until": days(90),
        "act_reference": "DS-2026-17",
    }


def test_a_delegation_is_recorded_told_and_ended(client, administrator, officer):
    give(officer, "delegate", "chu-rennes")
    answers = copied(officer)
    page = f"{HERE}/delegations"
    assert client.post(f"{page}/enregistrer", answers).status_code == 302
    made = Delegation.objects.get()
    assert (made.person, made.steps, made.act_reference) == (officer, ["authorise"], "DS-2026-17")
    assert "DS-2026-17" in shown(client.get(page))
    assert client.post(f"{page}/{made.pk}/terminer").status_code == 302
    made.refresh_from_db()
    assert made.revoked_by == administrator
    recorded, ended = (sentence for sentence, _way in told(officer))
    assert recorded.startswith("Une délégation de signature est à votre nom (CHU RENNES) : ")
    assert ended.startswith("Une délégation de signature à votre nom a pris fin (CHU RENNES) : ")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"steps": []}, "Ce champ est obligatoire"),
        ({"steps": ["submit"]}, "submit n’en fait pas partie"),
        ({"until": days(-2)}, "La fin doit être après le début."),
        ({"act_reference": " "}, "Ce champ est obligatoire"),
    ],
)
def test_a_delegation_wrongly_copied_is_said_beside_its_field(
    client, administrator, officer, wrong, said
):
    give(officer, "delegate", "chu-rennes")
    answers = copied(officer)
    assert says(client.post(f"{HERE}/delegations/enregistrer", answers | wrong), said)
    assert not Delegation.objects.exists()


def test_a_delegation_is_for_a_delegate_and_never_for_oneself(client, administrator, officer):
    answers = {"steps": ["authorise"], "since": days(0), "until": days(9), "act_reference": "A-1"}
    page = f"{HERE}/delegations/enregistrer"
    answer = client.post(page, answers | {"person": officer.email})
    assert says(answer, "Attribuez d'abord à cette personne le rôle de délégataire.")
    give(administrator, "delegate", "chu-rennes")
    assert says(client.post(page, answers | {"person": administrator.email}), "Pas pour vous-même")
    assert not Delegation.objects.exists()


def test_another_hospitals_delegation_is_not_found_here(client, administrator, officer):
    give(officer, "delegate", "chu-brest")
    elsewhere = delegate(officer, "chu-brest", "authorise")
    assert client.post(f"{HERE}/delegations/{elsewhere.pk}/terminer").status_code == 404


CONTACTS = {
    "email": "cdc@chu-rennes.example",
    "phone": "02 99 28 43 21",
    "postal_address": "2 rue Henri Le Guilloux",
    "dpo_email": "dpo@chu-rennes.example",
    "dpo_phone": "02 99 28 00 00",
    "website": "www.chu-rennes.example",
}


def test_contacts_are_kept_and_an_address_without_its_scheme_is_https(client, administrator):
    assert client.post(f"{HERE}/contacts", CONTACTS).status_code == 302
    kept = Establishment.objects.get(pk="chu-rennes")
    assert kept.postal_address == "2 rue Henri Le Guilloux"
    assert kept.website == "https://www.chu-rennes.example"
    event = AuditEvent.objects.get(action="establishment.contacts_changed")
    assert set(event.details["fields"]) == set(CONTACTS)


@pytest.mark.parametrize(
    "wrong", [{"email": "cdc"}, {"dpo_email": "@"}, {"website": "javascript:alert(1)"}]
)
def test_a_wrong_contact_is_said_and_nothing_is_kept(client, administrator, wrong):
    page = shown(client.post(f"{HERE}/contacts", CONTACTS | wrong))
    assert 'aria-invalid="true"' in page
    assert "2 rue Henri Le Guilloux" in page, "what was typed is lost"
    assert Establishment.objects.get(pk="chu-rennes").postal_address == ""


def test_the_history_says_who_did_what_to_whom(client, administrator, officer):
    grant(client, officer)
    page = shown(client.get(f"{HERE}/historique"))
    assert "Rôle attribué" in page
    assert "Claire Morvan" in page


def test_one_establishment_is_opened_at_once_and_several_are_chosen_from(client, administrator):
    assert client.get("/etablissement").url == f"{HERE}/personnes"
    give(administrator, "administrator", "chu-brest")
    page = shown(client.get("/etablissement"))
    assert f"{HERE}/personnes" in page
    assert "/etablissement/chu-brest/personnes" in page


def test_what_the_system_gives_is_told_to_nobody(officer):
    assert not Message.objects.filter(kind="right_changed").exists()
