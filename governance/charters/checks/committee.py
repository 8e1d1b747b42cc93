"""C-05, U-15, U-16: an independent committee recorded a reasoned finding."""

from governance.charters.facts import code, flag, group, number
from governance.charters.registry import check
from governance.charters.verdict import Outcome, fails, lacks, satisfied

CHAIR = "committee"


@check(1, delegated_routes="codes")
def opinion_independent(facts, at, parameters) -> Outcome:
    """C-05. In session: the quorum of this item with a representative of patients and the other
    seats that the rules of the body ask for, every member present declared, those in conflict out.
    Facts that say nothing of other seats are those of a body that asks for none. Delegated
    to the chair: a standing delegation, a route of ``delegated_routes``, every article satisfied,
    and no conflict of the chair."""
    item = group(facts, "item")
    mode = code(item, "mode")
    if mode not in ("session", "delegated"):
        return lacks("item.mode", mender=CHAIR)
    undeclared, staying = number(item, "undeclared"), number(item, "conflicted_present")
    missing = []
    if undeclared is None or undeclared > 0:
        missing.append("item.declarations")
    if staying is None:
        missing.append("item.conflicts")
    if mode == "session":
        present, required = number(item, "present"), number(item, "required")
        if present is None or not required:
            missing.append("item.quorum")
        if missing:
            return lacks(*missing, mender=CHAIR)
        if staying:
            return fails("conflict_in_the_room", mender=CHAIR, count=staying)
        if present < required:
            return fails("no_quorum", mender=CHAIR, present=present, required=required)
        if not flag(item, "patient_representative_present"):
            return fails("no_patient_representative", mender=CHAIR)
        empty = number(item, "seats_missing") or 0
        if empty > 0:
            return fails("seats_missing", mender=CHAIR, count=empty)
        return satisfied(mode=mode)
    if not flag(item, "standing_delegation"):
        missing.append("item.standing_delegation")
    if missing:
        return lacks(*missing, mender=CHAIR)
    if staying:
        return fails("conflict_of_the_chair", mender=CHAIR)
    if code(facts, "request", "route", "set_qualification") not in parameters["delegated_routes"]:
        return fails("route_not_delegated", mender=CHAIR)
    if not flag(item, "every_article_satisfied"):
        return fails("article_not_satisfied_for_delegation", mender=CHAIR)
    return satisfied(mode=mode)


def _finding(facts, article: str, least_reason: int) -> Outcome:
    found = group(facts, "item", "findings", article)
    finding = code(found, "finding")
    missing = []
    if finding not in ("satisfied", "not_satisfied"):
        missing.append(f"item.findings.{article}")
    elif (number(found, "reason_length") or 0) < least_reason:
        missing.append(f"item.findings.{article}.reason")
    if missing:
        return lacks(*missing, mender=CHAIR)
    if not flag(found, "by_voter"):
        return fails("finding_not_by_voter", mender=CHAIR)
    if flag(found, "conflict") is not False:
        return fails("finding_in_conflict", mender=CHAIR)
    return Outcome(True, f"finding_{finding}")


@check(1, least_reason="integer")
def science_found(facts, at, parameters) -> Outcome:
    """U-15. A voter without conflict recorded, with reasons, that the science is sound or not:
    the finding is theirs, either satisfies the clause."""
    return _finding(facts, "U-15", parameters["least_reason"])


@check(1, least_reason="integer")
def ethics_found(facts, at, parameters) -> Outcome:
    """U-16. The same for the risks to persons and groups."""
    return _finding(facts, "U-16", parameters["least_reason"])
