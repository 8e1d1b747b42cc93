"""How long things last in fact, read from the clocks (`Deadline`), beside what was promised.

One case counts once for each clock: its segments are added, since a return stops the clock and a
resubmission starts it again. What is still open is censored (Kaplan-Meier): a case that has waited
forty days says that forty days are not always enough, not that they were. Under LEAST cases that
came to their end, no figure is made at all (C-09).
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from governance.disclosure import LEAST
from governance.estimates import HALF, NINE_IN_TEN, curve, quantile
from governance.process.shape import Process

_BY_DAYS = """
    SELECT clock, days, open, count(*)
    FROM (
        SELECT split_part(d.subject, ':', 1) || ':' || split_part(d.subject, ':', 2) AS clock,
               floor(sum(extract(epoch FROM coalesce(d.stopped_at, %(at)s) - d.started_at))
                     / 86400)::integer AS days,
               bool_or(d.stopped_at IS NULL
                       OR c.state = 'completion' AND d.subject = 'state:' || c.origins[
                           array_length(c.origins, 1)]
                       OR c.state = 'preparation' AND t.kind = 'opinion' AND t.status = 'reserved'
                       ) AS open
        FROM governance_deadline d JOIN governance_case c ON c.id = d.case_id
        LEFT JOIN governance_track t ON t.id = d.track_id
        WHERE c.process = %(process)s AND d.started_at <= %(at)s
        GROUP BY d.case_id, d.subject
    ) each_case
    GROUP BY clock, days, open
"""
"""A case in `completion` will come back to the last of its origins: its clock there is not over.
Nor is that of reservations while an answer to one is waited for."""


@dataclass(frozen=True)
class Measured:
    """One clock. ``half`` and ``nine_in_ten`` are days, None where too few of the cases came to
    their end for it to be known; all are None under LEAST ended cases."""

    ended: int | None
    half: int | None
    nine_in_ten: int | None

    @property
    def known(self) -> bool:
        return self.ended is not None


UNKNOWN = Measured(None, None, None)


def measured(process: Process, *, at: datetime) -> dict[str, Measured]:
    """Clock (``state:admissibility``, ``track:site``) → how long it lasts in fact. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_DAYS, {"at": at, "process": process.code})
        rows = cursor.fetchall()
    ends: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for clock, days, still_open, number in rows:
        ends[clock][max(0, days)][bool(still_open)] += number
    return {clock: summary(by_days) for clock, by_days in ends.items()}


def summary(by_days: dict[int, list[int]]) -> Measured:
    """What is told of ``by_days``: days → [cases that ended, cases still open]."""
    ended = sum(done for done, _open in by_days.values())
    if ended < LEAST:
        return UNKNOWN
    points = curve({days: (done, still) for days, (done, still) in by_days.items()})
    return Measured(ended, *(quantile(points, share).days for share in (HALF, NINE_IN_TEN)))
