"""Who may take a step: the person's part in the case, roles where the step is taken, delegation.

Three laws hold whatever the table says: a member of the team takes no step of its reviewers, a
person with a conflict of interest takes none either, and two steps that must be two people's are
never one person's.
"""

from dataclasses import dataclass
from datetime import datetime

from governance.models.case import Case, Participation, Track
from governance.models.delegation import Delegation
from governance.models.role import RoleGrant
from governance.process.refusals import DelegationNeeded, NotPermitted
from governance.process.shape import HOLDER, SYSTEM, Step


@dataclass(frozen=True)
class Standing:
    """In what quality a step is taken, and under which delegation."""

    acting_as: str
    delegation: Delegation | None = None


class Bench:
    """What is known of one person before one case, read once and asked about many steps."""

    def __init__(self, person, case: Case, at: datetime):
        self.person, self.case, self.at = person, case, at
        self.parts = set(
            Participation.objects.filter(case=case, person=person)
            .valid(at)
            .values_list("part", flat=True)
        )
        self.was_in_team = Participation.objects.filter(
            case=case, person=person, part__in=Participation.TEAM
        ).exists()
        self.grants = list(
            RoleGrant.objects.filter(person=person)
            .valid(at)
            .values_list("role", "establishment_id")
        )
        self.conflicted = case.conflicts.filter(person=person).exists()
        self.taken = set(case.decisions.filter(by=person).values_list("step", flat=True))
        self.delegations = list(Delegation.objects.filter(person=person).valid(at))

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
        if role is None:
            raise NotPermitted("role")
        if self.was_in_team:
            raise NotPermitted("party")
        if self.conflicted:
            raise NotPermitted("conflict")
        if self.taken & set(step.apart):
            raise NotPermitted("apart")
        if not step.delegated:
            return Standing(role)
        delegation = next(
            (d for d in self.delegations if d.establishment_id == place and step.code in d.steps),
            None,
        )
        if delegation is None:
            raise DelegationNeeded()
        return Standing(role, delegation)


def standing(person, case: Case, step: Step, track: Track | None, at: datetime) -> Standing:
    """In what quality ``person`` (None: the system) takes ``step``. Raises NotPermitted."""
    if person is None:
        if SYSTEM not in step.actors:
            raise NotPermitted("role")
        return Standing(SYSTEM)
    return Bench(person, case, at).standing(step, track)
