"""Every claim holds of the table, and none holds any longer once the table loses one thing.

A mutant is proved on one establishment, then on two, then on a route without a body to ask: a
counterexample with fewer establishments is one of the whole table, and is found in a tenth of a
second.
"""

from functools import cache

import pytest

from governance.charters import load_charters, versions_in_force
from governance.process.model import Model
from governance.process.proofs import CLAIMS, FAMILIES, prove_on
from governance.process.table import REQUEST
from tests.governance.process.mutants import mutants
from tests.people import NOW

CHARTERS = tuple(load_charters(versions_in_force(NOW.date())))
MUTANTS = {mutant.removed: mutant for mutant in mutants(REQUEST, CHARTERS)}
SMALL = tuple(
    {
        "submit": {"site": sites, "route": 1, "opinion": 1},
        "qualify": {"formality": (formality,), "convention": 1},
    }
    for sites, formality in ((1, "due"), (2, "due"), (1, "gathering"))
)


@cache
def sound_on(size: int) -> frozenset[str]:
    """The claims that the table itself satisfies on so few tracks."""
    proofs = prove_on(Model(REQUEST, CHARTERS, SMALL[size]))
    return frozenset(proof.claim.code for proof in proofs if proof.holds)


def what_fails(mutant, size: int) -> str:
    """What the proofs say of the mutant, on so few tracks: only where the table has no fault."""
    proofs = prove_on(Model(mutant.process, mutant.charters, SMALL[size]))
    return "\n".join(
        proof.because.en
        for proof in proofs
        if not proof.holds and proof.claim.code in sound_on(size)
    )


@pytest.mark.parametrize("removed", MUTANTS)
def test_removing_one_thing_makes_a_proof_fail_and_name_it(removed):
    mutant = MUTANTS[removed]
    said = ""
    for size in range(len(SMALL)):
        if any(name not in said for name in mutant.names):
            said = what_fails(mutant, size)
    assert [name for name in mutant.names if name not in said] == [], said


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
