"""Working spaces at the establishments: opened, cut and destroyed by signed orders.

What a space must be is worked out from the database, each time that something may have changed it
(`accesses.follow`), and ordered whole: the members and until when, or why it is cut. An order that
says what the last one said is not given. Each bears a number that only grows, so that a site obeys
the last one, whatever comes late or twice. What fails is tried again, later each time.

What a site certifies destroyed is kept with its signature, and a hash of it stands in the ledger.
"""

import hashlib
from datetime import date, datetime, timedelta

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.domain.keys import fault_in
from catalog.domain.orders import OrderImpossible, issue_order, on_report
from catalog.domain.reports import shortened
from catalog.models import SiteOrder
from catalog.orders import canonical, certificate_holds, instant, read_instant
from governance import outbox
from governance.ledger.leaves import append_leaf
from governance.ledger.witnesses import SKEW
from governance.models import Case
from governance.models.case import Participation, Track
from governance.paris import end_of, last_second_of
from governance.permissions import require
from governance.process.compliance import IN_USE
from governance.roles import Permission
from projects.domain import accesses, incidents
from projects.models import (
    AccessPeriod,
    Certificate,
    Extraction,
    MemberAccess,
    Space,
    SpaceVisit,
)

log = structlog.get_logger(__name__)

ACCESS_OVER = ("results", "closed", "closed_in_default", "revoked")
"""When what was worked on is destroyed."""
CUT_BECAUSE = {
    "suspended": "block",
    "revoked": "revoke",
    "withdrawn": "withdraw",
    "dropped": "drop",
}
"""Why a space is cut, by the state of its request; that the access ended, for others."""
SAID = ("number", "project", "state", "because", "until", "members", "deliveries")
"""What an order says of a space, beside its number in turn."""
FAILED, GONE = "space_failed", "space_destroyed"
"""The messages that have persons told."""
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=6)
"""How long the portal waits before it orders again what failed: doubled each time."""
VISITS_KEPT = timedelta(days=365)
MOST_VISITS = 2_000
"""Visits that are read of one report."""


@outbox.handler(accesses.FOLLOW)
def follow(payload: dict) -> None:
    """Order what the spaces of a request must be now; again what failed, when told so."""
    case = Case.objects.filter(pk=payload["case"]).first()
    if case is not None:
        follow_case(case, at=timezone.now(), again=payload.get("again", False))


def follow_case(case: Case, *, at: datetime, again: bool = False) -> list[SiteOrder]:
    """Order what changed of the spaces of a request, at each establishment; the orders given."""
    tracks = case.tracks.filter(kind="site", status__in=Track.HELD).order_by("pk")
    given = (bring_up_to_date(track, at=at, again=again) for track in tracks)
    return [order for order in given if order is not None]


@transaction.atomic
def bring_up_to_date(track: Track, *, at: datetime, again: bool = False) -> SiteOrder | None:
    """Order what the space of `track` must be, if it is not what was last ordered; what failed is
    ordered again only when asked to. Gives the order, if one was given."""
    space = _space_of(track)
    track = Track.objects.select_related("case", "establishment").get(pk=track.pk)
    if space.destroy_at and track.case.state in IN_USE:
        # Given back to the team, by an appeal: what was to be destroyed serves again.
        space.destroy_at = space.destroy_by = None
    said, last = wanted(space, track, at), space.order
    if last is None and said["state"] != "open":
        return None
    same = last is not None and all(last.body.get(name) == said[name] for name in SAID)
    if same and not (again and space.problem):
        return None
    space.turn += 1
    try:
        space.order = issue_order(
            "space", track.establishment, said | {"turn": space.turn}, by=space.destroy_by, at=at
        )
    except OrderImpossible:
        space.problem = "inactive_site"
        space.save()
        return None
    space.problem = ""
    space.save()
    return space.order


def _space_of(track: Track) -> Space:
    """The row of a track's space, locked."""
    Space.objects.get_or_create(track=track)
    return Space.objects.select_for_update(of=("self",)).select_related("order").get(track=track)


def wanted(space: Space, track: Track, at: datetime) -> dict:
    """What the space of `track` must be at `at`, as an order says it."""
    case = track.case
    period = AccessPeriod.objects.filter(request_id=case.pk).first()
    ends = last_second_of(period.ends_on) if period and period.ends_on else None
    state, because = _state(space, track, case)
    delivered = (
        track.extractions.filter(state=Extraction.State.DONE).order_by("-launched_at").first()
    )
    return {
        "number": case.number,
        "project": str(case.pk),
        "state": state,
        "because": because,
        "until": instant(ends) if ends else None,
        "members": _members(track, ends, at) if state == "open" and ends else [],
        "deliveries": [str(delivered.order_id)] if delivered and state != "destroyed" else [],
    }


def _state(space: Space, track: Track, case: Case) -> tuple[str, str]:
    if space.destroy_at is not None:
        return "destroyed", CUT_BECAUSE.get(case.state, "end_access")
    if case.state in ("authorised", "access"):
        fault = accesses.sites_closed(case).get(track.key)
        return ("cut", fault) if fault else ("open", "")
    return "cut", CUT_BECAUSE.get(case.state, "end_access")


def _members(track: Track, ends: datetime, at: datetime) -> list[dict]:
    """Who is let in, and until when: no later than their place in the team or their training. A
    training that is over bounds nothing for whom a delegate lifted it."""
    rows = MemberAccess.objects.filter(track=track, cut_at__isnull=True)
    trained = Max("participation__person__trainings__expires_on")
    spared = {ref for _clause, ref in accesses.lifted(track.case)}
    found = {}
    for row in rows.annotate(trained=trained).select_related("participation__person"):
        part = row.participation
        expires = end_of(row.trained) if row.trained else None
        if expires and expires <= at and str(part.person.ref) in spared:
            expires = None
        lasts = [ends, part.until, expires]
        found[str(part.person.ref)] = instant(min(each for each in lasts if each))
    return [{"member": ref, "until": found[ref]} for ref in sorted(found)]


# --- What a person orders -----------------------------------------------------------------------


@transaction.atomic
def destroy(track: Track, *, by, at: datetime) -> SiteOrder | None:
    """Order the destruction of the working space at `track`'s establishment, its access being over.
    The certificate comes with the site's answer.

    Raises PermissionDenied, and ValidationError while it may still serve, or when there is none.
    """
    require(by, Permission.RUN_EXTRACTIONS, track.establishment_id, at=at)
    space = _space_of(track)
    if not Case.objects.filter(pk=track.case_id, state__in=ACCESS_OVER).exists():
        raise ValidationError(_("L'espace sert encore : il se détruit une fois l'accès terminé."))
    if space.order is None:
        raise ValidationError(
            _("Le portail n'a pas ouvert d'espace ici : attestez la destruction à la main.")
        )
    if space.destroy_at is None:
        space.destroy_at, space.destroy_by = at, by
        space.save(update_fields=["destroy_at", "destroy_by"])
    elif not space.problem:
        raise ValidationError(_("L'ordre de détruire cet espace est déjà parti."))
    return bring_up_to_date(track, at=at, again=True)


@transaction.atomic
def retry(track: Track, *, by, at: datetime) -> SiteOrder | None:
    """Order again what failed. Raises PermissionDenied; ValidationError when nothing did."""
    require(by, Permission.RUN_EXTRACTIONS, track.establishment_id, at=at)
    if not _space_of(track).problem:
        raise ValidationError(_("Rien n'est à réessayer : le site a répondu entre-temps."))
    return bring_up_to_date(track, at=at, again=True)


# --- What a site says ---------------------------------------------------------------------------


@on_report("space")
def receive(order: SiteOrder, report: dict) -> None:
    """Write how a space stands, as its site says."""
    space = (
        Space.objects.select_for_update(of=("self",))
        .select_related("track__case", "order")
        .filter(track__case=order.body["project"], track__establishment=order.establishment_id)
        .first()
    )
    if space is None:
        return
    kind, body, at = report["kind"], report["body"], order.heartbeat_at or order.issued_at
    if kind == "presence":
        _receive_presence(space, order, body, at)
    elif space.order_id != order.pk:
        return  # a later order was given: its own answer says how the space stands
    elif kind == "space":
        _receive_state(space, order, body, at)
    elif kind in ("failed", "refused", "expired"):
        _receive_failure(space, kind, body, read_instant(report["at"]))


def _receive_state(space: Space, order: SiteOrder, body: dict, at: datetime) -> None:
    state, certificate = order.body["state"], body.get("certificate")
    if state == "destroyed":
        problem = certificate_problem(certificate, order, at)
        if problem:
            _fail(space, problem, at)
            if problem == "certificate.signature":
                case = space.track.case
                incidents.statement_altered(order, case, "certificate", certificate, at)
            return
    came_back = state == "open" and space.state == Space.State.DESTROYED
    _stands(space, state, order.body["because"], at)
    space.provider = shortened(body.get("provider", ""), 120)
    space.problem, space.failures = "", 0
    space.save()
    track = space.track
    if came_back:
        # What was certified of it is true no more; the register keeps that it was.
        track.certificates.filter(kind__in=Certificate.OF_SPACE).delete()
    if state != "open" and track.case.state in ACCESS_OVER:
        _certify(track, Certificate.Kind.SPACE_CLOSED, at, None)
    if state == "destroyed":
        _certify_destruction(space, order, certificate, at)


def _stands(space: Space, state: str, because: str, at: datetime) -> None:
    if (space.state, space.because) != (state, because):
        space.state, space.because, space.since = state, because, at


def _certify_destruction(space: Space, order: SiteOrder, said: dict, at: datetime) -> None:
    """Keep what the site certifies. Copies that went out of the space, a person attests."""
    track, by = space.track, order.issued_by
    reference = hashlib.sha256(canonical(said)).hexdigest()
    given = {"reference": reference, "statement": [said]}
    _certify(track, Certificate.Kind.SPACE_DESTROYED, at, by, **given)
    if not said.get("handed"):
        _certify(track, Certificate.Kind.COPIES_DESTROYED, at, by, **given)
    outbox.enqueue(GONE, {"space": track.pk, "order": str(order.pk)})
    leaf = append_leaf(destruction_leaf(track.case, order, [reference], "space"), at=at)
    track.certificates.filter(reference=reference).update(leaf_index=leaf.index)


def destruction_leaf(case: Case, order: SiteOrder, certificates: list[str], what: str) -> dict:
    """What the public ledger says of a destruction: hashes, and what was destroyed (``space`` or
    ``dataset``)."""
    return {
        "kind": "destruction",
        "number": case.number,
        "case": case.digest,
        "site": order.establishment_id,
        "order": order.hash,
        "certificates": certificates,
        "what": what,
    }


def _certify(track: Track, kind: str, at: datetime, by, **given) -> None:
    Certificate.objects.get_or_create(
        track=track, kind=kind, defaults={"at": at, "by": by, **given}
    )


def certificate_problem(said: object, order: SiteOrder, at: datetime) -> str:
    """Why what a site certifies is not what `order` had destroyed, signed by it; empty when it is.
    Codes are those of `projects.queries.endings`."""
    fault = fault_in(said, order, certificate_holds, at=at)
    return fault and f"certificate.{fault}"


def _receive_failure(space: Space, kind: str, body: dict, at: datetime) -> None:
    reason = shortened(body.get("reason", kind), 40)
    if reason == "overtaken" and isinstance(body.get("turn"), int):
        # The portal was restored from a time when it had counted less: it goes on from the site's.
        space.turn = max(space.turn, min(body["turn"], 2**31 - 2))
    _fail(space, reason, at)


def _fail(space: Space, problem: str, at: datetime) -> None:
    wait = min(FIRST_WAIT * 2 ** min(space.failures, 8), LONGEST_WAIT)
    space.problem = problem
    space.failures += 1
    space.save(update_fields=["problem", "failures", "turn"])
    payload = {"case": str(space.track.case_id), "again": True}
    outbox.enqueue(accesses.FOLLOW, payload, due_at=timezone.now() + wait)
    if space.failures == 1:
        outbox.enqueue(FAILED, {"space": space.pk, "order": str(space.order_id)})
    log.warning("space_failed", site=space.track.establishment_id, problem=problem)


def _receive_presence(space: Space, order: SiteOrder, body: dict, at: datetime) -> None:
    """Count who came in, and write that a space closed by itself."""
    people = _people_of(space.track.case_id)
    visits = body.get("visits")
    for visit in (visits if isinstance(visits, list) else [])[:MOST_VISITS]:
        try:
            person = people[visit["member"]]
            day, last = date.fromisoformat(visit["day"]), read_instant(visit["last"])
            times = min(int(visit["times"]), 2**31 - 1)
        except (KeyError, TypeError, ValueError, OverflowError):
            continue  # nobody of this request, or not a visit
        row, _created = SpaceVisit.objects.get_or_create(
            space=space, person=person, day=day, defaults={"times": times, "last_at": last}
        )
        if times > row.times:
            # A day only grows: an older report that comes late takes nothing away.
            row.times, row.last_at = times, max(row.last_at, last)
            row.save(update_fields=["times", "last_at"])
        if _kept_out(space, visit["member"], row.last_at):
            incidents.entered_after(row, at)
    _follow_log(space, body.get("log"), at)
    if body.get("turn") == space.turn and body.get("state") == "cut":
        _stands(space, Space.State.CUT, shortened(body.get("because", ""), 40), at)
        if order.pk == space.order_id and order.body["state"] == "cut":
            space.problem, space.failures = "", 0
    space.save()


def _kept_out(space: Space, member: str, came_at: datetime) -> bool:
    """Whether the site had confirmed, before they came, that the member was let in no more: by the
    last order that it had carried out then, none given since letting them in again."""
    if space.order is None or _lets_in(space.order, member, came_at):
        return False
    given = SiteOrder.objects.filter(
        kind=SiteOrder.Kind.SPACE,
        establishment=space.track.establishment_id,
        body__project=str(space.track.case_id),
        issued_at__lte=came_at,
    ).order_by("-issued_at", "-pk")
    for order in given:
        if _lets_in(order, member, came_at):
            return False
        carried_out = order.state == SiteOrder.State.DONE and order.ended_at is not None
        if carried_out and order.ended_at + SKEW < came_at:
            return True
    return False


def _lets_in(order: SiteOrder, member: str, at: datetime) -> bool:
    until = {each["member"]: each["until"] for each in order.body["members"]}.get(member)
    return until is not None and at <= read_instant(until) + SKEW


def _follow_log(space: Space, said: object, at: datetime) -> None:
    """A log only grows: one that is shorter than it was told was written again."""
    lines = said.get("lines") if isinstance(said, dict) else None
    if not isinstance(lines, int) or isinstance(lines, bool) or not 0 <= lines < 2**31:
        return
    if lines < space.log_lines:
        if space.log_shortened_at is None:
            space.log_shortened_at = at
            incidents.log_rewritten(space, at)
        log.error("space_log_shortened", site=space.track.establishment_id)
        return
    space.log_lines, space.log_head = lines, shortened(said.get("head", ""), 64)


def _people_of(case_id) -> dict[str, object]:
    """Everybody who was ever of the team, by reference."""
    rows = Participation.objects.filter(case_id=case_id, part__in=Participation.TEAM)
    return {str(row.person.ref): row.person for row in rows.select_related("person")}


# --- The night ----------------------------------------------------------------------------------


def sweep(*, at: datetime) -> int:
    """Each night: order what a space must be, where it is not what was last ordered; forget visits
    of more than a year ago. How many orders were given."""
    SpaceVisit.objects.filter(day__lt=(at - VISITS_KEPT).date()).delete()
    held = Track.objects.filter(kind="site", status__in=Track.HELD, case__process="request")
    in_use = held.filter(case__state__in=IN_USE)
    ended = held.filter(space__isnull=False).exclude(case__state__in=IN_USE)
    left = ended.exclude(space__state__in=(Space.State.CUT, Space.State.DESTROYED))
    tracks = [*in_use.order_by("pk"), *left.order_by("pk")]
    return sum(bring_up_to_date(track, at=at, again=True) is not None for track in tracks)
