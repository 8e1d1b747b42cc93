"""What is known of the members of a team: signatures, training, breaches."""

from collections import defaultdict

from django.db.models import QuerySet

from governance.charters import versions_in_force
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
    in_force = versions_in_force(today(at))["utilisateur"]
    signed = defaultdict(dict)
    for signature in CharterSignature.objects.filter(person__in=persons):
        signed[signature.person_id][signature.charter] = str(signature.version)
    trained = {
        t.person_id: t for t in Training.objects.filter(person__in=persons).order_by("expires_on")
    }
    # The last word on a person is what counts: a breach closed bars nobody.
    breached = {r.data["person"]: not r.data.get("closed") for r in records if r.kind == "breach"}
    return {
        str(person.ref): without_none(
            {
                "charter_signed": signed[pk].get("utilisateur"),
                "charter_in_force": in_force,
                "training_obtained_on": iso(trained[pk].obtained_on) if pk in trained else None,
                "training_expires_on": iso(trained[pk].expires_on) if pk in trained else None,
                "no_reidentification_signed": NO_REIDENTIFICATION in signed[pk],
                "breach_open": breached.get(str(person.ref), False),
            }
        )
        for pk, person in persons.items()
    }
