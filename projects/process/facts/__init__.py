"""The facts of a request, as the charters read them: flags, numbers, codes and dates, no words.

The schema is `governance.charters.facts`. A constant number of queries, whatever the request.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from governance.charters.later import Later
from governance.models import Case, Participation, Track
from governance.process.registry import Asked
from projects.process.facts.batch import Batch
from projects.process.facts.people import Commitments, about_members
from projects.process.facts.procedure import about_item, about_procedure, about_results, about_track
from projects.process.facts.request import about_request
from projects.process.facts.rows import Rows
from projects.process.facts.sites import about_sites
from projects.process.facts.values import length_of


class RequestFacts:
    """What gives the facts of the request of `case` at the aware instant `at`, for any step asked,
    with what that step would add. Each fact is read when a clause asks for it, once; pages share
    the `rows` that were read."""

    def __init__(self, case: Case, at: datetime, batch: Batch | None = None):
        self.rows = Rows(case, at, batch)
        self._known = _read(self.rows)

    @property
    def tracks(self) -> list[Track]:
        """The tracks of the case, read once for the facts and for who asks about steps."""
        return self.rows.tracks

    def __call__(self, asked: Asked) -> dict:
        return _with(self._known, asked, self.rows)


def request_facts(case: Case, at: datetime) -> RequestFacts:
    """The facts of the request of `case` at the aware instant `at`."""
    return RequestFacts(case, at)


def facts_of_many(cases: Iterable[Case], at: datetime) -> dict[UUID, RequestFacts]:
    """The facts of many requests at `at`, by case: what one reads is read for all, at once."""
    batch = Batch(cases, at)
    return {pk: RequestFacts(case, at, batch) for pk, case in batch.cases.items()}


def facts_of_deadlines(facts_for: RequestFacts, facts: Later) -> Later:
    """The facts of a request with, of each establishment, the objections that wait past the delay:
    a step counts them sooner where a copy waits to be opened."""
    rows = facts_for.rows

    def in_time(slug: str, site: Later) -> Later:
        late = {"overdue": rows.late_objections(slug)}
        return site.but(objection=lambda: site["objection"] | late)

    return facts.but(
        sites=lambda: {slug: in_time(slug, site) for slug, site in facts["sites"].items()}
    )


def _read(rows: Rows) -> Later:
    return Later(
        {
            "schema": lambda: 1,
            "request": lambda: about_request(rows),
            "sites": lambda: about_sites(rows),
            "members": lambda: about_members(
                rows.people, rows.records, rows.at, rows.case.lead_id, rows.batch.commitments
            ),
            "results": lambda: about_results(
                rows.results, getattr(rows.request, "access_period", None)
            ),
            "item": lambda: about_item(rows),
            "findings": lambda: {
                r.data["article"]: r.data["finding"] for r in rows.records if r.kind == "finding"
            },
            "process": lambda: about_procedure(rows),
        }
    )


def _with(known: Later, asked: Asked, rows: Rows) -> Later:
    """`known` with the flags of the track that moves and what the step's form says."""
    flags = about_track(asked.track, rows)
    facts = known.but(process=lambda: known["process"].but(**flags))
    said = asked.details
    match asked.step.code:
        case "admit":
            facts |= {"findings": facts["findings"] | said.get("findings", {})}
        case "qualify" if said:
            route = facts["request"]["route"] | {
                "set_qualification": said["qualification"],
                "set_formality": said["formality"],
                "differs_reason_length": said["differs_reason_length"],
            }
            facts |= {"request": facts["request"] | {"route": route}}
        case "close" | "mend":
            # The closure itself publishes the summary, in the same transaction.
            plain = facts["request"]["plain_results"] | {"published": True}
            facts |= {"request": facts["request"] | {"plain_results": plain}}
        case "authorise" if "months" in said:
            access = facts["request"]["access"] | {"months": said["months"]}
            facts |= {"request": facts["request"] | {"access": access}}
        case "agree_with_limits" | "decline" if said:
            slug = asked.track.key
            agreement = {
                "answer": "declined" if asked.step.code == "decline" else "agreed_with_limits",
                "delegated": True,
                "reason_length": length_of(asked.reason),
                "articles": sorted(asked.articles),
                **{name: said[name] for name in ("ground", "ready_on") if name in said},
            }
            site = facts["sites"][slug] | {"agreement": agreement}
            facts |= {"sites": facts["sites"] | {slug: site}}
    return facts


def member_facts(case: Case, at: datetime) -> dict:
    """What the clauses about members read, alone: the same facts as a step's, in fewer queries."""
    people = list(case.participations.valid(at).select_related("person"))
    records = list(case.records.filter(kind="breach"))
    return {"schema": 1, "members": about_members(people, records, at, case.lead_id)}


def person_facts(of: RequestFacts, person, known: Commitments) -> dict:
    """The same of one person who would become a member of the request whose facts are `of`."""
    would_be = Participation(case=of.rows.case, person=person, part=Participation.Part.MEMBER)
    return about_members([would_be], of.rows.records, of.rows.at, of.rows.case.lead_id, known)
