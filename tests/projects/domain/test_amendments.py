"""Amendments: proposed by the holder, examined, decided under delegation, applied when accepted."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from governance import outbox
from governance.models.case import Conflict
from governance.process.engine import take_step
from governance.process.refusals import BadDetails, NotPermitted, StepRefused
from projects.demonstration import network
from projects.domain import amendments, openings
from tests.projects.conftest import NOW
from tests.projects.walks import Walk, draft

REASON = "L'analyse demande plus de temps que prévu."


@pytest.fixture
def authorised(walk):
    return walk.until("authorised")


@pytest.fixture
def delegate(authorised):
    return authorised.staff("delegate")


def propose(walk, kind, **change):
    return amendments.propose(walk.request, kind, change, REASON, by=walk.holder, at=walk.now)


def examine(walk, amendment, outcome="examined"):
    take_step(
        amendment.case,
        "examine",
        by=walk.staff("case_officer"),
        at=walk.now,
        outcome=outcome,
        reason="Rien ne s'y oppose.",
    )


def examine_at(walk, amendment, slug):
    officer, said = walk.staff("case_officer", slug), "Rien ne s'y oppose."
    case, at = amendment.case, walk.now
    take_step(case, "examine", by=officer, at=at, outcome="examined", reason=said)


def accept(walk, amendment, slug=None):
    return take_step(amendment.case, "accept", by=walk.staff("delegate", slug), at=walk.now)


def test_a_longer_period_is_granted_and_nothing_before_it_is(authorised):
    found = propose(authorised, "period", months=36)
    examine(authorised, found)
    authorised.request.access_period.refresh_from_db()
    assert authorised.request.access_period.months == 24
    accept(authorised, found)
    authorised.request.access_period.refresh_from_db()
    assert authorised.request.access_period.months == 36


def test_a_period_already_running_ends_later(authorised):
    period = authorised.request.access_period
    period.starts_on, period.ends_on = authorised.now.date(), authorised.now.date()
    period.save()
    found = propose(authorised, "period", months=30)
    examine(authorised, found)
    accept(authorised, found)
    period.refresh_from_db()
    months = (period.ends_on.year - period.starts_on.year) * 12
    assert months + period.ends_on.month - period.starts_on.month == 30


def test_a_period_over_the_longest_is_not_accepted(authorised):
    found = propose(authorised, "period", months=60)
    examine(authorised, found)
    with pytest.raises(StepRefused) as refused:
        accept(authorised, found)
    assert [v.clause for v in refused.value.verdicts] == ["change_in_order"]


def test_a_member_in_order_enters_the_team_and_one_who_is_not_does_not(authorised):
    newcomer = network.person("Yann Kerbrat", at=authorised.now)
    newcomer.trainings.all().delete()
    found = propose(authorised, "member", act="join", email=newcomer.email)
    examine(authorised, found)
    with pytest.raises(StepRefused):
        accept(authorised, found)
    network.commit(newcomer, at=authorised.now)
    accept(authorised, found)
    row = authorised.case.participations.get(person=newcomer)
    assert (row.part, row.since) == ("member", authorised.now)


def test_a_member_leaves(authorised):
    other = network.person("Yann Kerbrat", at=authorised.now)
    row = authorised.case.participations.create(person=other, part="member", since=authorised.now)
    found = propose(authorised, "member", act="leave", email=other.email)
    examine(authorised, found)
    accept(authorised, found)
    row.refresh_from_db()
    assert row.until == authorised.now


def test_the_holder_hands_over_and_stays_in_the_team(authorised):
    former = authorised.holder
    successor = network.person("Yann Kerbrat", at=authorised.now)
    found = propose(authorised, "holder", email=successor.email, status="senior", in_network=True)
    examine(authorised, found)
    accept(authorised, found)
    assert authorised.holder == successor
    parts = authorised.case.participations.filter(person=former, until=None)
    assert [p.part for p in parts] == ["member"]
    assert successor.has_perm("projects.write_request", authorised.request)
    assert not former.has_perm("projects.write_request", authorised.request)


def test_an_arc_does_not_become_the_holder(authorised):
    successor = network.person("Yann Kerbrat", at=authorised.now)
    found = propose(
        authorised, "holder", email=successor.email, status="research_staff", in_network=True
    )
    examine(authorised, found)
    with pytest.raises(StepRefused):
        accept(authorised, found)


@pytest.fixture
def without_brest(holder):
    """Authorised at CHU Rennes, without CHU Brest which declined."""
    walk = Walk(draft(holder, ["chu-rennes", "chu-brest"], at=NOW), at=NOW)
    walk.until("preparation")
    walk.agree("chu-rennes")
    walk.decline("chu-brest")
    track = walk.case.tracks.get(key="chu-brest")
    walk.take("continue_without", walk.holder, track=track)
    walk.complete_formalities()
    walk.authorise()
    return walk


def test_an_establishment_joins_by_its_own_delegate(without_brest):
    found = propose(without_brest, "site", site="chu-brest")
    assert found.case.lead_id == "chu-brest"
    take_step(
        found.case,
        "examine",
        by=without_brest.staff("case_officer", "chu-brest"),
        at=without_brest.now,
        outcome="examined",
        reason="Données relues, elles conviennent.",
    )
    with pytest.raises(NotPermitted):
        accept(without_brest, found, "chu-rennes")
    accept(without_brest, found, "chu-brest")
    openings.join_after_amendment(outbox.Message.objects.get(kind="join_by_amendment").payload)
    openings.join_after_amendment(outbox.Message.objects.get(kind="join_by_amendment").payload)
    track = without_brest.case.tracks.get(key="chu-brest")
    assert track.status == "agreed"
    assert track.decision.step == "join_by_amendment"
    assert without_brest.case.decisions.filter(step="join_by_amendment").count() == 1


def test_the_committee_advises_when_it_is_asked(authorised):
    found = propose(authorised, "period", months=30)
    examine(authorised, found, "to_committee")
    chair = network._network_person("committee_chair", authorised.now)
    found.case.refresh_from_db()
    take_step(
        found.case,
        "advise",
        by=chair,
        at=authorised.now,
        outcome="favourable",
        reason="Le calendrier est crédible.",
    )
    found.case.refresh_from_db()
    assert found.case.state == "examined"


def test_a_refusal_changes_nothing_and_says_why(authorised, delegate):
    found = propose(authorised, "period", months=30)
    decision = take_step(
        found.case,
        "reject",
        by=delegate,
        at=authorised.now,
        articles=("U-10",),
        reason="La durée accordée suffit.",
    )
    authorised.request.access_period.refresh_from_db()
    assert decision.to_state == "refused"
    assert authorised.request.access_period.months == 24


def test_the_holder_withdraws_their_amendment(authorised):
    found = propose(authorised, "period", months=30)
    take_step(found.case, "withdraw", by=authorised.holder, at=authorised.now)
    found.case.refresh_from_db()
    assert found.case.state == "withdrawn"
    assert propose(authorised, "period", months=30).pk != found.pk


def test_nobody_of_the_team_or_in_conflict_decides(authorised, delegate):
    Conflict.objects.create(
        case=authorised.case,
        person=delegate,
        ground="service",
        declared_at=authorised.now,
        declared_by=delegate,
    )
    found = propose(authorised, "period", months=30)
    examine(authorised, found)
    with pytest.raises(NotPermitted, match="conflict"):
        accept(authorised, found)


def test_an_interest_found_once_the_amendment_is_open_bars_as_it_does_of_the_request(
    authorised, delegate
):
    found = propose(authorised, "period", months=30)
    examine(authorised, found)
    Conflict.objects.create(
        case=authorised.case, person=delegate, ground="service", declared_at=authorised.now
    )
    with pytest.raises(NotPermitted, match="conflict"):
        accept(authorised, found)


def test_who_left_the_team_before_the_amendment_decides_nothing_of_it(authorised, delegate):
    authorised.case.participations.create(
        person=delegate,
        part="member",
        since=authorised.now - timedelta(days=30),
        until=authorised.now - timedelta(days=1),
    )
    found = propose(authorised, "period", months=30)
    examine(authorised, found)
    with pytest.raises(NotPermitted, match="party"):
        accept(authorised, found)


def test_whom_an_amendment_would_bring_in_does_not_examine_it(authorised):
    officer = authorised.staff("case_officer")
    found = propose(authorised, "member", act="join", email=officer.email)
    with pytest.raises(NotPermitted, match="conflict"):
        examine(authorised, found)


def test_who_examined_does_not_accept(authorised, delegate):
    network.grant_role(
        person=delegate,
        role="case_officer",
        establishment=network.Establishment.objects.get(pk="chu-rennes"),
        since=authorised.now,
        by=None,
        at=authorised.now,
    )
    found = propose(authorised, "period", months=30)
    take_step(
        found.case,
        "examine",
        by=delegate,
        at=authorised.now,
        outcome="examined",
        reason="Rien ne s'y oppose.",
    )
    with pytest.raises(NotPermitted, match="apart"):
        accept(authorised, found)


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        ("period", {"months": 12}, "months"),
        ("period", {"months": "beaucoup"}, "months"),
        ("period", {"months": True}, "months"),
        ("member", {"act": "join", "email": "personne@nulle-part.example"}, "email"),
        ("member", {"act": "leave", "email": "marion.le-gall@demo.example"}, "email"),
        ("member", {"act": "join", "email": "marion.le-gall@demo.example"}, "email"),
        ("holder", {"email": "marion.le-gall@demo.example", "status": "senior"}, "email"),
        ("site", {"site": "chu-rennes"}, "site"),
        ("site", {"site": "nulle-part"}, "site"),
    ],
)
def test_what_cannot_be_proposed_is_said_beside_its_field(authorised, kind, change, field):
    with pytest.raises(ValidationError) as refused:
        propose(authorised, kind, **change)
    assert list(refused.value.error_dict) == [field]
    assert not authorised.request.amendments.exists()


def test_an_amendment_has_its_time_and_its_reason(walk):
    walk.until("preparation")
    with pytest.raises(ValidationError, match="à ce stade"):
        amendments.propose(walk.request, "period", {}, REASON, by=walk.holder, at=walk.now)


def test_two_amendments_of_a_kind_do_not_run_together(authorised):
    propose(authorised, "period", months=30)
    with pytest.raises(ValidationError, match="déjà en cours"):
        propose(authorised, "period", months=36)


def test_an_establishment_never_asked_joins_once_it_said_it_can_and_agreed(authorised):
    found = propose(authorised, "site", site="chu-nantes")
    asked = found.case.tracks.get(kind="site")
    parent = authorised.case.tracks.get(key="chu-nantes")
    assert (asked.status, parent.status, found.case.lead_id) == ("asked", "left", "chu-nantes")
    examine_at(authorised, found, "chu-nantes")
    with pytest.raises(StepRefused) as refused:
        accept(authorised, found, "chu-nantes")
    assert "site_feasible" in [v.clause for v in refused.value.verdicts]

    feasible = {"outcome": "feasible", "track": asked, "at": authorised.now}
    here = authorised.staff("methodologist")
    with pytest.raises(NotPermitted, match="role"):
        take_step(found.case, "state_feasibility", by=here, **feasible, details={"persons": 40})
    there = authorised.staff("methodologist", "chu-nantes")
    with pytest.raises(BadDetails):
        take_step(found.case, "state_feasibility", by=there, **feasible)
    take_step(found.case, "state_feasibility", by=there, **feasible, details={"persons": 7})
    count = authorised.case.records.get(kind="count", track=parent)
    assert count.data == {"counted": True, "count": None, "masked": True}

    accept(authorised, found, "chu-nantes")
    parent.refresh_from_db()
    assert parent.status == "left"
    outbox.deliver()
    parent.refresh_from_db()
    assert parent.status == "agreed"


def test_an_establishment_that_cannot_does_not_join(authorised):
    found = propose(authorised, "site", site="chu-nantes")
    examine_at(authorised, found, "chu-nantes")
    take_step(
        found.case,
        "state_feasibility",
        by=authorised.staff("methodologist", "chu-nantes"),
        at=authorised.now,
        outcome="infeasible",
        track=found.case.tracks.get(),
        articles=("P-02",),
        reason="Ces prescriptions ne sont pas dans notre entrepôt.",
    )
    with pytest.raises(StepRefused) as refused:
        accept(authorised, found, "chu-nantes")
    assert "site_feasible" in [v.clause for v in refused.value.verdicts]
