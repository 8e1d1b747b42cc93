"""The amendment as the engine sees it: what its forms say, and what follows when it is accepted.

Everything is written in the transaction of the decision, but the establishment that joins: that is
a step of the request, taken right after by the portal (`projects.domain.openings`).
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from catalog.orders import THRESHOLD
from governance import outbox
from governance.charters.facts import months_later
from governance.domain.watching import facts_changed
from governance.models import Case, Decision, Participation
from governance.paris import last_second_of
from governance.process import clocks
from governance.process.amendments import AMENDMENT, PUBLISHED
from governance.process.refusals import BadDetails
from governance.process.registry import About, Asked, Registered, register
from projects.domain import accesses, linkage, records, team
from projects.domain.people import person_of
from projects.models import AccessPeriod, Amendment, Request
from projects.process.amendment_facts import amendment_facts, facts_of_amendments, touched


def register_amendments() -> None:
    """Hand the process of amendments to the engine; called once, at start-up."""
    published = Q(case__parent__request__public_since__isnull=False, step__in=PUBLISHED)
    register(
        Registered(
            AMENDMENT,
            amendment_facts,
            check_details,
            apply_effects,
            published=published,
            public_since="case__parent__request__public_since",
            about_each=about_each,
            facts_of_many=facts_of_amendments,
        )
    )


def about_each(cases: Iterable[Case]) -> dict[UUID, About]:
    """The kind of change that each amendment asks, the site or the person that it names, and the
    clauses that it touches."""
    found = Amendment.objects.filter(case__in=[case.pk for case in cases])
    return {each.pk: _about(each) for each in found}


def _about(amendment: Amendment) -> About:
    change = amendment.change
    nature = f"{amendment.kind} {change['act']}" if "act" in change else amendment.kind
    return About(nature, change.get("site"), change.get("person"), touched(amendment))


def check_details(asked: Asked) -> tuple[dict, dict]:
    """An amendment's steps say nothing but their reason; a feasibility, the persons counted, that
    are kept only masked when they are few."""
    others = set(asked.details) - {"persons"}
    if others or (asked.details and asked.step.code != "state_feasibility"):
        raise BadDetails({name: [_("Ce champ n'existe pas ici.")] for name in asked.details})
    persons = asked.details.get("persons")
    if asked.step.code != "state_feasibility" or (
        persons is None and asked.outcome.code == "infeasible"
    ):
        return {}, {}
    if isinstance(persons, bool) or not isinstance(persons, int) or persons < 0:
        raise BadDetails({"persons": [_("Donnez un nombre de personnes.")]})
    masked = persons < THRESHOLD
    return {"counted": True, "count": None if masked else persons, "masked": masked}, {}


def apply_effects(decision: Decision, words: dict) -> None:
    """Apply an accepted amendment to its request; keep what an establishment called in counted."""
    if decision.step == "state_feasibility" and decision.details:
        parent = decision.case.parent
        track = parent.tracks.get(kind="site", key=decision.track.key)
        said = {"by": decision.by, "at": decision.at, "data": decision.details}
        records.record(parent, "count", track=track, **said)
    if decision.step == "accept":
        amendment = Amendment.objects.select_related("request__case").get(case=decision.case)
        APPLY[amendment.kind](amendment, decision.at)
        facts_changed(case=amendment.request.case)


def _period(amendment: Amendment, at: datetime) -> None:
    period = AccessPeriod.objects.select_for_update().get(request=amendment.request)
    period.months = amendment.change["months"]
    if period.starts_on is not None:
        period.ends_on = months_later(period.starts_on, period.months)
        clocks.move(amendment.request.case, "access", last_second_of(period.ends_on))
    period.save(update_fields=["months", "ends_on"])
    accesses.follow(amendment.request_id)


def _member(amendment: Amendment, at: datetime) -> None:
    request, person = amendment.request, person_of(amendment.change["person"])
    if amendment.change["act"] == "leave":
        for row in _rows(request, person, at).exclude(part=Participation.Part.HOLDER):
            team.leave(row, at=at)
        return
    team.join(request, person, Participation.Part.MEMBER, at=at)
    accesses.bring_up_to_date(request.case, at=at)


def _holder(amendment: Amendment, at: datetime) -> None:
    """The former holder stays as a member, with their access; a new one answers for the request."""
    request, change = amendment.request, amendment.change
    former = request.case.participations.get(part=Participation.Part.HOLDER, until__isnull=True)
    entering = person_of(change["person"])
    team.join(request, former.person, Participation.Part.MEMBER, at=at)
    team.hand_over(former, entering, at=at)
    section = request.sections.get(code="team")
    section.answers |= {"holder_status": change["status"], "in_network": change["in_network"]}
    section.save(update_fields=["answers"])
    accesses.bring_up_to_date(request.case, at=at)


def _site(amendment: Amendment, at: datetime) -> None:
    outbox.enqueue(
        "join_by_amendment",
        {
            "case": str(amendment.request_id),
            "site": amendment.change["site"],
            "amendment": str(amendment.case_id),
        },
    )


def _linkage(amendment: Amendment, at: datetime) -> None:
    linkage.allow_later(amendment)


def _rows(request: Request, person, at: datetime):
    return Participation.objects.filter(
        case_id=request.pk, person=person, part__in=Participation.TEAM
    ).valid(at)


APPLY = {
    Amendment.Kind.PERIOD: _period,
    Amendment.Kind.MEMBER: _member,
    Amendment.Kind.HOLDER: _holder,
    Amendment.Kind.SITE: _site,
    Amendment.Kind.LINKAGE: _linkage,
}
