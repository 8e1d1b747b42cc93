"""The Résultats tab and the amendments' pages."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance.process.engine import take_step
from projects.demonstration import network
from projects.domain import amendments, extractions, openings
from projects.models import PlainResults, Result
from tests.projects.site_program import SiteProgram

BIB = b"@article{a, title={Un article}, doi={10.1000/abc.1}, year={2026}}"


@pytest.fixture
def authorised(walk):
    """Authorised, today."""
    walk.until("authorised")
    walk.now = max(walk.now, timezone.now())
    return walk


def text(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def test_results_wait_for_the_access(authorised, browser):
    ref = authorised.case.number
    assert "Les résultats viennent après" in text(
        browser.get(authorised.holder, f"{ref}/resultats")
    )
    assert browser.get(authorised.holder, f"{ref}/resultats/nouveau").status_code == 404
    assert browser.post(authorised.holder, f"{ref}/resultats/importer").status_code == 404


def test_amendments_are_proposed_followed_and_decided(authorised, browser):
    ref, holder = authorised.case.number, authorised.holder
    assert "Aucun avenant" in text(browser.get(holder, f"{ref}/avenants"))
    assert "Prolonger" in text(browser.get(holder, f"{ref}/avenants/nouveau"))
    form = f"{ref}/avenants/nouveau/period"
    wrong = browser.post(holder, form, {"months": "12", "reason": "Pour finir."})
    assert "déjà de 24" in text(wrong)
    made = browser.post(holder, form, {"months": "36", "reason": "Pour finir l'analyse."})
    page = made.url
    officer, delegate = authorised.staff("case_officer"), authorised.staff("delegate")
    waiting = text(browser.get(holder, page))
    assert "Qui agit ensuite : chargé de dossier, au plus tard le" in waiting
    for reader in (holder, officer, delegate):
        assert text(browser.get(reader, page)).count('class="button primary') == 1
    assert "Examiner l&#x27;avenant" in text(browser.get(officer, page))
    assert browser.get(holder, f"{page}/examine").status_code == 404
    browser.post(officer, f"{page}/examine", {"outcome": "examined", "reason": "Rien à redire."})
    refused = browser.post(delegate, f"{page}/reject", {"reason": "Trop long."})
    assert "cite au moins un article" in text(refused)
    browser.post(delegate, f"{page}/accept", {"reason": ""})
    authorised.request.access_period.refresh_from_db()
    assert authorised.request.access_period.months == 36
    assert "Avenant accepté" in text(browser.get(holder, page))
    assert browser.post(holder, f"{page}/withdraw").status_code == 404


def test_amendments_are_proposed_by_the_holder_alone(authorised, browser):
    ref = authorised.case.number
    for other in (authorised.staff("case_officer"), authorised.staff("data_engineer")):
        assert browser.get(other, f"{ref}/avenants").status_code == 200
        assert browser.get(other, f"{ref}/avenants/nouveau").status_code == 404
        assert browser.post(other, f"{ref}/avenants/nouveau/period").status_code == 404
    stranger = network.person("Yann Kerbrat", at=authorised.now)
    assert browser.get(stranger, f"{ref}/avenants").status_code == 404


def test_the_list_of_amendments_costs_the_same_whatever_its_length(authorised, browser):
    client, address = (
        browser.signed_in(authorised.holder),
        f"/demandes/{authorised.case.number}/avenants",
    )

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    people = [network.person(f"Ana{n} Le Floch", at=authorised.now) for n in range(4)]
    propose(authorised, people[0])
    client.get(address)
    one = queries()
    for person in people[1:]:
        propose(authorised, person)
    assert queries() == one


def propose(walk, person):
    made = amendments.propose(
        walk.request,
        "member",
        {"act": "join", "email": person.email},
        "Elle mène l'analyse.",
        by=walk.holder,
        at=walk.now,
    )
    take_step(made.case, "withdraw", by=walk.holder, at=walk.now)


@pytest.fixture
def in_use(authorised, order_key):
    track = authorised.case.tracks.get(kind="site")
    engineer = authorised.staff("data_engineer")
    made = extractions.launch(track, by=engineer, at=authorised.now)
    SiteProgram("chu-rennes", at=authorised.now).delivers(made.order)
    take_step(authorised.case, "deliver", by=engineer, at=authorised.now, track=track)
    openings.open_what_is_ready(authorised.case, at=timezone.now())
    authorised.case.refresh_from_db()
    assert authorised.case.state == "access"
    return authorised


def test_results_are_declared_imported_corrected_and_summed_up(in_use, browser):
    ref, holder = in_use.case.number, in_use.holder
    new = f"{ref}/resultats/nouveau"
    assert "Quelle sorte" in text(browser.get(holder, new))
    wrong = browser.post(holder, f"{new}/software", {"title": "Un logiciel"})
    assert "Donnez le SWHID" in text(wrong)
    assert browser.get(holder, f"{new}/poem").status_code == 404
    browser.post(
        holder,
        f"{new}/patent",
        {"title": "Un procédé", "deferred_until": "2027-06-01", "cites_number": "on"},
    )
    patent = Result.objects.get()
    assert "Différé jusqu’au" in text(browser.get(holder, f"{ref}/resultats"))
    browser.post(
        holder,
        f"{ref}/resultats/{patent.pk}",
        {"title": "Un autre procédé", "deferred_until": "2027-06-01"},
    )
    patent.refresh_from_db()
    assert (patent.title, patent.cites_number) == ("Un autre procédé", False)
    browser.post(
        holder,
        f"{ref}/resultats/importer",
        {"file": SimpleUploadedFile("refs.bib", BIB, "text/x-bibtex")},
    )
    assert Result.objects.filter(doi="10.1000/abc.1").count() == 1
    browser.post(holder, f"{ref}/resultats/importer", {"text": BIB.decode()})
    assert Result.objects.count() == 2
    junk = browser.post(
        holder, f"{ref}/resultats/importer", {"file": SimpleUploadedFile("x.bib", b"\x00junk")}
    )
    assert "Aucune référence lisible" in text(junk)
    huge = SimpleUploadedFile("x.bib", b"@" * 600_000)
    assert "500 ko" in text(browser.post(holder, f"{ref}/resultats/importer", {"file": huge}))
    assert "200 caractères au moins" in text(browser.get(holder, f"{ref}/resultats/resume"))
    browser.post(holder, f"{ref}/resultats/resume", {"text": "Nous avons montré <b>cela</b>."})
    page = text(browser.get(holder, f"{ref}/resultats"))
    assert "&lt;b&gt;cela" in page
    assert PlainResults.objects.get().text == "Nous avons montré <b>cela</b>."
    assert "Retirer ce résultat" in text(
        browser.get(holder, f"{ref}/resultats/{patent.pk}/retirer")
    )
    browser.post(holder, f"{ref}/resultats/{patent.pk}/retirer")
    assert Result.objects.count() == 1


def test_what_the_closure_lacks_leads_the_team_to_where_it_is_said(in_use, browser):
    ref = in_use.case.number
    take_step(in_use.case, "end_access", by=in_use.holder, at=timezone.now())
    page = text(browser.get(in_use.holder, ref))
    for said in ("resume", "reciprocite"):
        assert f'<li><a href="/demandes/{ref}/resultats/{said}">' in page
    assert "/resultats/resume" not in text(browser.get(in_use.staff("case_officer"), ref))


def test_results_are_declared_by_those_who_write_alone(in_use, browser):
    ref = in_use.case.number
    result = Result.objects.create(
        request=in_use.request,
        kind="thesis",
        title="T",
        added_at=in_use.now,
        added_by=in_use.holder,
    )
    for other in (in_use.staff("case_officer"), in_use.staff("delegate"), in_use.staff("dpo")):
        assert browser.get(other, f"{ref}/resultats").status_code == 200
        for page in (
            "resultats/nouveau",
            "resultats/nouveau/thesis",
            "resultats/importer",
            "resultats/resume",
            "resultats/aucun",
            f"resultats/{result.pk}",
            f"resultats/{result.pk}/retirer",
        ):
            assert browser.get(other, f"{ref}/{page}").status_code == 404
    assert Result.objects.count() == 1


def test_an_excuse_is_shown_with_its_words(in_use, browser):
    ref, holder = in_use.case.number, in_use.holder
    taken_back = "Il y aura des résultats"
    assert taken_back not in text(browser.get(holder, f"{ref}/resultats/aucun"))
    wrong = browser.post(holder, f"{ref}/resultats/aucun", {"code": "no_data_delivered"})
    assert "Dites ce qui s&#x27;est passé" in text(wrong)
    browser.post(
        holder,
        f"{ref}/resultats/aucun",
        {"code": "stopped_before_analysis", "text": "Le doctorant est parti."},
    )
    page = text(browser.get(holder, f"{ref}/resultats"))
    assert "Le doctorant est parti." in page
    assert taken_back in text(browser.get(holder, f"{ref}/resultats/aucun"))


def test_the_team_says_how_an_establishment_is_recognised_as_agreed(in_use, browser):
    ref, holder, officer = in_use.case.number, in_use.holder, in_use.staff("case_officer")
    track = in_use.case.tracks.get(kind="site")
    said = f"{ref}/resultats/reconnaissance/{track.pk}"
    assert "La reconnaissance" not in text(browser.get(holder, f"{ref}/resultats"))
    assert browser.get(holder, said).status_code == 404
    agreed = f"{ref}/constats/reconnaissance"
    assert browser.get(holder, agreed).status_code == 404
    assert "Ce qui est convenu" in text(browser.get(officer, agreed))
    assert "Choisissez une réponse" in text(browser.post(officer, agreed, {"site": track.key}))
    words = {"site": track.key, "code": "associated", "text": "Elle <b>signe</b> l'article."}
    assert browser.post(officer, agreed, words).status_code == 302
    page = text(browser.get(holder, f"{ref}/resultats"))
    assert "Associé aux travaux" in page
    assert "Pas encore dit." in page
    assert "Elle &lt;b&gt;signe&lt;/b&gt;" in text(browser.get(holder, said))
    assert browser.get(officer, said).status_code == 404
    assert "obligatoire" in text(browser.post(holder, said, {"text": ""}))
    assert browser.post(holder, said, {"text": "Troisième parmi les auteurs."}).status_code == 302
    assert "Troisième parmi les auteurs." in text(browser.get(officer, f"{ref}/resultats"))


def test_the_team_says_what_it_offers_back_or_why_it_cannot(in_use, browser):
    ref, holder, officer = in_use.case.number, in_use.holder, in_use.staff("case_officer")
    said = f"{ref}/resultats/reciprocite"
    assert browser.get(officer, said).status_code == 404
    assert "Choisissez une réponse" in text(browser.post(holder, said, {"text": "Au dépôt."}))
    page = text(browser.post(holder, said, {"code": "offered", "text": "Au <b>dépôt</b>."}))
    assert "Cochez ce que vous offrez." in page
    assert "Au &lt;b&gt;dépôt&lt;/b&gt;." in page, "what was typed is not lost"
    words = {"code": "offered", "kinds": ["algorithms"], "text": "Au dépôt de l'équipe."}
    assert browser.post(holder, said, words).status_code == 302
    page = text(browser.get(officer, f"{ref}/resultats"))
    assert "Des algorithmes" in page
    assert "Des listes de codes" not in page
    words = {"code": "withheld", "text": "Le droit d'un tiers l'empêche."}
    assert browser.post(holder, said, words).status_code == 302
    page = text(browser.get(officer, f"{ref}/resultats"))
    assert "n’offre rien en retour" in page
    assert "Des algorithmes" not in page
