"""What a person has signed and followed, and what they still have to."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from governance.charters import (
    Charter,
    load_charter,
    versions_elsewhere,
    versions_signed_for,
)
from governance.charters.facts import today
from governance.charters.library import adopted
from governance.domain.bound import local_versions_for
from governance.domain.commitments import NO_REIDENTIFICATION, USER_CHARTER, charters_for
from governance.models.case import Participation
from governance.models.commitment import CharterSignature, Training
from governance.models.establishment import Establishment
from governance.queries.people import roles_of


@dataclass(frozen=True)
class ToSign:
    """A charter that binds the person, and their signature of this version, if any.

    ``earlier`` is an older version that they signed: the new one is to be signed again, and until
    ``counts_until`` the older signature still counts. ``establishment`` is set for the version of
    one, which binds the person there.
    """

    charter: Charter
    signature: CharterSignature | None
    earlier: CharterSignature | None
    counts_until: date | None = None
    establishment: Establishment | None = None

    @property
    def place(self) -> str | None:
        """The slug of that establishment; None for the network's version."""
        return self.establishment and self.establishment.pk

    @property
    def counts(self) -> bool:
        """Whether the person may act under what they signed."""
        return self.signature is not None or self.counts_until is not None


@dataclass(frozen=True)
class Commitments:
    """Everything on the page *Mes engagements* that belongs to the person."""

    charters: list[ToSign]
    local: list[ToSign]
    """The versions of establishments that bind the person, beside the network's."""
    no_reidentification: CharterSignature | None
    trainings: list[Training]
    valid_until: date | None
    """Last day of the training that lasts longest among the valid ones; None: no valid one."""

    @property
    def texts(self) -> list[ToSign]:
        """All that the person signs, the network's first."""
        return [*self.charters, *self.local]

    @property
    def in_order(self) -> bool:
        """Whether the person may be a member with access (U-06, U-08)."""
        return bool(
            all(each.counts for each in self.texts)
            and self.no_reidentification
            and self.valid_until
        )


def commitments_of(person, at: datetime) -> Commitments:
    """What ``person`` signed and followed, at ``at``. Three queries; a fourth where establishments
    have their own versions."""
    day = today(at)
    signatures = list(CharterSignature.objects.filter(person=person).order_by("signed_at", "pk"))
    exact = {(each.charter, each.version): each for each in signatures}
    roles = roles_of(person, at)
    network = charters_for({role for role, _where in roles}, day)
    local = local_versions_for(person, roles, at)
    counted = versions_signed_for(USER_CHARTER, day)
    no_reidentification = [exact.get((NO_REIDENTIFICATION, version)) for version in counted]
    trainings = list(
        Training.objects.filter(person=person)
        .select_related("document")
        .order_by("-expires_on", "-pk")
    )
    valid = [t.expires_on for t in trainings if t.obtained_on <= day <= t.expires_on]
    return Commitments(
        charters=[_to_sign(charter, None, exact, day) for charter in network],
        local=[
            _to_sign(load_charter(each.charter, each.version), place, exact, day)
            for each, place in local
        ],
        no_reidentification=next(filter(None, no_reidentification), None),
        trainings=trainings,
        valid_until=max(valid, default=None),
    )


def _to_sign(charter: Charter, place: Establishment | None, exact: dict, day: date) -> ToSign:
    """Where the person stands with a charter, of the network or of an establishment: with a version
    before it, until when it counts."""
    signature = exact.get((charter.code, charter.version))
    counted = versions_signed_for(charter.code, day, place and place.pk)
    elsewhere = versions_elsewhere(charter.code, place and place.pk)
    signed = [
        each
        for (code, version), each in exact.items()
        if code == charter.code and version not in elsewhere
    ]
    until = None
    if signature is None and any((charter.code, version) in exact for version in counted):
        sign_by = (a.sign_by for a in adopted(charter.code) if a.version == charter.version)
        until = next(sign_by, None)
    return ToSign(charter, signature, signed[-1] if signed else None, until, place)


def trainings_of_team(case, at: datetime) -> QuerySet[Training]:
    """The trainings that count today of those who are in the team of `case`, by name: what each
    declared, with its certificate where they gave one."""
    team = Participation.objects.filter(case=case, part__in=Participation.TEAM).valid(at)
    return (
        Training.objects.valid(today(at))
        .filter(person__in=team.values("person"))
        .select_related("person", "document")
        .order_by("person__last_name", "person__first_name", "-expires_on")
    )
