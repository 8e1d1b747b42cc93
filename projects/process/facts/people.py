"""What is known of the members of a team: signatures, training, breaches."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cache, cached_property
from uuid import UUID

from django.db.models import QuerySet

from governance.charters import versions_elsewhere, versions_signed_for
from governance.charters.facts import today
from governance.charters.library import adopted
from governance.domain.commitments import NO_REIDENTIFICATION, USER_CHARTER
from governance.models import (
    Case,
    CharterSignature,
    Participation,
    Training,
)
from projects.process.facts.values import iso, without_none


class Commitments:
    """What some persons signed and the trainings they had, in a query each, and the versions whose
    signature counts at an instant, in the requests that an establishment leads."""

    def __init__(self, persons: Collection[int], at: datetime):
        self.persons, self.at = persons, at
        # Read once for all the establishments that have no version of their own.
        self._counted = cache(lambda place: versions_signed_for(USER_CHARTER, today(at), place))
        self._elsewhere = cache(lambda place: versions_elsewhere(USER_CHARTER, place))

    def counted(self, lead: str | None) -> tuple[str, ...]:
        """The versions whose signature counts where `lead` leads, the one in force first."""
        return self._counted(self._with_its_own(lead))

    def signed_for(self, person: int, lead: str | None) -> list[str]:
        """The versions of the users' charter that a person signed, but those of establishments
        other than `lead`."""
        elsewhere = self._elsewhere(self._with_its_own(lead))
        signed = self.signed[person].get(USER_CHARTER, [])
        return [version for version in signed if version not in elsewhere]

    def _with_its_own(self, lead: str | None) -> str | None:
        return lead if lead in self._places else None

    @cached_property
    def _places(self) -> set[str | None]:
        return {each.establishment for each in adopted(USER_CHARTER)}

    @cached_property
    def signed(self) -> dict[int, dict[str, list[str]]]:
        """The versions that a person signed of a charter, the oldest first."""
        found = defaultdict(lambda: defaultdict(list))
        rows = CharterSignature.objects.filter(person__in=self.persons).order_by("signed_at")
        for signature in rows:
            found[signature.person_id][signature.charter].append(signature.version)
        return found

    @cached_property
    def trained(self) -> dict[int, Training]:
        """The training of each that holds for longest."""
        rows = Training.objects.filter(person__in=self.persons).order_by("expires_on")
        return {row.person_id: row for row in rows}


def requests_in_default(case: Case) -> QuerySet[Case]:
    """The requests closed in default of who holds `case`: none other is deposited before they are
    mended."""
    held = _held()
    holders = held.filter(case=case).values("person")
    return Case.objects.filter(
        process="request",
        state="closed_in_default",
        pk__in=held.filter(person__in=holders).values("case"),
    ).order_by("number")


def in_default(cases: Iterable[UUID]) -> set[int]:
    """Of the persons who hold those cases, those who have a request closed in default."""
    holders = _held().filter(case__in=cases).values("person")
    found = _held().filter(
        case__process="request", case__state="closed_in_default", person__in=holders
    )
    return set(found.values_list("person", flat=True))


def _held() -> QuerySet[Participation]:
    return Participation.objects.filter(part=Participation.Part.HOLDER, until__isnull=True)


def about_members(people, records, at, lead: str | None, known: Commitments | None = None) -> dict:
    """The facts of the members of a team, of a request that `lead` leads (None: nobody yet).
    `known` are the commitments of them all, when read already."""
    persons = {p.person_id: p.person for p in people if p.part in Participation.TEAM}
    known = known or Commitments(persons, at)
    signed, trained, counted = known.signed, known.trained, known.counted(lead)
    # The last word on a person is what counts: a breach closed bars nobody.
    breached = {r.data["person"]: not r.data.get("closed") for r in records if r.kind == "breach"}
    return {
        str(person.ref): without_none(
            {
                **_signature(known.signed_for(pk, lead), counted),
                "training_obtained_on": iso(trained[pk].obtained_on) if pk in trained else None,
                "training_expires_on": iso(trained[pk].expires_on) if pk in trained else None,
                "no_reidentification_signed": NO_REIDENTIFICATION in signed[pk],
                "breach_open": breached.get(str(person.ref), False),
            }
        )
        for pk, person in persons.items()
    }


def _signature(signed: list[str], counted: tuple[str, ...]) -> dict:
    """The version signed, and the one asked: until the day by which a new one is to be signed, a
    signature of the one before it still counts."""
    valid = next((version for version in counted if version in signed), None)
    return {
        "charter_signed": valid or (signed[-1] if signed else None),
        "charter_in_force": valid or counted[0],
    }
