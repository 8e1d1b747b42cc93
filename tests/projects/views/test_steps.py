"""The page of each step: for who may take it, saying what lacks, taken once, never losing words."""

import html
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.process.outlook import open_steps
from governance.process.refusals import WrongState
from governance.process.table import REQUEST
from projects.demonstration import network
from projects.domain import records
from projects.forms.steps import FORMS
from projects.queries.desk import desk_of
from projects.queries.work import rows_of, to_decide
from projects.views.steps import key_of
from tests import people
from tests.projects.walks import Walk, draft

ELSEWHERE = {"submit": "verifier"}


def texts(response) -> str:
    return response.content.decode()


def sent(walk, **said):
    """What a page that was just opened sends."""
    walk.case.refresh_from_db()
    return {"key": str(uuid.uuid4()), "read": str(walk.case.revision)} | said


def address(walk, found) -> str:
    track = f"/{found.track.pk}" if found.track else ""
    return f"{walk.case.number or walk.request.pk}/etape/{found.step.code}{track}"


def actors(walk):
    """Everybody who acts on the request: its holder and its staff."""
    roles = ("case_officer", "methodologist", "regulatory_officer", "dpo", "delegate")
    return [walk.holder, *(walk.staff(role) for role in roles), walk.staff("data_engineer")]


@pytest.mark.parametrize(
    "state", ["admissibility", "instruction", "committee", "preparation", "authorised"]
)
def test_each_step_of_each_state_has_its_page_for_its_actors_alone(walk, browser, state):
    walk.until(state)
    for person in actors(walk):
        for found in open_steps(walk.case, person, timezone.now()):
            page = browser.get(person, address(walk, found))
            if found.allowed:
                assert page.status_code == 200, found.step.code
                assert texts(page).count('class="button primary') == 1, found.step.code
                hindered = bool(found.obstacles) or found.step.code == "qualify"
                assert ("aria-disabled" in texts(page)) == hindered, found.step.code
            elif found.why_not == "role":
                assert page.status_code in (200, 404)
                assert 'name="key"' not in texts(page)


def test_admission_is_taken_and_leads_to_the_next_work(walk, browser):
    walk.submit()
    officer = walk.staff("case_officer")
    answer = browser.post(officer, f"{walk.case.number}/etape/admit", sent(walk))
    assert answer.status_code == 302
    walk.case.refresh_from_db()
    assert walk.case.state == "instruction"


def test_the_admission_says_what_the_officer_looked_at_of_the_holder_s_status(walk, browser):
    walk.submit()
    officer, seen = walk.staff("case_officer"), "L'annuaire du CHU, ce jour"
    assert "statut du porteur" in texts(browser.get(officer, f"{walk.case.number}/etape/admit"))
    form = sent(walk) | {"holder_seen": seen}
    assert browser.post(officer, f"{walk.case.number}/etape/admit", form).status_code == 302
    made = walk.case.decisions.get(step="admit")
    assert (made.details["holder_checked"], made.reason.details) == (True, {"holder_seen": seen})
    told = html.unescape(texts(browser.get(walk.holder, f"{walk.case.number}/decisions")))
    assert seen in told


def test_a_page_sent_twice_gives_one_decision(walk, browser):
    walk.submit()
    officer, form = walk.staff("case_officer"), sent(walk)
    for _time in range(2):
        assert browser.post(officer, f"{walk.case.number}/etape/admit", form).status_code == 302
    assert walk.case.decisions.filter(step="admit").count() == 1


def test_who_decides_after_somebody_else_is_told_and_keeps_their_words(walk, browser):
    walk.until("preparation")
    delegate, form = walk.staff("delegate"), sent(walk, articles="U-04", confirm="on")
    form["reason"] = "Les variables demandées dépassent la question posée."
    walk.take(
        "return_to_committee",
        walk.staff("case_officer"),
        track=walk.case.tracks.get(kind="opinion"),
        reason="Un avis reçu change la méthode.",
    )
    page = browser.post(delegate, f"{walk.case.number}/etape/refuse", form)
    assert "entre-temps" in texts(page)
    assert "De nouveau devant le comité" in texts(page)
    assert "Les variables demandées dépassent" in texts(page)
    walk.case.refresh_from_db()
    assert walk.case.state == "committee"


def test_a_decision_on_another_line_does_not_hinder(walk, browser):
    walk.until("preparation")
    officer, form = (
        walk.staff("case_officer"),
        sent(walk, reference="CV-12", signed_on="2026-03-02"),
    )
    convention = walk.case.tracks.get(kind="convention")
    walk.agree()
    address = f"{walk.case.number}/etape/sign_convention/{convention.pk}"
    assert browser.post(officer, address, form).status_code == 302
    convention.refresh_from_db()
    assert convention.status == "signed"


@pytest.mark.parametrize("day", ["9999-01-01", "2026-12-01", "demain", ""])
def test_what_is_signed_or_answered_is_not_to_come(walk, browser, day):
    walk.until("preparation")
    for kind, step, role, field, said in (
        ("convention", "sign_convention", "case_officer", "signed_on", {"reference": "CV-12"}),
        ("formality", "record_answer", "regulatory_officer", "on", {"answer": "reserved"}),
    ):
        track, someone = walk.case.tracks.get(kind=kind), walk.staff(role)
        page = browser.post(
            someone,
            f"{walk.case.number}/etape/{step}/{track.pk}",
            sent(walk, **said, **{field: day}),
        )
        assert list(page.context["form"].errors) == [field]
        before = track.status
        track.refresh_from_db()
        assert track.status == before


def test_a_refusal_without_article_or_reason_says_so(walk, browser):
    walk.submit()
    delegate = walk.staff("delegate")
    refuse = f"{walk.case.number}/etape/refuse"
    page = browser.post(delegate, refuse, sent(walk, reason="Hors champ.", confirm="on"))
    assert "Une décision négative cite au moins un article." in texts(page)
    assert "Hors champ." in texts(page)
    page = browser.post(delegate, refuse, sent(walk, articles="U-02"))
    assert "Écrivez les raisons" in texts(page)
    assert "Cochez la case pour confirmer" in texts(page)
    done = sent(walk, articles="U-02", reason="Hors champ.", confirm="on")
    assert browser.post(delegate, refuse, done).status_code == 302
    walk.case.refresh_from_db()
    assert walk.case.state == "refused"


def test_the_holder_of_a_refused_request_appeals_and_others_judge(holder, browser):
    lately = timezone.now() - timedelta(days=20)
    walk = Walk(draft(holder, ["chu-rennes"], at=lately), at=lately)
    walk.submit()
    delegate = walk.staff("delegate")
    walk.take("refuse", delegate, articles=("U-01",), reason="Porteur non identifié.")
    page = f"{walk.case.number}/etape/appeal"
    said = sent(walk, reason="Je suis titulaire depuis 2019.")
    assert browser.post(holder, page, said).status_code == 302
    made = texts(browser.get(holder, walk.case.number))
    assert "pas pris part à la décision" in made and "Former un recours" not in made
    appeal = walk.case.tracks.get(kind="appeal")
    overturn = f"{walk.case.number}/etape/overturn/{appeal.pk}"
    assert "une autre personne doit la prendre" in texts(browser.get(delegate, overturn))
    judge = walk.staff("delegate", but=[delegate])
    done = sent(walk, reason="Le statut du porteur est établi.", articles="U-01")
    assert browser.post(judge, overturn, done).status_code == 302
    walk.case.refresh_from_db()
    assert walk.case.state == "admissibility"


def test_the_chair_is_led_from_their_work_to_the_item(walk, browser):
    walk.until("committee")
    chair = network.staff("committee_chair", None, at=walk.now)
    (row,) = rows_of(to_decide(desk_of(chair, timezone.now())))
    item = walk.case.items.get()
    answer = browser.get(chair, row.href)
    assert answer.headers["Location"] == f"/seances/{item.session_id}/points/{item.pk}"


def test_points_are_picked_written_and_asked_again_with_a_reason(walk, browser):
    walk.submit()
    officer, page = walk.staff("case_officer"), f"{walk.case.number}/etape/return"
    more = browser.post(officer, page, sent(walk, more="1", rows="3", text_1="Dites pourquoi."))
    assert "Point 4" in texts(more)
    assert "Dites pourquoi." in texts(more)
    assert "error-summary" not in texts(more)
    nothing = browser.post(officer, page, sent(walk))
    assert "Demandez au moins un point." in texts(nothing)
    said = sent(walk, library=["population_criteria"], text_1="Quel âge ?", section_1="data")
    assert browser.post(officer, page, said).status_code == 302
    assert sorted(walk.request.points.values_list("section", "text")) == [
        ("data", "Dites les critères de non-inclusion."),
        ("data", "Quel âge ?"),
    ]
    walk.request.points.update(state="answered", answer="C'est fait.", answered_at=walk.now)
    walk.take("resubmit", walk.holder)
    again = browser.post(officer, page, sent(walk, library=["funding"]))
    assert "première fois" in texts(again)


def test_a_route_is_set_with_its_opinion_and_its_evidence_given(walk, browser):
    walk.until("instruction")
    dpo, officer = walk.staff("dpo"), walk.staff("regulatory_officer")
    ref = walk.case.number
    said = {"opinion": "agrees", "text": "La voie calculée convient."}
    assert browser.post(dpo, f"{ref}/constats/voie", said).status_code == 302
    route = walk.case.tracks.get(kind="route")
    page = browser.get(officer, f"{ref}/etape/qualify/{route.pk}")
    assert "La voie calculée convient." in texts(page)
    chosen = sent(walk, qualification="RNIPH", formality="MR-004", conventions=["access"])
    assert browser.post(officer, f"{ref}/etape/qualify/{route.pk}", chosen).status_code == 302
    formality = walk.case.tracks.get(kind="formality")
    assert ">Favorable<" in texts(browser.get(officer, f"{ref}/formalites/{formality.pk}/aipd"))
    piece = f"{ref}/formalites/{formality.pk}/directory_number"
    assert "error-summary" in texts(browser.post(officer, piece, {"0-number": ""}))
    assert browser.post(officer, piece, {"0-number": "F20260101"}).status_code == 302
    assert formality.evidence.get().values == {"number": "F20260101"}


def test_a_piece_that_an_authorisation_rests_on_is_not_replaced(walk, browser):
    walk.until("authorised")
    track = walk.case.tracks.filter(kind="formality").first()
    piece = track.evidence.first()
    address = f"{walk.case.number}/formalites/{track.pk}/{piece.code}"
    for someone in (walk.holder, walk.staff("regulatory_officer")):
        assert browser.get(someone, address).status_code == 404
    with pytest.raises(WrongState):
        records.give_evidence(track, piece.code, {}, by=walk.holder, at=walk.now)


def test_an_answer_makes_its_outcome(walk, browser):
    walk.until("preparation")
    formality = walk.case.tracks.get(kind="formality")
    page = f"{walk.case.number}/etape/record_answer/{formality.pk}"
    said = sent(walk, answer="reserved", on="2026-03-02", reference="CNIL-1")
    assert browser.post(walk.staff("regulatory_officer"), page, said).status_code == 302
    formality.refresh_from_db()
    assert formality.status == "conditional"


def test_pages_that_are_not_the_readers_do_not_exist(walk, browser):
    walk.until("instruction")
    ref = walk.case.number
    for path in ("etape/nothing", "etape/open_access", "etape/qualify", "constats/rien"):
        assert browser.get(walk.staff("case_officer"), f"{ref}/{path}").status_code == 404
    assert browser.get(walk.holder, f"{ref}/etape/admit").status_code == 404
    assert browser.get(walk.holder, f"{ref}/constats/voie").status_code == 404
    assert browser.get(walk.staff("dpo"), f"{ref}/constats/entretien").status_code == 404


def test_the_keys_of_a_page_are_its_own(rf):
    assert key_of(rf.post("/", {"key": "autre"})) == ""


JUNK = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["", "\x00", "é" * 9000, "2026-13-45", "-1", "1e9", "[]", "on", "U-99"]),
)
NAMES = sorted(
    {
        *("outcome", "articles", "other_articles", "reason", "confirm", "key", "read", "rows"),
        *("library", "text_1", "section_1", "field_1", "article_1", "why_not_before", "more"),
        *("qualification", "formality", "differs_reason", "conventions", "ground", "ready_on"),
        *("limit", "answer", "on", "reference", "signed_on", "reservations", "months"),
        *("conditions", "finding_U-01"),
    }
)


@pytest.mark.parametrize("state", ["admissibility", "instruction", "committee", "preparation"])
def test_no_junk_makes_a_page_fail_or_decide_without_its_reasons(walk, browser, state):
    walk.until(state)
    people = actors(walk)
    pages = [
        (person, address(walk, found))
        for person in people
        for found in open_steps(walk.case, person, timezone.now())
        if found.allowed and found.step.code not in ELSEWHERE
    ]

    @settings(
        max_examples=20,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
        derandomize=True,
    )
    @given(
        st.sampled_from(range(len(pages))),
        st.dictionaries(st.sampled_from(NAMES), st.lists(JUNK, min_size=1, max_size=2)),
    )
    def send(number, said):
        person, page = pages[number]
        assert browser.post(person, page, said).status_code in (200, 302, 404, 409)

    send()
    for decision in walk.case.decisions.filter(tone="negative"):
        assert decision.articles
        assert decision.reason.text.strip()


def test_the_forms_of_families_are_those_of_steps_of_the_table():
    assert set(FORMS) <= {s.code for s in REQUEST.steps}


def test_the_step_to_take_is_found_by_who_holds_it(walk, browser):
    walk.until("admissibility")
    page, own = f"/demandes/{walk.case.number}/etape", f"/demandes/{walk.case.number}"
    led = browser.get(walk.staff("case_officer"), page)
    assert led.headers["Location"] == f"{own}/etape/admit"
    assert browser.get(walk.staff("methodologist"), page).headers["Location"] == own
    assert browser.get(people.person("researcher"), page).status_code == 404
