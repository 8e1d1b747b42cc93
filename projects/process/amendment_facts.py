"""What an amendment touches, judged: the articles of its kind and no other, as if it were applied.

The facts are the request's own, changed as the amendment says; the charters are those of the
amendment's case, in force the day it was proposed.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from governance.charters import Verdict, judge, load_charter, versions_in_force
from governance.charters.facts import months_later, today
from governance.charters.judging import find_clause
from governance.models import Case
from governance.process.registry import Asked
from governance.process.table import APPEAL_DELAY, REQUEST
from projects.domain.people import people_of
from projects.models import Amendment
from projects.process.facts import RequestFacts, facts_of_many, person_facts
from projects.process.facts.people import Commitments

TOUCHED = {
    Amendment.Kind.PERIOD: ("U-10",),
    Amendment.Kind.MEMBER: ("U-06", "U-08"),
    Amendment.Kind.HOLDER: ("U-01", "U-06", "U-08"),
    Amendment.Kind.SITE: ("P-01", "P-02", "P-13"),
    Amendment.Kind.LINKAGE: ("U-04", "U-07a"),
}
"""The clauses that a change of each kind touches."""


def touched(amendment: Amendment) -> tuple[str, ...]:
    """The clauses that a change touches. A member who leaves touches none."""
    return () if amendment.change.get("act") == "leave" else TOUCHED[amendment.kind]


def judged(amendment: Amendment, at: datetime) -> list[Verdict]:
    """One verdict a clause touched."""
    return _judged(amendment, _facts_each([amendment], at)[amendment.pk], at)


def _judged(amendment: Amendment, facts: Mapping, at: datetime) -> list[Verdict]:
    change, loaded = amendment.change, _charters(amendment.case, at)
    verdicts = []
    for clause in (find_clause(code, loaded) for code in touched(amendment)):
        keys = {"site": [change.get("site")], "member": [change.get("person")]}.get(clause.subject)
        verdicts += judge([clause], facts, at, keys)
    return verdicts


def _charters(case: Case, at: datetime) -> list:
    versions = case.charters or versions_in_force(today(at))
    return [load_charter(code, version) for code, version in sorted(versions.items())]


def _facts_each(amendments: Collection[Amendment], at: datetime) -> dict[UUID, Mapping]:
    """Of each amendment, the facts of its request as they would be. What one costs in queries is
    what many cost."""
    parents = facts_of_many([each.request.case for each in amendments], at)
    entering = people_of(each.change["person"] for each in amendments if "person" in each.change)
    known = Commitments({person.pk for person in entering.values()}, at)
    return {
        each.pk: _changed(
            each, parents[each.request_id], lambda ref, of: person_facts(of, entering[ref], known)
        )
        for each in amendments
    }


def _changed(amendment: Amendment, known: RequestFacts, entering: Callable) -> Mapping:
    """The request's facts as they would be."""
    change, rule = amendment.change, REQUEST.step("authorise")
    facts = known(Asked(known.rows.case, rule, rule.outcomes[0]))
    request = facts["request"]
    match amendment.kind:
        case Amendment.Kind.PERIOD:
            access = request["access"] | {"months": change["months"]}
            if "starts_on" in access:
                start = date.fromisoformat(access["starts_on"])
                access["ends_on"] = months_later(start, change["months"]).isoformat()
            facts = facts | {"request": request | {"access": access}}
        case Amendment.Kind.MEMBER | Amendment.Kind.HOLDER:
            facts = facts | {"members": facts["members"] | entering(change["person"], known)}
    if amendment.kind == Amendment.Kind.HOLDER:
        holder = request["holder"] | {
            "status": change["status"],
            "in_network": change["in_network"],
        }
        facts = facts | {"request": request | {"holder": holder}}
    return facts


def facts_of_amendments(cases: Iterable[Case], at: datetime) -> dict[UUID, Callable]:
    """What the engine reads of amendments, by case: the facts judged, whether the change holds, and
    whether its refusal can still be appealed."""
    cases = {case.pk: case for case in cases}
    amendments = list(Amendment.objects.select_related("request__case").filter(case__in=cases))
    for each in amendments:
        each.case = cases[each.pk]
    known = _facts_each(amendments, at)
    return {each.pk: _said(each, known[each.pk], at) for each in amendments}


def _said(amendment: Amendment, facts: Mapping, at: datetime) -> Callable[[Asked], dict]:
    in_order = all(v.holds is True for v in _judged(amendment, facts, at))
    until = months_later(today(amendment.case.state_since), APPEAL_DELAY.number)
    facts |= {"process": {"change_in_order": in_order, "appealed_in_time": today(at) <= until}}
    return lambda asked: _with_count(facts, asked)


def amendment_facts(case: Case, at: datetime) -> Callable[[Asked], dict]:
    """The same of one amendment."""
    return facts_of_amendments([case], at)[case.pk]


def _with_count(facts: dict, asked: Asked) -> dict:
    """`facts` with what an establishment called in says that it counted."""
    if asked.step.code != "state_feasibility" or not asked.details:
        return facts
    slug = asked.track.key
    site = facts["sites"][slug] | {"feasibility": dict(asked.details)}
    return facts | {"sites": facts["sites"] | {slug: site}}
