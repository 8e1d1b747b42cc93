"""What an amendment touches, judged: the articles of its kind and no other, as if it were applied.

The facts are the request's own, changed as the amendment says; the charters are those of the
amendment's case, in force the day it was proposed.
"""

from collections.abc import Callable
from datetime import date, datetime

from governance.charters import Verdict, judge, load_charter, versions_in_force
from governance.charters.facts import months_later, today
from governance.charters.judging import find_clause
from governance.models import Case
from governance.process.registry import Asked
from governance.process.table import APPEAL_DELAY, REQUEST
from projects.domain.people import person_of
from projects.models import Amendment
from projects.process.facts import person_facts, request_facts

TOUCHED = {
    Amendment.Kind.PERIOD: ("U-10",),
    Amendment.Kind.MEMBER: ("U-06", "U-08"),
    Amendment.Kind.HOLDER: ("U-01", "U-06", "U-08"),
    Amendment.Kind.SITE: ("P-01", "P-02", "P-13"),
    Amendment.Kind.LINKAGE: ("U-04", "U-07a"),
}
"""The clauses that a change of each kind touches."""


def judged(amendment: Amendment, at: datetime) -> list[Verdict]:
    """One verdict a clause touched. A member who leaves touches none."""
    facts = _changed(amendment, at)
    change = amendment.change
    if amendment.kind == Amendment.Kind.MEMBER and change["act"] == "leave":
        return []
    loaded = _charters(amendment.case, at)
    clauses = [find_clause(code, loaded) for code in TOUCHED[amendment.kind]]
    verdicts = []
    for clause in clauses:
        keys = {"site": [change.get("site")], "member": [change.get("person")]}.get(clause.subject)
        verdicts += judge([clause], facts, at, keys)
    return verdicts


def _charters(case: Case, at: datetime) -> list:
    versions = case.charters or versions_in_force(today(at))
    return [load_charter(code, version) for code, version in sorted(versions.items())]


def _changed(amendment: Amendment, at: datetime) -> dict:
    """The request's facts as they would be."""
    parent, change = amendment.request.case, amendment.change
    rule = REQUEST.step("authorise")
    facts = request_facts(parent, at)(Asked(parent, rule, rule.outcomes[0]))
    request = facts["request"]
    match amendment.kind:
        case Amendment.Kind.PERIOD:
            access = request["access"] | {"months": change["months"]}
            if "starts_on" in access:
                start = date.fromisoformat(access["starts_on"])
                access["ends_on"] = months_later(start, change["months"]).isoformat()
            facts = facts | {"request": request | {"access": access}}
        case Amendment.Kind.MEMBER | Amendment.Kind.HOLDER:
            entering = person_facts(parent, person_of(change["person"]), at)
            facts = facts | {"members": facts["members"] | entering}
    if amendment.kind == Amendment.Kind.HOLDER:
        holder = request["holder"] | {
            "status": change["status"],
            "in_network": change["in_network"],
        }
        facts = facts | {"request": request | {"holder": holder}}
    return facts


def amendment_facts(case: Case, at: datetime) -> Callable[[Asked], dict]:
    """What the engine reads of an amendment: the facts judged, whether the change holds, and
    whether its refusal can still be appealed."""
    amendment = Amendment.objects.select_related("request__case", "case").get(case=case)
    facts = _changed(amendment, at)
    in_order = all(v.holds is True for v in judged(amendment, at))
    appealed_in_time = today(at) <= months_later(today(case.state_since), APPEAL_DELAY.number)
    facts |= {"process": {"change_in_order": in_order, "appealed_in_time": appealed_in_time}}
    return lambda asked: _with_count(facts, asked)


def _with_count(facts: dict, asked: Asked) -> dict:
    """`facts` with what an establishment called in says that it counted."""
    if asked.step.code != "state_feasibility" or not asked.details:
        return facts
    slug = asked.track.key
    site = facts["sites"][slug] | {"feasibility": dict(asked.details)}
    return facts | {"sites": facts["sites"] | {slug: site}}
