"""People and organisations of a draft; joining a team by a link, on a phone, in five minutes."""

import hashlib
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from governance.models import CharterSignature, Organisation, Participation
from projects.demonstration import network
from projects.domain import drafts, team
from projects.models import Invitation, LegalPerson
from tests.people import PASSWORD, person
from tests.projects.conftest import NOW
from tests.projects.stand import DAY, LEAD, OTHER, stand_at
from tests.projects.walks import Walk, draft

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def mine(holder):
    return drafts.create(by=holder, at=NOW, title="Une étude sur les chutes")


def invited(mine, holder, part="member", email="invitee@hopital.example", at=None):
    return team.invite(mine, email, part, by=holder, at=at or timezone.now())


def parts_of(someone, mine):
    rows = Participation.objects.filter(case_id=mine.pk, person=someone, until=None)
    return set(rows.values_list("part", flat=True))


def test_the_holder_invites_by_e_mail(browser, holder, mine):
    browser.post(
        holder, f"{mine.pk}/dossier/team/inviter", {"email": "A@b.example", "part": "writer"}
    )
    assert [(i.email, i.part) for i in Invitation.objects.all()] == [("a@b.example", "writer")]
    assert "a@b.example" in browser.get(holder, f"{mine.pk}/dossier/team").text


@pytest.mark.parametrize(
    "wrong",
    [{"email": "personne"}, {"email": "a\0@b.example"}, {"part": "expert"}, {"part": ""}],
)
def test_an_invitation_that_does_not_hold_is_not_sent(browser, holder, mine, wrong):
    said = {"email": "a@b.example", "part": "member"} | wrong
    page = browser.post(holder, f"{mine.pk}/dossier/team/inviter", said)
    assert list(page.context["form"].errors) == list(wrong) and not Invitation.objects.exists()


def test_an_invitation_taken_back_opens_nothing(browser, holder, mine):
    invitation, secret = invited(mine, holder)
    browser.post(holder, f"{mine.pk}/dossier/team/invitations/{invitation.pk}/reprendre")
    assert browser.get(person(), f"/invitations/{secret}").status_code == 404


def test_somebody_new_signs_up_puts_themselves_in_order_and_joins(
    client, holder, mine, clean_cache
):
    _invitation, secret = invited(mine, holder)
    here = f"/invitations/{secret}"
    door = client.get(here)
    assert "Marion Le Gall" in door.text and "Créer mon compte" in door.text
    sign_up = client.post(here).headers["Location"]
    assert "invitee%40hopital.example" in sign_up
    client.post(
        sign_up,
        {
            "first_name": "Inès",
            "last_name": "Caradec",
            "email": "invitee@hopital.example",
            "password1": PASSWORD,
            "password2": PASSWORD,
            "next": here,
        },
    )
    page = client.get(here)
    assert page.status_code == 200, "the address is known to be theirs: no second mail"
    answer = client.post(
        here,
        {
            "charter": "on",
            "no_reidentification": "on",
            "title": "RGPD et données de santé",
            "obtained_on": timezone.localdate().isoformat(),
            "document": SimpleUploadedFile("attestation.pdf", PDF),
        },
    )
    assert answer.headers["Location"] == f"/demandes/{mine.pk}/dossier"
    newcomer = Participation.objects.get(case_id=mine.pk, part="member").person
    assert newcomer.email == "invitee@hopital.example" and newcomer.trainings.count() == 1
    assert CharterSignature.objects.filter(person=newcomer).count() == 2


def test_who_has_no_account_reads_the_invitation_in_the_language_of_their_browser(
    client, holder, mine
):
    _invitation, secret = invited(mine, holder)
    english = {"accept-language": "en-GB,en;q=0.8"}
    door = client.get(f"/invitations/{secret}", headers=english)
    assert '<html lang="en"' in door.text
    sign_up = client.post(f"/invitations/{secret}", headers=english).headers["Location"]
    assert sign_up.startswith("/en/connexion/signup/?")


def test_who_is_in_order_only_accepts(browser, holder, mine):
    _invitation, secret = invited(mine, holder)
    member = network.person("Yann Kerbrat", at=timezone.now())
    page = browser.get(member, f"/invitations/{secret}")
    assert "il ne reste qu’à accepter" in page.text and not page.context["form"].fields
    browser.post(member, f"/invitations/{secret}")
    assert parts_of(member, mine) == {"member"}


def test_the_charter_and_the_commitment_are_signed_before_one_joins(browser, holder, mine):
    _invitation, secret = invited(mine, holder)
    newcomer = person()
    page = browser.post(newcomer, f"/invitations/{secret}", {"charter": "on"})
    assert list(page.context["form"].errors) == ["no_reidentification"]
    half = {"charter": "on", "no_reidentification": "on", "title": "Une formation"}
    page = browser.post(newcomer, f"/invitations/{secret}", half)
    assert set(page.context["form"].errors) == {"obtained_on", "document"}
    assert not parts_of(newcomer, mine)
    browser.post(newcomer, f"/invitations/{secret}", half | {"title": ""})
    assert parts_of(newcomer, mine) == {"member"}


def test_an_invitation_serves_once_and_not_after_its_end(browser, holder, mine):
    _invitation, secret = invited(mine, holder)
    member = network.person("Yann Kerbrat", at=timezone.now())
    browser.post(member, f"/invitations/{secret}")
    again = browser.get(member, f"/invitations/{secret}")
    assert again.headers["Location"] == f"/demandes/{mine.pk}/dossier"
    other = browser.post(person(), f"/invitations/{secret}")
    assert other.status_code == 410 and "déjà servi" in other.text
    _old, expired = invited(
        mine, holder, email="b@c.example", at=timezone.now() - timedelta(days=31)
    )
    late = browser.post(person(), f"/invitations/{expired}")
    assert late.status_code == 410 and "a expiré" in late.text
    assert browser.get(person(), "/invitations/nimporte").status_code == 404
    assert browser.get(person(), "/invitations/%00").status_code == 404


def test_a_referent_is_a_referent_of_the_network_and_never_the_holder(browser, holder, mine):
    _invitation, secret = invited(mine, holder, "referent")
    outsider = network.person("Zoé Martin", at=timezone.now())
    for someone, words in ((outsider, "rôle de référent local"), (holder, "Vous portez")):
        page = browser.post(someone, f"/invitations/{secret}")
        assert words in page.text and "referent" not in parts_of(someone, mine)
    referent = network.staff("local_referent", "chu-brest", at=timezone.now())
    browser.post(referent, f"/invitations/{secret}")
    assert parts_of(referent, mine) == {"referent"}
    assert mine.case.records.filter(kind="referent_cosigned", by=referent).exists()


def test_a_member_is_taken_out_or_leaves_and_the_holder_stays(browser, holder, mine):
    first, second = person(), person()
    rows = [team.join(mine, someone, "member", at=NOW) for someone in (first, second)]
    browser.post(holder, f"{mine.pk}/dossier/team/membres/{rows[0].pk}/retirer")
    assert (
        browser.post(second, f"{mine.pk}/dossier/team/membres/{rows[1].pk}/retirer").headers[
            "Location"
        ]
        == "/mes-demandes"
    )
    assert not parts_of(first, mine) and not parts_of(second, mine)
    own = Participation.objects.get(case_id=mine.pk, part="holder")
    assert (
        browser.post(holder, f"{mine.pk}/dossier/team/membres/{own.pk}/retirer").status_code == 403
    )


def test_a_draft_is_handed_over_to_who_may_hold_it(browser, holder, mine):
    """An ARC who began it stays its writer; what was said of them is asked of the new holder."""
    said = {"holder_status": "research_staff", "in_network": True, "requester_kind": "academic"}
    drafts.save_section(mine, "team", said, replaces={}, by=holder, at=NOW)
    _invitation, secret = invited(mine, holder, "holder")
    refused = browser.post(person(), f"/invitations/{secret}")
    assert "rôle de chercheur" in refused.text
    senior = network.staff("researcher", "chu-rennes", at=NOW)
    assert "porter cette demande" in browser.get(senior, f"/invitations/{secret}").text
    browser.post(senior, f"/invitations/{secret}")
    assert parts_of(senior, mine) == {"holder"} and parts_of(holder, mine) == {"writer"}
    answers = mine.sections.get(code="team").answers
    assert "holder_status" not in answers and "in_network" not in answers


def test_only_the_holder_gives_their_place(browser, holder, mine):
    writer = person()
    team.join(mine, writer, "writer", at=NOW)
    said = {"email": "a@b.example", "part": "holder"}
    page = browser.post(writer, f"{mine.pk}/dossier/team/inviter", said)
    assert list(page.context["form"].errors) == ["part"] and not Invitation.objects.exists()


def test_a_member_takes_nobody_out_and_invites_nobody(browser, holder, mine):
    member, other = person(), person()
    team.join(mine, member, "member", at=NOW)
    row = team.join(mine, other, "member", at=NOW)
    for place in (f"membres/{row.pk}/retirer", "inviter", "organismes"):
        assert browser.post(member, f"{mine.pk}/dossier/team/{place}").status_code == 403
    assert parts_of(other, mine) == {"member"}


def test_an_organisation_of_the_list_is_named_and_is_the_requester(browser, holder, mine):
    chu = Organisation.objects.get(establishment="chu-rennes")
    said = {"part": "controller", "organisation": chu.pk}
    browser.post(holder, f"{mine.pk}/dossier/team/organismes", said)
    mine.refresh_from_db()
    assert mine.organisation == chu
    row = LegalPerson.objects.get(request=mine)
    browser.post(holder, f"{mine.pk}/dossier/team/organismes/{row.pk}/retirer")
    mine.refresh_from_db()
    assert mine.organisation is None and not mine.legal_persons.exists()


def test_an_organisation_out_of_the_list_is_described_with_its_dpo(browser, holder, mine):
    place = f"{mine.pk}/dossier/team/organismes"
    page = browser.post(holder, place, {"part": "controller", "name": "Start-up Ouest"})
    assert set(page.context["form"].errors) == {"kind", "dpo_email"}
    said = {
        "part": "controller",
        "name": "Start-up Ouest",
        "kind": "startup",
        "country": "fr",
        "dpo_email": "dpo@start.example",
    }
    browser.post(holder, place, said)
    assert Organisation.objects.get(name="Start-up Ouest").country == "FR"
    again = said | {"name": "START-UP OUEST", "part": "sponsor"}
    browser.post(holder, place, again)
    assert Organisation.objects.filter(name__iexact="start-up ouest").count() == 1
    second = said | {"name": "Autre", "part": "controller"}
    page = browser.post(holder, place, second)
    assert "part" in page.context["form"].errors


@pytest.mark.parametrize("state", ["authorised", "access", "suspended", "results", "closed"])
def test_nobody_enters_the_team_of_an_authorised_request_by_an_invitation(
    client, browser, holder, order_key, state
):
    walk = Walk(draft(holder, [LEAD, OTHER], at=NOW), at=NOW)
    stand_at(state, walk)
    # Sent before the authorisation, and still good.
    secret = "s" * 32
    sent = Invitation.objects.create(
        request=walk.request,
        email="late@hopital.example",
        part="member",
        token_sha256=hashlib.sha256(secret.encode()).hexdigest(),
        sent_at=NOW,
        sent_by=holder,
        expires_at=NOW,
    )
    Invitation.objects.update(expires_at=timezone.now() + 30 * DAY)
    ref = walk.case.number
    page = browser.get(holder, f"{ref}/dossier/team")
    assert "par un avenant" in page.text and "Inviter" not in page.text
    said = {"email": "a@b.example", "part": "member"}
    assert browser.post(holder, f"{ref}/dossier/team/inviter", said).url.endswith("/avenants")
    with pytest.raises(ValidationError):
        invited(walk.request, holder, at=walk.now)
    assert list(Invitation.objects.all()) == [sent]

    newcomer = person()
    client.force_login(newcomer)
    assert "par un avenant" in client.get(f"/invitations/{secret}").text
    with pytest.raises(ValidationError, match="par un avenant"):
        team.accept(sent, by=newcomer, at=timezone.now())
    assert parts_of(newcomer, walk.request) == set()
