"""A request's overview, an establishment's brief, and what is written down beside the steps."""

import html
import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from governance.charters import load_charters, versions_in_force
from governance.charters.facts import today
from governance.domain.commitments import add_training
from governance.models import Record
from governance.models.audit import AccessLog
from governance.process.registry import Asked
from governance.process.table import REQUEST
from projects.domain import exchanges
from projects.process.facts import request_facts
from tests.projects.conftest import NOW
from tests.projects.walks import Walk, draft

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
ROLES = ("case_officer", "methodologist", "regulatory_officer", "dpo", "delegate", "data_engineer")


def texts(response) -> str:
    return response.content.decode()


@pytest.mark.parametrize(
    "state", ["draft", "admissibility", "instruction", "committee", "preparation", "authorised"]
)
def test_each_reader_finds_one_title_and_one_thing_to_do(walk, browser, state):
    walk.until(state)
    ref = walk.case.number or walk.request.pk
    readers = [walk.holder] + [walk.staff(role, "chu-rennes") for role in ROLES]
    for person in readers:
        for path in ("", "/echanges", "/decisions"):
            page = browser.get(person, f"{ref}{path}")
            if state == "draft" and person != walk.holder:
                assert page.status_code == 404
                continue
            assert texts(page).count("<h1") == 1
            assert texts(page).count('class="button primary') == 1, (person, path)


def test_a_request_asks_at_most_25_queries_whatever_its_hospitals(
    holder, browser, django_assert_max_num_queries
):
    walk = Walk(draft(holder, ["chu-rennes", "chu-brest", "chu-nantes"], at=NOW), at=NOW)
    walk.until("preparation")
    officer = walk.staff("case_officer")
    browser.get(officer, walk.case.number)
    with django_assert_max_num_queries(25):
        browser.client.get(f"/demandes/{walk.case.number}")


def test_reviewers_read_what_a_return_changed(walk, browser):
    walk.submit()
    officer = walk.staff("case_officer")
    point = {"section": "data", "text": "Dites les critères de non-inclusion."}
    walk.take("return", officer, details={"points": [point]})
    section = walk.request.sections.get(code="data")
    section.answers |= {"population": section.answers["population"] + " Hors soins palliatifs."}
    section.save()
    exchanges.answer_point(walk.request.points.get(), "C'est ajouté.", at=walk.now)
    walk.take("resubmit", walk.holder)
    page = texts(browser.get(officer, walk.case.number))
    assert re.search(r"<ins>[^<]*Hors soins palliatifs\.", page)
    assert "Modifiée depuis le renvoi" in page
    assert "<ins>" not in texts(browser.get(walk.holder, walk.case.number))


def test_a_delegate_reads_the_brief_of_their_site_and_agrees(walk, browser):
    walk.until("preparation")
    delegate = walk.staff("delegate")
    page = f"{walk.case.number}/accord/chu-rennes"
    brief = texts(browser.get(delegate, page))
    population = "un diagnostic : I50 et tout ce qui en dépend"
    for said in ("240 personnes", population, "drug_concept_id", "Avis favorable", "24 mois"):
        assert said in brief, said
    assert "Décliner" in brief
    sent = {"key": str(uuid.uuid4()), "read": str(walk.case.revision)}
    assert browser.post(delegate, page, sent).status_code == 302
    assert walk.case.tracks.get(kind="site").status == "agreed"
    assert "Accord donné" in texts(browser.get(delegate, page))


def test_a_brief_is_its_sites_alone(holder, browser):
    walk = Walk(draft(holder, ["chu-rennes", "chu-brest"], at=NOW), at=NOW)
    walk.until("preparation")
    elsewhere = walk.staff("delegate", "chu-brest")
    assert browser.get(elsewhere, f"{walk.case.number}/accord/chu-brest").status_code == 200
    assert browser.get(elsewhere, f"{walk.case.number}/accord/chu-rennes").status_code == 404
    assert browser.get(elsewhere, f"{walk.case.number}/accord/ico").status_code == 404
    assert browser.get(walk.holder, f"{walk.case.number}/accord/chu-brest").status_code == 404


def test_the_hours_foreseen_at_the_feasibility_are_in_the_brief(walk, browser):
    walk.until("instruction")
    track = walk.case.tracks.get(kind="site")
    sent = {"key": str(uuid.uuid4()), "read": str(walk.case.revision)}
    page = f"{walk.case.number}/etape/state_feasibility/{track.pk}"
    said = sent | {"outcome": "feasible", "hours": "12"}
    assert browser.post(walk.staff("methodologist"), page, said).status_code == 302
    brief = browser.get(walk.staff("delegate"), f"{walk.case.number}/accord/chu-rennes")
    assert "12 heures prévues" in texts(brief)


@pytest.mark.parametrize(
    ("code", "role", "said", "kind"),
    [
        (
            "destination",
            "regulatory_officer",
            {"authorised": "on", "controller_named": "on", "outputs_checked": "on"},
            "destination_checked",
        ),
        ("information", "case_officer", {"on": "2026-02-02", "text": "notice"}, "notice_online"),
    ],
)
def test_what_happened_is_written_once_by_who_knows_it(walk, browser, code, role, said, kind):
    walk.until("preparation")
    page = f"{walk.case.number}/constats/{code}"
    wrong = browser.post(walk.staff(role), page, {"on": "demain", "text": "\x00"})
    assert "error-summary" in texts(wrong)
    assert browser.post(walk.staff(role), page, said).status_code == 302
    assert Record.objects.filter(kind=kind, case=walk.case).count() == 1
    assert browser.get(walk.holder, page).status_code == 404


def test_a_dpo_who_disagrees_proposes_another_route(walk, browser):
    walk.until("instruction")
    page = f"{walk.case.number}/constats/voie"
    said = {"opinion": "disagrees", "text": "Il manque l'information individuelle."}
    assert "Proposez une autre" in texts(browser.post(walk.staff("dpo"), page, said))
    said["formality"] = "CNIL"
    assert browser.post(walk.staff("dpo"), page, said).status_code == 302
    walk.request.refresh_from_db()
    assert walk.request.qualification.dpo_formality == "CNIL"
    assert walk.request.qualification.dpo_qualification == "RNIPH"


def test_a_breach_bars_its_member_until_it_is_closed(walk, browser):
    walk.until("authorised")
    page, ref = f"{walk.case.number}/constats/manquement", str(walk.holder.ref)
    dpo = walk.staff("dpo")

    def barred():
        rule = REQUEST.step("block")
        asked = Asked(walk.case, rule, rule.outcomes[0])
        return request_facts(walk.case, timezone.now())(asked)["members"][ref]["breach_open"]

    assert not barred()
    browser.post(dpo, page, {"person": ref, "closed": "", "text": "Un croisement."})
    assert barred()
    browser.post(dpo, page, {"person": ref, "closed": "yes", "text": "Expliqué."})
    assert not barred()


def test_who_may_write_a_breach_reads_the_certificates_of_the_team(walk, browser):
    walk.until("authorised")
    now, number = timezone.now(), walk.case.number
    pdf = SimpleUploadedFile("attestation.pdf", PDF)
    made = add_training(
        person=walk.holder,
        title="Protéger les données de santé",
        obtained_on=today(now),
        certificate=pdf,
        by=walk.holder,
        at=now,
    )
    dpo, path = walk.staff("dpo"), f"{number}/attestations/{made.pk}"
    page = texts(browser.get(dpo, f"{number}/constats/manquement"))
    assert "Protéger les données de santé" in page and path in page
    answer = browser.get(dpo, path)
    assert answer.status_code == 200
    assert AccessLog.objects.filter(by=dpo, subject_ref=made.document.pk).exists()
    for other in (walk.holder, walk.staff("methodologist")):
        assert browser.get(other, path).status_code == 404


def test_the_records_that_mend_an_article_name_articles_of_the_charters():
    from projects.queries.overview import MENDED_BY_RECORD

    charters = load_charters(versions_in_force(NOW.date()))
    codes = {clause.code for charter in charters for clause in charter.clauses}
    needs = {n.code for s in REQUEST.steps for n in s.needs}
    assert set(MENDED_BY_RECORD) <= codes | needs


def test_the_dpo_examines_the_exception_of_a_dossier_that_documents_one(holder, walk, browser):
    answers = {"regulatory": {"informed": "documented_exception"}}
    other = Walk(draft(holder, ["chu-rennes"], at=NOW, answers=answers), at=NOW)
    for each in (walk, other):
        each.until("instruction")
    dpo, page = walk.staff("dpo"), "constats/exception"
    assert browser.get(dpo, f"{walk.case.number}/{page}").status_code == 404
    assert browser.get(walk.staff("case_officer"), f"{other.case.number}/{page}").status_code == 404
    shown = browser.get(dpo, other.case.number)
    assert "Exception à l" in texts(shown)
    said = {
        "site": "chu-rennes",
        "stands": "yes",
        "text": "L'information demanderait un effort disproportionné.",
    }
    elsewhere = said | {"site": "chu-brest"}
    assert browser.post(dpo, f"{other.case.number}/{page}", elsewhere).status_code == 200
    assert not Record.objects.filter(kind="exception_examined").exists()
    assert browser.post(dpo, f"{other.case.number}/{page}", said).status_code == 302
    found = Record.objects.get(kind="exception_examined")
    assert (found.case_id, found.data) == (other.case.pk, {"stands": True})
    assert found.track.key == "chu-rennes"


def test_days_before_the_session_its_quorum_is_not_said_to_lack(walk, browser):
    walk.until("committee")
    page = texts(browser.get(walk.holder, walk.case.number))
    assert "la séance du comité." in html.unescape(page)
    assert "quorum" not in page
