"""Past decisions judged again from stored facts, and what must stay true judged at any instant."""

import json
from dataclasses import replace as changed
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from governance.charters.clauses import Charter
from governance.charters.registry import CHECKS
from governance.charters.verdict import fails
from governance.models import Decision
from governance.process import replay as replaying
from projects.domain import records


def run(*arguments) -> tuple[dict, int]:
    """What a command says, and its exit status."""
    out, status = StringIO(), 0
    try:
        call_command(*arguments, stdout=out)
    except SystemExit as left:
        status = left.code
    return json.loads(out.getvalue()), status


def test_every_decision_of_a_life_judged_again_gives_the_same_verdicts(walk):
    walk.until("authorised")
    walk.take("block", walk.staff("dpo"), articles=("U-08",), reason="Manquement constaté.")
    said, status = run("replay")
    assert (status, said["differences"]) == (0, [])
    assert said["decisions"] == walk.case.revision


def test_the_stored_bytes_alone_are_read_whatever_became_of_the_request(walk):
    walk.until("instruction")
    walk.request.sections.update(answers={})
    assert run("replay")[1] == 0


def test_queries_do_not_grow_with_decisions(walk, django_assert_num_queries):
    walk.until("committee")
    with django_assert_num_queries(1):
        assert len(list(replaying.replay())) == walk.case.revision


def test_a_check_that_was_changed_after_its_adoption_is_found_out(walk, monkeypatch):
    walk.until("instruction")
    name = "public_interest_shown@1"
    assert name in CHECKS
    monkeypatch.setitem(
        CHECKS, name, changed(CHECKS[name], run=lambda *_: fails("too_short", least=1))
    )
    said, status = run("replay")
    assert status == 1
    assert {(d["step"], d["clause"]) for d in said["differences"]} == {
        ("submit", "U-03"),
        ("submit", "step"),
        ("admit", "U-03"),
        ("admit", "step"),
    }
    found = next(d for d in said["differences"] if d["clause"] == "U-03")
    assert found["number"] == walk.case.number
    assert (found["was"]["holds"], found["now"]["holds"]) == (True, False)


def test_facts_that_are_not_those_that_were_judged_are_found_out(walk):
    walk.submit()
    (row, _differences), *_rest = replaying.replay()
    row = row | {"facts__bytes": bytes(row["facts__bytes"]).replace(b"true", b"null")}
    (found,) = replaying._differences(row, row["charters"])
    assert found.clause == "facts"


def test_under_another_version_what_would_have_changed_is_shown_and_is_no_error(walk, monkeypatch):
    walk.until("instruction")
    stricter = version_two(replaying.load_charter("utilisateur", "1"))
    load = replaying.load_charter
    monkeypatch.setattr(
        replaying, "versions", lambda code: ("1", "2") if code == "utilisateur" else ("1",)
    )
    monkeypatch.setattr(
        replaying,
        "load_charter",
        lambda code, version: stricter if version == "2" else load(code, version),
    )
    replaying.clauses_of_step.cache_clear()
    said, status = run("replay", "--under", "2")
    assert (status, said["under"]) == (0, "2")
    clauses = {(d["step"], d["clause"]) for d in said["differences"]}
    assert {("submit", "U-03"), ("submit", "step")} <= clauses
    assert run("replay", "--under", "utilisateur/2")[0]["differences"] == said["differences"]
    replaying.clauses_of_step.cache_clear()


def version_two(charter: Charter) -> Charter:
    """The charter with a public interest told at greater length."""

    def stricter(clause):
        if clause.code != "U-03":
            return changed(clause, version="2")
        least = {
            name: changed(parameter, value=10_000) if parameter.stricter == "higher" else parameter
            for name, parameter in clause.parameters.items()
        }
        return changed(clause, version="2", parameters=least)

    articles = tuple(
        changed(article, clauses=tuple(map(stricter, article.clauses)))
        for article in charter.articles
    )
    return changed(charter, version="2", articles=articles)


def test_a_version_that_no_charter_has_is_an_error_that_says_so(walk):
    with pytest.raises(CommandError, match="99"):
        call_command("replay", "--under", "99")


def test_compliance_names_what_no_longer_holds_and_who_mends_it(walk):
    walk.until("authorised")
    said, status = run("check_compliance", "--at", walk.now.isoformat())
    assert (status, said["requests"]) == (0, 1)
    before = {each["clause"] for each in said["unsatisfied"]}
    assert "U-06" not in before
    walk.holder.trainings.update(expires_on=walk.now.date().replace(year=2026, month=1))
    records.record(
        walk.case,
        "breach",
        by=walk.staff("dpo"),
        at=walk.now,
        data={"person": str(walk.holder.ref)},
    )
    said, _status = run("check_compliance", "--at", walk.now.isoformat(), "--language", "en")
    found = {each["clause"]: each for each in said["unsatisfied"]}
    assert set(found) - before == {"U-06", "U-08"}
    assert found["U-06"]["of"] == str(walk.holder.ref)
    assert found["U-06"]["number"] == walk.case.number
    assert found["U-06"]["sentence"]
    assert Decision.objects.count() == walk.case.revision


def test_compliance_lists_the_clocks_that_ran_out(walk):
    walk.submit()
    clock = walk.case.deadlines.running().get()
    at = clock.due_at.replace(year=2027).isoformat()
    late = run("check_compliance", "--at", at)[0]["late"]
    assert [(each["number"], each["subject"]) for each in late] == [
        (walk.case.number, "state:admissibility")
    ]
    assert run("check_compliance", "--at", walk.now.isoformat())[0]["late"] == []
