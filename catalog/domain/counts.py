"""Asking the sites how many of their patients a cohort has, without learning who they are.

What keeps a small group from being told apart (C-09) is decided at the site
(``catalog.site.answered``): figures are rounded, none is under eleven, and none, subtracted from
others, tells of fewer. The portal says which accounts ask together (``circle_of``); it bounds the
distinct cohorts of a person in a day, and makes totals of rounded figures. An answer of the same
day to the same question of the same circle is given again without asking the site, and asking again
spends nothing.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.crypto import salted_hmac

from catalog.cohort.definition import MOST_CRITERIA
from catalog.domain.cohorts import digest_of, read_to_count
from catalog.domain.orders import issue_order, on_report
from catalog.domain.reports import shortened
from catalog.models import CohortVersion, CountedCohort, CountRequest, SiteCount, SiteOrder
from catalog.orders import MOST_ASKERS, ROUNDING, THRESHOLD, read_instant
from governance.charters.facts import today
from governance.models import Establishment, Participation
from governance.queries.people import teams_of

COHORTS_A_DAY = 40
"""Distinct cohorts that one person may count in a day, Paris time."""

FRESH = timedelta(hours=12)
"""An answer younger than this is given again instead of asking the site."""


class BudgetSpent(Exception):
    """The person has counted COHORTS_A_DAY distinct cohorts today: tomorrow again."""


class NoSite(Exception):
    """No site was asked, or one that does not exist or left the network."""


@transaction.atomic
def ask_counts(
    definition: object,
    sites: Iterable[str],
    *,
    by,
    at: datetime,
    version: CohortVersion | None = None,
) -> CountRequest:
    """Ask each of ``sites`` (slugs) to count the cohort; the figures arrive later, masked.

    ``definition`` is the contract's JSON or one of OHDSI, ``version`` the saved one it comes from,
    if any. Orders leave once the transaction commits. Raises CohortError, NoSite, BudgetSpent.
    """
    said = read_to_count(definition).said
    digest = digest_of(said)
    places = _places(sites)
    spend(digest, by=by, at=at)
    request = CountRequest.objects.create(
        version=version, definition=said, digest=digest, by=by, at=at
    )
    circle = circle_of(by, at=at)
    for place in places:
        _ask(request, place, circle, by=by, at=at)
    return request


def _places(sites: Iterable[str]) -> list[Establishment]:
    wanted = set(sites)
    found = list(Establishment.objects.active().filter(pk__in=wanted))
    if not found or len(found) != len(wanted):
        raise NoSite(", ".join(sorted(wanted - {place.pk for place in found})))
    return found


def spend(digest: str, *, by, at: datetime) -> None:
    """Count ``digest`` in today's budget of ``by``; nothing when it is already. Raises BudgetSpent.

    The person's row is locked, so that two windows cannot both take the last one.
    """
    get_user_model().objects.select_for_update().get(pk=by.pk)
    mine = CountedCohort.objects.filter(person=by, day=today(at))
    if mine.filter(digest=digest).exists():
        return
    if mine.count() >= COHORTS_A_DAY:
        raise BudgetSpent
    CountedCohort.objects.create(person=by, day=today(at), digest=digest)


def circle_of(person, *, at: datetime) -> list[int]:
    """The accounts that ask as one: ``person`` first, then those of a team of theirs."""
    mates = (
        Participation.objects.valid(at)
        .filter(case__in=teams_of(person, at), part__in=Participation.TEAM)
        .exclude(person=person)
        .order_by("person")
        .values_list("person", flat=True)
        .distinct()
    )
    return [person.pk, *mates[: MOST_ASKERS - 1]]


def _reference(person: int) -> str:
    """What a site knows of who asks: always the same for a person, and not who it is."""
    return salted_hmac("catalog.counts.asker", str(person), algorithm="sha256").hexdigest()


def left_today(person, *, at: datetime) -> int:
    """How many distinct cohorts ``person`` may still count today."""
    used = CountedCohort.objects.filter(person=person, day=today(at)).count()
    return max(0, COHORTS_A_DAY - used)


def _ask(
    request: CountRequest, place: Establishment, circle: list[int], *, by, at: datetime
) -> SiteCount:
    """One site's count: a fresh answer given again, an order under way joined, or a new order."""
    row = SiteCount(request=request, establishment=place, digest=request.digest, asked_at=at)
    # Of the circle only: what others were told, the site must know that these are told it too.
    same = SiteCount.objects.filter(
        establishment=place, digest=request.digest, request__by__in=circle
    )
    fresh = (
        same.filter(state=SiteCount.State.ANSWERED, answered_at__gt=at - FRESH)
        .order_by("-answered_at")
        .first()
    )
    if fresh is not None:
        row.order, row.state, row.answered_at = fresh.order, fresh.state, fresh.answered_at
        row.persons, row.masked, row.steps = fresh.persons, fresh.masked, fresh.steps
    else:
        # Locked, so that an answer arriving now either finds this row or is found by it.
        live = SiteOrder.objects.select_for_update(of=("self",)).live()
        row.order = live.filter(
            valid_until__gt=at, site_counts__in=same.filter(state=SiteCount.State.ASKED)
        ).first() or issue_order("count", place, _body(request.definition, circle), by=by, at=at)
    row.save()
    return row


def _body(definition: dict, circle: list[int]) -> dict:
    return {
        "cohort": definition,
        "threshold": THRESHOLD,
        "rounding": ROUNDING,
        "number": None,
        "askers": [_reference(person) for person in circle],
    }


@on_report("count")
def receive_count(order: SiteOrder, report: dict) -> None:
    """Write what a site answered on every asking that waits for this order."""
    waiting = order.site_counts.exclude(state=SiteCount.State.ANSWERED)
    said = read_instant(report["at"])
    match report["kind"]:
        case "count":
            found = _figure(report["body"])
            if found is None:
                waiting.update(state=SiteCount.State.FAILED, reason="figure")
            else:
                persons, masked = found
                steps = _steps(report["body"].get("steps"))
                waiting.update(
                    state=SiteCount.State.ANSWERED,
                    persons=persons,
                    masked=masked,
                    steps=steps,
                    answered_at=said,
                    reason="",
                )
        case "refused" | "failed" | "cancelled":
            reason = shortened(report["body"].get("reason", ""), 60)
            waiting.update(state=SiteCount.State.FAILED, reason=reason)
        case "expired":
            waiting.update(state=SiteCount.State.SILENT)


def _figure(body: dict) -> tuple[int | None, bool] | None:
    """(persons, masked) of a count's body; None for a figure that a site should not have sent:
    under the threshold, or not rounded. It is not kept."""
    persons, masked = body.get("persons"), body.get("masked")
    if masked is True and persons is None:
        return None, True
    whole = isinstance(persons, int) and not isinstance(persons, bool)
    if masked is False and whole and THRESHOLD <= persons < 2**31 and persons % ROUNDING == 0:
        return persons, False
    return None


def _steps(said: object) -> list[dict]:
    """The steps of a count's body; none when one of them is no figure that a site may send."""
    if not isinstance(said, list) or len(said) > MOST_CRITERIA + 1:
        return []
    found = [_figure(each) if isinstance(each, dict) else None for each in said]
    if None in found:
        return []
    return [{"persons": persons, "masked": masked} for persons, masked in found]
