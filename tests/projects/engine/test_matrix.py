"""Role × state × object: who may take which step, and who sees a request, told by two tables.

`who_may.csv` says, state by state, which steps stand open to each role: at the establishment that
leads, and at another one asked. What it does not say is nobody's: every role there is, the team,
an invited expert, a stranger and the system are tried on every step. `who_sees.csv` says who sees
a deposited request by their role alone; a draft is seen by its team only.
"""

import csv
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest

from governance.models import Participation
from governance.process.outlook import open_steps
from governance.process.table import REQUEST
from governance.roles import ROLES
from projects.demonstration import lives, network
from projects.domain import team
from projects.permissions import visible_to
from tests.people import delegate, give, person
from tests.projects.conftest import NOW
from tests.projects.stand import LEAD, OTHER, stand_at
from tests.projects.walks import Walk, draft

ELSEWHERE = "chu-nantes"
HERE = Path(__file__).parent
DAY = timedelta(days=1)


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def may_table() -> dict[str, dict[str, tuple[set, set]]]:
    """By state and who: the steps open at the lead establishment, and at another one."""
    found = defaultdict(dict)
    for row in rows("who_may.csv"):
        at_lead, at_other = list(row.values())[2:]
        found[row["state"]][row["who"]] = set(at_lead.split()), set(at_other.split())
    return found


def sees_table() -> dict[str, dict[str | None, bool]]:
    """By role: whether it shows a deposited request, by where it is held."""
    places = (LEAD, OTHER, ELSEWHERE, None)
    return {
        who: {at: answer == "yes" for at, answer in zip(places, answers, strict=True)}
        for who, *answers in (row.values() for row in rows("who_sees.csv"))
    }


MAY, SEES = may_table(), sees_table()


@pytest.fixture
def walk(establishments, holder, order_key) -> Walk:
    return Walk(draft(holder, [LEAD, OTHER], at=NOW), at=NOW)


def somebody(role: str, slug: str | None, at):
    """Somebody new who holds `role`; a delegate may sign everything there."""
    found = person()
    give(found, role, slug, since=NOW - DAY)
    if role == "delegate":
        steps = [step.code for step in REQUEST.steps if step.delegated]
        for place in (slug,) if slug else (LEAD, OTHER):
            delegate(found, place, *steps, since=NOW - DAY, until=at + DAY)
    return found


def open_to(who, walk: Walk) -> dict[str | None, set[str]]:
    """The steps that stand open to somebody, by the establishment whose line they move."""
    found = defaultdict(set)
    for each in open_steps(walk.case, who, walk.now):
        if each.allowed:
            on_site = each.track is not None and each.track.kind == "site"
            found[each.track.key if on_site else None].add(each.step.code)
    return found


def all_of(found) -> set[str]:
    return set().union(*found.values())


@pytest.mark.parametrize("state", [state.code for state in REQUEST.states])
def test_in_each_state_each_step_is_open_to_those_whom_the_table_says_and_to_nobody_else(
    walk, state
):
    stand_at(state, walk)
    expected = MAY.get(state, {})
    for role in ROLES:
        at_lead, at_other = expected.get(role, (set(), set()))
        of_lead, of_other, of_all = (somebody(role, at, walk.now) for at in (LEAD, OTHER, None))
        here = open_to(of_lead, walk)
        assert (all_of(here), here[OTHER]) == (at_lead, set()), f"{role} of {LEAD}"
        there = open_to(of_other, walk)
        assert (all_of(there), there[LEAD]) == (at_other, set()), f"{role} of {OTHER}"
        whole = all_of(open_to(of_all, walk))
        assert whole == at_lead | at_other, f"{role} of the network"
        sees = [visible_to(who, walk.now).exists() for who in (of_lead, of_other, of_all)]
        told = [SEES[role][place] and state != "draft" for place in (LEAD, OTHER, None)]
        assert sees == told, f"{role} sees it"
    everything_elsewhere = person(*((role, ELSEWHERE) for role in ROLES))
    assert all_of(open_to(everything_elsewhere, walk)) == set()
    assert not visible_to(everything_elsewhere, walk.now).exists()
    assert all_of(open_to(walk.holder, walk)) == expected.get("holder", (set(),))[0]
    assert all_of(open_to(None, walk)) == expected.get("system", (set(),))[0]
    for part in Participation.Part.values:
        if part != Participation.Part.HOLDER:
            someone = person()
            team.join(walk.request, someone, part, at=walk.now)
            assert all_of(open_to(someone, walk)) == set(), part
    assert all_of(open_to(person(), walk)) == set()


def test_the_table_names_states_and_roles_that_exist_and_each_step_once_at_least():
    assert set(MAY) <= {state.code for state in REQUEST.states}
    people = {who for state in MAY.values() for who in state}
    assert people <= {*ROLES, "holder", "system"}
    told = {
        step for state in MAY.values() for at in state.values() for steps in at for step in steps
    }
    # Open only once a line stands where the walks above do not bring it: each has its own test.
    elsewhere = {
        "complete_evidence",
        "lift_reservations",
        "open_access",
        "join_by_amendment",
        "uphold",
        "overturn",
    }
    assert {step.code for step in REQUEST.steps} - told == elsewhere


def test_reservations_are_lifted_by_the_chair_or_the_rapporteur(walk):
    walk.until("committee")
    walk.give_opinion("reserved", details={"reservations": "Préciser le plan d'analyse."})
    able = {
        role
        for role in ROLES
        if "lift_reservations" in all_of(open_to(somebody(role, None, walk.now), walk))
    }
    assert able == {"committee_chair", "rapporteur"}
    assert "return_to_committee" in all_of(open_to(somebody("case_officer", LEAD, NOW), walk))


def test_an_appeal_is_answered_by_a_delegate_of_the_lead_who_took_no_part(walk):
    lives.refused_referent(walk)
    took_part = walk.case.last_decision.by
    walk.take("appeal", walk.holder, reason="Un référent a accepté.")
    for role in ROLES:
        expected = {"uphold", "overturn"} if role == "delegate" else set()
        assert all_of(open_to(somebody(role, LEAD, walk.now), walk)) == expected, role
        assert all_of(open_to(somebody(role, OTHER, walk.now), walk)) == set(), role
    assert all_of(open_to(took_part, walk)) == set()


def test_an_appeal_that_nobody_at_home_may_judge_is_answered_by_the_networks_delegates(walk):
    lives.refused_referent(walk)
    walk.take("appeal", walk.holder, reason="Un référent a accepté.")
    of_the_network = somebody("delegate", ELSEWHERE, walk.now)
    conflicted = somebody("delegate", LEAD, walk.now)
    declared = {"ground": "collaboration", "declared_at": walk.now}
    walk.case.conflicts.create(person=conflicted, **declared)
    for judge in (of_the_network, somebody("delegate", OTHER, walk.now)):
        assert all_of(open_to(judge, walk)) == {"uphold", "overturn"}
        assert visible_to(judge, walk.now).exists()
    for role in ROLES:
        if role != "delegate":
            assert all_of(open_to(somebody(role, ELSEWHERE, walk.now), walk)) == set(), role
    unsigned = person(("delegate", ELSEWHERE))
    assert all_of(open_to(unsigned, walk)) == set()
    assert not visible_to(unsigned, walk.now).exists()
    at_home = somebody("delegate", LEAD, walk.now)
    assert all_of(open_to(at_home, walk)) == {"uphold", "overturn"}
    assert all_of(open_to(of_the_network, walk)) == set()
    assert not visible_to(of_the_network, walk.now).exists()


def test_a_judge_of_the_network_decides_under_their_own_establishments_delegation(walk):
    lives.refused_referent(walk)
    walk.take("appeal", walk.holder, reason="Un référent a accepté.")
    judge, appeal = somebody("delegate", ELSEWHERE, walk.now), walk.case.tracks.get(kind="appeal")
    said = {"track": appeal, "reason": "Le référent cosigne."}
    decision = walk.take("overturn", judge, days=0, **said)
    assert decision.delegation.establishment_id == ELSEWHERE
    assert walk.case.state == "admissibility"


def test_the_table_of_who_sees_says_it_of_every_role_and_nothing_shows_elsewhere():
    assert set(SEES) == set(ROLES)
    assert not any(at[ELSEWHERE] for at in SEES.values())


def test_its_team_and_invited_experts_see_it_while_they_are_of_it(walk):
    walk.until("instruction")
    assert visible_to(walk.holder, walk.now).exists()
    for part in Participation.Part.values:
        if part != Participation.Part.HOLDER:
            someone = person()
            row = team.join(walk.request, someone, part, at=walk.now)
            assert visible_to(someone, walk.now).exists(), part
            team.leave(row, at=walk.now)
            assert not visible_to(someone, walk.now + DAY).exists(), part


def test_a_draft_is_seen_by_its_team_alone(walk):
    assert visible_to(walk.holder, walk.now).exists()
    for role in ROLES:
        for slug in (LEAD, None):
            assert not visible_to(somebody(role, slug, walk.now), walk.now).exists(), role


def test_a_committee_sees_what_is_on_its_agenda(walk):
    body = network.seat_committee(at=NOW)
    member = body.mandates.filter(chair=False).first().person
    walk.until("instruction")
    assert not visible_to(member, walk.now).exists()
    walk.until("committee")
    assert visible_to(member, walk.now).exists()
