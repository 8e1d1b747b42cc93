"""Nothing can be done by the API that a page refuses, nor the contrary."""

import pytest
from django.test import Client

from governance.process.table import REQUEST
from tests.people import person, sign_in
from tests.portal.api.calls import Caller, refusal

STAFF = ("case_officer", "methodologist", "regulatory_officer", "dpo", "delegate", "data_engineer")
STATES = ("draft", "admissibility", "instruction", "committee", "preparation", "authorised")
BODIES = {
    "submit": {"preview": "0" * 64},
    "return": {"points": [{"section": "project", "text": "Précisez."}]},
    "qualify": {"qualification": "RNIPH", "formality": "MR-004"},
    "agree_with_limits": {"ground": "not_held", "limit": "Un an."},
    "decline": {"ground": "not_held"},
    "record_answer": {"answer": "expressly_favourable", "on": "2026-01-15"},
    "sign_convention": {"reference": "C-1", "signed_on": "2026-01-15"},
    "authorise": {"months": 24},
}
"""What each step's own form takes, beside what any step does."""


def page_of(someone) -> Client:
    """Their browser, signed in, the second factor set up."""
    client = Client()
    sign_in(client, someone)
    return client


def everybody(walk):
    """The holder, the staff of the place, somebody of another place, and a stranger."""
    elsewhere = walk.staff("case_officer", "chu-brest")
    here = [walk.staff(role, "chu-rennes") for role in STAFF]
    return [walk.holder, *here, elsewhere, person()]


def body_of(step) -> dict:
    outcome = step.outcomes[0].code
    body = {"outcome": outcome, "reason": "Motif.", "articles": ["U-01"]}
    if step.track == "site":
        body["site"] = "chu-rennes"
    return body | BODIES.get(step.code, {})


@pytest.mark.parametrize("state", STATES)
def test_who_sees_the_page_of_a_request_reads_it_here_and_nobody_else(walk, state):
    walk.until(state)
    ref = walk.case.number or walk.request.pk
    for someone in everybody(walk):
        page, caller = page_of(someone).get(f"/demandes/{ref}"), Caller(someone)
        expected = 200 if page.status_code == 200 else 404
        for path in ("", "/steps", "/events", "/deliveries"):
            assert caller.get(f"/requests/{ref}{path}").status_code == expected, (someone, path)
        listed = [row["id"] for row in caller.get("/requests").json()["items"]]
        assert (str(walk.request.pk) in listed) == (expected == 200)


@pytest.mark.parametrize("state", STATES)
def test_a_step_that_has_no_page_for_somebody_is_refused_here(walk, state):
    walk.until(state)
    ref = walk.case.number or walk.request.pk
    for someone in everybody(walk):
        browser, caller = page_of(someone), Caller(someone)
        told = caller.get(f"/requests/{ref}/steps")
        rows = told.json()["items"] if told.status_code == 200 else []
        allowed = {row["step"] for row in rows if row["allowed"]}
        for step in REQUEST.steps_from(state):
            # To somebody who does not see the request, none of its pages is there.
            page = open_page(browser, walk, ref, step) if rows else None
            if page is not None:
                assert (b'name="key"' in page.content) == (step.code in allowed), step.code
            if step.code not in allowed:
                answer = caller.post(f"/requests/{ref}/steps/{step.code}", body_of(step))
                assert refusal(answer)[0] in (403, 404, 409, 422), step.code
                assert told.status_code == 404 or answer.status_code != 404, step.code
    assert not walk.case.decisions.filter(index__gt=walk.case.revision).exists()


def open_page(browser, walk, ref, step):
    """The page of a step, on its track when one stands there; None when it has another address."""
    if step.code == "submit":
        return None
    track = ""
    if step.track_from:
        found = walk.case.tracks.filter(kind=step.track, status__in=step.track_from).first()
        if found is None:
            return None
        track = f"/{found.pk}"
    page = browser.get(f"/demandes/{ref}/etape/{step.code}{track}")
    return page if page.status_code in (200, 404) else None


def test_who_may_not_write_on_the_pages_may_not_here(walk):
    walk.submit()
    officer = walk.staff("case_officer")
    point = {"section": "project", "text": "Le titre est trop vague."}
    walk.take("return", officer, details={"points": [point]})
    patch = {"answers": {"project": {"acronym": "AUTRE"}}}
    for someone in everybody(walk):
        page = page_of(someone).get(f"/demandes/{walk.case.number}/dossier/project")
        writes = page.status_code == 200 and b"<textarea" in page.content
        answer = Caller(someone).patch(f"/requests/{walk.case.number}", patch, If_Match="*")
        assert (answer.status_code == 200) == writes, (
            someone,
            answer.status_code,
            page.status_code,
        )


def test_the_pieces_of_a_formality_are_read_and_given_by_whom_the_pages_let(walk, settings):
    settings.DEMONSTRATION = True  # no second factor is asked
    walk.until("preparation")
    walk.complete_formalities()
    path = f"/requests/{walk.case.number}/formalities"
    holder = Caller(walk.holder)
    shown = next(iter(holder.get(path).json()["items"]))
    piece = shown["pieces"][0]
    own = f"{path}/{shown['formality']}/pieces/{piece['code']}"
    said = {"values": piece["given"]}
    assert piece["valid"] and set(said["values"]) == {f["name"] for f in piece["ways"][0]}
    answer = holder.post(own, said, Idempotency_Key="piece-une")
    assert answer.status_code == 201, answer.content
    assert answer.json()["given"] == piece["given"]
    assert refusal(holder.post(own, {"values": {}}))[2].keys() == set(said["values"])
    assert refusal(holder.post(f"{path}/MR-004/pieces/rien", said))[:2] == (404, "not_found")
    assert refusal(Caller(walk.staff("dpo")).post(own, said))[:2] == (403, "forbidden")
    assert refusal(Caller(person()).get(path))[:2] == (404, "not_found")
    walk.take("withdraw", walk.holder)
    assert refusal(holder.post(own, said))[:2] == (409, "conflict")
