"""A section of the dossier: saved as one types or by a button, by whoever may, when one may."""

import json

import pytest

from projects.domain import choices, drafts, team
from projects.dossier.form import SECTIONS
from projects.models import AskedSite, Section
from projects.queries.history import route_words
from tests.people import PASSWORD, person
from tests.projects.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(holder):
    """An empty draft."""
    return drafts.create(by=holder, at=NOW, title="Une étude sur les chutes")


def address(demand, code):
    return f"/demandes/{demand.case.number or demand.pk}/dossier/{code}"


def was(page):
    return json.loads(page.context["shown"].was_text)


def opened(browser, someone, demand, code):
    """What the page's form would send back, untouched."""
    page = browser.get(someone, address(demand, code))
    fields = {name: page.context["shown"].form[name].value() for name in was(page)["values"]}
    said = {name: value for name, value in fields.items() if value not in (None, "", [])}
    return said | {"was": page.context["shown"].was_text}


def autosave(browser, someone, demand, code, said):
    client = browser.signed_in(someone)
    return client.post(address(demand, code), said, headers={"HX-Request": "true"})


def answers(demand, code):
    return Section.objects.get(request=demand, code=code).answers


@pytest.mark.parametrize("code", [s.code for s in SECTIONS])
def test_each_section_opens_empty_and_full(browser, holder, mine, walk, code):
    for demand in (mine, walk.request):
        page = browser.get(holder, address(demand, code))
        assert page.status_code == 200
        assert page.text.count("<h1") == 1 and page.text.count('class="button primary"') == 1


def test_who_decides_reads_the_population_that_the_hospitals_extract(browser, holder, mine, walk):
    """What the team writes of its population is not what the sites' programs read."""
    walk.until("committee")
    for someone in (walk.staff("case_officer"), walk.holder):
        page = browser.get(someone, address(walk.request, "data")).text
        assert "un diagnostic : I50 et tout ce qui en dépend" in page
    page = browser.get(holder, address(mine, "data")).text
    assert "Aucune définition en critères n’est jointe" in page


def test_the_dossier_says_how_far_each_section_is_and_who_wrote_last(browser, holder, mine, walk):
    page = browser.get(holder, f"{mine.pk}/dossier")
    assert [each.status for each in page.context["sections"]].count("done") == 0
    page = browser.get(holder, f"{walk.request.pk}/dossier")
    assert {each.status for each in page.context["sections"]} == {"done"}
    assert "Modifié par Marion Le Gall" in page.text


def test_the_button_saves_and_leads_to_the_next_section(browser, holder, mine):
    said = opened(browser, holder, mine, "project") | {
        "plain_title": "Éviter les chutes",
        "go": address(mine, "team"),
    }
    answer = browser.post(holder, address(mine, "project"), said)
    assert answer.headers["Location"] == address(mine, "team")
    mine.refresh_from_db()
    assert mine.plain_title == "Éviter les chutes"


@pytest.mark.parametrize(
    "go", ["https://ailleurs.example/", "//ailleurs.example", "/compte", "\\\\x"]
)
def test_the_button_leads_nowhere_outside_the_dossier(browser, holder, mine, go):
    said = opened(browser, holder, mine, "project") | {"go": go}
    assert browser.post(holder, address(mine, "project"), said).headers["Location"] == address(
        mine, "project"
    )


def test_what_is_typed_is_saved_by_itself_and_says_when(browser, holder, mine):
    said = opened(browser, holder, mine, "purpose") | {"public_interest": "Moins de chutes."}
    page = autosave(browser, holder, mine, "purpose", said)
    assert page.text.startswith("Enregistré à ")
    assert answers(mine, "purpose") == {"public_interest": "Moins de chutes."}
    assert was(page)["values"]["public_interest"] == "Moins de chutes."


def test_two_editors_each_keep_their_field(browser, holder, mine):
    writer = person()
    team.join(mine, writer, "writer", at=NOW)
    first = opened(browser, holder, mine, "protocol")
    second = opened(browser, writer, mine, "protocol")
    autosave(browser, holder, mine, "protocol", first | {"design": "Cohorte rétrospective."})
    autosave(browser, writer, mine, "protocol", second | {"protocol_version": "1.2"})
    assert answers(mine, "protocol") == {
        "design": "Cohorte rétrospective.",
        "protocol_version": "1.2",
    }


def test_a_true_overlap_shows_both_and_the_person_chooses(browser, holder, mine):
    writer = person()
    team.join(mine, writer, "writer", at=NOW)
    first = opened(browser, holder, mine, "protocol")
    second = opened(browser, writer, mine, "protocol")
    autosave(browser, holder, mine, "protocol", first | {"design": "Une cohorte rétrospective."})
    typed = second | {"design": "Un essai randomisé en grappes."}
    page = browser.post(writer, address(mine, "protocol"), typed)
    assert "Une cohorte rétrospective." in page.text
    assert "Un essai randomisé en grappes." in page.text
    assert answers(mine, "protocol")["design"] == "Une cohorte rétrospective."

    again = typed | {"was": page.context["shown"].was_text}
    browser.post(writer, address(mine, "protocol"), again)
    assert answers(mine, "protocol")["design"] == "Une cohorte rétrospective."
    browser.post(writer, address(mine, "protocol"), again | {"keep-design": "mine"})
    assert answers(mine, "protocol")["design"] == "Un essai randomisé en grappes."


def test_taking_the_other_version_shows_it(browser, holder, mine):
    writer = person()
    team.join(mine, writer, "writer", at=NOW)
    second = opened(browser, writer, mine, "protocol")
    first = opened(browser, holder, mine, "protocol")
    autosave(browser, holder, mine, "protocol", first | {"design": "Une cohorte rétrospective."})
    asked = autosave(browser, writer, mine, "protocol", second | {"design": "Un essai."})
    taken = second | {
        "design": "Un essai.",
        "was": asked.context["shown"].was_text,
        "keep-design": "theirs",
    }
    page = autosave(browser, writer, mine, "protocol", taken)
    assert "Une cohorte rétrospective.</textarea>" in page.text
    assert answers(mine, "protocol")["design"] == "Une cohorte rétrospective."


def test_a_question_appears_when_an_answer_makes_it_matter_with_and_without_script(
    browser, holder, mine
):
    said = opened(browser, holder, mine, "data")
    assert "delivery_reason" not in was(browser.get(holder, address(mine, "data")))["values"]
    by_itself = autosave(browser, holder, mine, "data", said | {"delivery_kind": "pseudonymised"})
    assert 'hx-swap-oob="afterend:#q-delivery_kind"' in by_itself.text
    assert "delivery_reason" in was(by_itself)["values"]
    back = opened(browser, holder, mine, "data") | {"delivery_kind": "aggregates"}
    gone = autosave(browser, holder, mine, "data", back)
    assert '<div id="q-delivery_reason" hx-swap-oob="delete">' in gone.text
    plain = opened(browser, holder, mine, "data") | {
        "delivery_kind": "pseudonymised",
        "go": address(mine, "sites"),
    }
    answer = browser.post(holder, address(mine, "data"), plain)
    assert answer.headers["Location"] == address(mine, "data")


def test_only_the_regulatory_questions_that_matter_are_asked(browser, holder, mine):
    drafts.save_section(
        mine,
        "purpose",
        {"purpose": "research", "prohibited_answered": True},
        replaces={},
        by=holder,
        at=NOW,
    )
    first = opened(browser, holder, mine, "regulatory")
    assert list(json.loads(first["was"])["values"]) == ["intervention"]
    page = autosave(browser, holder, mine, "regulatory", first | {"intervention": "unclear"})
    assert "trancher" in page.text


def test_the_route_computed_is_shown_with_its_reasons(browser, walk):
    page = browser.get(walk.holder, address(walk.request, "regulatory"))
    assert page.context["panel"]["route"]["formality"] == route_words("MR-004")
    assert len(page.context["panel"]["route"]["because"]) > 5


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("project", {"title": "x" * 241}),
        ("project", {"plain_summary": "nul\0"}),
        ("team", {"requester_kind": "pirate"}),
        ("team", {"in_network": "peut-être"}),
        ("purpose", {"prohibited": ["promotion", "rien"]}),
        ("data", {"period_start": "2019-02-30"}),
        ("data", {"period_start": "hier"}),
        ("calendar", {"access_months": "douze"}),
        ("calendar", {"fee": "-3"}),
        ("calendar", {"fee": "NaN"}),
        ("protocol", {"design": "x" * 20_001}),
    ],
)
def test_what_is_malformed_is_said_beside_its_field_and_the_rest_is_saved(
    browser, holder, mine, code, wrong
):
    said = opened(browser, holder, mine, code) | wrong
    page = browser.post(holder, address(mine, code), said)
    assert page.status_code == 200
    assert list(page.context["shown"].form.errors) == list(wrong)
    by_itself = autosave(browser, holder, mine, code, said)
    assert "pas encore enregistrée" in by_itself.text
    assert not set(answers(mine, code)) & set(wrong)


@pytest.mark.parametrize(
    "was_sent", ["", "{", "null", '{"values": {"title": {"a": 1}}}', "[" * 9000]
)
def test_a_page_that_lies_about_what_it_showed_writes_nothing_wrong(
    browser, holder, mine, was_sent
):
    said = {"title": "Autre titre", "was": was_sent}
    assert autosave(browser, holder, mine, "project", said).status_code == 200
    mine.refresh_from_db()
    assert mine.title == "Une étude sur les chutes"


def test_a_reader_of_the_team_does_not_write(browser, holder, mine):
    member = person()
    team.join(mine, member, "member", at=NOW)
    page = browser.get(member, address(mine, "project"))
    assert page.status_code == 200 and "<textarea" not in page.text
    assert browser.post(member, address(mine, "project"), {"title": "x"}).status_code == 403


def test_a_deposited_request_is_read_only(browser, walk):
    walk.submit()
    page = browser.get(walk.holder, address(walk.request, "project"))
    assert "<textarea" not in page.text and "IATROS" in page.text
    said = {"title": "Autre", "was": json.dumps({"values": {"title": walk.request.title}})}
    answer = browser.post(walk.holder, address(walk.request, "project"), said)
    assert answer.headers["Location"] == f"/demandes/{walk.case.number}/dossier"
    walk.request.refresh_from_db()
    assert walk.request.title.startswith("Iatrogénie")


def test_in_completion_only_the_sections_of_open_points_are_written_and_points_are_answered(
    browser, walk
):
    walk.submit()
    point = {"section": "protocol", "text": "Précisez le schéma."}
    walk.take("return", walk.staff("case_officer"), details={"points": [point]})
    assert "<textarea" not in browser.get(walk.holder, address(walk.request, "project")).text
    said = opened(browser, walk.holder, walk.request, "protocol")
    asked = walk.request.points.get()
    said |= {f"point-{asked.pk}": "Le schéma est précisé au paragraphe 3."}
    autosave(browser, walk.holder, walk.request, "protocol", said)
    asked.refresh_from_db()
    assert asked.state == "open", "an answer half typed answers nothing"
    browser.post(walk.holder, address(walk.request, "protocol"), said)
    asked.refresh_from_db()
    assert (asked.state, asked.answer) == ("answered", "Le schéma est précisé au paragraphe 3.")


def test_typed_text_survives_the_end_of_a_session(client, browser, mine, holder):
    holder.set_password(PASSWORD)
    holder.save()
    holder.emailaddress_set.create(email=holder.email, verified=True, primary=True)
    said = opened(browser, holder, mine, "project") | {"plain_title": "Tapé pour rien ?"}
    client.logout()
    holder.authenticator_set.all().delete()
    by_itself = client.post(address(mine, "project"), said, headers={"HX-Request": "true"})
    assert by_itself.status_code == 401 and "Votre session est terminée" in by_itself.text
    plain = client.post(address(mine, "project"), said)
    door = plain.headers["Location"]
    client.post(door, {"login": holder.email, "password": PASSWORD})
    page = client.get(address(mine, "project"))
    assert "Ce que vous aviez tapé est là" in page.text
    assert 'value="Tapé pour rien ?"' in page.text
    mine.refresh_from_db()
    assert mine.plain_title == "", "nothing is saved but by the person"
    kept = said | {"was": page.context["shown"].was_text}
    client.post(address(mine, "project"), kept)
    mine.refresh_from_db()
    assert mine.plain_title == "Tapé pour rien ?"
    assert "Ce que vous aviez tapé" not in client.get(address(mine, "project")).text


def test_the_establishments_are_ticked_and_one_leads(browser, holder, mine):
    said = {"sites": ["chu-rennes", "ico"], "lead": "ico"}
    browser.post(holder, address(mine, "sites"), said)
    asked = AskedSite.objects.filter(request=mine)
    assert {(a.establishment_id, a.leads) for a in asked} == {("chu-rennes", False), ("ico", True)}
    page = browser.post(holder, address(mine, "sites"), {"sites": ["ailleurs"]})
    assert page.status_code == 200 and "Inconnu" in page.text
    page = browser.post(holder, address(mine, "sites"), {"sites": ["ico"], "lead": "chu-brest"})
    assert page.status_code == 200 and asked.count() == 2


def test_a_section_costs_the_same_however_full(browser, walk, django_assert_max_num_queries):
    client = browser.signed_in(walk.holder)
    for code in ("data", "sites", "team", "regulatory"):
        with django_assert_max_num_queries(34):
            client.get(address(walk.request, code))


def test_an_unknown_section_is_not_found(browser, holder, mine):
    assert browser.get(holder, address(mine, "secret")).status_code == 404


def test_establishments_are_saved_as_they_are_chosen(browser, mine, holder):
    said = opened(browser, holder, mine, "sites")
    saved = autosave(browser, holder, mine, "sites", said | {"sites": ["chu-rennes", "ico"]})
    assert "Enregistré à" in saved.content.decode()
    rows = mine.asked_sites.values_list("establishment", "leads")
    assert set(rows) == {("chu-rennes", True), ("ico", False)}
    both = {"sites": ["ico"], "lead": "chu-rennes"}
    page = autosave(browser, holder, mine, "sites", said | both).content.decode()
    assert list(mine.asked_sites.values_list("establishment", "leads")) == [("ico", True)]
    assert 'id="lead-ico" name="lead" value="ico" checked hx-swap-oob="true"' in page
    wrong = autosave(browser, holder, mine, "sites", said | {"sites": ["ico"], "lead": "chu-brest"})
    assert "l&#x27;un des établissements" in wrong.content.decode()
    assert "Enregistré" not in wrong.content.decode()
    form = browser.get(holder, address(mine, "sites")).content.decode()
    assert "from:#places" in form and 'id="places"' in form


def test_establishments_are_not_saved_as_chosen_once_deposited(browser, walk):
    walk.submit()
    point = {"section": "sites", "text": "Pourquoi ces hôpitaux ?"}
    walk.take("return", walk.staff("case_officer"), details={"points": [point]})
    page = browser.get(walk.holder, address(walk.request, "sites")).content.decode()
    assert "Depuis le dépôt" in page and "hx-post" not in page


def test_two_people_who_tick_establishments_at_once_lose_nothing(browser, holder, mine):
    writer = person(email="redac@hopital.example")
    team.join(mine, writer, "writer", at=NOW)
    untouched = opened(browser, holder, mine, "sites") | {"sites-shown": "", "lead-shown": ""}
    autosave(browser, writer, mine, "sites", untouched | {"sites": ["chu-brest"]})
    page = autosave(browser, holder, mine, "sites", untouched | {"sites": ["ico"]})
    rows = dict(mine.asked_sites.values_list("establishment", "leads"))
    assert rows == {"chu-brest": True, "ico": False}
    said = page.content.decode()
    box = 'id="site-chu-brest" name="sites" value="chu-brest" checked hx-swap-oob="true"'
    assert box in said, "the other's tick appears on the page"
    assert 'id="site-ico"' not in said, "what one ticked is left as it is"
    assert 'name="sites-shown" value="chu-brest ico "' in said
    form = browser.get(holder, address(mine, "sites")).content.decode()
    assert 'name="lead-shown" value="chu-brest"' in form


def test_who_conducts_is_never_replaced_unread(browser, holder, mine):
    both = {"sites": ["chu-brest", "ico"], "sites-shown": "chu-brest ico", "lead-shown": "ico"}
    choices.choose_sites(mine, both["sites"], lead="chu-brest", by=holder, at=NOW)
    AskedSite.objects.create(request=mine, establishment_id="chu-rennes")
    said = opened(browser, holder, mine, "sites") | both | {"lead": "chu-rennes"}
    page = autosave(
        browser, holder, mine, "sites", said | {"sites": [*both["sites"], "chu-rennes"]}
    )
    assert "son choix est resté" in page.content.decode()
    assert mine.asked_sites.get(leads=True).establishment_id == "chu-brest"
