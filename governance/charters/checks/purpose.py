"""U-02 to U-05: why, for whose benefit, with how little data, by which protocol."""

from governance.charters.facts import at_path, code, codes, day, flag, group, listed, number
from governance.charters.registry import check
from governance.charters.verdict import Outcome, fails, lacks, satisfied, waits


@check(1, permitted="codes", prohibited="codes")
def purpose_permitted(facts, at, parameters) -> Outcome:
    """U-02. A purpose of the permitted list and none of the prohibited; otherwise a person must
    give a finding: the machine alone turns nobody away."""
    purpose = group(facts, "request", "purpose")
    stated, prohibited = code(purpose, "code"), codes(purpose, "prohibited")
    missing = []
    if stated is None:
        missing.append("purpose.code")
    if prohibited is None:
        missing.append("purpose.prohibited")
    if missing:
        return lacks(*missing, section="purpose")
    declared = sorted(set(prohibited))
    if declared:
        asked = waits("purpose_prohibited", section="purpose", prohibited=declared)
    elif stated not in parameters["permitted"]:
        asked = waits("purpose_not_listed", section="purpose", purpose=stated)
    else:
        return satisfied()
    finding = at_path(facts, "findings", "U-02")
    if finding == "satisfied":
        return Outcome(True, "found_satisfied", {"ground": asked.key})
    if finding == "not_satisfied":
        return Outcome(False, asked.key, asked.values, (), "holder")
    return asked


@check(1, least="integer", most="integer")
def public_interest_shown(facts, at, parameters) -> Outcome:
    """U-03. A plain-language text of ``least`` to ``most`` characters."""
    length = number(facts, "request", "public_interest_length")
    if not length:
        return lacks("public_interest", section="purpose")
    if length < parameters["least"]:
        return fails(
            "public_interest_short", section="purpose", length=length, least=parameters["least"]
        )
    if length > parameters["most"]:
        return fails(
            "public_interest_long", section="purpose", length=length, most=parameters["most"]
        )
    return satisfied()


@check(1, least_reason="integer")
def data_minimised(facts, at, parameters) -> Outcome:
    """U-04. Each variable has a reason of ``least_reason`` characters tied to an objective;
    period and population are bounded; beyond aggregates, a reason why less does not serve."""
    request = group(facts, "request")
    variables = listed(request, "variables")
    start, end = day(request, "period", "start"), day(request, "period", "end")
    kind = code(request, "delivery", "kind")
    missing = []
    if not variables and kind != "aggregates":
        missing.append("variables")
    if start is None:
        missing.append("period.start")
    if end is None:
        missing.append("period.end")
    if not flag(request, "population_bounded"):
        missing.append("population")
    if kind is None:
        missing.append("delivery.kind")
    elif (
        kind != "aggregates"
        and (number(request, "delivery", "reason_length") or 0) < (parameters["least_reason"])
    ):
        missing.append("delivery.reason")
    if missing:
        return lacks(*missing, section="data")
    if start > end:
        return fails(
            "period_reversed", section="data", start=start.isoformat(), end=end.isoformat()
        )
    bare = sorted(
        code(each, "code") or "?"
        for each in variables or []
        if (number(each, "reason_length") or 0) < parameters["least_reason"]
        or not flag(each, "objective")
    )
    if bare:
        return fails("variables_without_reason", section="data", variables=bare, count=len(bare))
    return satisfied()


@check(1)
def protocol_complete(facts, at, parameters) -> Outcome:
    """U-05. A protocol, its version, its statistical plan."""
    protocol = group(facts, "request", "protocol")
    missing = [
        f"protocol.{name}"
        for name in ("attached", "version_stated", "statistical_plan")
        if not flag(protocol, name)
    ]
    return lacks(*missing, section="protocol") if missing else satisfied()
