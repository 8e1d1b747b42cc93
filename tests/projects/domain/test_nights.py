"""What the portal judges of itself each night, from what the tables really hold."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from catalog.domain import findings as answers
from catalog.domain import objections
from catalog.models import Dataset, Finding, Objection
from governance.charters import facts_from
from governance.charters.facts import months_later
from governance.domain import nights
from governance.ledger.leaves import append_leaf
from governance.ledger.signer import integrate
from governance.models import Contradiction, Lateness, NightJudged, Reason
from governance.models.decision import Attestation, Decision
from governance.models.ledger import Tile
from governance.models.outbox import Message
from governance.paris import last_second_of
from governance.process.engine import take_step
from governance.process.lateness import judged_each
from governance.process.precedents import unnamed
from governance.tasks import judge_night
from portal.notices.models import Notice
from projects.domain import findings, openings
from projects.models import Certificate
from projects.notices.standing import no_longer
from tests import outbox
from tests.governance.ledger.conftest import ledger_files  # noqa: F401  (fixture)
from tests.people import person
from tests.projects.conftest import NOW
from tests.projects.queries.test_alike import answered, demand
from tests.projects.queries.test_facts_of_many import queries
from tests.projects.stand import DAY, LEAD, OTHER, stand_at
from tests.projects.walks import Walk, draft

WHOLE = {"P-04", "C-04", "C-08", "C-09", "C-10"}
LATER = NOW + 20 * DAY
SAID = "Le bénéfice annoncé est celui d'un seul service."


@pytest.fixture
def departing(walk, holder, ledger_files):  # noqa: F811
    """A published decision that departs from another, and says what differs."""
    walk.submit()
    walk.admit()
    other = Walk(draft(holder, ["chu-rennes"], at=NOW), at=NOW)
    other.wait(days=10)
    other.submit()
    made = take_step(
        other.case,
        "refuse",
        by=other.staff("delegate"),
        at=other.now,
        articles=("U-03",),
        reason="L'intérêt public n'est pas montré.",
        difference=SAID,
    )
    integrate(at=other.now)
    made.walk = other
    return made


def judged(at=LATER) -> dict[str, NightJudged]:
    nights.judge_whole(at=at)
    return {row.clause: row for row in NightJudged.objects.last_ones() if row.verdict}


def failing(at=LATER) -> dict[str, tuple]:
    found = {code: row for code, row in judged(at).items() if row.holds is not True}
    return {code: (row.verdict["key"], row.verdict["values"]) for code, row in found.items()}


# --- the whole ------------------------------------------------------------------------------------


def test_each_article_about_the_whole_is_judged_from_the_tables(departing):
    found = judged()
    assert set(found) == WHOLE
    assert all(row.holds for row in found.values())
    facts = facts_from(bytes(found["P-04"].facts.bytes))["whole"]
    assert (facts["departures"], facts["decisions"]) == (1, 1)
    assert facts["ledger_consistent"] is True


def test_a_departure_whose_difference_is_not_written_is_found(departing):
    Reason.objects.filter(decision=departing).update(details={"difference": "  "})
    assert failing() == {"P-04": ("departures_unexplained", {"count": 1})}
    Reason.objects.filter(decision=departing).update(details={}, erased_at=NOW)
    assert failing(LATER + DAY) == {}


def test_a_decision_that_departs_from_a_precedent_and_names_none_is_found(departing):
    silent = Decision.objects.get(pk=departing.pk)
    silent.pk, silent.departs_from, silent.index = uuid4(), [], silent.index + 1
    silent.save(force_insert=True)
    Reason.objects.create(decision=silent, text="L'intérêt public n'est pas montré.")
    assert unnamed(at=LATER) == 0
    leaf = append_leaf({"kind": "decision", "of": str(silent.pk)}, at=departing.at)
    Attestation.objects.create(decision=silent, leaf_index=leaf.index)
    integrate(at=departing.at)
    assert failing() == {"P-04": ("departures_unnamed", {"count": 1})}


def test_the_first_of_two_opposite_decisions_departs_from_nothing(departing):
    walk = Walk(draft(departing.walk.holder, ["chu-rennes"], at=NOW), at=NOW)
    walk.wait(days=12)
    walk.submit()
    walk.admit()
    integrate(at=walk.now)
    assert unnamed(at=LATER) == 0


def test_a_negative_decision_that_rests_on_no_article_of_its_charters_is_found(departing):
    answered(demand("academic"), "negative", articles=("Z-99",))
    assert failing(departing.at + 300 * DAY) == {
        "C-04": ("decisions_without_article", {"count": 1})
    }


def test_a_register_that_is_not_what_was_signed_is_found(departing):
    tile = Tile.objects.get(level=0, number=0)
    hashes = bytes(tile.hashes)
    Tile.objects.filter(level=0, number=0).update(hashes=bytes(32) + hashes[32:])
    assert failing() == {"C-08": ("ledger_inconsistent", {})}
    Tile.objects.filter(level=0, number=0).update(hashes=hashes)
    Contradiction.objects.create(
        establishment_id=LEAD,
        reason="forked",
        shown="x",
        since=NOW,
        last_said_at=NOW,
        received_at=NOW,
    )
    assert failing() == {"C-08": ("ledger_inconsistent", {})}


def test_a_published_figure_that_is_too_small_is_found(departing):
    Dataset.objects.filter(pk="chu-rennes-prescriptions").update(
        persons=4, rows=9, measured_on=NOW.date()
    )
    assert failing() == {"C-09": ("public_figures_under_threshold", {"count": 1})}


def test_one_row_lasts_while_the_answer_does_and_another_begins_when_it_changes(departing):
    assert judged()["C-09"].since == LATER
    row = judged(LATER + DAY)["C-09"]
    assert (row.since, row.judged_at) == (LATER, LATER + DAY)
    Dataset.objects.filter(pk="chu-rennes-prescriptions").update(
        persons=4, rows=9, measured_on=NOW.date()
    )
    judged(LATER + 2 * DAY)
    told = NightJudged.objects.filter(clause="C-09").values_list("holds", "since", "judged_at")
    assert list(told) == [
        (False, LATER + 2 * DAY, LATER + 2 * DAY),
        (True, LATER, LATER + DAY),
    ]


def test_a_failing_article_is_told_once_to_the_network_coordinator(departing, client):
    watcher = person("network_coordinator")
    Reason.objects.filter(decision=departing).update(details={})
    judged()
    judged(LATER + DAY)
    assert Message.objects.filter(kind=nights.TOLD).count() == 1
    outbox.run()
    notice = Notice.objects.get(person=watcher, key=nights.TOLD)
    assert notice.address == reverse("public:article", args=["producteur", "P-04"])
    assert no_longer([notice]) == set()
    Reason.objects.filter(decision=departing).update(details={"difference": SAID})
    judged(LATER + 2 * DAY)
    assert no_longer([notice]) == {notice.pk}


def test_its_page_says_who_judges_it_when_and_what_departs(departing, client):
    address = reverse("public:article", args=["producteur", "P-04"])
    assert "Dernier jugement" not in client.get(address).content.decode()
    judged()
    page = client.get(address).content.decode()
    assert "Respecté depuis le" in page and "chaque nuit" in page
    assert f"{reverse('register:project', args=[departing.walk.case.number])}" in page
    Reason.objects.filter(decision=departing).update(details={})
    judged(LATER + DAY)
    page = client.get(address).content.decode()
    assert "de cas semblables sans dire pourquoi" in page and "N’est plus respecté depuis" in page


# --- the deadlines --------------------------------------------------------------------------------


def late(walk=None) -> dict[tuple[str, str], dict]:
    open_ones = Lateness.objects.open()
    return {(each.clause, each.of): each.verdict["values"] for each in open_ones}


def passed(walk, days=0):
    walk.now += days * DAY
    nights.judge_deadlines(at=walk.now)
    return late()


def two(holder, state) -> Walk:
    walk = Walk(draft(holder, [LEAD, OTHER], at=NOW), at=NOW)
    stand_at(state, walk)
    return walk


def test_a_site_that_does_not_answer_is_late_until_it_does(holder):
    walk = two(holder, "preparation")
    assert passed(walk) == {}
    found = passed(walk, 90)
    assert {of for code, of in found if code == "P-03"} == {LEAD, OTHER}
    assert "track:site" in found["C-07", ""]["clocks"]
    track = walk.case.tracks.get(kind="site", key=LEAD)
    walk.take("agree", walk.staff("delegate"), track=track)
    assert {of for code, of in passed(walk) if code == "P-03"} == {OTHER}
    assert Lateness.objects.get(clause="P-03", of=LEAD).ended_at == walk.now


def test_what_waits_for_the_holder_is_not_late(holder):
    walk = two(holder, "completion")
    assert ("C-07", "") not in passed(walk, 20)


def test_results_that_do_not_come_are_late(holder, order_key):
    walk = two(holder, "results")
    assert ("U-11d", "") not in passed(walk, 30)
    assert ("U-11d", "") in passed(walk, 560)


def test_nobody_is_late_for_results_that_a_revoked_request_cannot_give(holder, order_key):
    walk = two(holder, "revoked")
    assert ("U-11d", "") not in passed(walk, 900)


@pytest.mark.parametrize("state", ["results", "revoked"])
def test_copies_without_their_certificate_are_late_six_months_after_access(
    holder, order_key, state
):
    walk = two(holder, state)
    given = Certificate.objects.filter(kind="copies_destroyed", track__key=LEAD)
    given.delete()
    walk.request.access_period.refresh_from_db()
    ended = walk.request.access_period.ended_on
    walk.now = last_second_of(months_later(ended, 6))
    assert ("U-12a", "") not in passed(walk)
    assert passed(walk, 1)["U-12a", ""]["sites"] == [LEAD]
    row = NightJudged.objects.filter(clause="U-12a").first()
    assert (row.holds, row.judged, row.late) == (False, 1, 1)
    track = walk.case.tracks.get(kind="site", key=LEAD)
    engineer = walk.staff("data_engineer")
    openings.certify_copies_destroyed(track, "PV-9", by=engineer, at=walk.now)
    sealed = {"at": walk.now, "by": engineer}
    Certificate.objects.get_or_create(track=track, kind="dataset_sealed", defaults=sealed)
    assert ("U-12a", "") not in passed(walk)


def test_a_sealed_dataset_is_late_past_its_term(holder, order_key):
    walk = two(holder, "closed")
    assert not [code for code, _of in passed(walk, 30) if code == "U-12b"]
    assert ("U-12b", LEAD) in passed(walk, 366 * 20)
    sealed = Certificate.objects.filter(kind="dataset_sealed", track__key=LEAD).get()
    Certificate.objects.create(
        track=sealed.track, kind="dataset_destroyed", at=walk.now, by=sealed.by
    )
    assert ("U-12b", LEAD) not in passed(walk)


def test_an_anomaly_and_an_objection_that_wait_are_late(holder, order_key):
    walk = two(holder, "access")
    findings.report(
        walk.request,
        "chu-rennes-prescriptions",
        "",
        "Des dates manquent depuis 2021.",
        by=walk.holder,
        at=walk.now,
    )
    Objection.objects.create(
        receipt="0" * 64, establishment_id=LEAD, digest="1" * 64, sealed="x", received_at=walk.now
    )
    codes = {code for code, of in passed(walk, 1) if of == LEAD}
    assert not codes & {"P-10", "C-03d"}
    assert {("P-10", LEAD), ("C-03d", LEAD)} <= set(passed(walk, 60))
    engineer = walk.staff("data_engineer")
    answers.answer(Finding.objects.get(), "dismissed", SAID, None, by=engineer, at=walk.now)
    Objection.objects.update(state="applied", sealed="", answered_at=walk.now)
    assert not {code for code, _of in passed(walk)} & {"P-10", "C-03d"}


def test_an_objection_answered_late_before_the_night_was_late_all_the_same(holder, order_key):
    walk = two(holder, "access")
    Objection.objects.create(
        receipt="0" * 64, establishment_id=LEAD, digest="1" * 64, sealed="x", received_at=walk.now
    )
    assert objections.count_late(at=walk.now + DAY) == 0
    after = walk.now + DAY + timedelta(minutes=1)
    assert objections.count_late(at=after) == 1
    assert objections.count_late(at=after + timedelta(minutes=1)) == 0
    Objection.objects.update(state="applied", sealed="", answered_at=after)
    nights.judge_deadlines(at=walk.now + 2 * DAY)
    (found,) = Lateness.objects.filter(clause="C-03d")
    assert (found.of, found.found_at) == (LEAD, after)
    assert found.ended_at == walk.now + 2 * DAY


def test_an_establishment_is_late_once_whatever_its_requests(holder, order_key):
    walk = two(holder, "access")
    other = Walk(draft(holder, [LEAD], at=NOW), at=NOW).until("preparation")
    Objection.objects.create(
        receipt="0" * 64, establishment_id=LEAD, digest="1" * 64, sealed="x", received_at=walk.now
    )
    assert ("C-03d", LEAD) not in passed(walk)
    assert ("C-03d", LEAD) in passed(walk, 3)
    assert other.case.lead_id == LEAD
    assert Lateness.objects.get(clause="C-03d").case is None


def test_what_was_late_in_a_request_that_is_asked_no_more_is_not(holder):
    walk = two(holder, "preparation")
    assert passed(walk, 90)
    walk.take("withdraw", walk.holder)
    assert passed(walk) == {}


def test_many_are_judged_with_the_queries_of_one(holder):
    walk = two(holder, "preparation")
    other = Walk(draft(holder, [LEAD], at=NOW), at=NOW).until("instruction")
    one = queries(lambda: list(judged_each([walk.case], walk.now)))
    assert queries(lambda: list(judged_each([walk.case, other.case] * 20, walk.now))) == one


def test_the_night_judges_all_of_it_and_the_page_counts_nothing_small(holder, client):
    walk = two(holder, "preparation")
    address = reverse("public:article", args=["producteur", "P-03"])
    walk.now += 90 * DAY
    nights.judge_night(at=walk.now)
    row = NightJudged.objects.get(clause="P-03")
    assert (row.holds, row.judged, row.late) == (False, 2, 2)
    page = client.get(address).content.decode()
    assert "trop peu pour en dire le nombre" in page and "2 dépassements" not in page
    Lateness.objects.all().delete()
    assert "Aucun dépassement depuis douze mois" in client.get(address).content.decode()


def test_it_is_a_task_of_each_night(holder):
    judge_night()
    found = {row.clause for row in NightJudged.objects.all()}
    assert found == WHOLE - {"C-08"} | {"P-03", "P-10", "C-03d", "C-07", "U-11d", "U-12a", "U-12b"}
