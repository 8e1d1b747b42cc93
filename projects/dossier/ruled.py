"""The limits of an answer that an article sets: read from the charter, never written twice.

A page announces those in force today. What is refused before the article judges is only what no
version of the charter accepts: a request is judged under the version of its deposit.
"""

from dataclasses import dataclass

from django.utils import timezone

from governance.charters import find_clause, load_charter, versions, versions_in_force
from governance.charters.facts import today
from governance.charters.versions import is_local

Limits = tuple[int | None, int | None]


@dataclass(frozen=True)
class Rule:
    """A clause of a charter, and the names of its parameters that are the ``least`` and the
    ``most`` of an answer; empty where it has none."""

    charter: str
    clause: str
    least: str = ""
    most: str = ""

    def announced(self, otherwise: Limits) -> Limits:
        """The limits in force today; ``otherwise`` those that the clause does not set."""
        in_force = versions_in_force(today(timezone.now())).get(self.charter)
        return self._of(in_force, otherwise) if in_force else otherwise

    def accepted(self, otherwise: Limits) -> Limits:
        """The widest limits of the network's versions, whatever the day."""
        known = [v for v in versions(self.charter) if not is_local(v)]
        leasts, mosts = zip(*(self._of(each, otherwise) for each in known), strict=True)
        return (
            None if None in leasts else min(leasts),
            None if None in mosts else max(mosts),
        )

    def _of(self, version: str, otherwise: Limits) -> Limits:
        try:
            values = find_clause(self.clause, [load_charter(self.charter, version)]).values
        except KeyError:
            return otherwise
        return values.get(self.least, otherwise[0]), values.get(self.most, otherwise[1])
