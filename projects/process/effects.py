"""What a decision writes beside the state, in the same transaction: numbers, tracks, accesses.

One function a step. None writes a state or a track's status: new tracks begin at their first one.
What happens outside (mails, documents, orders to sites) goes through the outbox.
"""

from datetime import date, datetime

from governance import outbox
from governance.charters.facts import months_later, today
from governance.domain import committees
from governance.domain.watching import facts_changed
from governance.models import Decision
from governance.models.case import Case, Track
from governance.process.table import CONVENTION as CONVENTION_TRACK
from governance.process.table import FORMALITY, OPINION, ROUTE, SITE
from projects.domain import accesses, assignment, numbers
from projects.models import (
    AccessPeriod,
    AskedSite,
    Convention,
    Point,
    Qualification,
    Request,
    Reservation,
)
from projects.queries.search import make_publicly_findable


def apply_effects(decision: Decision, words: dict) -> None:
    """Write what `decision` entails for the request."""
    effect = EFFECTS.get(decision.step)
    if effect is not None:
        effect(decision, words)
    if decision.to_state == "committee" != decision.from_state:
        _before_committee(decision.case, decision.at)
    facts_changed(case=decision.case)


def _submit(decision: Decision, words: dict) -> None:
    case, at = decision.case, decision.at
    asked = list(AskedSite.objects.filter(request_id=case.pk).select_related("establishment"))
    case.number = numbers.next_number(today(at).year)
    case.charters = decision.charters
    case.lead = next(a.establishment for a in asked if a.leads)
    case.save(update_fields=["number", "charters", "lead"])
    for site in asked:
        track = _new_track(case, SITE, site.establishment_id, at, site.establishment)
        _carry_count(case, track, at)
    _new_track(case, ROUTE, "", at)
    _new_track(case, OPINION, "", at)
    assignment.assign_by_rule(case.request, at=at)


def _carry_count(case: Case, track: Track, at) -> None:
    """A count made before the deposit follows into the request."""
    draft = case.records.filter(kind="draft_count", data__site=track.key).order_by("-id").first()
    if draft is not None:
        data = {k: v for k, v in draft.data.items() if k != "site"}
        case.records.create(track=track, kind="count", at=at, data=data)


def _admit(decision: Decision, words: dict) -> None:
    Request.objects.filter(pk=decision.case_id).update(public_since=decision.at)
    make_publicly_findable(decision.case_id, at=decision.at)


def _refuse(decision: Decision, words: dict) -> None:
    """A refusal is public: of a request never admitted, it is all that citizens will read."""
    Request.objects.filter(pk=decision.case_id, public_since=None).update(public_since=decision.at)


def _return(decision: Decision, words: dict) -> None:
    Point.objects.bulk_create(
        Point(request_id=decision.case_id, decision=decision, **point) for point in words["points"]
    )


def _resubmit(decision: Decision, words: dict) -> None:
    Point.objects.filter(request_id=decision.case_id, state=Point.State.ANSWERED).update(
        state=Point.State.SETTLED
    )


def _qualify(decision: Decision, words: dict) -> None:
    case, at, said = decision.case, decision.at, decision.details
    Qualification.objects.update_or_create(
        request_id=case.pk,
        defaults={
            "set_qualification": said["qualification"],
            "set_formality": said["formality"],
            "differs_reason": words["differs_reason"],
        },
    )
    # The route may be set again: tracks that nobody has moved yet are those of the former one.
    case.tracks.filter(kind__in=("formality", "convention"), decision__isnull=True).delete()
    outside = said["formality"] != "none"
    _new_track(case, FORMALITY, said["formality"], at, begins="due" if outside else "gathering")
    for kind in said["conventions"]:
        track = _new_track(case, CONVENTION_TRACK, kind, at)
        Convention.objects.get_or_create(track=track, defaults={"kind": kind})


def _before_committee(case: Case, at: datetime) -> None:
    """A request that comes before the committee goes on the agenda of the next session it can
    reach, unless it stands on one already."""
    if committees.item_before(case) is None:
        committees.put_on_next_agenda(case, at=at)


def _give_opinion(decision: Decision, words: dict) -> None:
    """The item is dealt with; an opinion that was deferred is for the next session."""
    item = committees.item_before(decision.case)
    if item is not None:
        item.decision = decision
        item.vote_closed_at = item.vote_closed_at or decision.at
        item.save(update_fields=["decision", "vote_closed_at"])
    if decision.outcome == "deferred" and item is not None:
        committees.put_on_next_agenda(decision.case, at=decision.at, after=item.session)
    Reservation.objects.bulk_create(
        Reservation(
            request_id=decision.case_id,
            decision=decision,
            number=number,
            text=each["text"],
            articles=each["articles"],
            asked_by_id=each["asked_by"] or decision.by_id,
        )
        for number, each in enumerate(words["reservations"], 1)
    )


def _sign_convention(decision: Decision, words: dict) -> None:
    Convention.objects.filter(track=decision.track).update(
        reference=words["reference"], signed_on=date.fromisoformat(decision.details["signed_on"])
    )


def _authorise(decision: Decision, words: dict) -> None:
    AccessPeriod.objects.update_or_create(
        request_id=decision.case_id,
        defaults={
            "months": decision.details["months"],
            "linkage": decision.details.get("linkage", False),
        },
    )


def _deliver(decision: Decision, words: dict) -> None:
    outbox.enqueue("open_access", {"case": str(decision.case_id)})
    accesses.follow(decision.case_id)


def _open_access(decision: Decision, words: dict) -> None:
    period = AccessPeriod.objects.select_for_update().get(request_id=decision.case_id)
    if period.starts_on is None:
        period.starts_on = today(decision.at)
        period.ends_on = months_later(period.starts_on, period.months)
        period.save(update_fields=["starts_on", "ends_on"])
    accesses.open_for_members(decision)
    accesses.follow(decision.case_id)


def _cut(decision: Decision, words: dict) -> None:
    accesses.cut(decision.case, at=decision.at, because=decision.step)
    accesses.follow(decision.case_id)


def _follow(decision: Decision, words: dict) -> None:
    """What was delivered, if anything was, is worked on no more, or again."""
    if decision.case.tracks.filter(kind="site", status__in=Track.HELD).exists():
        accesses.follow(decision.case_id)


def _resume(decision: Decision, words: dict) -> None:
    accesses.follow(decision.case_id)
    for track in decision.case.tracks.filter(kind="site", status="opened"):
        accesses.open_track(track, at=decision.at)


def _end(decision: Decision, words: dict) -> None:
    accesses.cut(decision.case, at=decision.at, because=decision.step)
    AccessPeriod.objects.filter(request_id=decision.case_id).update(ended_on=today(decision.at))
    outbox.enqueue("seal", {"case": str(decision.case_id)})
    accesses.follow(decision.case_id)


def _close(decision: Decision, words: dict) -> None:
    plain = getattr(decision.case.request, "plain_results", None)
    if plain is not None and plain.published_at is None:
        plain.published_at = decision.at
        plain.save(update_fields=["published_at"])


def _new_track(case: Case, track, key: str, at, establishment=None, begins="") -> Track:
    return Track.objects.get_or_create(
        case=case,
        kind=track.kind,
        key=key,
        defaults={
            "establishment": establishment,
            "status": begins or track.initial,
            "status_since": at,
        },
    )[0]


EFFECTS = {
    "submit": _submit,
    "admit": _admit,
    "refuse": _refuse,
    "return": _return,
    "resubmit": _resubmit,
    "qualify": _qualify,
    "give_opinion": _give_opinion,
    "sign_convention": _sign_convention,
    "authorise": _authorise,
    "deliver": _deliver,
    "open_access": _open_access,
    "block": _cut,
    "resume": _resume,
    "end_access": _end,
    "revoke": _end,
    "overturn": _follow,
    "withdraw": _follow,
    "drop": _follow,
    "close": _close,
    "mend": _close,
}
