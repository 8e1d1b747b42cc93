"""The rows of one request, each kind read when a fact needs it."""

from collections import defaultdict
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from catalog.queries import dataset_records
from catalog.queries_findings import waiting_by_site
from catalog.queries_objections import PROMISED, corrections_by_delivery, late_by_site
from governance.charters import load_charters
from governance.models import (
    Case,
    Participation,
)
from governance.models.case import Track
from projects.models import Certificate, Evidence, Extraction, Request


class Rows:
    """The rows of one request, each kind read when a fact needs it, in one query whatever their
    number."""

    def __init__(self, case: Case, at: datetime):
        self.case, self.at = case, at
        self._described: dict[str, list] | None = None

    @cached_property
    def request(self) -> Request:
        return Request.objects.select_related(
            "organisation", "qualification", "access_period", "plain_results"
        ).get(case=self.case)

    @cached_property
    def answers(self) -> dict[str, dict]:
        return {s.code: s.answers for s in self.request.sections.all()}

    @cached_property
    def variables(self) -> list:
        return list(self.request.asked_variables.select_related("variable"))

    @cached_property
    def asked_sites(self) -> list:
        asked = self.request.asked_sites.select_related("establishment__warehouse")
        return list(asked)

    @cached_property
    def results(self) -> list:
        return list(self.request.results.all())

    @cached_property
    def tracks(self) -> list[Track]:
        return list(self.case.tracks.select_related("establishment__warehouse"))

    @cached_property
    def records(self) -> list:
        return list(self.case.records.all())

    @cached_property
    def people(self) -> list[Participation]:
        return list(self.case.participations.valid(self.at).select_related("person"))

    @cached_property
    def decisions(self) -> list:
        return list(self.case.decisions.order_by("index"))

    @cached_property
    def clocks(self) -> list:
        return list(self.case.deadlines.running())

    @cached_property
    def evidence(self) -> dict[int, list]:
        return self._by_track(Evidence.objects.all())

    @cached_property
    def extractions(self) -> dict[int, list]:
        return self._by_track(Extraction.objects.all())

    @cached_property
    def certificates(self) -> dict[int, list]:
        return self._by_track(Certificate.objects.all())

    def _by_track(self, rows) -> dict[int, list]:
        found = defaultdict(list)
        for row in rows.filter(track__case=self.case):
            found[row.track_id].append(row)
        return found

    def described(self, asked: list[str]) -> dict[str, list]:
        """The catalogue records of what is asked, by establishment."""
        if self._described is None:
            codes = [v.variable_id for v in self.variables]
            self._described = dataset_records(codes, asked)
        return self._described

    @cached_property
    def sites_let_in(self) -> set[str]:
        """The establishments that an accepted amendment brings in."""
        accepted = self.case.children.filter(amendment__kind="site", state="accepted")
        return set(accepted.values_list("amendment__change__site", flat=True))

    def decisions_on(self, track: Track) -> list:
        """The decisions that moved `track`, the oldest first."""
        return [d for d in self.decisions if d.track_id == track.pk]

    @cached_property
    def late_objections(self) -> dict[str, int]:
        """How many objections wait, past the charter's delay, for each establishment."""
        return late_by_site(at=self.at, delay=self._applied_within)

    @cached_property
    def unanswered_objections(self) -> dict[str, int]:
        """How many objections each establishment has not answered yet, late or not."""
        return late_by_site(at=self.at, delay=timedelta())

    def objections_to_apply(self, track: Track | None, site: str) -> int:
        """How many objections wait to be applied at `site`: past the charter's delay or, where a
        copy waits to be opened, at once, those that the copy delivered still ignores included."""
        if track is None or track.status != "delivered":
            return self.late_objections.get(site, 0)
        ignored = sum(
            self.corrections_pending.get(each.order_id, 0) for each in self.extractions[track.pk]
        )
        return self.unanswered_objections.get(site, 0) + ignored

    @property
    def _applied_within(self) -> timedelta:
        for charter in load_charters(self.case.charters):
            for clause in charter.clauses:
                if clause.code == "C-03d":
                    return timedelta(hours=clause.values["applied_within"])
        return PROMISED

    @cached_property
    def waiting_findings(self) -> dict[str, dict]:
        """The anomalies that users reported and that wait for an answer, by establishment."""
        return waiting_by_site()

    @cached_property
    def corrections_pending(self) -> dict[UUID, int]:
        """By delivery (its order), how many persons objected since and wait for a decision."""
        return corrections_by_delivery(
            [each.order_id for found in self.extractions.values() for each in found]
        )

    def last_extraction(self, track: Track | None):
        """The last extraction launched at the site of `track`."""
        return next(iter(self.extractions[track.pk]), None) if track else None
