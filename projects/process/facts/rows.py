"""The rows of one request, each kind read when a fact needs it."""

from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from catalog.queries.objections import PROMISED
from governance.charters import load_charters
from governance.charters.facts import months_later, today
from governance.models import Case, Participation
from governance.models.case import Track
from projects.domain.reservations import of_opinion
from projects.models import Certificate, Evidence, Extraction, Request
from projects.process.facts.batch import Batch

CORRECTED_WITHIN = 1
"""Months, from the day on which a site found somebody who objected in a copy that it delivered."""


class Rows:
    """The rows of one request, each kind read when a fact needs it, in one query whatever their
    number; for all the requests of its `batch` when it is read among others."""

    def __init__(self, case: Case, at: datetime, batch: Batch | None = None):
        self.case, self.at = case, at
        self.batch = batch or Batch([case], at)

    @cached_property
    def request(self) -> Request:
        return self.batch.requests[self.case.pk]

    @cached_property
    def answers(self) -> dict[str, dict]:
        return self.batch.answers[self.case.pk]

    @cached_property
    def variables(self) -> list:
        return self._of_request("asked_variables")

    @cached_property
    def asked_sites(self) -> list:
        return self._of_request("asked_sites")

    @cached_property
    def results(self) -> list:
        return self._of_request("results")

    @cached_property
    def legal_persons(self) -> list:
        return self._of_request("legal_persons")

    @cached_property
    def attachments(self) -> list:
        """The documents that are there still."""
        return self._of_request("attachments")

    @cached_property
    def open_points(self) -> list:
        return self._of_request("points")

    def _of_request(self, name: str) -> list:
        self.batch.of_requests(name)
        return list(getattr(self.request, name).all())

    @cached_property
    def tracks(self) -> list[Track]:
        return self.batch.tracks[self.case.pk]

    @cached_property
    def records(self) -> list:
        return self.batch.records[self.case.pk]

    @cached_property
    def people(self) -> list[Participation]:
        return self.batch.people[self.case.pk]

    @cached_property
    def decisions(self) -> list:
        return self.batch.decisions[self.case.pk]

    @cached_property
    def reservations(self) -> list:
        return list(of_opinion(self.case))

    @cached_property
    def clocks(self) -> list:
        return self.batch.clocks[self.case.pk]

    @property
    def left_unchecked(self) -> bool:
        """Whether something left its working spaces without the checks that it asked."""
        return self.case.pk in self.batch.left_unchecked

    @property
    def evidence(self) -> dict[int, list[Evidence]]:
        return self.batch.evidence

    @property
    def extractions(self) -> dict[int, list[Extraction]]:
        return self.batch.extractions

    @property
    def certificates(self) -> dict[int, list[Certificate]]:
        return self.batch.certificates

    @cached_property
    def in_default(self) -> bool:
        """Whether who holds the request has one closed in default."""
        held = [p for p in self.people if p.part == Participation.Part.HOLDER and not p.until]
        holders = {p.person_id for p in held}
        return bool(holders & self.batch.in_default)

    def described(self, site: str) -> list[dict]:
        """The catalogue's records of what is asked of an establishment."""
        categories = {v.variable.category_id for v in self.variables}
        found = [r for c in categories for r in self.batch.described.get((site, c), [])]
        return sorted(found, key=lambda record: record["dataset"])

    @cached_property
    def sites_let_in(self) -> set[str]:
        """The establishments that an accepted amendment brings in."""
        accepted = self.case.children.filter(amendment__kind="site", state="accepted")
        return set(accepted.values_list("amendment__change__site", flat=True))

    def decisions_on(self, track: Track) -> list:
        """The decisions that moved `track`, the oldest first."""
        return [d for d in self.decisions if d.track_id == track.pk]

    def objections_to_apply(self, track: Track | None, site: str) -> int:
        """How many objections wait to be applied at `site`: past the charter's delay or, where a
        copy waits to be opened, at once. Those that a copy delivered still ignores are of them: at
        once before it opens, after a month once it is open (GDPR, art. 12.3)."""
        if track is None or track.status not in Track.HELD:
            return self.late_objections(site)
        found = (self.batch.corrections_waiting.get(e.order_id) for e in self.extractions[track.pk])
        ignored = [each for each in found if each is not None]
        if track.status == "delivered":
            late = self.batch.late_objections(timedelta()).get(site, 0)
        else:
            late = self.late_objections(site)
            ignored = [(n, since) for n, since in ignored if self._past_a_month(since)]
        return late + sum(persons for persons, _since in ignored)

    def late_objections(self, site: str) -> int:
        """How many objections wait at `site` since longer than the charter's delay."""
        return self.batch.late_objections(self._applied_within).get(site, 0)

    def _past_a_month(self, since: datetime) -> bool:
        return today(self.at) > months_later(today(since), CORRECTED_WITHIN)

    @property
    def _applied_within(self) -> timedelta:
        for charter in load_charters(self.case.charters):
            for clause in charter.clauses:
                if clause.code == "C-03d":
                    return timedelta(hours=clause.values["applied_within"])
        return PROMISED

    @property
    def waiting_findings(self) -> dict[str, dict]:
        """The anomalies that users reported and that wait for an answer, by establishment."""
        return self.batch.waiting_findings

    @property
    def corrections_pending(self) -> dict[UUID, int]:
        """By delivery (its order), how many persons objected since and wait for a decision."""
        return self.batch.corrections_pending

    def last_extraction(self, track: Track | None):
        """The last extraction launched at the site of `track`."""
        return next(iter(self.extractions[track.pk]), None) if track else None
