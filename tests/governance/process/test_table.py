"""The tables say what the database and the charters repeat: the two never part."""

import pytest

from governance.charters import MENDERS, load_charters, versions_in_force
from governance.models.case import Track
from governance.models.decision import DELEGATED_STEPS, NEGATIVE_STEPS, Decision
from governance.process.amendments import AMENDMENT
from governance.process.shape import HOLDER, ORIGIN, SYSTEM, Every, Some
from governance.process.table import REQUEST
from governance.process.triggers import TRACK_STATUS
from governance.roles import ROLES
from tests.people import NOW

PROCESSES = (REQUEST, AMENDMENT)
STEPS = [step for process in PROCESSES for step in process.steps]
CHARTERS = load_charters(versions_in_force(NOW.date()))


def test_the_database_asks_a_delegation_of_the_steps_that_the_tables_delegate():
    assert set(DELEGATED_STEPS) == {step.code for step in STEPS if step.delegated}


def test_the_database_asks_an_article_of_the_steps_that_can_only_be_negative():
    assert set(NEGATIVE_STEPS) == {step.code for step in STEPS if step.negative}


def test_the_database_lets_a_track_begin_at_its_first_status_only_or_out_of_the_perimeter():
    outside = {"left", "gathering"}
    for process in PROCESSES:
        for track in process.tracks:
            assert f"'{track.initial}'" in TRACK_STATUS
            others = set(track.statuses) - {track.initial} - outside
            assert not any(f"'{status}'" in TRACK_STATUS for status in others)


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.code)
def test_a_table_names_only_what_it_has(process):
    states = {state.code for state in process.states}
    actors = {*ROLES, HOLDER, SYSTEM}
    assert process.initial in states
    for state in process.states:
        assert state.acts_next in actors | {""}
    for step in process.steps:
        assert set(step.sources) <= states, step.code
        assert set(step.actors) <= actors, step.code
        assert set(step.apart) <= {each.code for each in process.steps}, step.code
        for outcome in step.outcomes:
            assert outcome.target in states | {None, ORIGIN}, step.code
            assert set(outcome.sources) <= set(step.sources), step.code
            if step.track:
                statuses = process.track(step.track).statuses
                assert outcome.track_to in {*statuses, None}
                assert set(step.track_from) <= set(statuses)
        for need in (*step.needs, *(n for o in step.outcomes for n in o.needs)):
            assert need.mender in {*MENDERS, *actors}, need.code
            if isinstance(need.guard, Every | Some):
                assert set(need.guard.statuses) <= set(process.track(need.guard.kind).statuses)


def test_an_article_guards_steps_that_exist_and_a_form_settles_clauses_that_exist():
    steps = {step.code for step in STEPS}
    clauses = {clause.code for charter in CHARTERS for clause in charter.clauses}
    for charter in CHARTERS:
        for clause in charter.clauses:
            assert set(clause.steps) <= steps, clause.code
    for step in STEPS:
        assert set(step.settles) <= clauses, step.code


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.code)
def test_a_refusal_under_delegation_is_appealed_and_judged_by_somebody_else_of_the_network(process):
    answers = [process.step(code) for code in process.judging]
    assert {step.track_from for step in answers} == {("open",)}
    for step in process.steps:
        if step.negative and step.delegated and step.code not in process.judging:
            assert step.code in process.appealed
            assert all(step.code in answer.apart for answer in answers)
            for outcome in step.outcomes:
                stands = outcome.target or step.sources[0]
                assert "appeal" in {each.code for each in process.steps_from(stands)}, step.code


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.code)
def test_every_label_is_said_in_both_languages(process):
    labels = [state.label for state in process.states]
    labels += [state.public for state in process.states if state.public]
    labels += [label for track in process.tracks for label in track.statuses.values()]
    labels += [step.label for step in process.steps]
    labels += [outcome.label for step in process.steps for outcome in step.outcomes]
    assert all(label.fr and label.en for label in labels)


def test_codes_fit_their_columns():
    longest = Decision._meta.get_field("step").max_length
    assert all(len(step.code) <= longest for step in STEPS)
    assert all(len(o.code) <= longest for step in STEPS for o in step.outcomes)
    kind = Track._meta.get_field("kind").max_length
    assert all(len(track.kind) <= kind for process in PROCESSES for track in process.tracks)
