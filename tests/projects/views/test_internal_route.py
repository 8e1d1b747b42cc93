"""A route that asks no body (INTERNE, EDS): its evidence is gathered, no answer is awaited."""

import pytest

from governance.process.outlook import Outlook
from governance.process.refusals import NotPermitted, StepRefused, WrongState
from governance.qualification import evidence_of
from projects.demonstration.walk import example
from projects.domain import records


@pytest.fixture
def internal(internal):
    """The same, its site agreed: only its evidence lacks."""
    internal.give_opinion()
    internal.agree()
    internal.meet_conditions()
    return internal


def give_evidence(walk, formality):
    officer = walk.staff("regulatory_officer")
    for piece in evidence_of("none", "INTERNE"):
        said = {"by": officer, "at": walk.now}
        records.give_evidence(formality, piece.code, example(piece.code), **said)


def lacking(walk):
    return {v.clause for v in Outlook(walk.case, walk.now).obstacles("authorise")}


def test_a_route_without_a_body_awaits_its_evidence_and_no_answer(internal, browser):
    formality = internal.case.tracks.get(kind="formality")
    officer = internal.staff("regulatory_officer")
    answer = {"answer": "expressly_favourable", "on": "2026-03-02"}
    for step, asked in (
        ("file_formality", {}),
        ("record_answer", {"outcome": "favourable", "details": answer}),
    ):
        with pytest.raises(WrongState):
            internal.take(step, officer, track=formality, **asked)
    page = browser.get(officer, internal.case.number)
    assert page.context["action"].label.startswith("Constater que les pièces sont réunies")
    with pytest.raises(StepRefused) as refused:
        internal.take("complete_evidence", officer, track=formality)
    assert [v.clause for v in refused.value.verdicts] == ["evidence_gathered"]
    assert lacking(internal) == {"U-07b"}
    give_evidence(internal, formality)
    step = f"{internal.case.number}/etape/complete_evidence/{formality.pk}"
    page = browser.get(officer, step)
    assert "Pièces demandées" in page.text and "Réponse de l'organisme" not in page.text
    internal.take("complete_evidence", officer, track=formality)
    assert lacking(internal) == set()


def test_its_holder_may_say_so_too_and_nobody_else(internal):
    formality = internal.case.tracks.get(kind="formality")
    give_evidence(internal, formality)
    for role in ("case_officer", "dpo", "delegate", "methodologist"):
        with pytest.raises(NotPermitted, match="role"):
            internal.take("complete_evidence", internal.staff(role), track=formality)
    assert internal.take("complete_evidence", internal.holder, track=formality).track_to == (
        "favourable"
    )
