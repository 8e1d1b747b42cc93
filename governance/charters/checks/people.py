"""U-01, U-06, U-08: who carries the request, and whether each member is in order."""

from governance.charters.facts import (
    at_path,
    code,
    day,
    flag,
    group,
    listed,
    months_later,
    today,
)
from governance.charters.registry import check
from governance.charters.verdict import Outcome, fails, lacks, satisfied, waits

#: Qualifications under which the law asks for a sponsor (promoteur), CSP L.1121-1.
SPONSORED = ("CTR", "DEVICE", "RIPH1", "RIPH2", "RIPH3")


def _status(facts) -> Outcome | None:
    """What the holder's status asks, None when it is in order."""
    holder = group(facts, "request", "holder")
    status = code(holder, "status")
    if status == "research_staff":
        return waits("writer_cannot_hold", mender="holder", section="team")
    if status == "trainee":
        if flag(holder, "senior_director"):
            return None
        return waits("trainee_without_director", mender="holder", section="team")
    if status == "senior" and flag(holder, "in_network"):
        return None
    if not flag(holder, "local_referent"):
        return waits("no_local_referent", mender="holder", section="team")
    if not flag(holder, "local_referent_cosigned"):
        return waits("referent_has_not_cosigned", mender="local_referent", section="team")
    return None


def _persons_missing(facts) -> list[str]:
    persons = listed(facts, "request", "legal_persons") or []
    parts = [code(each, "part") for each in persons]
    missing = []
    if "controller" not in parts and parts.count("joint_controller") < 2:
        missing.append("legal_persons.controller")
    qualification = code(facts, "request", "route", "set_qualification") or code(
        facts, "request", "route", "computed_qualification"
    )
    if qualification in SPONSORED and "sponsor" not in parts:
        missing.append("legal_persons.sponsor")
    if persons and not all(flag(each, "dpo_named") for each in persons):
        missing.append("legal_persons.dpo")
    return missing


@check(1, reserve_for="codes")
def holder_identified(facts, at, parameters) -> Outcome:
    """U-01. What is not named lacks; a status out of the rule waits for a person's finding when
    its key is one of ``reserve_for``, and is not satisfied otherwise."""
    holder = group(facts, "request", "holder")
    missing = [] if code(holder, "status") else ["holder.status"]
    if flag(holder, "in_network") is None:
        missing.append("holder.in_network")
    missing += _persons_missing(facts)
    if missing:
        return lacks(*missing, section="team")
    status = _status(facts)
    if status is None:
        return satisfied()
    finding = at_path(facts, "findings", "U-01")
    if finding == "satisfied":
        return Outcome(True, "found_satisfied", {"ground": status.key})
    if finding == "not_satisfied" or status.key not in parameters["reserve_for"]:
        return Outcome(False, status.key, status.values, (), status.mender)
    return status


@check(1, keyed=True, training_valid="integer")
def member_in_order(facts, at, parameters, ref) -> Outcome:
    """U-06. The charter signed in its version in force, and a training neither expired nor older
    than ``training_valid`` months."""
    member = group(facts, "members", ref)
    signed, asked = code(member, "charter_signed"), code(member, "charter_in_force")
    obtained = day(member, "training_obtained_on")
    missing = []
    if signed is None or asked is None:
        missing.append("member.charter")
    if obtained is None:
        missing.append("member.training")
    if missing:
        return lacks(*missing, mender="member")
    if signed != asked:
        return fails("charter_to_sign_again", mender="member", signed=signed, asked=asked)
    ends = months_later(obtained, parameters["training_valid"])
    stated = day(member, "training_expires_on")
    if stated is not None:
        ends = min(ends, stated)
    if obtained > today(at):
        return fails("training_not_begun", mender="member", on=obtained.isoformat())
    if ends < today(at):
        return fails("training_expired", mender="member", on=ends.isoformat())
    return satisfied(until=ends.isoformat())


@check(1, keyed=True)
def no_reidentification(facts, at, parameters, ref) -> Outcome:
    """U-08. The commitment is signed, and no breach is open."""
    member = group(facts, "members", ref)
    missing = []
    if not flag(member, "no_reidentification_signed"):
        missing.append("member.no_reidentification")
    if flag(member, "breach_open") is None:
        missing.append("member.breach")
    if missing:
        return lacks(*missing, mender="member")
    if flag(member, "breach_open"):
        return fails("breach_open", mender="dpo")
    return satisfied()
