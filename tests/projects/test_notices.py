"""Whom each thing concerns: told once, never of their own acts, where they can act on it."""

import pytest

from governance.domain.roles import grant_role
from governance.models import Participation
from governance.models.outbox import Message as Outgoing
from governance.outbox import HANDLERS
from governance.process.clocks import send_reminder
from governance.process.engine import take_step
from projects.demonstration import network
from projects.domain import amendments, exchanges, ideas, records, team
from projects.notices.decisions import tell_of_decision
from projects.notices.delays import tell_of_reminder
from projects.notices.words import words_of
from projects.queries.desk import desk_of
from projects.queries.work import rows_of, to_decide
from tests.outbox import run
from tests.projects.conftest import NOW
from tests.projects.walks import Walk, draft


def told(cause_starts: str = "") -> dict:
    """What was handed on, by person and then key."""
    rows = Outgoing.objects.filter(kind="notice").order_by("id")
    found = {}
    for row in rows:
        if row.payload["cause"].startswith(cause_starts):
            found[row.payload["person"]] = row.payload
    return found


def decided(walk, step: str) -> dict:
    """What the last decision of that step tells, by person."""
    Outgoing.objects.filter(kind="notice").delete()
    decision = walk.case.decisions.filter(step=step).order_by("-index").first()
    tell_of_decision({"decision": str(decision.pk)})
    return told("decision:")


@pytest.fixture
def open_pages(monkeypatch):
    """Addresses written as their names, whatever pages are there."""
    monkeypatch.setattr(
        "projects.notices.acts.reverse", lambda name, args=(): "/".join([name, *map(str, args)])
    )


pytestmark = pytest.mark.usefixtures("open_pages")


def test_a_deposit_asks_its_case_officer_and_is_not_told_to_who_deposited(walk, holder):
    officer = network.staff("case_officer", "chu-rennes", at=NOW)
    walk.submit()
    found = decided(walk, "submit")
    assert list(found) == [officer.pk]
    payload = found[officer.pk]
    assert (payload["key"], payload["values"]["step"]) == ("to_do", "admit")
    assert payload["quality"] == "staff" and payload["asked"]
    assert payload["address"] == f"projects:step/{walk.case.number}/admit"
    assert payload["due_at"] is not None


def test_a_decision_that_moves_the_request_is_told_to_its_holder(walk, holder):
    walk.until("instruction")
    payload = decided(walk, "admit")[holder.pk]
    assert (payload["key"], payload["quality"], payload["asked"]) == ("decision", "holder", False)


def test_a_return_asks_the_holder_for_its_points(walk, holder):
    walk.until("admissibility")
    walk.take(
        "return",
        walk.staff("case_officer"),
        details={"points": [{"section": "protocol", "text": "Précisez la méthode."}]},
    )
    payload = decided(walk, "return")[holder.pk]
    assert payload["asked"] and payload["values"]["ask"] == "answer_points"
    cause = payload["cause"]
    assert "Précisez la méthode." in words_of([cause])[cause].text


def test_what_moves_beside_is_not_told_to_the_holder(walk, holder):
    walk.until("preparation")
    walk.agree()
    assert holder.pk not in decided(walk, "agree")


def test_an_establishment_that_declines_asks_the_holder_what_to_do(walk, holder):
    walk.until("preparation")
    track = walk.case.tracks.get(kind="site")
    walk.take(
        "decline",
        walk.staff("delegate"),
        track=track,
        articles=("P-12",),
        reason="La donnée n'est pas tenue.",
        details={"ground": "not_held"},
    )
    payload = decided(walk, "decline")[holder.pk]
    assert payload["values"]["ask"] == "continue_without"
    assert payload["address"].endswith(f"continue_without/{track.pk}")


def test_each_establishment_and_office_is_asked_for_its_part(walk):
    engineer = network.staff("regulatory_officer", "chu-rennes", at=NOW)
    dpo = network.staff("dpo", "chu-rennes", at=NOW)
    methodologist = network.staff("methodologist", "chu-rennes", at=NOW)
    walk.until("instruction")
    found = decided(walk, "admit")
    asked = {pk: p["values"]["step"] for pk, p in found.items() if p["quality"] == "staff"}
    assert asked == {engineer.pk: "qualify", dpo.pk: "", methodologist.pk: "state_feasibility"}


def test_a_member_of_the_team_is_never_asked_as_staff(walk, holder):
    officer = network.hire("dpo", "chu-rennes", at=NOW)
    team.join(walk.request, officer, Participation.Part.MEMBER, at=NOW)
    walk.until("instruction")
    assert decided(walk, "admit")[officer.pk]["quality"] == "member"


def test_who_is_away_is_told_and_their_stand_in_with_them(walk):
    officer = network.staff("case_officer", "chu-rennes", at=NOW)
    stand_in = network.hire("case_officer", "chu-brest", at=NOW)
    officer.absences.create(since=NOW.date(), until=NOW.date().replace(month=12), stand_in=stand_in)
    walk.submit()
    assert set(decided(walk, "submit")) == {officer.pk, stand_in.pk}


def test_a_message_reaches_the_other_side_only(walk, holder):
    officer = network.staff("case_officer", "chu-rennes", at=NOW)
    walk.until("admissibility")
    asked = exchanges.write(walk.request, "Bonjour ?", by=officer, at=walk.now, question=True)
    answered = exchanges.write(walk.request, "Voici.", by=holder, at=walk.now)
    note = exchanges.write(walk.request, "Entre nous.", by=officer, at=walk.now, internal=True)
    run()
    assert list(told(f"message:{asked.pk}")) == [holder.pk]
    assert list(told(f"message:{answered.pk}")) == [officer.pk]
    assert told(f"message:{note.pk}") == {}
    assert words_of([f"message:{asked.pk}"])[f"message:{asked.pk}"].text == "Bonjour ?"


def test_an_idea_reaches_those_who_answer_and_its_answer_who_had_it(holder):
    officer = network.staff("case_officer", "chu-rennes", at=NOW)
    lead = officer.role_grants.get().establishment
    idea = ideas.send(lead, "Une idée", "Une question ?", by=holder, at=NOW)
    ideas.answer(idea, "Venez.", by=officer, at=NOW)
    run()
    assert list(told(f"idea:{idea.pk}")) == [officer.pk]
    assert list(told(f"idea-answered:{idea.pk}")) == [holder.pk]


@pytest.mark.parametrize("kind", ["before-5", "late", "late-stand-in", "late-director"])
def test_a_late_body_is_reminded_then_its_stand_ins_then_the_director(walk, kind):
    officer = network.staff("case_officer", "chu-rennes", at=NOW)
    delegate = network.staff("delegate", "chu-rennes", at=NOW)
    coordinator = network.hire("network_coordinator", None, at=NOW)
    walk.until("admissibility")
    deadline = walk.case.deadlines.running().get()
    send_reminder(deadline, kind, walk.now)
    tell_of_reminder({"deadline": deadline.pk, "kind": kind})
    expected = {
        "before-5": {officer.pk},
        "late": {officer.pk},
        "late-stand-in": {officer.pk, coordinator.pk},
        "late-director": {delegate.pk, coordinator.pk},
    }
    assert set(told("reminder")) == expected[kind]


def test_a_holder_is_reminded_where_they_act(walk, holder):
    walk.until("admissibility")
    walk.take(
        "return",
        walk.staff("case_officer"),
        details={"points": [{"section": "protocol", "text": "Précisez."}]},
    )
    deadline = walk.case.deadlines.running().get(subject="state:completion")
    send_reminder(deadline, "before-7", walk.now)
    tell_of_reminder({"deadline": deadline.pk, "kind": "before-7"})
    payload = told("reminder")[holder.pk]
    assert payload["address"] == f"projects:dossier/{walk.case.number}"


def test_a_deposit_sends_its_receipt_to_who_deposited(walk, holder):
    officer = network.staff("case_officer", "chu-rennes", at=NOW)
    walk.submit()
    Outgoing.objects.filter(kind="notice").delete()
    decision = walk.case.decisions.get(step="submit")
    tell_of_decision({"decision": str(decision.pk)})
    (payload,) = told("receipt:").values()
    assert (payload["person"], payload["quality"]) == (holder.pk, "holder")
    assert payload["address"] == f"projects:receipt/{walk.case.number}"
    text = words_of([payload["cause"]])[payload["cause"]].text
    for said in (walk.case.number, str(officer), "L.231-4", "tribunal administratif"):
        assert said in text


def test_the_words_of_receipts_cost_the_same_whatever_their_number(
    holder, django_assert_num_queries
):
    causes = []
    for _ in range(3):
        walk = Walk(draft(holder, ["chu-rennes"], at=NOW), at=NOW)
        walk.submit()
        causes.append(f"receipt:{walk.case.decisions.get().pk}")
    for asked in (causes[:1], causes):
        with django_assert_num_queries(2):
            assert len(words_of(asked)) == len(asked)


@pytest.fixture
def amended(walk, holder):
    """A longer access, proposed by the holder of an authorised request."""
    walk.until("authorised")
    Outgoing.objects.all().delete()
    change, reason = {"months": 36}, "L'analyse demande plus de temps."
    return amendments.propose(walk.request, "period", change, reason, by=holder, at=walk.now)


def amendment_told() -> dict:
    """What the messages that wait tell of an amendment, by person."""
    Outgoing.objects.filter(kind="notice").delete()
    for row in Outgoing.objects.filter(kind__in=("amendment_proposed", "decision")):
        HANDLERS[row.kind].function(row.payload)
        row.delete()
    return told()


def test_an_amendment_is_told_to_who_examines_it_then_who_advises_then_who_decides(
    walk, holder, amended
):
    place = f"projects:amendment/{walk.case.number}/{amended.pk}"
    found = amendment_told()
    officer = walk.staff("case_officer")
    assert set(found) == {officer.pk}
    payload = found[officer.pk]
    assert (payload["values"]["step"], payload["address"]) == ("examine", place)
    assert payload["asked"] and payload["due_at"] is not None
    assert "36 mois" in words_of([payload["cause"]])[payload["cause"]].text

    said = {"by": officer, "at": walk.now, "reason": "Le comité le dira."}
    take_step(amended.case, "examine", outcome="to_committee", **said)
    chair = network.seat_committee(at=NOW).mandates.get(chair=True).person
    found = amendment_told()
    assert (found[chair.pk]["values"]["step"], found[chair.pk]["address"]) == ("advise", place)
    assert found[holder.pk]["address"] == place

    said = {"by": chair, "at": walk.now, "reason": "Rien ne s'y oppose."}
    take_step(amended.case, "advise", outcome="favourable", **said)
    delegate = walk.staff("delegate")
    found = amendment_told()
    assert (found[delegate.pk]["values"]["step"], found[delegate.pk]["address"]) == (
        "accept",
        place,
    )


def test_a_refused_amendment_tells_until_when_it_is_appealed_then_its_judges(walk, holder, amended):
    decider = walk.staff("delegate")
    grounds = {"articles": ("U-10",), "reason": "La durée n'est pas justifiée."}
    take_step(amended.case, "reject", by=decider, at=walk.now, **grounds)
    payload = amendment_told()[holder.pk]
    assert payload["values"]["ask"] == "appeal"
    assert payload["values"]["appeal_until"] == "2026-05-17"
    assert payload["address"] == f"projects:amendment/{walk.case.number}/{amended.pk}"

    take_step(amended.case, "appeal", by=holder, at=walk.now, reason="Le calendrier est joint.")
    judge = walk.staff("delegate", but=[decider])
    found = amendment_told()
    assert decider.pk not in found
    payload = found[judge.pk]
    assert (payload["values"]["step"], payload["values"]["process"]) == ("uphold", "amendment")
    place = f"projects:amendment_decide/{walk.case.number}/{amended.pk}/uphold"
    assert payload["address"] == place


def test_an_amendment_that_is_late_reminds_who_may_take_its_step(walk, amended):
    deadline = amended.case.deadlines.running().get()
    send_reminder(deadline, "late", walk.now)
    tell_of_reminder({"deadline": deadline.pk, "kind": "late"})
    found = told("reminder")
    assert set(found) == {walk.staff("case_officer").pk}
    (payload,) = found.values()
    assert payload["address"] == f"projects:amendment/{walk.case.number}/{amended.pk}"


def reminded_at(walk, subject: str) -> set[str]:
    """The addresses to which a reminder of the running clock of `subject` leads."""
    deadline = walk.case.deadlines.running().get(subject=subject)
    send_reminder(deadline, "late", walk.now)
    tell_of_reminder({"deadline": deadline.pk, "kind": "late"})
    return {payload["address"] for payload in told(f"reminder:{deadline.pk}").values()}


def test_a_reminder_of_reservations_leads_to_where_they_are_lifted(walk):
    walk.until("committee")
    walk.give_opinion("reserved", details={"reservations": "Bornez la période."})
    walk.answer_reservations()
    track = walk.case.tracks.get(kind="opinion")
    place = f"projects:step/{walk.case.number}/lift_reservations/{track.pk}"
    assert reminded_at(walk, "track:opinion:") == {place}


def test_a_reminder_leads_to_the_step_that_the_table_awaits(walk):
    network.seat_committee(at=NOW)
    for role in ("methodologist", "delegate"):
        network.staff(role, "chu-rennes", at=NOW)
    walk.until("instruction")
    number, site = walk.case.number, walk.case.tracks.get(kind="site")
    place = f"projects:step/{number}/state_feasibility/{site.pk}"
    assert reminded_at(walk, "track:site:chu-rennes") == {place}
    walk.state_feasibility()
    walk.qualify()
    walk.to_committee()
    item = walk.case.items.get()
    assert reminded_at(walk, "state:committee") == {f"projects:item/{item.session_id}/{item.pk}"}
    walk.give_opinion()
    assert reminded_at(walk, "track:site:chu-rennes") == {f"projects:agreement/{number}/chu-rennes"}


def ready(walk) -> dict:
    """What the messages that wait tell of a step that became possible, by person."""
    Outgoing.objects.filter(kind="notice").delete()
    for row in Outgoing.objects.filter(kind__in=("recorded", "decision")):
        HANDLERS[row.kind].function(row.payload)
        row.delete()
    return told("ready:")


def test_the_case_officer_is_told_when_the_committee_can_be_asked(walk):
    officer = network.staff("case_officer", "chu-rennes", at=NOW)
    walk.until("instruction")
    walk.qualify()
    assert ready(walk) == {}
    walk.state_feasibility()
    found = ready(walk)
    assert set(found) == {officer.pk}
    payload = found[officer.pk]
    assert (payload["key"], payload["values"]["step"]) == ("to_do", "to_committee")
    assert payload["address"] == f"projects:step/{walk.case.number}/to_committee"
    assert payload["asked"] and payload["due_at"] is not None


def test_the_delegate_of_the_lead_is_told_when_the_request_can_be_authorised(holder):
    walk = Walk(draft(holder, ["chu-rennes", "chu-brest"], at=NOW), at=NOW)
    walk.until("preparation")
    walk.complete_formalities()
    walk.meet_conditions()
    walk.agree("chu-rennes")
    assert ready(walk) == {}
    walk.agree("chu-brest")
    found = ready(walk)
    assert set(found) == {walk.staff("delegate", "chu-rennes").pk}
    (payload,) = found.values()
    assert payload["address"] == f"projects:step/{walk.case.number}/authorise"


def test_what_is_written_down_last_makes_the_decision_possible_too(walk):
    walk.until("preparation")
    walk.agree()
    walk.complete_formalities()
    assert ready(walk) == {}
    walk.meet_conditions()
    found = ready(walk)
    assert set(found) == {walk.staff("delegate").pk}
    records.record(walk.case, "notice_online", by=walk.staff("case_officer"), at=walk.now)
    again = ready(walk)
    assert [p["cause"] for p in again.values()] == [p["cause"] for p in found.values()]


def test_who_took_a_step_that_must_be_another_s_is_not_asked_to_authorise(walk):
    officer = network.staff("regulatory_officer", "chu-rennes", at=NOW)
    lead = officer.role_grants.get().establishment
    grant_role(person=officer, role="delegate", establishment=lead, since=NOW, by=None, at=NOW)
    other = network.hire("delegate", "chu-rennes", at=NOW)
    walk.until("preparation")
    walk.agree()
    walk.complete_formalities()
    walk.meet_conditions()
    found = ready(walk)
    assert other.pk in found and officer.pk not in found
    acts = {step for _case, _track, step, *_rest in to_decide(desk_of(officer, walk.now))}
    assert "authorise" not in acts
    acts = {step for _case, _track, step, *_rest in to_decide(desk_of(other, walk.now))}
    assert "authorise" in acts


def appealed(walk) -> dict:
    """What the appeal tells those who are asked to judge it, by person."""
    found = decided(walk, "appeal")
    return {pk: p for pk, p in found.items() if p["values"]["step"] == "uphold"}


def judging(person, walk) -> list[str]:
    """The requests whose appeal waits for a person at their desk."""
    rows = rows_of(to_decide(desk_of(person, walk.now)))
    return [row.href for row in rows if row.step == "uphold"]


@pytest.fixture
def refused(walk):
    """A request refused at its first establishment, where nobody else may sign."""
    elsewhere = [network.staff("delegate", slug, at=NOW) for slug in ("chu-brest", "ico")]
    walk.until("admissibility")
    decider = walk.staff("delegate")
    walk.take("refuse", decider, articles=("U-01",), reason="Porteur non identifié.")
    walk.decider, walk.pool = decider, elsewhere
    return walk


def test_an_appeal_that_nobody_at_home_may_judge_is_told_to_the_networks_delegates(refused):
    unsigned = network.hire("delegate", "chu-tours", at=NOW)
    refused.take("appeal", refused.holder, reason="Je suis titulaire depuis 2019.")
    found = appealed(refused)
    assert set(found) == {person.pk for person in refused.pool}
    place = f"/demandes/{refused.case.number}/etape/uphold/{refused.case.tracks.last().pk}"
    for person in refused.pool:
        assert judging(person, refused) == [place]
    assert judging(unsigned, refused) == judging(refused.decider, refused) == []


def test_an_appeal_that_somebody_at_home_may_judge_is_theirs(refused):
    judge = refused.staff("delegate", but=[refused.decider])
    refused.take("appeal", refused.holder, reason="Je suis titulaire depuis 2019.")
    assert set(appealed(refused)) == {judge.pk}
    assert len(judging(judge, refused)) == 1
    assert [judging(person, refused) for person in refused.pool] == [[], []]


def test_a_delegate_of_the_pool_with_an_interest_is_not_asked(refused):
    conflicted, other = refused.pool
    refused.case.conflicts.create(
        person=conflicted, ground="family", declared_at=NOW, declared_by=conflicted
    )
    refused.take("appeal", refused.holder, reason="Je suis titulaire depuis 2019.")
    assert set(appealed(refused)) == {other.pk}
    assert judging(conflicted, refused) == []


def test_the_methodologist_of_an_establishment_that_would_join_is_asked_for_its_feasibility(
    walk, holder
):
    methodologist = network.staff("methodologist", "chu-brest", at=NOW)
    walk.until("authorised")
    Outgoing.objects.all().delete()
    said, change = {"by": holder, "at": walk.now}, {"site": "chu-brest"}
    made = amendments.propose(walk.request, "site", change, "Une cohorte plus large.", **said)
    place = f"projects:amendment/{walk.case.number}/{made.pk}"
    payload = amendment_told()[methodologist.pk]
    values = payload["values"]
    assert (values["step"], values["site"]) == ("state_feasibility", "chu-brest")
    assert payload["asked"] and payload["address"] == place
    (row,) = rows_of(to_decide(desk_of(methodologist, walk.now)))
    assert (row.case.number, row.step, row.track) == (
        walk.case.number,
        "state_feasibility",
        "CHU Brest",
    )
    assert row.href == f"/demandes/{walk.case.number}/avenants/{made.pk}"

    take_step(
        made.case,
        "examine",
        by=walk.staff("case_officer", "chu-brest"),
        at=walk.now,
        outcome="examined",
        reason="Rien ne s'y oppose.",
    )
    amendment_told()
    take_step(
        made.case,
        "state_feasibility",
        by=methodologist,
        at=walk.now,
        outcome="feasible",
        track=made.case.tracks.get(),
        details={"persons": 130},
    )
    delegate = walk.staff("delegate", "chu-brest")
    found = amendment_told()
    assert found[delegate.pk]["values"]["step"] == "accept"
    assert list(to_decide(desk_of(methodologist, walk.now))) == []
