"""P-01, P-02, P-03, P-05, P-10, P-12, P-13: what each establishment owes before it delivers, and
to those who use what it delivered."""

from governance.charters.facts import (
    at_path,
    code,
    codes,
    day,
    flag,
    group,
    listed,
    months_later,
    number,
    today,
)
from governance.charters.registry import check
from governance.charters.verdict import Outcome, fails, lacks, satisfied

AGREED = ("agreed", "agreed_with_limits")


@check(1, keyed=True, oldest="integer")
def records_current(facts, at, parameters, slug) -> Outcome:
    """P-01. Each dataset used has a catalogue record checked within ``oldest`` months."""
    records = listed(facts, "sites", slug, "records")
    if not records:
        return lacks("site.records", mender="producer")
    stale, unchecked = [], False
    for each in records:
        checked = day(each, "checked_on")
        if checked is None:
            unchecked = True
        elif months_later(checked, parameters["oldest"]) < today(at):
            stale.append(code(each, "dataset") or "?")
    if unchecked:
        return lacks("site.records.checked_on", mender="producer")
    if stale:
        return fails(
            "records_stale", mender="producer", datasets=sorted(stale), months=parameters["oldest"]
        )
    return satisfied()


@check(1, keyed=True, threshold="integer")
def count_produced(facts, at, parameters, slug) -> Outcome:
    """P-02. The site counted, and a figure under ``threshold`` is masked. The verdict never
    carries the figure."""
    feasibility = group(facts, "sites", slug, "feasibility")
    if not flag(feasibility, "counted"):
        return lacks("site.feasibility", mender="methodologist")
    count = number(feasibility, "count")
    if count is None and not flag(feasibility, "masked"):
        return lacks("site.feasibility.count", mender="methodologist")
    if count is not None and 0 < count < parameters["threshold"]:
        return fails("count_not_masked", mender="methodologist", threshold=parameters["threshold"])
    return satisfied()


@check(1, keyed=True, delay="integer")
def site_answered_in_time(facts, at, parameters, slug) -> Outcome:
    """P-03, a deadline. An answer, or a due date not past; silence is never an agreement."""
    agreement = group(facts, "sites", slug, "agreement")
    if code(agreement, "answer") in (*AGREED, "declined"):
        return satisfied()
    due = day(agreement, "due_on")
    if due is None:
        return lacks("site.agreement.due_on", mender="delegate")
    if today(at) > due:
        return fails("site_late", mender="delegate", on=due.isoformat(), days=parameters["delay"])
    return satisfied(until=due.isoformat())


@check(1, keyed=True)
def site_agreed(facts, at, parameters, slug) -> Outcome:
    """P-05. The establishment agreed, under its own delegation."""
    agreement = group(facts, "sites", slug, "agreement")
    answer = code(agreement, "answer")
    if answer == "declined":
        return fails("site_declined", mender="holder")
    if answer not in AGREED:
        return lacks("site.agreement", mender="delegate")
    if not flag(agreement, "delegated"):
        return lacks("site.agreement.delegation", mender="delegate")
    return satisfied()


@check(1, keyed=True, delay="integer")
def findings_answered(facts, at, parameters, slug) -> Outcome:
    """P-10, a deadline. No anomaly that users reported waits past the day its answer was due."""
    findings = group(facts, "sites", slug, "findings")
    waiting = number(findings, "waiting")
    if waiting is None:
        return lacks("site.findings", mender="producer")
    if waiting <= 0:
        return satisfied()
    due = day(findings, "oldest_due_on")
    if due is None:
        return lacks("site.findings.oldest_due_on", mender="producer")
    if today(at) > due:
        return fails(
            "findings_late", mender="producer", on=due.isoformat(), days=parameters["delay"]
        )
    return satisfied(until=due.isoformat())


@check(1, keyed=True, grounds="codes", least_reason="integer")
def ground_listed(facts, at, parameters, slug) -> Outcome:
    """P-12. A decline or limits rest on one of ``grounds``, reasoned; *capacity* says from when
    the site can deliver. A decline that cites another article needs no ground of this one."""
    agreement = group(facts, "sites", slug, "agreement")
    others = [each for each in codes(agreement, "articles") or [] if each != "P-12"]
    ground = code(agreement, "ground")
    missing = []
    if ground is None and not others:
        missing.append("site.agreement.ground")
    if (number(agreement, "reason_length") or 0) < parameters["least_reason"]:
        missing.append("site.agreement.reason")
    if ground == "capacity" and day(agreement, "ready_on") is None:
        missing.append("site.agreement.ready_on")
    if missing:
        return lacks(*missing, mender="delegate")
    if ground is not None and ground not in parameters["grounds"]:
        return fails("ground_not_listed", mender="delegate", ground=ground)
    return satisfied(articles=others)


@check(1, keyed=True)
def warehouse_lawful(facts, at, parameters, slug) -> Outcome:
    """P-13. The warehouse's declaration or authorisation has a number and a past date, is not over,
    and its purposes and recipients cover this use."""
    basis = at_path(facts, "sites", slug, "warehouse")
    dated = day(basis, "dated_on")
    missing = []
    if code(basis, "kind") not in ("declaration", "authorisation"):
        missing.append("site.warehouse.kind")
    if not flag(basis, "number_stated"):
        missing.append("site.warehouse.number")
    if dated is None:
        missing.append("site.warehouse.dated_on")
    missing += [
        f"site.warehouse.{name}"
        for name in ("purposes_cover", "recipients_cover")
        if flag(basis, name) is None
    ]
    if missing:
        return lacks(*missing, mender="producer")
    if dated > today(at):
        return fails("warehouse_basis_later", mender="producer", on=dated.isoformat())
    until = day(basis, "until")
    if until is not None and until < today(at):
        return fails("warehouse_basis_over", mender="producer", on=until.isoformat())
    for name in ("purposes_cover", "recipients_cover"):
        if not flag(basis, name):
            return fails(f"warehouse_{name}_not", mender="producer")
    return satisfied()
