"""Judging: subjects, reserves, quantifiers, and the table of guards."""

from datetime import datetime

import pytest

from governance.charters import (
    Verdict,
    blocking,
    find_clause,
    guards_of,
    judge,
    passes,
    sentence,
)
from tests.governance.charters.complete import ABSENT, AT, CHARTERS, CLAUSES, facts

GUARDS = {
    "submit": ["U-01", "U-02", "U-03", "C-12"],
    "admit": ["U-01", "U-02", "U-03", "C-01"],
    "to_committee": ["U-04", "U-05"],
    "qualify": ["U-07a"],
    "authorise": ["U-07b", "U-09", "U-10", "P-05", "C-11"],
    "close": ["U-11", "U-12a", "U-13", "U-14", "P-11", "C-06"],
    "mend": ["U-11", "U-12a", "U-13", "U-14", "P-11", "C-06"],
    "state_feasibility": ["P-01", "P-02", "P-13"],
    "deliver": ["P-06", "P-07", "P-08", "P-09"],
    "open_access": ["U-06", "U-08", "C-02", "C-03"],
    "give_opinion": ["U-15", "U-16", "C-05"],
    "decline": ["P-12"],
    "agree_with_limits": ["P-12"],
}


def judged(step, *changes, keys=None):
    clauses = guards_of(step, CHARTERS)
    return blocking(clauses, judge(clauses, facts(*changes), AT, keys), step)


@pytest.mark.parametrize("step", GUARDS)
def test_a_step_is_guarded_by_the_articles_of_the_table(step):
    assert [clause.code for clause in guards_of(step, CHARTERS)] == GUARDS[step]


def test_no_other_step_is_guarded():
    assert {step for clause in CLAUSES.values() for step in clause.steps} == set(GUARDS)


def test_an_infeasible_site_needs_no_feasible_count():
    assert guards_of("state_feasibility", CHARTERS, "infeasible") == ()
    assert len(guards_of("state_feasibility", CHARTERS, "feasible")) == 3


def test_a_deferred_opinion_needs_a_quorum_and_no_finding():
    assert [c.code for c in guards_of("give_opinion", CHARTERS, "deferred")] == ["C-05"]


def test_every_article_is_in_application():
    waiting = [a.code for charter in CHARTERS for a in charter.articles if not a.in_application]
    assert waiting == []


def test_there_are_forty_one_articles():
    assert [len(charter.articles) for charter in CHARTERS] == [16, 13, 12]


def test_a_doubt_on_status_may_be_deposited_and_not_admitted():
    doubt = ("request/holder/in_network", False)
    assert judged("submit", doubt) == []
    assert [verdict.article for verdict in judged("admit", doubt)] == ["U-01"]
    assert judged("admit", doubt, ("findings/U-01", "satisfied")) == []


def test_a_holder_not_named_may_not_be_deposited():
    assert [v.article for v in judged("submit", ("request/holder/status", ABSENT))] == ["U-01"]


def test_a_declared_prohibited_purpose_is_examined_by_a_person():
    change = ("request/purpose/prohibited", ["advertising"])
    assert judged("submit", change) == []
    assert [v.article for v in judged("admit", change)] == ["U-02"]


def test_a_finding_does_not_replace_what_is_not_named():
    changes = [("request/legal_persons", []), ("findings/U-01", "satisfied")]
    assert [verdict.missing for verdict in judged("admit", *changes)] == [
        ("legal_persons.controller",)
    ]


def test_one_member_out_of_order_does_not_stop_the_others():
    lapsed = facts()["members"]["m1"] | {"training_expires_on": "2026-01-01"}
    assert judged("open_access", ("members/m2", lapsed)) == []
    assert [(v.article, v.of) for v in judged("open_access", ("members", {"m2": lapsed}))] == [
        ("U-06", "m2")
    ]


def test_a_member_must_satisfy_every_clause_to_enter():
    signed, trained = (
        facts()["members"]["m1"] | {"breach_open": True},
        {
            "no_reidentification_signed": True,
            "breach_open": False,
        },
    )
    stopped = judged("open_access", ("members", {"a": signed, "b": trained}))
    assert [(verdict.article, verdict.of) for verdict in stopped] == [("U-06", "b"), ("U-08", "a")]


def test_only_the_site_that_moves_is_judged():
    broken = ("sites/ico/delivery", {})
    assert judged("deliver", broken, keys=["chu-brest"]) == []
    assert {verdict.of for verdict in judged("deliver", broken, keys=["ico"])} == {"ico"}


def test_a_site_that_no_fact_knows_satisfies_nothing():
    assert [v.article for v in judged("deliver", keys=["chu-tours"])] == GUARDS["deliver"]


def test_an_agreement_lacking_names_every_site_that_lacks_it():
    stopped = judged("authorise", ("sites/ico/agreement", {}), ("sites/chu-brest/agreement", {}))
    assert [verdict.values["sites"] for verdict in stopped] == [["chu-brest", "ico"]]
    assert "CHU Brest" in sentence(stopped[0], "fr", {"chu-brest": "CHU Brest"})


def test_nothing_delivered_is_nothing_to_destroy():
    assert judged("close", *((f"sites/{s}/delivered", False) for s in facts()["sites"])) == []


def test_a_deadline_never_blocks():
    verdicts = judge(CLAUSES.values(), {}, AT)
    stopping = {v.clause for step in GUARDS for v in blocking(CLAUSES.values(), verdicts, step)}
    assert (
        stopping & {code for code, clause in CLAUSES.items() if clause.kind == "deadline"} == set()
    )


def test_a_reserve_passes_only_where_its_clause_says():
    doubt = Verdict("U-01", "U-01", "1", None, "no_local_referent")
    clause = find_clause("U-01", CHARTERS)
    assert passes(doubt, clause, "submit") and not passes(doubt, clause, "admit")


def test_a_verdict_survives_storage():
    for verdict in judge(CLAUSES.values(), {}, AT):
        assert Verdict.from_data(verdict.as_data()).as_data() == verdict.as_data()


def test_an_instant_without_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        judge(CLAUSES.values(), {}, datetime(2026, 11, 24))


def test_an_unknown_clause_is_not_found():
    with pytest.raises(KeyError):
        find_clause("U-99", CHARTERS)
