"""P-06 to P-09: what was found on the delivered files, before anyone opens them."""

from governance.charters.facts import code, codes, day, flag, group, months_later, number, today
from governance.charters.registry import check
from governance.charters.verdict import Outcome, fails, lacks, satisfied

ENGINEER = "data_engineer"


def _required(delivery, *names: str) -> Outcome | None:
    """None when every flag is true; otherwise what lacks, or what was found false."""
    missing = [f"delivery.{name}" for name in names if flag(delivery, name) is None]
    if missing:
        return lacks(*missing, mender=ENGINEER)
    wrong = [name for name in names if not flag(delivery, name)]
    return fails(f"{wrong[0]}_not", mender=ENGINEER) if wrong else None


@check(1, keyed=True)
def identity_protected(facts, at, parameters, slug) -> Outcome:
    """P-06. Nothing identifies beyond what the delivery kind allows."""
    delivery = group(facts, "sites", slug, "delivery")
    kind = code(delivery, "kind")
    if kind is None:
        return lacks("delivery.kind", mender=ENGINEER)
    if kind == "aggregates":
        return _required(delivery, "identifiers_absent") or satisfied()
    if kind == "pseudonymised":
        names = ["identifiers_absent", "keys_proper"]
        if not flag(delivery, "true_dates_granted"):
            names.append("dates_shifted")
        return _required(delivery, *names) or satisfied()
    if kind == "nominative_to_care_team":
        lacking = _required(delivery, "to_care_team", "logged")
        if lacking:
            return lacking
        if flag(delivery, "through_portal") is None:
            return lacks("delivery.through_portal", mender=ENGINEER)
        if flag(delivery, "through_portal"):
            return fails("nominative_through_portal", mender=ENGINEER)
        return satisfied()
    if kind == "correspondence":
        return _required(delivery, "logged") or satisfied()
    return fails("delivery_kind_unknown", mender=ENGINEER, kind=kind)


@check(1, keyed=True, lists_valid="integer", applied_within="integer")
def objections_respected(facts, at, parameters, slug) -> Outcome:
    """P-07. Objectors and persons not informed are out (or the exception was examined); both
    lists are dated, no later than today and no older than ``lists_valid`` months; deliveries
    already made were corrected or the reason not to is written."""
    delivery = group(facts, "sites", slug, "delivery")
    dates = {name: day(delivery, name) for name in ("objection_list_on", "information_list_on")}
    missing = [f"delivery.{name}" for name, date in dates.items() if date is None]
    if number(delivery, "corrections_pending") is None:
        missing.append("delivery.corrections_pending")
    if missing:
        return lacks(*missing, mender=ENGINEER)
    names = ["objectors_absent"]
    if not flag(delivery, "exception_examined"):
        names.append("not_informed_absent")
    lacking = _required(delivery, *names)
    if lacking:
        return lacking
    for date in dates.values():
        if not date <= today(at) <= months_later(date, parameters["lists_valid"]):
            return fails("lists_stale", mender=ENGINEER, on=date.isoformat())
    pending = number(delivery, "corrections_pending")
    if pending:
        return fails(
            "corrections_pending",
            mender=ENGINEER,
            count=pending,
            hours=parameters["applied_within"],
        )
    return satisfied()


@check(1, keyed=True, fields="codes")
def manifest_complete(facts, at, parameters, slug) -> Outcome:
    """P-08. The manifest has every one of ``fields`` and the site's valid signature."""
    delivery = group(facts, "sites", slug, "delivery")
    present = codes(delivery, "manifest_fields") or []
    missing = [f"manifest.{name}" for name in parameters["fields"] if name not in present]
    if not flag(delivery, "manifest_signed"):
        missing.append("manifest.signature")
    return lacks(*missing, mender=ENGINEER) if missing else satisfied()


@check(1, keyed=True)
def delivery_exact(facts, at, parameters, slug) -> Outcome:
    """P-09. Columns, period and persons are exactly those authorised."""
    delivery = group(facts, "sites", slug, "delivery")
    return _required(delivery, "columns_exact", "period_exact", "persons_exact") or satisfied()
