"""The pages on which a version is prepared, compared, studied, tabled and voted."""

import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from governance.charters import CHARTERS, load_charter, read_charter
from governance.domain import proposals
from governance.models import Adoption, CharterProposal
from governance.queries.committees import members_at
from governance.typography import set_in_french
from tests.people import person, sign_in
from tests.projects.charters.conftest import STRICTER, adopt, finish, hold, text_of
from tests.projects.conftest import NOW


@pytest.fixture
def now(monkeypatch):
    """The pages are read on a day of the tests' year."""
    from django.utils import timezone

    moment = {"at": NOW}
    monkeypatch.setattr(timezone, "now", lambda: moment["at"])
    return moment


def page(client, name, *arguments, status=200):
    answer = client.get(reverse(name, args=arguments))
    assert answer.status_code == status
    text = answer.content.decode()
    if status == 200:
        assert len(re.findall("<h1[ >]", text)) == 1
        assert len(re.findall(r'class="button primary', text)) == 1
    return text


def upload(text):
    return SimpleUploadedFile("2.toml", text.encode(), content_type="application/toml")


def test_others_do_not_find_them(client, proposal):
    sign_in(client, person("case_officer"))
    page(client, "charter_proposals", status=404)
    page(client, "charter_proposal", proposal.pk, status=404)
    sign_in(client, person(("administrator", "chr-orleans")))
    page(client, "charter_proposals")
    page(client, "charter_proposal", proposal.pk, status=404)


def test_a_file_with_a_fault_is_shown_with_its_line(client, coordinator, now):
    sign_in(client, coordinator)
    text = text_of(changes=[("value = 300", 'value = "beaucoup"')])
    answer = client.post(
        reverse("charter_proposal_new"),
        {"charter": "utilisateur", "place": "", "why": "", "file": upload(text)},
    )
    line = text[: text.index("beaucoup")].count("\n") + 1
    assert f"Ligne {line}" in answer.content.decode()
    assert "beaucoup" in answer.content.decode()
    assert "n&#x27;est pas un nombre entier" in answer.content.decode()
    assert not CharterProposal.objects.exists()


def test_a_file_that_is_no_text_is_refused(client, coordinator, now):
    sign_in(client, coordinator)
    answer = client.post(
        reverse("charter_proposal_new"),
        {"charter": "utilisateur", "file": SimpleUploadedFile("x.toml", b"\xff\xfe\x00")},
    )
    assert "UTF-8" in answer.content.decode()


def test_from_the_version_in_force_an_article_is_changed_on_screen(client, coordinator, now):
    sign_in(client, coordinator)
    client.post(reverse("charter_proposal_new"), {"charter": "utilisateur", "place": ""})
    made = proposals.examine(CharterProposal.objects.get(), at=NOW)
    shown = page(client, "charter_proposal", made.pk)
    assert "ne change rien" in shown and 'href="#articles"' in shown
    form = client.get(reverse("charter_article", args=[made.pk, "U-03"])).context["form"]
    said = {name: field.initial for name, field in form.fields.items()}
    assert page(client, "charter_article", made.pk, "U-03")
    answer = client.post(
        reverse("charter_article", args=[made.pk, "U-03"]), said | {"parameter_0_0": 500}
    )
    assert answer.status_code == 302
    made.refresh_from_db()
    shown = page(client, "charter_proposal", made.pk)
    assert "Plus strict" in shown
    assert "500 caractères" in shown.replace("\u202f", " ").replace("\xa0", " ")
    said["steps_0"] = []
    answer = client.post(reverse("charter_article", args=[made.pk, "U-03"]), said)
    assert answer.status_code == 200
    exported = client.get(reverse("charter_file", args=[made.pk]))
    assert exported.content.decode() == made.text


def test_another_check_brings_what_it_reads_to_be_said_next(client, coordinator, now):
    sign_in(client, coordinator)
    client.post(reverse("charter_proposal_new"), {"charter": "utilisateur", "place": ""})
    made = CharterProposal.objects.get()
    address = reverse("charter_article", args=[made.pk, "U-03"])
    form = client.get(address).context["form"]
    said = {name: field.initial for name, field in form.fields.items()}
    answer = client.post(address, said | {"check_0": "data_minimised@1"}, follow=True)
    assert answer.redirect_chain == [(address, 302)]
    assert "relisez ses valeurs" in answer.content.decode()
    asked = answer.context["form"]
    assert [(f.label, f.initial) for n, f in asked.fields.items() if n.startswith("param")] == [
        ("U-03 : Longueur minimale d'un motif", 20)
    ]
    answer = client.post(address, said | {"check_0": "protocol_complete@1"})
    assert (answer.status_code, answer.url) == (302, reverse("charter_proposal", args=[made.pk]))
    made.refresh_from_db()
    assert "protocol_complete@1" in made.text.split('code = "U-04"')[0]


def test_the_items_of_a_list_are_ticked_by_their_names(client, coordinator, now):
    sign_in(client, coordinator)
    client.post(reverse("charter_proposal_new"), {"charter": "utilisateur", "place": ""})
    made = CharterProposal.objects.get()
    address = reverse("charter_article", args=[made.pk, "U-02"])
    form = client.get(address).context["form"]
    said = {name: field.initial for name, field in form.fields.items()}
    permitted = form.fields["parameter_0_0"]
    assert ("care_evaluation", "évaluation des soins") in permitted.choices
    fewer = [each for each in permitted.initial if each != "steering"]
    assert client.post(address, said | {"parameter_0_0": fewer}).status_code == 302
    made.refresh_from_db()
    changed = load_changed(made).article("U-02").clauses[0].values["permitted"]
    assert changed == ("research", "care_evaluation", "coding_quality", "feasibility")
    assert "pilotage" in page(client, "charter_proposal", made.pk)
    answer = client.post(address, said | {"parameter_0_0": ["anything"]})
    assert "anything" in answer.context["form"].errors["parameter_0_0"][0]


def load_changed(proposal):
    return read_charter(proposal.text, charter=proposal.charter, version=proposal.version)


def test_the_date_of_effect_and_the_file_are_changed(client, coordinator, proposal, now):
    sign_in(client, coordinator)
    page(client, "charter_text", proposal.pk)
    address = reverse("charter_text", args=[proposal.pk])
    client.post(address, {"in_force_from": "2026-05-01", "why": "Mieux."})
    proposal.refresh_from_db()
    assert "in_force_from = 2026-05-01" in proposal.text
    client.post(
        address, {"in_force_from": "2026-05-01", "why": "Mieux.", "file": upload(text_of())}
    )
    proposal.refresh_from_db()
    assert proposal.text == text_of()
    assert proposal.why == "Mieux."


def test_from_the_study_to_the_vote(client, coordinator, other, proposal, session, walk, now):
    walk.submit()
    sign_in(client, coordinator)
    page(client, "charter_proposal", proposal.pk)
    page(client, "charter_study", proposal.pk)
    proposals.examine(proposal, at=NOW)
    page(client, "charter_study", proposal.pk)
    client.post(reverse("charter_study", args=[proposal.pk]), {"last": 10})
    assert "hx-get" in page(client, "charter_study", proposal.pk)
    finish(proposal, by=coordinator)
    shown = page(client, "charter_study", proposal.pk)
    assert walk.case.number in shown
    assert "Arrêtée" in shown
    page(client, "charter_table", proposal.pk)
    client.post(reverse("charter_table", args=[proposal.pk]), {"session": session.pk})
    assert "Qui a proposé" in page(client, "charter_proposal", proposal.pk)
    page(client, "charter_vote", proposal.pk, status=404)
    sign_in(client, other)
    assert "ne s'est pas encore tenue" in page(client, "charter_proposal", proposal.pk).replace(
        "&#x27;", "'"
    )
    page(client, "charter_voice", proposal.pk, status=404)
    now["at"] = hold(session)
    for mandate in members_at(session)[:5]:
        sign_in(client, mandate.person)
        page(client, "charter_vote", proposal.pk, status=404)
        shown = page(client, "charter_proposal", proposal.pk)
        assert reverse("charter_voice", args=[proposal.pk]) in shown
        page(client, "charter_voice", proposal.pk)
        wrong = client.post(reverse("charter_voice", args=[proposal.pk]), {"choice": "oui"})
        assert wrong.status_code == 200 and "errorlist" in wrong.content.decode()
        client.post(reverse("charter_voice", args=[proposal.pk]), {"choice": "for"})
        assert "Revoir ma voix" in page(client, "charter_proposal", proposal.pk)
        assert "déjà voté" in page(client, "charter_voice", proposal.pk)
        if mandate.pk == members_at(session)[2].pk:
            sign_in(client, other)
            assert "3 ont voté" in page(client, "charter_vote", proposal.pk)
            refused = client.post(
                reverse("charter_vote", args=[proposal.pk]), {"minutes": "PV-2026-03"}
            )
            assert "3 membres ont voté" in refused.content.decode()
    sign_in(client, other)
    page(client, "charter_voice", proposal.pk, status=404)
    client.post(reverse("charter_vote", args=[proposal.pk]), {"minutes": "PV-2026-03"})
    assert Adoption.objects.get().votes_for == 5
    page(client, "charter_proposal", proposal.pk)
    page(client, "charter_proposals")
    public = client.get("/regles/chartes/utilisateur/versions").content.decode()
    assert "À venir" in public
    assert "5 voix pour" in public
    assert "Longueur minimale" in public
    assert not re.search(r"\bU-\d\d\b", public)


def test_who_votes_reads_what_it_changes_and_not_request_by_request(
    client, coordinator, proposal, session, walk, now
):
    walk.submit()
    finish(proposal, by=coordinator)
    member = person("committee_member")
    sign_in(client, member)
    page(client, "charter_proposal", proposal.pk, status=404)
    proposals.table(proposal, session, by=coordinator, at=NOW)
    assert "Abandonner" not in page(client, "charter_proposal", proposal.pk)
    shown = page(client, "charter_study", proposal.pk)
    assert "Par article" in shown
    assert walk.case.number not in shown
    page(client, "charter_vote", proposal.pk, status=404)
    page(client, "charter_text", proposal.pk, status=404)
    agenda = client.get(reverse("projects:session", args=[session.pk])).content.decode()
    assert reverse("charter_proposal", args=[proposal.pk]) in agenda


def test_a_version_is_taken_off_the_agenda_then_given_up(
    client, coordinator, proposal, session, now
):
    finish(proposal, by=coordinator)
    proposals.table(proposal, session, by=coordinator, at=NOW)
    sign_in(client, coordinator)
    address = reverse("charter_give_up", args=[proposal.pk])
    assert client.get(address).status_code == 200
    client.post(address)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.session) == ("prepared", None)
    client.post(address)
    proposal.refresh_from_db()
    assert proposal.state == "withdrawn"
    assert client.get(address).status_code == 404


def test_the_list_takes_a_constant_number_of_queries(
    client, coordinator, now, django_assert_max_num_queries
):
    sign_in(client, coordinator)
    for _ in range(4):
        proposals.propose(
            charter="utilisateur", text=text_of(changes=STRICTER), why="", by=coordinator, at=NOW
        )
    with django_assert_max_num_queries(16):
        client.get(reverse("charter_proposals"))


def test_the_public_versions_of_a_charter_nobody_changed(client, establishments):
    shown = client.get("/regles/chartes/citoyen/versions").content.decode()
    assert "La première version." in shown
    assert load_charter("citoyen", "1").version == "1"
    assert client.get("/regles/chartes/lune/versions").status_code == 404


def test_the_public_page_of_an_article_says_each_of_its_parameters(client, establishments):
    lists = {}
    for charter in CHARTERS:
        for article in load_charter(charter, "1").articles:
            shown = unescape(
                client.get(f"/regles/chartes/{charter}/{article.code}").content.decode()
            )
            for clause in article.clauses:
                for parameter in clause.parameters.values():
                    label = set_in_french(parameter.label["fr"])
                    assert shown.count(f"<dt>{label}</dt>") == 1, parameter
                    if parameter.type == "codes":
                        said = shown.split(f"<dt>{label}</dt>")[1].split("</dd>")[0]
                        lists[clause.code, parameter.name] = said.split(">")[1]
    assert len(lists) == 11
    assert lists["P-12", "grounds"] == (
        "données non détenues ou inadaptées, obstacle juridique, droits ou secrets de tiers et "
        "capacité"
    )
    assert lists["U-02", "permitted"].startswith("recherche, évaluation des soins, pilotage")
    assert not [said for said in lists.values() if "_" in said]


def test_a_step_of_amendments_that_an_article_guards_is_on_its_page(
    client, coordinator, other, session, now
):
    guarded = (('steps = ["authorise"]', 'steps = ["authorise", "accept"]'),)
    adopt(text_of(changes=guarded), session, coordinator, other)
    now["at"] = NOW.replace(month=3, day=20)
    pages = [client.get(f"/regles/chartes/utilisateur/{code}") for code in ("U-07", "U-09")]
    assert ["Accepter l&#x27;avenant" in each.content.decode() for each in pages] == [True, False]
