"""The public register: what is in it, how it is searched, and what it must never say."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse

from catalog.domain.orders import issue_order
from governance.process.engine import take_step
from projects.demonstration import network
from projects.domain import amendments, drafts
from projects.models import Extraction
from projects.queries import register
from tests.catalog.making import order_key
from tests.projects.conftest import NOW
from tests.projects.walks import Walk, draft

pytestmark = pytest.mark.django_db


def text_of(response) -> str:
    """The words of a page, without its markup."""
    main = response.content.decode().split("<main", 1)[1].split("</main>", 1)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def numbers(response) -> list[str]:
    return re.findall(r'href="/projets/(\d{4}-\d{4})"', response.content.decode())


def project(client, request, language=""):
    return client.get(f"{language}/projets/{request.case.number}")


def test_a_deposited_request_is_not_public_before_it_is_admitted(client, walk):
    walk.until("admissibility")
    assert numbers(client.get("/projets")) == []
    assert project(client, walk.request).status_code == 404


def test_an_admitted_request_is_listed_and_shown(client, walk):
    walk.until("instruction")
    assert numbers(client.get("/projets")) == [walk.case.number]
    said = text_of(project(client, walk.request))
    assert walk.request.plain_title in said
    assert walk.request.plain_summary[:60] in said


def test_the_projects_one_may_object_to_are_told_by_number(client, walk, holder):
    refused = Walk(draft(holder, ["chu-brest"], at=NOW), at=NOW).until("instruction")
    refused.take("refuse", refused.staff("delegate"), articles=["U-02"], reason="Interdit.")
    deposited = walk.until("admissibility").case.number
    assert client.get("/projets/titres.json").json() == {}
    walk.until("instruction")
    answer = client.get("/projets/titres.json")
    assert answer.json() == {deposited: walk.request.plain_title}
    assert "public" in answer["Cache-Control"]
    assert f'/vos-droits/opposition/en-ligne#{deposited}"' in (
        project(client, walk.request).content.decode()
    )


def test_the_holder_and_the_data_stay_out_until_the_authorisation(client, walk):
    walk.until("preparation")
    before = text_of(project(client, walk.request))
    assert "Le Gall" not in before
    assert "75 ans et plus, hospitalisées au moins" not in before
    assert "Ministère de la santé" not in before
    walk.until("authorised")
    after = text_of(project(client, walk.request))
    assert "Marion Le Gall" in after
    assert "75 ans et plus, hospitalisées au moins" in after
    assert "Ministère de la santé" in after


def test_nobody_else_is_named_even_after_the_authorisation(client, walk):
    walk.until("authorised")
    said = text_of(project(client, walk.request))
    for decision in walk.case.decisions.select_related("by"):
        if decision.by and decision.by != walk.holder:
            assert decision.by.get_full_name() not in said


def test_the_scientific_title_and_the_acronym_are_neither_said_nor_found(client, walk):
    walk.until("instruction")
    said = text_of(project(client, walk.request))
    assert "IATROS" not in said
    assert "Iatrogénie" not in said
    assert numbers(client.get("/projets", {"q": "iatros"})) == []
    assert numbers(client.get("/projets", {"q": "iatrogénie"})) == []


@pytest.mark.parametrize(
    "words", ["médicaments", "MÉDICAMENT", "medicaments", "accident", "Prévenir", "coeur", "cœur"]
)
def test_accents_case_plurals_and_ligatures_do_not_matter(client, holder, words):
    said = {"project": {"plain_title": "Médicaments du cœur : prévenir les accidents"}}
    walk = Walk(draft(holder, ["chu-rennes"], at=NOW, answers=said), at=NOW).until("instruction")
    assert numbers(client.get("/projets", {"q": words})) == [walk.case.number]


@pytest.mark.parametrize(("until", "public"), [("admissibility", False), ("instruction", True)])
def test_words_written_again_are_found_once_the_request_is_admitted(client, walk, until, public):
    walk.until(until)
    point = {"section": "project", "text": "Précisez le titre."}
    walk.take("return", walk.staff("case_officer"), details={"points": [point]})
    before = walk.request.plain_title
    drafts.save_section(
        walk.request,
        "project",
        {"plain_title": "Mieux vivre avec un glaucome"},
        replaces={"plain_title": before},
        by=walk.holder,
        at=walk.now,
    )
    found = [walk.case.number] if public else []
    assert numbers(client.get("/projets", {"q": "glaucomes"})) == found
    assert numbers(client.get("/projets", {"q": before})) == []


def test_filters_by_hospital_year_and_state(client, holder):
    rennes = Walk(draft(holder, ["chu-rennes"], at=NOW), at=NOW).until("instruction")
    brest = Walk(draft(holder, ["chu-brest"], at=NOW), at=NOW).until("authorised")

    def found(**asked):
        return numbers(client.get("/projets", asked))

    assert found(hopital="chu-rennes") == [rennes.case.number]
    assert found(etat="preparation") == [brest.case.number]
    assert found(etat="etude") == [rennes.case.number]
    assert sorted(found(annee="2026")) == sorted([rennes.case.number, brest.case.number])
    assert found(annee="2025") == found(), "a year that is not a choice filters nothing"


def test_a_refusal_before_admission_shows_its_articles_and_hides_who_and_what(client, walk):
    walk.until("admissibility")
    walk.take("refuse", walk.staff("delegate"), articles=["U-02"], reason="Finalité interdite.")
    response = project(client, walk.request)
    said = text_of(response)
    assert response.status_code == 200
    assert "Une finalité permise" in said
    assert walk.request.plain_title not in said
    assert walk.request.plain_summary[:40] not in said
    assert walk.request.organisation.name not in said.split("L’histoire")[0]
    assert "Le Gall" not in said
    assert "Finalité interdite." not in said
    assert numbers(client.get("/projets", {"q": "médicaments"})) == []


def test_each_decision_has_its_articles_by_title_and_its_proof(client, walk):
    walk.until("authorised")
    page = project(client, walk.request).content.decode()
    for decision in walk.case.decisions.select_related("attestation"):
        assert reverse("ledger_leaf", args=[decision.attestation.leaf_index]) in page
    assert "L&#x27;intérêt public démontré" in page
    assert not re.search(r"\b[UPC]-\d{2}", text_of(project(client, walk.request)))


def test_until_when_one_can_object_is_the_notice_and_thirty_days(client, walk):
    walk.until("preparation")
    assert "La date jusqu’à laquelle s’opposer paraîtra ici" in text_of(
        project(client, walk.request)
    )
    walk.until("authorised")
    notice = walk.case.records.filter(kind="notice_online").get()
    online = date.fromisoformat(notice.data["on"])
    shown = register.project(walk.case.number, at=walk.now).objection
    assert (shown.prepared_on, shown.until) == (None, online + timedelta(days=30))
    later = register.project(walk.case.number, at=walk.now + timedelta(days=40)).objection
    assert later.until is None, "a day that is past is no longer promised"
    said = text_of(project(client, walk.request))
    assert "Ensuite, vous pourrez encore vous opposer" in said
    assert "il ne peut pas savoir si vous en faites partie" in said


def test_it_says_when_the_data_began_to_be_prepared(client, walk, tmp_path, settings):
    order_key(tmp_path, settings)
    walk.until("authorised")
    track = walk.case.tracks.get(kind="site")
    Extraction.objects.create(
        track=track,
        order=issue_order("extract", track.establishment, {}, by=None, at=walk.now),
        launched_at=walk.now,
        launched_by=walk.holder,
    )
    assert "Les données ont commencé à être préparées le" in text_of(project(client, walk.request))


@pytest.mark.parametrize("number", ["2026-9999", "x", "2026-0001%00", "..", "2026-0001'--"])
def test_what_is_not_a_public_number_is_not_found(client, db, number):
    assert client.get(f"/projets/{number}").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"q": "\x00"},
        {"q": "'\"&|!():*<->"},
        {"q": "-"},
        {"q": "é" * 5000},
        {"hopital": "nulle-part", "annee": "abc", "etat": "x"},
        {"page": "-1"},
        {"page": "zz"},
        {"page": "99999999999999999999"},
        {"avant": "x"},
        {"avant": "99999999999999999999999"},
        {"avant": "-1"},
    ],
)
def test_junk_is_answered_calmly(client, db, query):
    assert client.get("/projets", query).status_code == 200
    assert client.get("/regles/decisions", query).status_code == 200


def many(holder, number):
    for _ in range(number):
        Walk(draft(holder, ["chu-rennes", "chu-brest"], at=NOW), at=NOW).until("instruction")


def test_the_list_takes_as_many_queries_for_ten_projects_as_for_one(
    client, holder, django_assert_max_num_queries
):
    many(holder, 1)
    with django_assert_max_num_queries(9) as one:
        client.get("/projets", {"q": "accidents"})
    many(holder, 5)
    with django_assert_max_num_queries(9) as six:
        client.get("/projets", {"q": "accidents"})
    assert len(six) == len(one)


def test_a_project_and_the_decisions_take_a_bounded_number_of_queries(
    client, walk, django_assert_max_num_queries
):
    walk.until("authorised")
    for number in range(3):
        made = propose(walk, "period", {"months": 36 + number})
        take_step(
            made.case,
            "reject",
            by=walk.staff("delegate"),
            at=walk.now,
            articles=("U-10",),
            reason="Trop long.",
        )
    with django_assert_max_num_queries(18):
        project(client, walk.request)
    with django_assert_max_num_queries(4):
        client.get("/regles/decisions")


def propose(walk, kind, change):
    return amendments.propose(
        walk.request, kind, change, "Pour finir l'analyse.", by=walk.holder, at=walk.now
    )


def test_an_amendment_is_told_once_answered_with_its_articles_and_proof_and_nobody_s_name(
    client, walk
):
    walk.until("authorised")
    newcomer = network.person("Yann Kerbrat", at=walk.now)
    made = propose(walk, "member", {"act": "join", "email": newcomer.email})
    longer = propose(walk, "period", {"months": 36})
    officer, delegate = walk.staff("case_officer"), walk.staff("delegate")
    take_step(made.case, "examine", by=officer, at=walk.now, outcome="examined", reason="Bien.")
    before = text_of(project(client, walk.request))
    assert "Avenant" not in before and "Prêt à être décidé" not in before
    accepted = take_step(made.case, "accept", by=delegate, at=walk.now)
    refused = take_step(
        longer.case, "reject", by=delegate, at=walk.now, articles=("U-10",), reason="Trop long."
    )
    for page in (project(client, walk.request), client.get("/regles/decisions")):
        said, content = text_of(page), page.content.decode()
        assert "Avenant accepté · faire entrer une personne dans l’équipe" in said
        assert "Avenant refusé · porter la durée d’accès à 36 mois" in said
        assert "Une équipe en règle" in said and "Une durée bornée" in said
        assert "Kerbrat" not in said and "Trop long" not in said
        for decision in (accepted, refused):
            assert f"/ledger/feuille/{decision.attestation.leaf_index}" in content
    told = client.get(f"/api/v1/public/projects/{walk.case.number}").json()["events"]
    assert [event["step"] for event in told[-2:]] == ["accept", "reject"]
    assert told[-1]["articles"] == ["U-10"]


def test_decisions_are_listed_newest_first_with_their_articles(client, walk):
    walk.until("authorised")
    said = text_of(client.get("/regles/decisions"))
    assert said.index("Autorisée") < said.index("Avis favorable") < said.index("Recevable")
    assert "Pas de vente" in said


def test_older_decisions_are_one_click_away(client, holder, monkeypatch):
    monkeypatch.setattr("projects.views.public.A_PAGE", 3)
    many(holder, 5)
    first = client.get("/regles/decisions")
    older = re.search(r'href="(\?avant=\d+)"', first.content.decode())[1]
    second = client.get(f"/regles/decisions{older}")

    def shown(page):
        return set(re.findall(r"/ledger/feuille/(\d+)", page.content.decode()))

    assert len(shown(first)) == 3
    assert shown(second)
    assert not shown(first) & shown(second)


def test_the_decisions_of_a_request_that_is_not_public_are_not_listed(client, walk):
    walk.until("admissibility")
    assert walk.case.number not in client.get("/regles/decisions").content.decode()
