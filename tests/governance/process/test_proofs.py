"""Every claim holds of the table, and none holds any longer once the table loses one thing."""

import json

import pytest

from governance.charters import load_charters, versions_in_force
from governance.process.model import Model
from governance.process.proofs import CLAIMS, FAMILIES
from governance.process.proofs.mutants import fallen, mutants, sound
from governance.process.proofs.recorded import FILE, naming, recorded
from governance.process.table import REQUEST
from tests.people import NOW

CHARTERS = tuple(load_charters(versions_in_force(NOW.date())))
MUTANTS = {mutant.removed.name: mutant for mutant in mutants(REQUEST, CHARTERS)}
KEPT = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def satisfied():
    return sound(REQUEST, CHARTERS)


@pytest.mark.parametrize("removed", MUTANTS)
def test_removing_one_thing_makes_a_proof_fail_and_name_it(removed, satisfied):
    mutant = MUTANTS[removed]
    said = fallen(mutant, satisfied)
    words = "\n".join(said.values())
    assert [name for name in mutant.names if name not in words] == [], words
    kept = next(each for each in KEPT["removed"] if each["name"] == removed)
    assert kept["fails"] == naming(mutant, said), "run manage.py process --mutants again"


def test_what_the_public_page_says_of_the_exploration_is_what_is_found():
    model = Model(REQUEST, CHARTERS)
    assert (KEPT["situations"], KEPT["moves"]) == (len(model.situations), model.size)
    assert KEPT["charters"] == {charter.code: charter.version for charter in CHARTERS}
    assert [each["name"] for each in KEPT["removed"]] == list(MUTANTS)
    assert recorded().removals == {mutant.removed for mutant in MUTANTS.values()}


def test_every_claim_falls_when_something_is_taken_away():
    assert [c.code for c in CLAIMS if not recorded().missed.get(c.code)] == []


def test_every_guard_and_every_exit_of_the_table_has_its_mutant():
    needs = sum(len(s.needs) + sum(len(o.needs) for o in s.outcomes) for s in REQUEST.steps)
    guards = sum(len(clause.steps) for charter in CHARTERS for clause in charter.clauses)
    exits = sum(
        len(REQUEST.step(s.code).outcomes_from(q)) for s in REQUEST.steps for q in s.sources
    )
    kinds = [removed.split(" ")[0] for removed in MUTANTS]
    assert kinds.count("need") == needs
    assert sum(" at " in removed for removed in MUTANTS) == guards
    statuses = sum(len(step.track_from) for step in REQUEST.steps)
    assert kinds.count("exit") == exits + statuses


def test_a_claim_is_said_in_both_languages_and_belongs_to_a_family():
    codes = [claim.code for claim in CLAIMS]
    assert len(codes) == len(set(codes))
    for claim in CLAIMS:
        assert claim.family in FAMILIES
        assert claim.sentence.fr and claim.sentence.en and claim.sentence.fr != claim.sentence.en
