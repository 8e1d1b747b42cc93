"""The vote on a version, what it changes, and who signs it again."""

import json
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.urls import reverse

from governance import outbox
from governance.charters import load_charter, versions, versions_in_force, versions_signed_for
from governance.domain import adoptions, committees, proposals, signatures
from governance.domain.adoptions import record_vote
from governance.domain.charter_votes import Votes, cast, counted
from governance.domain.commitments import sign_charter
from governance.domain.committees import SessionRefusal
from governance.models import Adoption, Body, CharterProposal, Leaf, Mandate
from governance.models.outbox import Message
from governance.process.refusals import StepRefused
from governance.process.replay import report
from governance.queries.commitments import commitments_of
from governance.queries.committees import members_at
from portal.words.charters import versions_shown
from projects.demonstration import network
from projects.dossier.answers import unfit
from projects.dossier.form import SECTIONS
from projects.forms.dossier import AnswerField
from projects.notices.charters import tell_of_ended_version
from projects.process.facts.people import _signature
from tests.people import person, sign_in
from tests.projects.charters.conftest import (
    FOR,
    STRICTER,
    adopt,
    finish,
    hold,
    hold_and_vote,
    text_of,
    vote,
)
from tests.projects.conftest import NOW
from tests.projects.walks import Walk, draft


@pytest.fixture
def tabled(proposal, coordinator, session):
    finish(proposal, by=coordinator)
    return proposals.table(proposal, session, by=coordinator, at=NOW)


def test_a_vote_adopts_and_the_register_says_so(tabled, other, session):
    at = hold_and_vote(tabled, session)
    found = record_vote(tabled, minutes="PV-2026-03", by=other, at=at)
    adoption = found.adoption
    leaf = json.loads(bytes(Leaf.objects.get(pk=adoption.leaf_index).bytes))
    assert (leaf["kind"], leaf["charter"], leaf["version"]) == ("adoption", "utilisateur", "2")
    assert leaf["text"] == adoption.text_sha256 == tabled.sha256
    assert leaf["votes"] == {"for": 5, "against": 1, "abstentions": 0}
    assert leaf["in_force_from"] == "2026-03-15"
    assert other.last_name not in json.dumps(leaf)
    assert adoption.sign_by == date(2026, 3, 15) + timedelta(days=60)


def test_a_version_is_in_force_from_its_day_and_judges_what_is_deposited_then(
    tabled, other, session, walk
):
    before = Walk(draft(walk.holder, ["chu-brest"], at=NOW), at=NOW)
    before.submit()
    record_vote(tabled, minutes="PV-2026-03", by=other, at=hold_and_vote(tabled, session))
    assert versions("utilisateur") == ("1", "2")
    assert versions_in_force(date(2026, 3, 14))["utilisateur"] == "1"
    assert versions_in_force(date(2026, 3, 15))["utilisateur"] == "2"
    assert load_charter("utilisateur", "2").article("U-03").clauses[0].values["least"] == 1400
    walk.now = NOW.replace(month=3, day=20)
    with pytest.raises(StepRefused) as refused:
        walk.submit()
    assert "U-03" in {verdict.clause for verdict in refused.value.verdicts}
    before.now = walk.now
    before.until("instruction")
    assert before.case.charters["utilisateur"] == "1"
    found = report(on=date(2026, 3, 20))
    assert found.differences == []
    assert (found.judged_today, found.not_taken_today) == (before.case.revision, 2)
    assert found.articles_today == {"U-03": 2}
    assert report(on=date(2026, 3, 1)).differ_today == 0


def test_who_proposed_does_not_record_the_vote(tabled, coordinator, session):
    with pytest.raises(PermissionDenied):
        record_vote(tabled, minutes="PV", by=coordinator, at=hold_and_vote(tabled, session))


def test_who_keeps_the_minutes_records_it_and_who_only_sits_does_not(tabled, session):
    at = hold_and_vote(tabled, session)
    with pytest.raises(PermissionDenied):
        record_vote(tabled, minutes="PV", by=person("committee_member"), at=at)
    secretary = person("committee_secretary")
    assert record_vote(tabled, minutes="PV", by=secretary, at=at).state == "adopted"


# voices, minutes, what is said
REFUSED = [(Votes(2, 1, 0), "PV", "3 membres ont voté"), (FOR, "  ", "procès-verbal")]


@pytest.mark.parametrize(("votes", "minutes", "word"), REFUSED)
def test_a_vote_that_cannot_be_is_refused(tabled, other, session, votes, minutes, word):
    at = hold_and_vote(tabled, session, votes)
    with pytest.raises(ValidationError) as refused:
        record_vote(tabled, minutes=minutes, by=other, at=at)
    assert word in " ".join(refused.value.messages)
    assert not Adoption.objects.exists()


def test_no_vote_without_a_quorum_of_members_who_came_and_the_patients_among_them(
    tabled, other, session
):
    at = hold_and_vote(tabled, session)

    def refused():
        with pytest.raises(ValidationError) as told:
            record_vote(tabled, minutes="PV", by=other, at=at)
        return " ".join(told.value.messages)

    session.attendances.get(mandate__seat="patients").delete()
    assert "Représentant des patients" in refused()
    session.attendances.all().delete()
    assert "0 présents, il en faut 4" in refused()
    assert not Adoption.objects.exists()


def refusal(proposal, mandate, choice="for", *, at):
    with pytest.raises(SessionRefusal) as told:
        cast(proposal, mandate, choice, at=at)
    return told.value.code


def test_a_member_who_is_there_votes_and_changes_their_mind_until_it_is_recorded(
    tabled, other, session
):
    member = members_at(session)[0]
    assert refusal(tabled, member, at=NOW) == "not_open"
    at = hold_and_vote(tabled, session, Votes(0, 5, 0))
    cast(tabled, member, "for", at=at)
    assert counted(tabled) == Votes(1, 4, 0), "twice is one voice, the last"
    assert refusal(tabled, member, "perhaps", at=at) == "unknown_answer"
    assert refusal(tabled, None, at=at) == "no_mandate"
    record_vote(tabled, minutes="PV", by=other, at=at)
    assert refusal(tabled, member, at=at) == "vote_closed"
    for change in (
        lambda: tabled.voices.update(choice="for"),
        lambda: tabled.voices.all().delete(),
        lambda: tabled.voices.create(mandate=members_at(session).last(), choice="for"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_who_is_not_there_or_does_not_count_there_does_not_vote(tabled, session):
    at = hold(session)
    tabled.refresh_from_db()
    gone, afar, *_others = members_at(session)
    Mandate.objects.filter(pk=gone.pk).update(until=session.starts_at.date() - timedelta(days=1))
    gone.refresh_from_db()
    assert refusal(tabled, gone, at=at) == "no_mandate"
    Mandate.objects.filter(pk=gone.pk).update(until=None)
    gone.refresh_from_db()
    committees.leave_session(session.attendances.get(mandate=gone), at=at)
    assert refusal(tabled, gone, at=at) == "absent"
    session.attendances.filter(mandate=afar).update(remote=True)
    cast(tabled, afar, "for", at=at)
    Body.objects.filter(pk=session.body_id).update(remote_counts=False)
    assert refusal(fresh(tabled), afar, at=at) == "remote_not_counted"
    committees.close_session(session, at=at)
    assert refusal(fresh(tabled), afar, at=at) == "closed"


def fresh(proposal):
    return CharterProposal.objects.get(pk=proposal.pk)


def test_one_seat_has_one_voice(tabled, session):
    at = hold(session)
    titular = members_at(session)[1]
    stand_in = Mandate.objects.create(
        body=session.body,
        person=person("committee_member"),
        seat=titular.seat,
        since=titular.since,
        stands_in_for=titular,
    )
    committees.attend(session, stand_in, at=at)
    assert refusal(tabled, stand_in, at=at) == "titular_sits"
    there = session.attendances.get(mandate=titular)
    committees.leave_session(there, at=at)
    cast(tabled, stand_in, "against", at=at)
    committees.attend(session, titular, at=at)
    assert refusal(tabled, titular, at=at) == "seat_voted"


def test_where_the_rules_say_so_nothing_says_who_voted_what(tabled, other, session):
    Body.objects.filter(pk=session.body_id).update(secret_votes=True)
    at = hold_and_vote(tabled, session, Votes(4, 1, 1))
    assert set(tabled.voices.values_list("choice", flat=True)) == {""}
    assert tabled.voices.count() == tabled.ballots.count() == 6
    first = set(tabled.ballots.values_list("pk", flat=True))
    voted = members_at(session).filter(pk__in=tabled.voices.values("mandate"))
    assert refusal(fresh(tabled), voted[0], "against", at=at) == "ballot_cast"
    last = members_at(session).exclude(pk__in=voted).first()
    cast(fresh(tabled), last, "against", at=at)
    assert not first & set(tabled.ballots.values_list("pk", flat=True)), "written anew"
    Body.objects.filter(pk=session.body_id).update(secret_votes=False)
    found = record_vote(fresh(tabled), minutes="PV", by=other, at=at)
    said = found.adoption
    assert (said.votes_for, said.votes_against, said.abstentions) == (4, 2, 1)


def test_a_vote_that_began_is_not_undone_by_who_proposed(tabled, coordinator, session, client):
    at = hold_and_vote(tabled, session)
    committees.close_session(session, at=at)
    for undone in (proposals.untable, proposals.withdraw):
        with pytest.raises(ValidationError) as refused:
            undone(tabled, by=coordinator, at=at)
        assert "se clôt par son résultat" in refused.value.messages[0]
    sign_in(client, coordinator)
    address = reverse("charter_give_up", args=[tabled.pk])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("django.utils.timezone.now", lambda: at)
        shown = client.post(address, follow=True).content.decode()
    assert "cette version ne se retire plus" in shown and address not in shown
    assert tabled.voices.count() == 6


@pytest.mark.parametrize("days", [0, 60])
def test_a_vote_without_quorum_or_whose_date_is_past_leaves_its_voices(
    tabled, coordinator, session, days
):
    at = hold_and_vote(tabled, session, FOR if days else Votes(2, 1, 0))
    if not days:
        assert proposals.vote_stands(tabled, on=at.date())
        committees.close_session(session, at=at)
    tabled.refresh_from_db()
    found = proposals.untable(tabled, by=coordinator, at=at + timedelta(days=days))
    assert (found.state, found.voices.count()) == ("prepared", 0)


def test_no_vote_before_the_session(tabled, other):
    with pytest.raises(ValidationError):
        record_vote(tabled, minutes="PV", by=other, at=NOW)


def test_a_tie_adopts_nothing(tabled, other, session):
    found = record_vote(
        tabled, minutes="PV", by=other, at=hold_and_vote(tabled, session, Votes(3, 3, 0))
    )
    assert (found.state, found.adoption) == ("rejected", None)
    assert versions("utilisateur") == ("1",)
    assert not Leaf.objects.exists()


def test_an_adoption_is_never_back_dated(coordinator, other, session):
    day = session.starts_at.date()
    late = proposals.propose(
        charter="utilisateur",
        text=text_of(since=day.isoformat(), changes=STRICTER),
        why="",
        by=coordinator,
        at=NOW,
    )
    finish(late, by=coordinator)
    proposals.table(late, session, by=coordinator, at=NOW)
    at = hold_and_vote(late, session) + timedelta(days=1)
    with pytest.raises(ValidationError) as refused:
        record_vote(late, minutes="PV", by=other, at=at)
    assert f"{day:%d/%m/%Y}" in " ".join(refused.value.messages)
    assert not Adoption.objects.exists()
    assert not Leaf.objects.exists()


def test_the_same_number_is_adopted_once(tabled, coordinator, other, session):
    text = text_of(changes=[("value = 300", "value = 400")])
    twin = proposals.propose(charter="utilisateur", text=text, why="", by=coordinator, at=NOW)
    finish(twin, by=coordinator)
    proposals.table(twin, session, by=coordinator, at=NOW)
    at = hold_and_vote(tabled, session)
    twin.refresh_from_db()
    vote(twin, FOR, at=at)
    record_vote(tabled, minutes="PV", by=other, at=at)
    twin.refresh_from_db()
    assert not twin.examined
    proposals.examine(twin, at=at)
    with pytest.raises(ValidationError):
        record_vote(twin, minutes="PV", by=other, at=at)


def test_what_was_adopted_never_changes(tabled, other, session):
    adoption = record_vote(
        tabled, minutes="PV", by=other, at=hold_and_vote(tabled, session)
    ).adoption
    for change in (
        lambda: Adoption.objects.filter(pk=adoption.pk).update(text="autre"),
        lambda: adoption.delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_local_version_judges_what_its_establishment_leads(coordinator, other, session, walk):
    text = text_of(version="1-chu-rennes", changes=STRICTER)
    proposal = proposals.propose(
        charter="utilisateur",
        text=text,
        why="",
        establishment="chu-rennes",
        by=coordinator,
        at=NOW,
    )
    finish(proposal, by=coordinator)
    proposals.table(proposal, session, by=coordinator, at=NOW)
    found = record_vote(proposal, minutes="PV", by=other, at=hold_and_vote(proposal, session))
    day = date(2026, 3, 15)
    assert found.adoption.sign_by == day + timedelta(days=60)
    assert versions_in_force(day)["utilisateur"] == "1"
    assert versions_in_force(day, "chu-brest")["utilisateur"] == "1"
    assert versions_in_force(day, "chu-rennes")["utilisateur"] == "1-chu-rennes"
    walk.now = NOW.replace(month=3, day=20)
    with pytest.raises(StepRefused):
        walk.submit()
    elsewhere = Walk(draft(walk.holder, ["chu-brest"], at=walk.now), at=walk.now)
    elsewhere.submit()
    assert elsewhere.case.charters["utilisateur"] == "1"


def test_the_form_says_the_limits_of_the_version_in_force(coordinator, other, session):
    interest, months = field("purpose", "public_interest"), field("calendar", "access_months")
    assert interest.announced == interest.accepted == (300, 1500)
    assert months.announced == (1, 36)
    wider = [("value = 300", "value = 600"), ("value = 1500", "value = 3000")]
    proposal = proposals.propose(
        charter="utilisateur", text=text_of(changes=wider), why="", by=coordinator, at=NOW
    )
    finish(proposal, by=coordinator)
    proposals.table(proposal, session, by=coordinator, at=NOW)
    record_vote(proposal, minutes="PV", by=other, at=hold_and_vote(proposal, session))
    assert interest.announced == (600, 3000)
    assert interest.accepted == (300, 3000), "what was deposited before is judged as it was"
    assert unfit(interest, "x" * 2000) == unfit(interest, "x" * 400) == ""
    assert AnswerField(interest).widget.attrs["data-most"] == 3000


def field(section, code):
    return next(each for each in SECTIONS if each.code == section).field(code)


def test_those_bound_sign_again_by_a_day_and_are_reminded(tabled, other, session, walk):
    record_vote(tabled, minutes="PV", by=other, at=hold_and_vote(tabled, session))
    walk.request.refresh_from_db()
    member = walk.holder
    stranger = person("researcher")

    def told(day):
        before = Message.objects.filter(kind="signature_due").count()
        at = NOW.replace(month=day.month, day=day.day)
        signatures.remind(at=at)
        signatures.remind(at=at)
        rows = Message.objects.filter(kind="signature_due").order_by("pk")[before:]
        return [(m.payload["person"], m.payload["notice"]) for m in rows if m]

    assert told(date(2026, 3, 14)) == []
    assert (member.pk, "asked") in told(date(2026, 3, 15))
    assert told(date(2026, 4, 1)) == []
    assert (member.pk, "before-14") in told(date(2026, 5, 1))
    assert (member.pk, "before-7") in told(date(2026, 5, 8))
    sign_charter(
        person=member,
        charter="utilisateur",
        version="2",
        by=member,
        at=NOW.replace(month=5, day=9),
    )
    assert (member.pk, "before-1") not in told(date(2026, 5, 13))
    persons = Message.objects.filter(kind="signature_due").values_list("payload__person", flat=True)
    assert stranger.pk not in set(persons)


def test_the_signature_before_counts_until_that_day(tabled, other, session, walk):
    record_vote(tabled, minutes="PV", by=other, at=hold_and_vote(tabled, session))
    last = date(2026, 5, 14)
    assert versions_signed_for("utilisateur", date(2026, 3, 14)) == ("1",)
    assert versions_signed_for("utilisateur", last) == ("2", "1")
    assert versions_signed_for("utilisateur", last + timedelta(days=1)) == ("2",)
    assert _signature(["1"], ("2", "1")) == {"charter_signed": "1", "charter_in_force": "1"}
    assert _signature(["1", "2"], ("2", "1")) == {"charter_signed": "2", "charter_in_force": "2"}
    assert _signature(["1"], ("2",)) == {"charter_signed": "1", "charter_in_force": "2"}
    assert _signature([], ("2",)) == {"charter_signed": None, "charter_in_force": "2"}
    (mine,) = commitments_of(walk.holder, NOW.replace(month=4)).charters
    assert (mine.charter.version, mine.signature, mine.counts_until) == ("2", None, last)
    assert commitments_of(walk.holder, NOW.replace(month=4)).in_order
    assert not commitments_of(walk.holder, NOW.replace(month=6)).in_order


def test_the_notice_says_by_when(tabled, other, session, walk):
    record_vote(tabled, minutes="PV", by=other, at=hold_and_vote(tabled, session))
    signatures.remind(at=NOW.replace(month=3, day=16))
    message = Message.objects.filter(kind="signature_due", payload__person=walk.holder.pk).first()
    outbox.HANDLERS["signature_due"].function(message.payload)
    notice = Message.objects.filter(kind="notice").latest("pk").payload
    assert notice["key"] == "signature_due"
    assert notice["values"]["sign_by"] == "2026-05-14"
    assert notice["address"] == "/engagements/signer/utilisateur"


def test_the_version_that_only_the_hub_keeps_is_signed_by_nobody(establishments):
    assert adoptions.last_day_to_sign(load_charter("citoyen", "1")) is None


LOCAL = (("value = 300", "value = 1000"),)
LESS, MORE = (("value = 300", "value = 900"),), STRICTER


@pytest.fixture
def local(coordinator, other, session):
    text = text_of(version="1-chu-rennes", since="2026-03-01", changes=LOCAL)
    return adopt(text, session, coordinator, other, establishment="chu-rennes")


def test_a_local_version_still_stricter_outlives_the_network_s(local, coordinator, other):
    session = network.next_session(network.seat_committee(at=NOW), NOW)
    adopt(text_of(changes=LESS), session, coordinator, other)
    day = date(2026, 3, 15)
    assert versions_in_force(day)["utilisateur"] == "2"
    assert versions_in_force(day, "chu-rennes")["utilisateur"] == "1-chu-rennes"
    assert not Message.objects.filter(kind="local_version_ends").exists()
    states = {each.charter.version: each.state for each in versions_shown("utilisateur", day)}
    assert states == {"1": "ended", "1-chu-rennes": "in_force", "2": "in_force"}


def test_one_less_strict_ends_and_its_establishment_is_told_before_the_vote_and_after(
    local, coordinator, other
):
    there = person(("administrator", "chu-rennes"))
    elsewhere = person(("administrator", "chu-brest"))
    session = network.next_session(network.seat_committee(at=NOW), NOW)
    adopt(text_of(changes=MORE), session, coordinator, other)
    day = date(2026, 3, 15)
    assert versions_in_force(day - timedelta(days=1), "chu-rennes")["utilisateur"] == (
        "1-chu-rennes"
    )
    assert versions_in_force(day, "chu-rennes")["utilisateur"] == "2"
    ends = Message.objects.filter(kind="local_version_ends").order_by("pk")
    assert [each.payload["when"] for each in ends] == ["tabled", "adopted"]
    for each in ends:
        tell_of_ended_version(each.payload)
    told = Message.objects.filter(kind="notice", payload__key="local_version_ends")
    persons = list(told.values_list("payload__person", flat=True))
    assert persons.count(there.pk) == 2
    assert elsewhere.pk not in persons


def test_a_local_version_that_ended_does_not_come_back(local, coordinator, other):
    sessions = network.seat_committee(at=NOW)
    adopt(text_of(changes=MORE), network.next_session(sessions, NOW), coordinator, other)
    text = text_of(version="3", since="2026-04-15", changes=LESS)
    adopt(text, network.next_session(sessions, NOW), coordinator, other)
    assert versions_in_force(date(2026, 4, 15), "chu-rennes")["utilisateur"] == "3"


def test_the_study_and_the_vote_say_whose_version_would_end(local, coordinator, client):
    session = network.next_session(network.seat_committee(at=NOW), NOW)
    proposal = proposals.propose(
        charter="utilisateur", text=text_of(changes=MORE), why="", by=coordinator, at=NOW
    )
    finish(proposal, by=coordinator)
    sign_in(client, coordinator)
    for name in ("charter_proposal", "charter_study"):
        shown = client.get(reverse(name, args=[proposal.pk])).content.decode()
        assert "version 1-chu-rennes" in shown
    proposals.table(proposal, session, by=coordinator, at=NOW)
    shown = client.get(reverse("charter_proposal", args=[proposal.pk])).content.decode()
    assert "version 1-chu-rennes" in shown
