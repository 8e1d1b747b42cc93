"""Who may take a step: the person's part in the case, roles where the step is taken, delegation.

Three laws hold whatever the table says: a member of the team takes no step of its reviewers, a
person with a conflict of interest takes none either, and two steps that must be two people's are
never one person's. The team, former members too, and the conflicts of a request are those of its
amendments, whenever they are known. So that an appeal finds a judge where a single person decides,
the delegates of the network's other establishments judge it when nobody of the case's may.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.contrib.auth import get_user_model
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value

from governance.models.case import Case, Conflict, Participation, Track
from governance.models.decision import Decision
from governance.models.delegation import Delegation
from governance.models.role import RoleGrant
from governance.process.amendments import AMENDMENT
from governance.process.refusals import DelegationNeeded, NotPermitted
from governance.process.registry import registered
from governance.process.shape import HOLDER, SYSTEM, Step
from governance.process.table import REQUEST
from governance.queries.written_once import written_once

JUDGING = REQUEST.judging
"""The steps by which an appeal is judged: who may judge it can take each of them."""
APPEALED = (*REQUEST.appealed, *AMENDMENT.appealed)
"""What an appeal contests, of a request or of its amendment."""


def awaiting_the_pool(at: datetime) -> QuerySet[Case]:
    """The cases with an open appeal that nobody of their establishment may judge: no delegate
    there who took no part, was never of the team and has no conflict of interest."""
    judges = _judging(OuterRef(OuterRef("pk")), at).filter(establishment=OuterRef("lead"))
    appeals = Track.objects.filter(kind="appeal", status="open").values("case")
    return Case.objects.filter(~Exists(judges), pk__in=appeals)


def judges_of(case: Case, at: datetime) -> QuerySet:
    """Who may judge an appeal of ``case``: the delegates of its establishment or, when none may,
    those of the network's others."""
    found = _judging(case.pk, at)
    at_home = found.filter(establishment=case.lead_id)
    signing = at_home if at_home.exists() else found
    people = get_user_model().objects.filter(pk__in=signing.values("person"), is_active=True)
    return people.order_by("last_name", "first_name", "pk")


def _judging(case, at: datetime) -> QuerySet[Delegation]:
    """The delegations under which an appeal of ``case`` (a key, or a reference to one) may be
    judged, wherever they are: of delegates who took no part in what it contests, were never of the
    team and have no conflict of interest."""
    somebody = OuterRef("person")
    there = Q(establishment=None) | Q(establishment=OuterRef("establishment"))
    team = Participation.objects.filter(person=somebody, part__in=Participation.TEAM)
    return (
        Delegation.objects.valid(at)
        .filter(steps__contains=list(JUDGING))
        .filter(
            Exists(RoleGrant.objects.valid(at).filter(there, person=somebody, role="delegate")),
            ~Exists(Decision.objects.filter(case=case, by=somebody, step__in=APPEALED)),
            ~Exists(team.filter(Q(case=case) | Q(case__children=case))),
            ~Exists(
                Conflict.objects.filter(Q(case=case) | Q(case__children=case), person=somebody)
            ),
        )
    )


@dataclass(frozen=True)
class Standing:
    """In what quality a step is taken, and under which delegation."""

    acting_as: str
    delegation: Delegation | None = None


class Bench:
    """What is known of one person before one case, asked about many steps: each thing is read when
    a step needs it, once. `grants` are the person's roles, when read already."""

    def __init__(self, person, case: Case, at: datetime, *, grants=None):
        self.person, self.case, self.at = person, case, at
        if grants is not None:
            self.grants = grants

    @cached_property
    def _taken_part(self) -> list[tuple]:
        return _taken_part(case=self.case.pk, of=self._of, person=self.person.pk)

    @property
    def _of(self):
        """The request of which the case is, when it is its amendment's: itself otherwise."""
        return self.case.parent_id or self.case.pk

    @cached_property
    def parts(self) -> set[str]:
        """The parts the person takes in the case today."""
        return {
            part
            for case, part, since, until in self._taken_part
            if case == self.case.pk and since <= self.at and (until is None or until > self.at)
        }

    @cached_property
    def was_in_team(self) -> bool:
        """Whether the person was ever of the team, or will be."""
        return any(row[1] in Participation.TEAM for row in self._taken_part)

    @cached_property
    def grants(self) -> list[tuple[str, str | None]]:
        """The roles the person holds today, and where (None: the network)."""
        return list(
            RoleGrant.objects.filter(person=self.person)
            .valid(self.at)
            .values_list("role", "establishment_id")
        )

    @cached_property
    def conflicted(self) -> bool:
        """Whether the person has a conflict of interest with the case."""
        return bool(_conflicts(case=self.case.pk, of=self._of, person=self.person.pk))

    @cached_property
    def taken(self) -> set[str]:
        """The steps that the person took in the case, or had part in. One query."""
        owner = registered(self.case.process)
        taken = self.case.decisions.filter(by=self.person).order_by().values_list("step")
        parts = [
            owner.hands(need)
            .filter(in_case=self.case.pk, who=self.person.pk)
            .order_by()
            .values_list(Value(step.code, output_field=CharField()))
            for step in owner.process.steps
            for need in step.parts
        ]
        return {step for (step,) in taken.union(*parts)}

    @cached_property
    def delegations(self) -> list[Delegation]:
        """The delegations of signature that the person holds today."""
        return list(Delegation.objects.filter(person=self.person).valid(self.at))

    def holds(self, role: str, establishment_id: str | None) -> bool:
        """Whether the person holds ``role`` at that establishment or for the network."""
        return any(
            held == role and (where is None or where == establishment_id)
            for held, where in self.grants
        )

    def standing(self, step: Step, track: Track | None) -> Standing:
        """In what quality the person takes ``step``. Raises NotPermitted, saying why not."""
        if HOLDER in step.actors and Participation.Part.HOLDER in self.parts:
            return Standing(HOLDER)
        place = track.establishment_id if track and track.kind == "site" else self.case.lead_id
        role = next((r for r in step.actors if self.holds(r, place)), None)
        delegation = self._signs(step, place) if role and step.delegated else None
        if step.pooled and delegation is None and (delegation := self._signs_for_the_pool(step)):
            role = "delegate"
        if role is None:
            raise NotPermitted("role")
        if self.was_in_team:
            raise NotPermitted("party")
        if self.conflicted:
            raise NotPermitted("conflict")
        if step.apart and self.taken & set(step.apart):
            raise NotPermitted("apart")
        if step.delegated and delegation is None:
            raise DelegationNeeded()
        return Standing(role, delegation)

    def _signs(self, step: Step, place: str | None) -> Delegation | None:
        """The delegation under which the person signs ``step`` for an establishment."""
        return next(
            (d for d in self.delegations if d.establishment_id == place and step.code in d.steps),
            None,
        )

    def _signs_for_the_pool(self, step: Step) -> Delegation | None:
        """The delegation of another establishment under which the person signs a pooled ``step``,
        when nobody of the case's own may."""
        elsewhere = (
            d
            for d in self.delegations
            if step.code in d.steps and self.holds("delegate", d.establishment_id)
        )
        found = next(elsewhere, None)
        return found if found and self.awaits_the_pool else None

    @cached_property
    def awaits_the_pool(self) -> bool:
        """Whether the case has an appeal that nobody of its establishment may judge."""
        return awaiting_the_pool(self.at).filter(pk=self.case.pk).exists()

    @property
    def pool_grants(self) -> list[tuple[str, str]]:
        """The roles of delegate that the person holds for the network's pool, while the case, or
        one that would amend it, awaits it."""
        places = {d.establishment_id for d in self.delegations if set(JUDGING) & set(d.steps)}
        held = [g for g in self.grants if g[0] == "delegate" and g[1] in places]
        here = Q(pk=self.case.pk) | Q(parent=self.case.pk)
        return held if held and awaiting_the_pool(self.at).filter(here).exists() else []


@written_once
def _taken_part(*, case, of, person) -> QuerySet[Participation]:
    rows = Participation.objects.filter(Q(case=case) | Q(case=of), person=person)
    return rows.values_list("case", "part", "since", "until")


@written_once
def _conflicts(*, case, of, person) -> QuerySet[Conflict]:
    rows = Conflict.objects.filter(Q(case=case) | Q(case=of), person=person)
    return rows.values_list("pk")


def kept_apart(step: Step, process: str) -> list[QuerySet]:
    """Who may not take `step`: those who took a step that must be another person's, or had part in
    it. Rows that say `in_case` and `who`."""
    owner = registered(process)
    taken = Decision.objects.filter(step__in=step.apart, by__isnull=False)
    needs = [need for code in step.apart for need in owner.process.step(code).parts]
    return [taken.annotate(in_case=F("case"), who=F("by")), *map(owner.hands, needs)]


def standing(person, case: Case, step: Step, track: Track | None, at: datetime) -> Standing:
    """In what quality ``person`` (None: the system) takes ``step``. Raises NotPermitted."""
    if person is None:
        if SYSTEM not in step.actors:
            raise NotPermitted("role")
        return Standing(SYSTEM)
    return Bench(person, case, at).standing(step, track)
