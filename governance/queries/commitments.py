"""What a person has signed and followed, and what they still have to."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.timezone import localdate

from governance.charters import Charter
from governance.domain.commitments import NO_REIDENTIFICATION, charters_for
from governance.models.commitment import CharterSignature, Training
from governance.queries.people import roles_of


@dataclass(frozen=True)
class ToSign:
    """A charter that binds the person, and their signature of this version, if any.

    ``earlier`` is an older version that they signed: the new one is to be signed again.
    """

    charter: Charter
    signature: CharterSignature | None
    earlier: CharterSignature | None


@dataclass(frozen=True)
class Commitments:
    """Everything on the page *Mes engagements* that belongs to the person."""

    charters: list[ToSign]
    no_reidentification: CharterSignature | None
    trainings: list[Training]
    valid_until: date | None
    """Last day of the training that lasts longest among the valid ones; None: no valid one."""

    @property
    def in_order(self) -> bool:
        """Whether the person may be a member with access (U-06, U-08)."""
        return bool(
            all(each.signature for each in self.charters)
            and self.no_reidentification
            and self.valid_until
        )


def commitments_of(person, at: datetime) -> Commitments:
    """What ``person`` signed and followed, at ``at``. Three queries."""
    today = localdate(at)
    signatures = list(CharterSignature.objects.filter(person=person).order_by("signed_at", "pk"))
    latest = {each.charter: each for each in signatures}
    exact = {(each.charter, each.version): each for each in signatures}
    roles = {role for role, _where in roles_of(person, at)}
    charters = [
        ToSign(c, exact.get((c.code, c.version)), latest.get(c.code))
        for c in charters_for(roles, today)
    ]
    version = charters[0].charter.version if charters else ""
    trainings = list(
        Training.objects.filter(person=person)
        .select_related("document")
        .order_by("-expires_on", "-pk")
    )
    valid = [t.expires_on for t in trainings if t.obtained_on <= today <= t.expires_on]
    return Commitments(
        charters=charters,
        no_reidentification=exact.get((NO_REIDENTIFICATION, version)),
        trainings=trainings,
        valid_until=max(valid, default=None),
    )
