"""What delays do by themselves: reminders, extension, forgotten drafts, trainings that lapse."""

from datetime import date, datetime, timedelta

import pytest

from governance import outbox
from governance.domain import reminders, watching
from governance.models import Case, Message, Participation, Reminder
from governance.models.deadline import Deadline
from governance.paris import end_of, last_second_of, start_of
from governance.process.refusals import NotPermitted, WrongState
from governance.tasks import send_reminders
from projects import tasks
from projects.demonstration import network
from projects.domain import accesses, delays, drafts, team
from projects.models import AccessPeriod, MemberAccess, Request

DAY = timedelta(days=1)
POINT = {"section": "project", "text": "Précisez le titre."}


def sent() -> list[tuple[str, str]]:
    """The reminders that left, with the messages that carry them."""
    found = Reminder.objects.order_by("pk").values_list("deadline", "kind")
    carried = Message.objects.filter(kind="reminder").order_by("pk").values_list("payload", flat=1)
    assert [(each["deadline"], each["kind"]) for each in carried] == list(found)
    return [(Deadline.objects.get(pk=pk).subject, kind) for pk, kind in found]


@pytest.fixture
def returned(walk):
    walk.submit()
    walk.take("return", walk.staff("case_officer"), details={"points": [POINT]})
    return walk


def test_a_holder_is_reminded_once_before_the_date_and_once_after(returned):
    clock = returned.case.deadlines.running().get()
    for _twice in range(2):
        reminders.send_due(at=returned.now + DAY)
    assert sent() == []
    for _twice in range(2):
        reminders.send_due(at=clock.due_at - 2 * DAY)
    assert sent() == [("state:completion", "before-2")]
    reminders.send_due(at=clock.due_at + 20 * DAY)
    assert sent()[1:] == [("state:completion", "late")]


def test_a_missed_night_is_caught_up_without_warning_twice_at_once(returned):
    clock = returned.case.deadlines.running().get()
    reminders.send_due(at=clock.due_at - 7 * DAY)
    assert sent() == [("state:completion", "before-7")]


def test_a_clock_that_jumps_back_sends_nothing_again(returned):
    clock = returned.case.deadlines.running().get()
    reminders.send_due(at=clock.due_at + DAY)
    before = sent()
    reminders.send_due(at=clock.due_at - DAY)
    reminders.send_due(at=clock.due_at + DAY)
    assert [each for each in sent() if each in before] == before
    assert len(sent()) == len(set(sent()))


def test_a_stopped_clock_and_an_ended_request_remind_nobody(returned):
    clock = returned.case.deadlines.running().get()
    returned.take("withdraw", returned.holder)
    reminders.send_due(at=clock.due_at + DAY)
    assert sent() == []
    assert not reminders.remind(clock, "late", at=clock.due_at + DAY)


def test_a_request_whose_holder_never_answers_is_dropped_after_the_warnings(returned):
    clock = returned.case.deadlines.running().get()
    reminders.send_due(at=clock.due_at + DAY)
    returned.now = clock.due_at + DAY
    returned.take(
        "drop", returned.staff("delegate"), articles=("U-03",), reason="Aucune réponse reçue."
    )
    assert returned.case.state == "dropped"
    returned.take("revive", returned.holder, days=30)
    assert returned.case.state == "completion"


def test_the_holder_extends_the_delay_of_a_return_once(returned):
    asked = {"by": returned.holder, "at": returned.now}
    before = returned.case.deadlines.running().get().due_at
    extended = delays.extend_completion(returned.request, **asked)
    assert extended.due_at > before + 35 * DAY
    with pytest.raises(WrongState):
        delays.extend_completion(returned.request, **asked)


def test_nobody_else_extends_it_and_nothing_else_is_extended(returned):
    with pytest.raises(NotPermitted):
        delays.extend_completion(
            returned.request, by=returned.staff("case_officer"), at=returned.now
        )
    returned.case.request.points.update(state="answered")
    returned.take("resubmit", returned.holder)
    with pytest.raises(WrongState):
        delays.extend_completion(returned.request, by=returned.holder, at=returned.now)


def night(at: datetime) -> None:
    """Live one night of the portal."""
    delays.erase_forgotten_drafts(at=at)
    reminders.send_due(at=at)


@pytest.fixture
def forgotten(walk):
    """A draft that nobody writes in any more."""
    walk.clock = walk.case.deadlines.get()
    return walk


def test_a_forgotten_draft_is_recalled_after_thirty_days_warned_twice_then_erased(forgotten):
    at, ends = forgotten.now, forgotten.clock.due_at
    kinds = []
    while Case.objects.exists():
        night(at)
        kinds = [kind for _subject, kind in sent()] if Case.objects.exists() else kinds
        at += 5 * DAY
    assert kinds == ["before-335", "before-30", "before-7"]
    assert ends < at <= ends + 12 * DAY
    assert not Request.objects.exists()
    assert not Participation.objects.exists()


def test_a_draft_that_was_not_warned_is_warned_before_it_is_erased(forgotten):
    late = forgotten.clock.due_at + 40 * DAY
    for days in (0, 1, 8, 9):
        night(late + days * DAY)
        assert Case.objects.exists(), days
    night(late + 16 * DAY)
    assert not Case.objects.exists()


def test_writing_in_a_draft_gives_it_a_year_again(forgotten, holder):
    at = forgotten.clock.due_at - DAY
    changed, replaces = {"acronym": "NEUF"}, {"acronym": "IATROS"}
    drafts.save_section(forgotten.request, "project", changed, replaces=replaces, by=holder, at=at)
    clock = forgotten.case.deadlines.running().get()
    assert clock.due_at > at + 364 * DAY
    night(at + 10 * DAY)
    assert Case.objects.exists()


def test_a_deposited_request_is_never_erased(forgotten):
    forgotten.submit()
    night(forgotten.clock.due_at + 400 * DAY)
    assert Case.objects.exists()


@pytest.fixture
def opened(walk, holder):
    """An access open for the holder and a member, whose training lapses before the end."""
    walk.until("authorised")
    member = network.person("Yann Morvan", at=walk.now)
    member.trainings.update(expires_on=walk.now.date() + timedelta(days=90))
    holder.trainings.update(expires_on=walk.now.date() + timedelta(days=900))
    team.join(walk.request, member, Participation.Part.MEMBER, at=walk.now)
    track = walk.case.tracks.get(kind="site")
    for part in walk.case.participations.all():
        MemberAccess.objects.create(participation=part, track=track, opened_at=walk.now)
    walk.member = member
    return walk


def told() -> list[int]:
    found = Message.objects.filter(kind="training_lapses").order_by("pk")
    return [message.payload["notice"] for message in found]


def test_a_member_is_told_thirty_days_seven_days_and_a_day_before_their_training_lapses(opened):
    expires = opened.member.trainings.get().expires_on
    for left in range(35, -2, -1):
        at = opened.now + (expires - opened.now.date() - timedelta(days=left))
        delays.warn_of_trainings(at=at)
        delays.warn_of_trainings(at=at)
    assert told() == [30, 7, 1]
    payload = Message.objects.filter(kind="training_lapses").first().payload
    assert payload["person"] == opened.member.pk


def test_as_a_training_ends_what_it_opened_is_judged_again_before_the_night(
    opened,
):
    expires = opened.member.trainings.get().expires_on
    delays.warn_of_trainings(at=last_second_of(expires - timedelta(days=1)))
    assert not Message.objects.filter(kind=watching.KIND, due_at=end_of(expires)).exists()
    for _night in range(2):
        delays.warn_of_trainings(at=start_of(expires))
    message = Message.objects.get(kind=watching.KIND, due_at=end_of(expires))
    assert message.payload == {"person": str(opened.member.ref)}
    assert opened.case in watching.touched(message.payload)
    before = end_of(expires) - timedelta(seconds=1)
    assert "U-06" not in [v.clause for v in accesses.barring(opened.case, before)]
    lapsed = [(v.clause, v.of) for v in accesses.barring(opened.case, end_of(expires))]
    assert ("U-06", str(opened.member.ref)) in lapsed


def test_who_renewed_their_training_is_told_nothing(opened):
    network.Training.objects.create(
        person=opened.member,
        title="Renouvelée",
        obtained_on=opened.now.date(),
        expires_on=opened.now.date() + timedelta(days=1000),
    )
    delays.warn_of_trainings(at=opened.now + 85 * DAY)
    assert told() == []


def test_the_notice_of_a_lapse_reaches_its_person(opened):
    delays.warn_of_trainings(at=opened.now + 85 * DAY)
    message = Message.objects.get(kind="training_lapses")
    outbox.HANDLERS["training_lapses"].function(message.payload)
    notice = Message.objects.filter(kind="notice").latest("pk").payload
    assert (notice["person"], notice["key"]) == (opened.member.pk, "training_lapses")


def test_an_access_ends_on_the_day_granted_not_on_the_longest_one(walk):
    walk.until("authorised")
    assert delays.ends(walk.case, "access") is None
    AccessPeriod.objects.filter(request=walk.request).update(
        starts_on=date(2026, 6, 1), ends_on=date(2027, 6, 1)
    )
    assert delays.ends(walk.case, "access").isoformat() == "2027-06-01T23:59:59+02:00"
    assert delays.ends(walk.case, "results") is None


def test_the_tasks_of_the_night_run_and_change_nothing_twice(walk):
    walk.submit()
    for _twice in range(2):
        send_reminders()
        assert tasks.erase_forgotten_drafts() == 0
        assert tasks.warn_of_trainings() == 0
        assert tasks.sweep_accesses() == {"opened": 0, "cut": 0, "ended": 0}
    assert Reminder.objects.count() == len(set(sent()))
