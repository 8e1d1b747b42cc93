"""An access that a non-conformity closed waits for a delegate, who confirms it or opens it again;
what they answered holds until the article is satisfied."""

import json
from itertools import product

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.utils import timezone

from catalog.domain.keys import create_order_key
from governance.domain import blocks, erasures, nonconformities, reminders
from governance.domain.delegations import revoke_delegation
from governance.models import (
    BlockJudgement,
    Delegation,
    Leaf,
    NonConformity,
    Reminder,
    WarehouseStanding,
)
from governance.models.case import Conflict
from governance.process import clocks
from governance.process.refusals import NotPermitted
from governance.process.standing import Bench
from governance.process.table import REQUEST
from portal.notices.models import Notice
from projects.demonstration import network
from projects.domain import accesses, erasing, openings, team
from projects.models import MemberAccess, Space
from projects.notices.standing import no_longer
from tests import outbox
from tests.projects.conftest import NOW
from tests.projects.domain.test_nonconformities import has_access, lapse, refused, the_one, watch
from tests.projects.engine.test_at_once import at_once
from tests.projects.stand import DAY, LEAD, OTHER, opened_to_two, stand_at

WHY = "La session de formation est complète jusqu'au mois prochain."
CONFIRMED, LIFTED = blocks.CONFIRMED, blocks.LIFTED


@pytest.fixture
def opened(holder, order_key):
    """A request of two establishments, of which the lead one is open to its team of two."""
    walk = opened_to_two(holder, NOW)
    walk.now = timezone.now()
    return walk


@pytest.fixture
def cut(opened):
    """The same, whose colleague's access the portal closed."""
    lapse(opened, opened.colleague)
    watch(opened)
    return opened


def close_site(walk):
    """The lead establishment's warehouse is at fault, its grace over."""
    standing = WarehouseStanding.objects.filter(establishment=LEAD)
    coverage = standing.get().information_coverage
    standing.update(information_coverage=None)
    watch(walk)
    watch(walk, days=20)
    return coverage


def judge(walk, kind, *, by=None, reason=WHY, read=None):
    one = the_one()
    read = one.judgements.count() if read is None else read
    by = by or walk.staff("delegate")
    return blocks.judge(one, kind, reason=reason, read=read, by=by, at=walk.now)


def test_a_member_s_closed_access_waits_two_working_days_for_a_delegate_of_the_lead(cut):
    clock = cut.case.deadlines.running().get(nonconformity=the_one())
    assert (clock.waits_for, clock.place) == ("delegate", LEAD)
    assert clock.due_at == clocks.due(REQUEST.state("suspended").delay, cut.now)


def test_an_establishment_s_waits_for_a_delegate_of_its_own(opened):
    close_site(opened)
    clock = opened.case.deadlines.running().get(nonconformity=the_one())
    assert (clock.waits_for, clock.place, clock.started_at) == ("delegate", LEAD, opened.now)


def test_left_unanswered_it_is_escalated_each_working_day_like_the_whole_s(cut):
    clock = cut.case.deadlines.running().get(nonconformity=the_one())
    coordinator = network.staff("network_coordinator", None, at=NOW)
    for day in range(1, 13):
        reminders.send_due(at=cut.now + day * DAY)
    late = Reminder.objects.filter(deadline=clock, kind__regex=r"^late-\d+$").count()
    assert late == clocks.working_days_between(clock.due_at.date(), (cut.now + 12 * DAY).date())
    outbox.run()
    for someone in (cut.staff("delegate"), coordinator):
        assert Notice.objects.filter(person=someone, key="reminder").exists()


def test_confirmed_it_stays_closed_and_nobody_is_waited_for(cut):
    said = judge(cut, CONFIRMED)
    act = Delegation.objects.get(pk=said.delegation_id)
    assert (said.index, act.person, act.establishment_id) == (1, cut.staff("delegate"), LEAD)
    assert not has_access(cut.colleague)
    assert not cut.case.deadlines.running().filter(nonconformity=the_one()).exists()
    assert the_one().is_open


def test_lifted_the_access_is_open_again_the_fault_stays_open_and_is_not_bitten_again(cut):
    judge(cut, LIFTED)
    assert has_access(cut.colleague)
    assert watch(cut, days=30) == {}
    openings.sweep(at=cut.now)
    assert has_access(cut.colleague)
    one = the_one()
    assert one.is_open and one.bitten_at is not None


def test_what_the_night_has_to_change_is_what_one_request_alone_would_say(cut):
    assert accesses.unsettled([cut.case], cut.now) == set()
    judge(cut, LIFTED)
    assert accesses.unsettled([cut.case], cut.now) == set()
    accesses.cut(cut.case, at=cut.now, because="U-06", person=cut.colleague)
    assert accesses.unsettled([cut.case], cut.now) == {cut.case.pk}


@pytest.mark.parametrize("kinds", list(product((CONFIRMED, LIFTED), repeat=3)))
def test_whatever_is_answered_the_access_is_closed_unless_the_last_answer_lifted_it(cut, kinds):
    last = None
    for kind in kinds:
        if kind == last:
            with pytest.raises(ValidationError, match="déjà"):
                judge(cut, kind)
        else:
            judge(cut, kind)
        last = kind
        assert has_access(cut.colleague) is (last == LIFTED)
        watch(cut, days=1)
        openings.sweep(at=cut.now)
        assert has_access(cut.colleague) is (last == LIFTED)
        assert has_access(cut.holder)


def test_a_site_is_open_again_to_the_team_once_lifted_and_closed_once_confirmed(opened):
    close_site(opened)
    assert accesses.sites_closed(opened.case) == {LEAD: "C-02"}
    assert not has_access(opened.holder)
    judge(opened, LIFTED)
    assert accesses.sites_closed(opened.case) == {}
    assert has_access(opened.holder) and has_access(opened.colleague)
    judge(opened, CONFIRMED)
    assert not has_access(opened.holder)


def test_the_working_space_lets_in_whom_a_delegate_let_in(cut):
    outbox.run()
    space = Space.objects.get(track__case=cut.case, track__key=LEAD)
    before = {each["member"] for each in space.order.body["members"]}
    assert before == {str(cut.holder.ref)}
    judge(cut, LIFTED)
    outbox.run()
    space.refresh_from_db()
    until = {each["member"]: each["until"] for each in space.order.body["members"]}
    assert until.keys() == {str(cut.holder.ref), str(cut.colleague.ref)}
    assert until[str(cut.colleague.ref)] > cut.now.isoformat()


def test_mended_then_at_fault_again_it_is_closed_anew_and_waits_for_a_delegate_anew(cut):
    judge(cut, LIFTED)
    cut.colleague.trainings.update(expires_on=cut.now.date() + 10 * DAY)
    assert watch(cut, days=1) == {"mended": 1}
    lapse(cut, cut.colleague)
    assert watch(cut, days=1) == {"found": 1, "bitten": 1}
    assert not has_access(cut.colleague)
    second = NonConformity.objects.open().get()
    assert not second.judgements.exists()
    assert cut.case.deadlines.running().filter(nonconformity=second).exists()


def test_mended_before_anybody_answered_nobody_is_waited_for(cut):
    cut.colleague.trainings.update(expires_on=cut.now.date() + 10 * DAY)
    watch(cut, days=1)
    assert not cut.case.deadlines.running().filter(nonconformity__isnull=False).exists()
    with pytest.raises(ValidationError, match="plus rien à décider"):
        judge(cut, LIFTED)


def test_who_never_had_an_access_has_none_opened_by_a_lift(opened):
    newcomer = network.person("Yann Tanguy", at=NOW)
    lapse(opened, newcomer)
    team.join(opened.request, newcomer, "member", at=opened.now)
    watch(opened)
    assert the_one().member == newcomer
    judge(opened, LIFTED)
    accesses.bring_up_to_date(opened.case, at=opened.now)
    assert not MemberAccess.objects.filter(participation__person=newcomer).exists()


def test_suspended_meanwhile_the_whole_is_resumed_with_what_was_lifted(cut):
    judge(cut, LIFTED)
    cut.take("block", cut.staff("dpo"), articles=("U-08",), reason="Un croisement.")
    assert not has_access(cut.colleague)
    cut.take("resume", cut.staff("delegate"))
    assert has_access(cut.colleague)


def test_nobody_answers_without_an_act_of_delegation_for_that_answer(cut):
    judge_of_lead = cut.staff("delegate")
    for each in Delegation.objects.filter(person=judge_of_lead):
        revoke_delegation(delegation=each, by=None, at=cut.now)
    for kind in (CONFIRMED, LIFTED):
        with pytest.raises(NotPermitted) as refusal:
            judge(cut, kind, by=judge_of_lead)
        assert refusal.value.why == "delegation"
    assert not BlockJudgement.objects.exists()
    assert not has_access(cut.colleague)


def test_nobody_else_answers(cut):
    elsewhere = network.staff("delegate", OTHER, at=NOW)
    for someone in (elsewhere, cut.staff("dpo"), cut.holder, cut.colleague):
        with pytest.raises(NotPermitted):
            judge(cut, LIFTED, by=someone)
    one_who_knows = cut.staff("delegate")
    Conflict.objects.create(
        case=cut.case, person=one_who_knows, ground="declared", declared_at=cut.now
    )
    with pytest.raises(NotPermitted) as refusal:
        judge(cut, LIFTED)
    assert refusal.value.why == "conflict"


def test_of_a_site_the_delegates_of_that_establishment_answer_and_not_the_lead_s(cut):
    closed = NonConformity(case=cut.case, subject="site", establishment_id=OTHER)
    theirs = network.staff("delegate", OTHER, at=NOW)
    signed = blocks.standing(Bench(theirs, cut.case, cut.now), closed, LIFTED)
    assert signed.delegation.establishment_id == OTHER
    with pytest.raises(NotPermitted):
        blocks.standing(Bench(cut.staff("delegate"), cut.case, cut.now), closed, LIFTED)


def test_what_was_not_read_or_not_reasoned_is_refused_and_nothing_written(cut):
    with pytest.raises(ValidationError, match="entre-temps"):
        judge(cut, LIFTED, read=1)
    with pytest.raises(ValidationError, match="Dites pourquoi"):
        judge(cut, LIFTED, reason="ok")
    assert not BlockJudgement.objects.exists()
    assert not has_access(cut.colleague)


def test_it_is_a_leaf_that_names_nobody(cut):
    judge(cut, LIFTED)
    leaf = json.loads(bytes(Leaf.objects.latest("index").bytes))
    said = {name: leaf[name] for name in ("kind", "number", "clause", "index", "outcome")}
    assert said == {
        "kind": "block",
        "number": cut.case.number,
        "clause": "U-06",
        "index": 1,
        "outcome": "lifted",
    }
    written = json.dumps(leaf)
    for someone in (cut.colleague, cut.staff("delegate")):
        assert str(someone.ref) not in written
    assert WHY not in written


def test_who_is_concerned_is_told_what_was_decided_and_why(cut):
    outbox.run()
    mail.outbox.clear()
    judge(cut, LIFTED)
    outbox.run()
    letters = [each for each in mail.outbox if each.to == [cut.colleague.email]]
    assert len(letters) == 1
    assert "L'accès est rouvert (Louise Kermorgant)" in letters[0].subject
    assert WHY in letters[0].body
    told = Notice.objects.filter(key="nonconformity", values__event="judged")
    assert {notice.person for notice in told} == {cut.colleague, cut.holder}


def test_of_a_site_its_people_and_the_team_are_told(opened):
    engineer, producer = opened.staff("data_engineer"), opened.staff("producer")
    close_site(opened)
    judge(opened, CONFIRMED)
    outbox.run()
    told = Notice.objects.filter(key="nonconformity", values__event="judged")
    people = {notice.person for notice in told}
    assert {engineer, producer, opened.holder, opened.colleague} <= people


def test_once_answered_nobody_is_asked_in_the_summary_of_the_morning(cut):
    outbox.run()
    asked = list(Notice.objects.filter(person=cut.staff("delegate"), key="nonconformity"))
    assert len(asked) == 1 and no_longer(asked) == set()
    judge(cut, CONFIRMED)
    assert no_longer(asked) == {asked[0].pk}


def test_of_two_delegates_who_answer_at_once_one_is_told_that_the_other_did(
    committed_walk, settings, tmp_path
):
    walk, settings.ORDER_KEY_FILE = committed_walk, str(tmp_path / "order.key")
    create_order_key()
    stand_at("access", walk)
    lapse(walk, walk.holder)
    nonconformities.watch(at=walk.now)
    by = walk.staff("delegate")

    def answer(kind):
        try:
            return judge(walk, kind, by=by, read=0).kind
        except ValidationError as refusal:
            return refusal.messages[0]

    said = at_once(lambda: answer(CONFIRMED), lambda: answer(LIFTED))
    told = [each for each in said if each not in (CONFIRMED, LIFTED)]
    assert len(told) == 1 and "entre-temps" in told[0]
    (only,) = BlockJudgement.objects.all()
    assert has_access(walk.holder) is (only.kind == LIFTED)


def test_its_words_are_erased_for_ever_and_the_answer_stays(cut, settings, tmp_path):
    settings.ERASURE_LOG = tmp_path / "erasures.log"
    said, dpo = judge(cut, LIFTED), cut.staff("dpo")
    erasing.erase_answer(said, "person", by=dpo, at=cut.now)
    said.refresh_from_db()
    assert (said.reason, said.kind, said.erased_at) == ("", "lifted", cut.now)
    assert has_access(cut.colleague)
    with pytest.raises(ValidationError, match="déjà effacés"):
        erasing.erase_answer(said, "person", by=dpo, at=cut.now)
    assert erasures.apply_again(at=cut.now) == 0, "erased already"


INSERT = (
    "INSERT INTO governance_blockjudgement"
    " (nonconformity_id, index, kind, by_id, delegation_id, at, reason)"
    " VALUES (%s, %s, %s, %s, %s, %s, 'pour voir')"
)


def test_the_database_refuses_every_other_way(cut):
    one, judge_of_lead = the_one(), cut.staff("delegate")
    act = Delegation.objects.filter(person=judge_of_lead, establishment=LEAD).first()
    signed = (judge_of_lead.pk, act.pk, cut.now)
    assert refused(INSERT, one.pk, 2, "lifted", *signed)
    assert refused(INSERT, one.pk, 1, "undone", *signed)
    assert refused(INSERT, one.pk, 1, "lifted", cut.holder.pk, act.pk, cut.now)
    assert refused(INSERT, one.pk, 1, "lifted", *signed[:2], act.until)
    judge(cut, LIFTED)
    assert refused(INSERT, one.pk, 2, "lifted", *signed)
    assert refused("UPDATE governance_blockjudgement SET kind = 'confirmed'")
    assert refused("UPDATE governance_blockjudgement SET reason = 'autre chose'")
    assert refused("UPDATE governance_blockjudgement SET reason = '', erased_at = now(), index = 3")
    assert refused("UPDATE governance_blockjudgement SET erased_at = now()")
    assert refused("DELETE FROM governance_blockjudgement")
    assert refused("TRUNCATE governance_blockjudgement")
    cut.colleague.trainings.update(expires_on=cut.now.date() + 10 * DAY)
    watch(cut, days=1)
    assert refused(INSERT, one.pk, 2, "confirmed", *signed)
