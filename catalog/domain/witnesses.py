"""The establishments as witnesses of the public ledger: their keys, and hearing what they say.

A site cosigns with the key that signs its reports. Each signature has its own context in front
(``cosignature/v1``, ``guichet report v1``), so that one never passes for another.
"""

from collections import defaultdict
from datetime import datetime

from django.conf import settings

from catalog.domain.keys import decode
from catalog.models import SiteKey
from catalog.orders import ReportRefused, read_instant
from governance.ledger import witnesses
from governance.ledger.cosignature import Witness, witness_name


def witness_keys(at: datetime) -> dict[str, list[Witness]]:
    """The keys that each active establishment may cosign with at ``at``; one query."""
    found = defaultdict(list)
    keys = SiteKey.objects.valid(at).filter(establishment__active=True)
    for key in keys.order_by("establishment__position", "establishment", "since"):
        found[key.establishment_id].append(_witness(key))
    return dict(found)


def hear(report: dict, *, at: datetime) -> None:
    """Keep what a verified report of kind ``witness`` says. Raises ReportRefused."""
    keys = SiteKey.objects.filter(establishment=report["site"]).valid(at)
    try:
        witnesses.record(
            report["body"],
            establishment=report["site"],
            witnesses=[_witness(key) for key in keys],
            said_at=read_instant(report["at"]),
            at=at,
        )
    except witnesses.StatementRefused as refused:
        raise ReportRefused(refused.reason) from refused


def _witness(key: SiteKey) -> Witness:
    name = witness_name(settings.LEDGER_ORIGIN, key.establishment_id)
    return Witness(name, decode(key.public_key).public_bytes_raw())
