"""Working spaces: what is ordered of them at each turn of a request's life, what sites say."""

import json
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from catalog.domain.orders import sweep_orders
from catalog.models import SiteOrder
from catalog.orders import sign_certificate
from governance.domain import nonconformities
from governance.domain.commitments import add_training
from governance.models import Leaf, Message, Participation, WarehouseStanding
from governance.paris import end_of, last_second_of
from governance.process.outlook import Outlook
from projects.domain import accesses, extractions, openings, spaces, team
from projects.models import AccessPeriod, MemberAccess, Space, SpaceVisit
from projects.process.amendments import _period
from tests.projects.site_program import SiteProgram
from tests.projects.stand import LEAD

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
pytestmark = pytest.mark.usefixtures("order_key")


def ordered(walk, *, again=False) -> SiteOrder | None:
    """What is ordered now of the space, if anything is."""
    given = spaces.follow_case(walk.case, at=walk.now, again=again)
    return given[0] if given else None


def members(order: SiteOrder) -> list[str]:
    return [each["member"] for each in order.body["members"]]


def stands(track) -> tuple[str, str]:
    return Space.objects.values_list("state", "because").get(track=track)


def test_a_space_is_ordered_open_without_anybody_at_the_delivery(walk):
    walk.until("authorised")
    walk.now += 31 * DAY
    site = SiteProgram(LEAD, at=walk.now)
    track, engineer = walk.case.tracks.get(kind="site"), walk.staff("data_engineer")
    delivered = extractions.launch(track, by=engineer, at=walk.now).order
    site.delivers(delivered)
    assert ordered(walk) is None
    walk.take("deliver", engineer, days=0, track=track)
    assert Message.objects.filter(kind="spaces").count() == 1
    order = ordered(walk)
    assert {name: order.body[name] for name in (*spaces.SAID, "turn")} == {
        "number": walk.case.number,
        "project": str(walk.case.pk),
        "state": "open",
        "because": "",
        "until": None,
        "members": [],
        "deliveries": [str(delivered.pk)],
        "turn": 1,
    }
    assert order.queue == f"site.{LEAD}.control"


def test_at_the_opening_the_members_are_let_in_until_the_end_of_the_period(using, track):
    order = ordered(using)
    ends = AccessPeriod.objects.get(request=using.request).ends_on
    assert members(order) == sorted([str(using.holder.ref), str(using.colleague.ref)])
    assert {order.body["until"], *(m["until"] for m in order.body["members"])} == {
        spaces.instant(last_second_of(ends))
    }
    assert ordered(using) is None


def test_who_leaves_on_a_day_known_before_is_let_in_until_then(using):
    soon = using.now + 40 * DAY
    Participation.objects.filter(case=using.case, person=using.colleague).update(until=soon)
    until = {m["member"]: m["until"] for m in ordered(using).body["members"]}
    assert until[str(using.colleague.ref)] == spaces.instant(soon)
    assert until[str(using.holder.ref)] > spaces.instant(soon)


def test_who_is_trained_until_a_day_is_let_in_until_then_and_for_longer_once_trained_again(using):
    last = (using.now + 40 * DAY).date()
    using.colleague.trainings.update(expires_on=last)
    until = {m["member"]: m["until"] for m in ordered(using).body["members"]}
    assert until[str(using.colleague.ref)] == spaces.instant(end_of(last))
    assert until[str(using.holder.ref)] > until[str(using.colleague.ref)]
    Message.objects.filter(kind=accesses.FOLLOW).delete()
    add_training(
        person=using.colleague,
        title="Protection",
        obtained_on=using.now.date(),
        by=using.colleague,
        at=using.now,
    )
    nonconformities.watch_case(using.case, at=using.now)
    assert Message.objects.filter(kind=accesses.FOLLOW).count() == 1
    again = {m["member"]: m["until"] for m in ordered(using).body["members"]}
    assert again[str(using.colleague.ref)] == again[str(using.holder.ref)]


def test_who_leaves_the_team_has_the_space_ordered_again_at_once(using):
    row = using.case.participations.get(person=using.colleague)
    ordered(using)
    Message.objects.filter(kind=accesses.FOLLOW).delete()
    team.remove(row, by=using.colleague, at=using.now)
    asked = Message.objects.get(kind=accesses.FOLLOW)
    assert asked.payload == {"case": str(using.case.pk)} and asked.due_at <= timezone.now()


def test_who_leaves_the_team_is_put_out_and_the_others_stay(using):
    ordered(using)
    row = using.case.participations.get(person=using.colleague)
    team.leave(row, at=using.now)
    assert members(ordered(using)) == [str(using.holder.ref)]


def test_who_is_no_more_in_order_is_put_out_and_let_in_again_once_they_are(using):
    ordered(using)
    training = using.colleague.trainings.get()
    obtained, expires = training.obtained_on, training.expires_on
    training.obtained_on, training.expires_on = obtained - 2000 * DAY, obtained
    training.save()
    openings.sweep(at=using.now)
    assert members(ordered(using)) == [str(using.holder.ref)]
    training.obtained_on, training.expires_on = obtained, expires
    training.save()
    openings.sweep(at=using.now + HOUR)
    order = ordered(using)
    assert len(members(order)) == 2
    assert order.body["turn"] == 3


def test_a_longer_period_is_told_to_the_site(using):
    before = ordered(using).body["until"]

    class Longer:
        request, request_id, change = using.request, using.request.pk, {"months": 36}

    _period(Longer, using.now)
    assert ordered(using).body["until"] > before


@pytest.fixture
def suspended(using, rennes):
    rennes.keeps(ordered(using))
    using.take(
        "block", using.staff("case_officer"), articles=("U-08",), reason="Une fuite est soupçonnée."
    )
    return using


def test_a_suspension_cuts_and_resuming_reopens_to_those_in_order(suspended, rennes, track):
    cut = ordered(suspended)
    assert (cut.body["state"], cut.body["because"], members(cut)) == ("cut", "block", [])
    rennes.keeps(cut)
    assert stands(track) == ("cut", "block")
    suspended.colleague.trainings.all().delete()
    suspended.take("resume", suspended.staff("delegate"))
    again = ordered(suspended)
    assert (again.body["state"], members(again)) == ("open", [str(suspended.holder.ref)])
    assert again.body["turn"] == cut.body["turn"] + 1
    rennes.keeps(again)
    assert stands(track) == ("open", "")


def test_what_was_ordered_before_is_not_believed_after(suspended, rennes, track):
    opening = track.space.order
    cut = ordered(suspended)
    rennes.keeps(cut)
    rennes.says(opening, "space", turn=1, state="open", because="")
    assert stands(track) == ("cut", "block")


@pytest.fixture
def ended(using, rennes):
    """The access is over; the site closed its space."""
    rennes.keeps(ordered(using))
    using.take("end_access", using.holder)
    openings.seal({"case": str(using.case.pk)})
    return using


def leaf_of(certificate) -> dict:
    return json.loads(bytes(Leaf.objects.get(index=certificate.leaf_index).bytes))


def given(track) -> list[str]:
    return sorted(track.certificates.values_list("kind", flat=True))


def lacking(walk) -> list[str]:
    """What U-12a finds missing before the closure."""
    verdicts = Outlook(walk.case, walk.now).obstacles("close")
    return [each for v in verdicts if v.clause == "U-12a" for each in v.missing]


def test_the_end_cuts_and_the_site_says_that_it_is_closed(ended, rennes, track):
    assert given(track) == ["dataset_sealed"]
    cut = ordered(ended)
    assert (cut.body["state"], cut.body["because"]) == ("cut", "end_access")
    rennes.keeps(cut)
    assert given(track) == ["dataset_sealed", "space_closed"]
    assert lacking(ended) == ["ending.copies_destroyed"]


def test_the_certificate_of_the_site_is_the_one_that_the_charter_looks_at(ended, rennes, track):
    rennes.keeps(ordered(ended))
    engineer = ended.staff("data_engineer", LEAD)
    order = spaces.destroy(track, by=engineer, at=ended.now)
    assert order.issued_by == engineer
    with pytest.raises(ValidationError, match="déjà parti"):
        spaces.destroy(track, by=engineer, at=ended.now)
    rennes.keeps(order)
    assert stands(track) == ("destroyed", "end_access")
    assert given(track) == [
        "copies_destroyed",
        "dataset_sealed",
        "space_closed",
        "space_destroyed",
    ]
    assert lacking(ended) == []
    certificate = track.certificates.get(kind="copies_destroyed")
    (statement,) = certificate.statement
    assert (statement["order"], certificate.by) == (order.hash, engineer)
    leaf = leaf_of(certificate)
    assert (leaf["kind"], leaf["what"]) == ("destruction", "space")
    assert leaf["certificates"] == [certificate.reference]
    assert "file" not in str(leaf)


def test_copies_that_went_out_of_the_space_are_for_a_person_to_attest(ended, rennes, track):
    engineer = ended.staff("data_engineer", LEAD)
    order = spaces.destroy(track, by=engineer, at=ended.now)
    certificate = rennes.certificate(order, handed=3)
    rennes.keeps(order, certificate=certificate)
    assert given(track) == ["dataset_sealed", "space_closed", "space_destroyed"]
    openings.certify_copies_destroyed(track, "PV-7", by=engineer, at=ended.now)
    assert lacking(ended) == []


def test_where_the_site_has_another_space_a_person_certifies_as_before(using, track):
    using.take("end_access", using.holder)
    openings.seal({"case": str(using.case.pk)})
    assert ordered(using) is None
    engineer = using.staff("data_engineer", LEAD)
    with pytest.raises(ValidationError, match="à la main"):
        spaces.destroy(track, by=engineer, at=using.now)
    openings.certify_copies_destroyed(track, "PV-7", by=engineer, at=using.now)
    assert lacking(using) == []


def forged(order, rennes) -> list[tuple[str, object]]:
    whole = rennes.certificate(order)
    foreign = rennes.certificate(order, order="f" * 64)
    stranger = sign_certificate(
        {k: v for k, v in whole.items() if k not in ("key", "signature")},
        Ed25519PrivateKey.generate(),
    )
    return [
        ("certificate.absent", None),
        ("certificate.absent", "CERT-7"),
        ("certificate.signature", whole | {"files": []}),
        ("certificate.signature", stranger),
        ("certificate.order", foreign),
    ]


@pytest.mark.parametrize("which", range(5))
def test_a_certificate_that_does_not_hold_certifies_nothing(ended, rennes, track, which):
    order = spaces.destroy(track, by=ended.staff("data_engineer", LEAD), at=ended.now)
    problem, certificate = forged(order, rennes)[which]
    rennes.keeps(order, certificate=certificate)
    assert Space.objects.get().problem == problem
    assert given(track) == ["dataset_sealed"]
    # Asked again, by the person or by the portal itself, it is another order.
    again = spaces.retry(track, by=ended.staff("data_engineer", LEAD), at=ended.now)
    rennes.keeps(again)
    assert "copies_destroyed" in given(track)


def test_a_space_in_use_is_not_destroyed_nor_by_anybody(using, track):
    ordered(using)
    with pytest.raises(PermissionDenied):
        spaces.destroy(track, by=using.holder, at=using.now)
    with pytest.raises(ValidationError, match="une fois l'accès terminé"):
        spaces.destroy(track, by=using.staff("data_engineer", LEAD), at=using.now)


def test_what_was_destroyed_and_serves_again_is_certified_no_more(ended, rennes, track):
    order = spaces.destroy(track, by=ended.staff("data_engineer", LEAD), at=ended.now)
    rennes.keeps(order)
    # An appeal gave the access back: the state is the engine's to write, so it is only read here.
    ended.case.state = "access"
    space = Space.objects.get()
    assert spaces._state(space, track, ended.case) == ("destroyed", "end_access")
    space.destroy_at = None
    assert spaces._state(space, track, ended.case) == ("open", "")


def test_a_failure_is_told_once_and_tried_again_later_each_time(using, rennes, track):
    waits = []
    for _ in range(3):
        order = ordered(using, again=True)
        rennes.says(order, "failed", reason="space_timeout", message="…")
        last = Message.objects.filter(kind="spaces", payload__again=True).latest("id")
        waits.append(round((last.due_at - last.created_at).total_seconds() / 60))
    assert waits == [5, 10, 20]
    assert Message.objects.filter(kind="space_failed").count() == 1
    space = Space.objects.get()
    assert (space.problem, space.failures, space.turn) == ("space_timeout", 3, 3)
    assert ordered(using) is None
    rennes.keeps(ordered(using, again=True))
    space.refresh_from_db()
    assert (space.problem, space.failures, space.state) == ("", 0, "open")


def test_an_order_left_without_an_answer_is_given_again(using, track):
    first = ordered(using)
    using.now += 31 * DAY
    sweep_orders(at=using.now)
    assert Space.objects.get().problem == "expired"
    again = ordered(using, again=True)
    assert again.pk != first.pk
    assert again.body["turn"] == 2


def test_a_portal_restored_from_before_goes_on_from_the_number_of_the_site(using, rennes):
    order = ordered(using)
    rennes.says(order, "refused", reason="overtaken", turn=41)
    assert ordered(using, again=True).body["turn"] == 42


def test_only_what_failed_is_tried_again_and_only_by_who_may(using, rennes, track):
    rennes.keeps(ordered(using))
    with pytest.raises(ValidationError, match="Rien n'est à réessayer"):
        spaces.retry(track, by=using.staff("data_engineer", LEAD), at=using.now)
    with pytest.raises(PermissionDenied):
        spaces.retry(track, by=using.holder, at=using.now)


def test_who_came_is_counted_by_day_and_a_late_report_takes_nothing_away(using, rennes, track):
    order = ordered(using)
    rennes.keeps(order)
    rennes.tells(order, (using.holder, "2026-04-02", 2), (using.colleague, "2026-04-02", 1))
    rennes.tells(order, (using.holder, "2026-04-02", 5))
    rennes.tells(order, (using.holder, "2026-04-02", 3))
    found = SpaceVisit.objects.values_list("person", "day", "times").order_by("person")
    day = date(2026, 4, 2)
    assert list(found) == [(using.holder.pk, day, 5), (using.colleague.pk, day, 1)]


def test_who_is_not_of_the_request_and_what_is_no_visit_is_left_out(using, rennes):
    order = ordered(using)
    stranger = using.staff("dpo")
    rennes.tells(order, (stranger, "2026-04-02", 2))
    for wrong in ("all", [1], [{"member": str(using.holder.ref)}], [{"day": "demain"}]):
        rennes.says(order, "presence", turn=1, state="open", because="", visits=wrong)
    assert not SpaceVisit.objects.exists()


def test_another_site_tells_nothing_of_this_space(using, rennes):
    order = ordered(using)
    brest = SiteProgram("chu-brest", at=using.now)
    with pytest.raises(Exception, match="unknown_order"):
        brest.tells(order, (using.holder, "2026-04-02", 2))
    assert not SpaceVisit.objects.exists()


def test_a_space_that_closed_by_itself_is_said_closed(using, rennes, track):
    order = ordered(using)
    rennes.keeps(order)
    rennes.tells(order, state="cut", because="over")
    assert stands(track) == ("cut", "over")


def test_what_the_site_cut_at_last_by_itself_is_no_more_a_problem(suspended, rennes, track):
    cut = ordered(suspended)
    rennes.says(cut, "failed", reason="space_provider", message="…")
    rennes.tells(cut, state="cut", because="block")
    assert stands(track) == ("cut", "block")
    assert Space.objects.get().problem == ""


def test_a_log_that_became_shorter_is_seen(using, rennes):
    order = ordered(using)
    for lines in (3, 7, 7):
        rennes.tells(order, log={"lines": lines, "head": "a" * 64})
    assert Space.objects.get().log_shortened_at is None
    rennes.tells(order, log={"lines": 6, "head": "b" * 64})
    space = Space.objects.get()
    assert space.log_shortened_at is not None
    assert (space.log_lines, space.log_head) == (7, "a" * 64)


def test_the_night_orders_what_was_missed_and_forgets_visits_of_a_year_ago(using, rennes, track):
    assert spaces.sweep(at=using.now) == 1
    rennes.keeps(Space.objects.get().order)
    assert spaces.sweep(at=using.now) == 0
    for days in (10, 400):
        SpaceVisit.objects.create(
            space_id=track.pk,
            person=using.holder,
            day=(using.now - days * DAY).date(),
            times=1,
            last_at=using.now - days * DAY,
        )
    spaces.sweep(at=using.now)
    assert SpaceVisit.objects.count() == 1


def test_destroying_the_dataset_destroys_the_space_too(suspended, rennes, track):
    rennes.keeps(ordered(suspended))
    engineer = suspended.staff("data_engineer", LEAD)
    suspended.case.records.create(kind="hearing", at=suspended.now, by=suspended.holder)
    suspended.case.records.create(kind="dpo_opinion", at=suspended.now, by=suspended.staff("dpo"))
    suspended.take(
        "revoke", suspended.staff("delegate"), articles=("U-08",), reason="La fuite est établie."
    )
    (dataset,) = extractions.destroy(track, by=engineer, at=suspended.now)
    order = Space.objects.get().order
    assert (order.body["state"], order.body["because"]) == ("destroyed", "revoke")
    rennes.keeps(order)
    said = rennes.certificate(dataset, number=suspended.case.number, kind="dataset")
    rennes.says(dataset, "destroyed", certificate="a" * 64, says=said)
    certificate = track.certificates.get(kind="dataset_destroyed")
    assert certificate.statement == [said]
    assert leaf_of(certificate)["what"] == "dataset"


def test_the_space_of_a_site_at_fault_is_cut_and_says_why(using, rennes):
    rennes.keeps(ordered(using))
    WarehouseStanding.objects.filter(establishment=LEAD).update(information_coverage=None)
    for days in (0, 20):
        using.now += days * DAY
        nonconformities.watch(at=using.now)
    order = ordered(using)
    assert (order.body["state"], order.body["because"]) == ("cut", "C-02")


def test_accesses_and_orders_say_the_same(using):
    """The rows that pages read and what the site obeys are of the same members."""
    order = ordered(using)
    rows = MemberAccess.objects.filter(track__key=LEAD, cut_at=None)
    assert members(order) == sorted(
        str(ref) for ref in rows.values_list("participation__person__ref", flat=True)
    )
