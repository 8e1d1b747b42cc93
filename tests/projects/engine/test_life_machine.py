"""Anybody asks anything, in any state: the real ``take_step`` on the real database.

One request with two establishments is walked from its draft to its end. At each stage Hypothesis
plays many short lives from there, each undone: every role, at either establishment, the team, a
stranger, somebody who holds every role, the system; any step of the table with any answer, track,
article and reason; and meanwhile what the world does (a hearing, a paper, a session, days gone by).

What must hold is written here again, from the table alone: who may, where a step leads, what
history, ledger and state say of each other, and what a state proves of the past.
"""

import json
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as play

from governance.charters import load_charters, versions_in_force
from governance.domain import committees, reminders
from governance.models import (
    Attestation,
    Case,
    Decision,
    FactsBlob,
    Leaf,
    Message,
    Reason,
    StepKey,
)
from governance.process.engine import take_step
from governance.process.model import Model
from governance.process.proofs.separation import two_persons
from governance.process.refusals import NotPermitted, Refusal
from governance.process.shape import HOLDER, NEGATIVE, SYSTEM
from governance.process.table import REQUEST
from governance.qualification import evidence_of
from projects.demonstration import network
from projects.demonstration.walk import example
from projects.domain import extractions, openings, records
from projects.domain.reservations import waiting_track
from projects.process.details import ANSWERS
from tests.people import delegate, give, person
from tests.projects.conftest import NOW
from tests.projects.site_program import SiteProgram
from tests.projects.walks import Walk, draft

SITES = ("chu-rennes", "chu-brest")
LEAD = SITES[0]
STEPS = {step.code: step for step in REQUEST.steps}
OUTCOMES = sorted({outcome.code for step in REQUEST.steps for outcome in step.outcomes})
ROLES = ("case_officer", "methodologist", "regulatory_officer", "dpo", "delegate", "data_engineer")
REASON = "Motivé en droit et en fait, au vu de tout le dossier."
STAGES = (
    "draft",
    "admissibility",
    "instruction",
    "committee",
    "preparation",
    "authorised",
    "access",
    "suspended",
    "results",
)
PASSAGES = {
    (model.situations[number].state, move.name, move.came_from, model.situations[target].state)
    for model in (
        Model(
            REQUEST,
            load_charters(versions_in_force(NOW.date())),
            {
                "submit": {"site": 2, "route": 1, "opinion": 1},
                "qualify": {"formality": 1, "convention": 1},
            },
        ),
    )
    for number, move, target in model.edges()
}
"""What the model of the proofs allows: from which state, by which answer, on what, to which."""


def everybody(walk: Walk) -> dict[str, tuple]:
    """Everybody by a name: the person, and their roles as (role, establishment)."""
    found = {"system": (None, set()), "holder": (walk.holder, set()), "stranger": (person(), set())}
    for slug in SITES:
        for role in ROLES:
            found[f"{role} of {slug}"] = (network.hire(role, slug, at=NOW), {(role, slug)})
    for role in ("committee_chair", "rapporteur", "committee_member"):
        found[role] = (network.hire(role, None, at=NOW), {(role, None)})
    factotum = network.hire("case_officer", LEAD, at=NOW)
    for role in ROLES[1:]:
        give(factotum, role, LEAD, since=NOW - timedelta(days=1))
    give(factotum, "committee_chair", since=NOW - timedelta(days=1))
    found["factotum"] = (factotum, {(r, LEAD) for r in ROLES} | {("committee_chair", None)})
    since, until = NOW - timedelta(days=1), NOW + timedelta(days=9000)
    steps = [step.code for step in REQUEST.steps if step.delegated]
    for name in (*(f"delegate of {slug}" for slug in SITES), "factotum"):
        slug = SITES[1] if name.endswith(SITES[1]) else LEAD
        delegate(found[name][0], slug, *steps, since=since, until=until)
    return found


def machine(walk: Walk, people: dict, taken: set[str]) -> type[RuleBasedStateMachine]:
    """The machine that plays from where `walk` stands; `taken` gathers the steps it took."""

    class Life(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.undone = transaction.atomic()
            self.undone.__enter__()
            self.case = Case.objects.get(pk=walk.case.pk)
            self.now = walk.now
            self.known = None

        def teardown(self):
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

        # What is asked of the engine.

        @rule(data=st.data())
        def ask_well(self, data):
            """Somebody who may take a step asks it as its form wants it."""
            asked = [
                (step.code, able)
                for step in REQUEST.steps_from(self.case.state)
                if (able := self.able(step))
            ]
            if not asked:
                return
            code, able = data.draw(st.sampled_from(asked), label="step")
            name, track = data.draw(st.sampled_from(able), label="who, on what")
            answers = [outcome.code for outcome in STEPS[code].outcomes_from(self.case.state)]
            outcome = data.draw(st.sampled_from(answers), label="answer")
            self.attempt(name, code, track, outcome, ("P-12",), REASON)

        @rule(data=st.data(), name=st.sampled_from(sorted(people)))
        def ask_anything(self, data, name):
            """Anybody asks any step, anyhow."""
            here = [step.code for step in REQUEST.steps_from(self.case.state)]
            code = data.draw(st.sampled_from(here * 4 + sorted(STEPS)), label="step")
            track = data.draw(st.sampled_from([*self.lines(STEPS[code]), *self.tracks, None]))
            answers = [outcome.code for outcome in STEPS[code].outcomes]
            outcome = data.draw(st.sampled_from([*answers * 4, None, *OUTCOMES]), label="answer")
            articles = data.draw(st.sampled_from([("P-12",), ("U-01", "U-03"), ()]))
            reason = data.draw(st.sampled_from([REASON, ""]))
            self.attempt(name, code, track, outcome, articles, reason)

        def attempt(self, name, code, track, outcome, articles, reason):
            by, _roles = people[name]
            before, permitted = self.written(), self.may(name, STEPS[code], track)
            try:
                decision = take_step(
                    self.case,
                    code,
                    by=by,
                    at=self.now,
                    outcome=outcome,
                    track=track,
                    articles=articles,
                    reason=reason,
                    details=self.details(code, outcome),
                )
            except Refusal as refusal:
                assert self.written() == before, "a refusal wrote something"
                if isinstance(refusal, NotPermitted):
                    assert not permitted, f"{name} was refused {code}: {refusal}"
                return
            assert permitted, f"{name} took {code}"
            taken.add(code)
            was = self.case
            self.case = Case.objects.get(pk=walk.case.pk)
            self.check_decision(decision, was, articles, reason)

        def details(self, step, outcome):
            day = self.now.date().isoformat()
            point = {"section": "project", "text": "Précisez.", "why_not_before": "Vu depuis."}
            return {
                "return": {"points": [point]},
                "qualify": {
                    "qualification": "RNIPH",
                    "formality": "MR-004",
                    "conventions": ["access"],
                },
                "decline": {"ground": "not_held"},
                "agree_with_limits": {"ground": "not_held", "limit": "À partir de 2021."},
                "record_answer": {"answer": ANSWERS.get(outcome, ("",))[0], "on": day},
                "sign_convention": {"reference": "CONV-1", "signed_on": day},
                "authorise": {"months": 24},
                "give_opinion": {"reservations": "À préciser."} if outcome == "reserved" else {},
            }.get(step, {})

        # What the world does.

        @rule(data=st.data())
        def the_world_goes_on(self, data):
            """Days go by, a night falls, people say and bring what the state calls for."""
            acts = [self.time_goes_by, self.night_falls, self.something_is_recorded]
            called_for = {
                "completion": self.points_are_answered,
                "instruction": self.the_dpo_gives_an_opinion,
                "committee": self.the_committee_sits,
                "preparation": self.evidence_and_conditions_come,
            }
            if self.case.state in called_for:
                acts += [called_for[self.case.state]] * 3
            data.draw(st.sampled_from(acts), label="act")(data)

        def time_goes_by(self, data):
            self.now += timedelta(days=data.draw(st.sampled_from([0.1, 3, 15, 45, 200, 600])))

        def night_falls(self, _data):
            reminders.send_due(at=self.now)

        def something_is_recorded(self, data):
            kind = data.draw(st.sampled_from(["hearing", "dpo_opinion"]))
            records.record(self.case, kind, by=None, at=self.now)

        def points_are_answered(self, _data):
            self.case.request.points.filter(state="open").update(state="answered")

        def the_dpo_gives_an_opinion(self, _data):
            records.give_dpo_opinion(
                self.case.request,
                agrees=True,
                text="La voie calculée convient.",
                by=people[f"dpo of {LEAD}"][0],
                at=self.now,
            )

        def evidence_and_conditions_come(self, _data):
            by = people[f"regulatory_officer of {LEAD}"][0]
            self.case.refresh_from_db()
            gathered = self.case.state in records.PIECES_IN
            for track in self.case.tracks.filter(kind="formality") if gathered else ():
                for piece in evidence_of(track.key):
                    records.give_evidence(
                        track, piece.code, example(piece.code), by=by, at=self.now
                    )
            walked = Walk(self.case.request, at=self.now)
            walked.meet_conditions()
            if waiting_track(self.case) is not None:
                walked.answer_reservations()
                walked.check_reservations(people["committee_chair"][0])

        def the_committee_sits(self, data):
            item = self.case.items.filter(decision=None).select_related("session__body").first()
            if item is None or item.session.opened_at:
                return
            choice = data.draw(st.sampled_from(["favourable", "reserved", "unfavourable"]))
            self.now = max(self.now, item.session.starts_at)
            committees.open_session(item.session, at=self.now)
            item.session.refresh_from_db()
            chair = None
            for mandate in item.session.body.mandates.select_related("person"):
                committees.attend(item.session, mandate, at=self.now)
                committees.declare_interest(item, mandate, "none", at=self.now)
                committees.vote(item, mandate, choice, at=self.now)
                chair = mandate.person if mandate.chair else chair
            for clause in ("U-15", "U-16"):
                committees.record_finding(
                    item,
                    clause,
                    "unsound" if choice == "unfavourable" else "sound",
                    "Question, méthode, puissance et faisabilité examinées en séance.",
                    by=chair,
                    at=self.now,
                )

        # Who may, told again from the table and the roles that were given.

        def history(self) -> list[tuple]:
            """Who took what; read again when the case moved."""
            if self.known != self.case.revision:
                self.known = self.case.revision
                self.takers = list(self.case.decisions.values_list("by", "step"))
            return self.takers

        @property
        def tracks(self):
            return list(self.case.tracks.all())

        def able(self, step) -> list[tuple]:
            """Who may take a step, and on which line."""
            return [
                (name, track)
                for track in self.lines(step)
                for name in sorted(people)
                if self.may(name, step, track)
            ]

        def lines(self, step):
            if step.track is None or not step.track_from:
                return [None]
            return list(self.case.tracks.filter(kind=step.track, status__in=step.track_from))

        def may(self, name, step, track) -> bool:
            by, roles = people[name]
            if name == "system":
                return SYSTEM in step.actors
            if name == "holder":
                return HOLDER in step.actors
            on_site = track is not None and track.kind == "site"
            place = track.establishment_id if on_site else self.case.lead_id
            held = {role for role, where in roles if where in (None, place)}
            before = {step for who, step in self.history() if who == by.pk}
            covered = not step.delegated or place == (SITES[1] if name.endswith(SITES[1]) else LEAD)
            return bool(held & set(step.actors)) and covered and not before & set(step.apart)

        # What is written.

        def written(self):
            counted = (Decision, Leaf, Attestation, Reason, FactsBlob, StepKey, Message)
            case = Case.objects.filter(pk=walk.case.pk).values().get()
            return (
                [model.objects.count() for model in counted],
                case,
                list(self.case.tracks.order_by("pk").values_list("pk", "status", "decision_id")),
                list(self.case.deadlines.order_by("pk").values_list("pk", "due_at", "stopped_at")),
            )

        def check_decision(self, decision, was, articles, reason):
            assert (decision.index, self.case.revision) == (was.revision + 1, was.revision + 1)
            assert self.case.last_decision_id == decision.pk
            assert (decision.from_state, decision.to_state) == (was.state, self.case.state)
            name = decision.step
            if decision.outcome != "done":
                name = f"{decision.step}:{decision.outcome}"
            came_from = decision.track_from if STEPS[decision.step].track_from else None
            assert (was.state, name, came_from, self.case.state) in PASSAGES
            if decision.tone == NEGATIVE:
                assert articles and reason
            step = STEPS[decision.step]
            if step.delegated:
                signed = decision.delegation
                assert signed.person_id == decision.by_id
                assert step.code in signed.steps
                assert signed.since <= decision.at < signed.until
            if decision.track_id and decision.track_to:
                assert self.case.tracks.get(pk=decision.track_id).status == decision.track_to
            leaf = json.loads(bytes(Leaf.objects.get(index=decision.attestation.leaf_index).bytes))
            assert leaf["index"] == decision.index
            assert (leaf["step"], leaf["outcome"]) == (decision.step, decision.outcome)
            assert (leaf["from"], leaf["to"]) == (decision.from_state, decision.to_state)
            assert leaf["articles"] == sorted(set(articles))
            assert leaf["facts"] == bytes(decision.facts_id).hex()

        @invariant()
        def history_and_state_agree(self):
            history = list(self.case.decisions.order_by("index"))
            assert [d.index for d in history] == list(range(1, self.case.revision + 1))
            states = ["draft", *(d.to_state for d in history)]
            assert [d.from_state for d in history] == states[:-1]
            assert self.case.state == states[-1]
            for track in self.case.tracks.all():
                moves = [d.track_to for d in history if d.track_id == track.pk and d.track_to]
                initial = REQUEST.track(track.kind).initial
                assert track.status == (moves[-1] if moves else initial)

        @invariant()
        def a_state_proves_its_past(self):
            history = list(self.case.decisions.order_by("index").select_related("track"))
            steps = [d.step for d in history]
            if self.case.state in ("authorised", "access", "suspended", "results", "closed"):
                last = max(n for n, d in enumerate(history) if d.step == "authorise")
                before = history[:last]
                assert {"submit", "admit", "to_committee"} <= {d.step for d in before}
                opinion = [d.track_to for d in before if d.track_id and d.track.kind == "opinion"]
                assert opinion[-1] == "favourable"
                assert history[last].delegation_id
                for track in self.case.tracks.filter(
                    kind="site", status__in=("agreed", "agreed_with_limits", "delivered", "opened")
                ):
                    agreed = [
                        d
                        for d in before
                        if d.track_id == track.pk and d.step in ("agree", "agree_with_limits")
                    ]
                    assert agreed and agreed[-1].delegation_id
                for kind in ("formality", "convention"):
                    ends = REQUEST.track(kind).ends
                    assert all(t.status in ends for t in self.case.tracks.filter(kind=kind))
            if self.case.state == "closed":
                assert steps[-1] in ("close", "mend") or "close" in steps

        @invariant()
        def no_one_took_two_steps_that_are_two_peoples(self):
            takers = {}
            for decision in self.case.decisions.order_by("index"):
                for first in two_persons(REQUEST).get(decision.step, ()):
                    assert decision.by_id not in takers.get(first, ()) or decision.by_id is None
                takers.setdefault(decision.step, set()).add(decision.by_id)

    return Life


STEPS_TAKEN_AT_LEAST = 15
BUDGET = settings(
    max_examples=6,
    stateful_step_count=16,
    derandomize=True,
    deadline=None,
    database=None,
    # A counterexample is a story of sixteen acts that reads as it is; shrinking it takes minutes.
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def walk(establishments, holder, order_key):
    return Walk(draft(holder, list(SITES), at=NOW), at=NOW)


def walk_on(walk: Walk, stage: str) -> None:
    """From the stage before to this one."""
    if stage == "access":
        walk.now += timedelta(days=31)
        extract(walk, LEAD)
        openings.choose_opening(walk.request, site_by_site=True, at=walk.now)
        assert openings.open_what_is_ready(walk.case, at=walk.now) == []
    elif stage == "suspended":
        walk.take("block", walk.staff("dpo"), articles=("U-08",), reason="Manquement constaté.")
    elif stage == "results":
        walk.take("end_access", walk.holder)
    else:
        walk.until(stage)
    walk.case.refresh_from_db()
    assert walk.case.state == stage


def extract(walk: Walk, slug: str) -> None:
    """Have a site deliver what it agreed to."""
    track, engineer = walk.case.tracks.get(key=slug), walk.staff("data_engineer", slug)
    found = extractions.launch(track, by=engineer, at=walk.now)
    SiteProgram(slug, at=walk.now).delivers(found.order)
    walk.take("deliver", engineer, days=0, track=track)


def test_whatever_anybody_asks_in_any_state_the_law_holds(walk):
    people, taken = everybody(walk), set()
    for stage in STAGES:
        if stage != "draft":
            walk_on(walk, stage)
        play(machine(walk, people, taken), settings=BUDGET)
    # Lives in which nearly everything is refused would prove little.
    assert len(taken) >= STEPS_TAKEN_AT_LEAST, sorted(taken)
