"""What is known of the members of a team: signatures, training, breaches."""

from collections import defaultdict

from django.db.models import QuerySet

from governance.charters import versions_signed_for
from governance.charters.facts import today
from governance.domain.commitments import NO_REIDENTIFICATION
from governance.models import (
    Case,
    CharterSignature,
    Participation,
    Training,
)
from projects.process.facts.values import iso, without_none


def requests_in_default(case: Case) -> QuerySet[Case]:
    """The requests closed in default of who holds `case`: none other is deposited before they are
    mended."""
    held = Participation.objects.filter(part=Participation.Part.HOLDER, until__isnull=True)
    holders = held.filter(case=case).values("person")
    return Case.objects.filter(
        process="request",
        state="closed_in_default",
        pk__in=held.filter(person__in=holders).values("case"),
    ).order_by("number")


def about_members(people, records, at) -> dict:
    persons = {p.person_id: p.person for p in people if p.part in Participation.TEAM}
    counted = versions_signed_for("utilisateur", today(at))
    signed = defaultdict(lambda: defaultdict(list))
    for signature in CharterSignature.objects.filter(person__in=persons).order_by("signed_at"):
        signed[signature.person_id][signature.charter].append(signature.version)
    trained = {
        t.person_id: t for t in Training.objects.filter(person__in=persons).order_by("expires_on")
    }
    # The last word on a person is what counts: a breach closed bars nobody.
    breached = {r.data["person"]: not r.data.get("closed") for r in records if r.kind == "breach"}
    return {
        str(person.ref): without_none(
            {
                **_signature(signed[pk].get("utilisateur", []), counted),
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
