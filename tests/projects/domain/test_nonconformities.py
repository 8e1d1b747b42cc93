"""Continuous compliance: what ceases to hold is found, bites where the fault is, and is mended by
its article alone."""

import json
from datetime import timedelta
from html import unescape

import pytest
from django.core.cache import cache
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from catalog.domain.keys import create_order_key
from governance.charters import Verdict, facts_from, judge, load_charter
from governance.domain import nonconformities, reminders
from governance.domain.commitments import add_training
from governance.models import Decision, NonConformity, Reminder, WarehouseStanding
from governance.process import clocks
from governance.process.shape import WORKING_DAYS, Delay
from governance.process.table import REQUEST
from projects.demonstration import network
from projects.domain import accesses, records, team
from projects.models import AccessPeriod, MemberAccess
from projects.queries.alike import Blocked, cut_off
from tests import outbox
from tests.projects.conftest import NOW
from tests.projects.engine.test_at_once import at_once
from tests.projects.stand import DAY, LEAD, opened_to_two, stand_at


@pytest.fixture
def opened(holder, order_key):
    """A request of two establishments, of which the lead one is open to its team of two."""
    return opened_to_two(holder, NOW)


def has_access(someone) -> bool:
    return MemberAccess.objects.filter(participation__person=someone, cut_at__isnull=True).exists()


def watch(walk, days: float = 0):
    """Let `days` go by, and the night pass."""
    walk.now += days * DAY
    done = nonconformities.watch(at=walk.now)
    walk.case.refresh_from_db()
    return {name: number for name, number in done.items() if number}


def lapse(walk, someone):
    someone.trainings.update(expires_on=walk.now.date() - DAY)


def misplace(walk, authorised=False):
    """The destination turns out not to be the one authorised; or is again."""
    checked = walk.case.records.filter(kind="destination_checked").earliest("id").data
    records.record(
        walk.case,
        "destination_checked",
        by=walk.staff("regulatory_officer"),
        at=walk.now,
        data=checked | {"authorised": authorised},
    )


def the_one() -> NonConformity:
    return NonConformity.objects.get()


def test_nothing_is_found_where_everything_holds(opened):
    assert watch(opened) == {}
    assert not NonConformity.objects.exists()


def test_a_member_whose_training_lapses_loses_their_access_and_theirs_alone(opened):
    lapse(opened, opened.colleague)
    assert watch(opened) == {"found": 1, "bitten": 1}
    found = the_one()
    assert (found.clause, found.subject, found.member) == ("U-06", "member", opened.colleague)
    assert (found.owner_role, found.owner_at) == ("member", None)
    assert found.bites_at == found.found_at == found.bitten_at == opened.now
    assert not has_access(opened.colleague)
    assert has_access(opened.holder)
    assert opened.case.state == "access"


def test_mended_their_access_opens_again_at_once(opened):
    lapse(opened, opened.colleague)
    nonconformities.watch(at=timezone.now())
    assert not has_access(opened.colleague)
    add_training(
        person=opened.colleague,
        title="Protection",
        obtained_on=timezone.now().date(),
        by=opened.colleague,
        at=timezone.now(),
    )
    outbox.run()
    assert the_one().mended["holds"] is True
    assert has_access(opened.colleague)


def test_how_often_it_cut_an_access_is_on_the_page_of_its_article_and_nothing_small(opened, client):
    def page():
        cache.delete("articles-cut-off")
        return unescape(
            client.get(reverse("public:article", args=["utilisateur", "U-06"])).content.decode()
        )

    assert "n’a encore coupé de lui-même aucun accès" in page()
    for _ in range(11):
        assert "11 accès" not in page()
        lapse(opened, opened.colleague)
        watch(opened, days=1)
        opened.colleague.trainings.update(expires_on=opened.now.date() + 400 * DAY)
        watch(opened, days=1)
    assert cut_off(at=opened.now) == {"U-06": Blocked(11, 11)}
    assert "coupé de lui-même 11 accès" in page() and "Dans 11 de ces cas" in page()
    lapse(opened, opened.colleague)
    watch(opened, days=1)
    assert cut_off(at=opened.now) == {"U-06": Blocked(12, None)}, "one that is not mended is small"
    assert (
        "Quand le portail a coupé un accès"
        not in client.get(reverse("public:article", args=["utilisateur", "U-03"])).content.decode()
    )


def test_the_verdict_that_closed_it_is_given_again_by_the_facts_kept(opened):
    lapse(opened, opened.colleague)
    watch(opened)
    opened.colleague.trainings.update(expires_on=opened.now.date() + 400 * DAY)
    watch(opened, days=1)
    one = the_one()
    charter = load_charter("utilisateur", opened.case.charters["utilisateur"])
    clauses = [c for c in charter.clauses if c.code == one.clause]
    for said, kept, at in (
        (one.found, one.found_facts, one.found_at),
        (one.mended, one.mended_facts, one.mended_at),
    ):
        again = judge(clauses, facts_from(bytes(kept.bytes)), at, [one.of])
        assert again == [Verdict.from_data(said)]


def test_a_member_who_leaves_has_nothing_left_to_mend(opened):
    lapse(opened, opened.colleague)
    nonconformities.watch(at=timezone.now())
    row = opened.case.participations.get(person=opened.colleague)
    team.leave(row, at=timezone.now())
    outbox.run()
    one = the_one()
    assert (one.lapsed_because, one.mended_at) == ("left", None)
    assert not has_access(opened.colleague)


def test_before_anything_is_open_what_was_never_given_is_awaited_and_no_fault(opened):
    newcomer = network.person("Yann Tanguy", at=NOW)
    for row in (newcomer.trainings, newcomer.charter_signatures):
        row.all().delete()
    team.join(opened.request, newcomer, "member", at=opened.now)
    assert watch(opened) == {}
    assert not has_access(newcomer)


def test_an_establishment_at_fault_closes_its_own_data_after_its_grace(opened):
    standing = WarehouseStanding.objects.filter(establishment=LEAD)
    coverage = standing.get().information_coverage
    standing.update(information_coverage=None)
    assert watch(opened) == {"found": 1}
    one = the_one()
    assert (one.clause, one.establishment_id, one.owner_role) == ("C-02", LEAD, "producer")
    assert one.owner_at_id == LEAD
    assert one.bites_at == clocks.due(Delay(10, WORKING_DAYS), one.found_at)
    assert has_access(opened.holder)
    assert watch(opened, days=20) == {"bitten": 1}
    assert not has_access(opened.holder)
    assert opened.case.state == "access"
    accesses.bring_up_to_date(opened.case, at=opened.now)
    assert not has_access(opened.holder)
    standing.update(information_coverage=coverage)
    assert watch(opened, days=1) == {"mended": 1}
    assert has_access(opened.holder)


def test_the_whole_is_blocked_by_the_portal_and_resumed_by_a_delegate(opened):
    misplace(opened)
    assert watch(opened) == {"found": 1}
    assert watch(opened, days=1) == {}
    assert opened.case.state == "access"
    assert watch(opened, days=10) == {"bitten": 1}
    block, one = opened.case.last_decision, the_one()
    assert (opened.case.state, block.step, block.by) == ("suspended", "block", None)
    assert block.articles == ["U-09"]
    assert "Les destinations autorisées" in block.reason.text
    assert one.bitten_by == block
    assert not has_access(opened.holder)
    misplace(opened, authorised=True)
    assert watch(opened, days=1) == {"mended": 1}
    assert opened.case.state == "suspended"
    opened.take("resume", opened.staff("delegate"))
    assert opened.case.state == "access"
    assert has_access(opened.holder)


def test_lifted_unmended_it_is_not_blocked_again_and_stays_open(opened):
    misplace(opened)
    watch(opened)
    watch(opened, days=10)
    opened.take("resume", opened.staff("delegate"))
    assert watch(opened, days=10) == {}
    assert opened.case.state == "access"
    assert the_one().is_open


def test_suspended_on_another_ground_it_is_blocked_on_its_own_once_resumed(opened):
    misplace(opened)
    watch(opened)
    opened.take("block", opened.staff("dpo"), articles=("U-08",), reason="Un croisement.")
    assert watch(opened, days=10) == {}
    opened.take("resume", opened.staff("delegate"))
    assert watch(opened, days=1) == {"bitten": 1}
    assert opened.case.last_decision.articles == ["U-09"]


def test_a_block_that_no_delegate_judges_is_escalated_each_working_day(opened):
    AccessPeriod.objects.filter(request=opened.request).update(months=1)
    watch(opened)
    watch(opened, days=10)
    clock = opened.case.deadlines.running().get(subject="state:suspended")
    assert clock.waits_for == "delegate"
    assert clock.due_at == clocks.due(REQUEST.state("suspended").delay, opened.now)
    for day in range(1, 13):
        reminders.send_due(at=opened.now + day * DAY)
    late = Reminder.objects.filter(deadline=clock, kind__regex=r"^late-\d+$").count()
    assert late >= 3


def test_a_request_that_ends_takes_its_non_conformities_with_it(opened):
    misplace(opened)
    nonconformities.watch(at=timezone.now())
    opened.now = timezone.now()
    opened.take("end_access", opened.holder, days=0)
    outbox.run()
    assert the_one().lapsed_because == "ended"


def test_a_night_twice_or_missed_changes_nothing(opened):
    lapse(opened, opened.colleague)
    misplace(opened)
    assert watch(opened) == {"found": 2, "bitten": 1}
    assert watch(opened) == {}
    assert watch(opened, days=15) == {"bitten": 1}
    assert watch(opened) == {}
    assert NonConformity.objects.count() == 2
    assert Decision.objects.filter(step="block").count() == 1


def test_its_owner_is_reminded_the_working_day_before_it_bites(opened):
    misplace(opened)
    watch(opened)
    one = the_one()
    eve = clocks.add_working_days(one.bites_at.date(), -1)
    while opened.now.date() < eve:
        assert the_one().warned_at is None
        watch(opened, days=1)
    assert the_one().warned_at == opened.now


def test_two_who_watch_at_once_find_each_fault_once(committed_walk, settings, tmp_path):
    walk, settings.ORDER_KEY_FILE = committed_walk, str(tmp_path / "order.key")
    create_order_key()
    stand_at("access", walk)
    misplace(walk)
    lapse(walk, walk.holder)
    calls = [lambda: nonconformities.watch(at=walk.now)] * 4
    found = [answer["found"] for answer in at_once(*calls)]
    assert sorted(found) == [0, 0, 0, 2]
    walk.now += 15 * DAY
    bitten = [answer["bitten"] for answer in at_once(*calls)]
    assert sorted(bitten) == [0, 0, 0, 1]
    assert Decision.objects.filter(step="block").count() == 1


def refused(sql: str, *values) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
    except (IntegrityError, ProgrammingError):
        return True
    return False


UPDATE = "UPDATE governance_nonconformity SET "


def test_the_database_lets_nobody_close_one_by_hand(opened):
    lapse(opened, opened.colleague)
    misplace(opened)
    watch(opened)
    member = NonConformity.objects.get(subject="member")
    at, facts = opened.now + timedelta(hours=1), member.found_facts_id
    satisfied = json.dumps({"holds": True, "clause": "U-08", "of": member.of})
    assert refused(UPDATE + "mended_at = %s", at)
    assert refused(UPDATE + "mended_at = %s, mended = found, mended_facts_id = %s", at, facts)
    assert refused(
        UPDATE + "mended_at = %s, mended = %s::jsonb, mended_facts_id = %s", at, satisfied, facts
    )
    assert refused(UPDATE + "lapsed_at = %s, lapsed_because = 'left'", at)
    assert refused(UPDATE + "lapsed_at = %s, lapsed_because = 'ended'", at)
    assert refused(UPDATE + "lapsed_at = %s", at)
    assert refused(UPDATE + "bites_at = bites_at + interval '1 year'")
    assert refused(UPDATE + "found = '{}'::jsonb")
    assert refused(UPDATE + "bitten_at = NULL WHERE subject = 'member'")
    assert refused("DELETE FROM governance_nonconformity")
    assert refused("TRUNCATE governance_nonconformity")
    assert NonConformity.objects.open().count() == 2


def test_the_database_keeps_one_that_is_closed_as_it_is(opened):
    lapse(opened, opened.colleague)
    watch(opened)
    opened.colleague.trainings.update(expires_on=opened.now.date() + 400 * DAY)
    watch(opened, days=1)
    assert refused(UPDATE + "mended_at = NULL, mended = NULL, mended_facts_id = NULL")
    assert refused(UPDATE + "verdict = '{}'::jsonb")
