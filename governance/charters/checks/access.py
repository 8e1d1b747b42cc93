"""U-09, U-10, C-11: where data go, for how long, and who pays for what."""

from governance.charters.facts import code, day, flag, group, listed, months_later, number
from governance.charters.registry import check
from governance.charters.verdict import Outcome, fails, lacks, satisfied


@check(1, convention_for="codes", outside_eu_accepted="codes")
def destinations_authorised(facts, at, parameters) -> Outcome:
    """U-09. Each destination authorised, with its controller, its hosting certificate where the
    law requires one, its convention where its kind is in ``convention_for``; in the EU or a
    country of ``outside_eu_accepted``; outputs checked."""
    destinations = listed(facts, "request", "destinations")
    if not destinations:
        return lacks("destinations", section="data")
    missing: list[str] = []
    for each in destinations:
        kind = code(each, "kind")
        needs = {
            "destinations.kind": kind is not None,
            "destinations.controller": flag(each, "controller_named"),
            "destinations.hosting_required": flag(each, "hosting_certificate_required") is not None,
            "destinations.hosting_certificate": flag(each, "hosting_certificate")
            or flag(each, "hosting_certificate_required") is not True,
            "destinations.convention": flag(each, "convention_signed")
            or kind not in parameters["convention_for"],
            "destinations.outside_eu": code(each, "outside_eu") is not None,
            "destinations.outputs_checked": flag(each, "outputs_checked"),
        }
        missing += [name for name, there in needs.items() if not there and name not in missing]
    if missing:
        return lacks(*missing, mender="case_officer", section="data")
    for each in destinations:
        kind, place = code(each, "kind"), code(each, "outside_eu")
        if place not in parameters["outside_eu_accepted"]:
            return fails("destination_outside_eu", section="data", destination=kind, place=place)
        if not flag(each, "authorised"):
            return fails("destination_not_authorised", mender="case_officer", destination=kind)
    return satisfied()


@check(1, longest="integer")
def access_bounded(facts, at, parameters) -> Outcome:
    """U-10. A number of months from 1 to ``longest``; once known, start before end, and end no
    later than the months granted."""
    access = group(facts, "request", "access")
    months = number(access, "months")
    if not months or months < 0:
        return lacks("access.months", section="calendar")
    if months > parameters["longest"]:
        return fails(
            "access_too_long", section="calendar", months=months, longest=parameters["longest"]
        )
    start, end = day(access, "starts_on"), day(access, "ends_on")
    if (start is None) != (end is None):
        return lacks("access.starts_on" if start is None else "access.ends_on", section="calendar")
    if start is not None:
        if end < start:
            return fails("access_reversed", section="calendar")
        latest = months_later(start, months)
        if end > latest:
            return fails(
                "access_beyond_grant",
                section="calendar",
                end=end.isoformat(),
                latest=latest.isoformat(),
            )
    return satisfied(months=months)


@check(1, bases="codes")
def nothing_sold(facts, at, parameters) -> Outcome:
    """C-11. Funder, partner and fee are stated and public; the fee pays for one of ``bases``,
    never for persons or rows."""
    money = group(facts, "request", "money")
    missing = [
        f"money.{name}"
        for name in ("funder_stated", "partner_stated", "fee_stated")
        if not flag(money, name)
    ]
    basis = code(money, "fee_basis")
    if basis is None:
        missing.append("money.fee_basis")
    if missing:
        return lacks(*missing, section="calendar")
    if basis not in parameters["bases"]:
        return fails("fee_for_persons_or_rows", mender="case_officer", basis=basis)
    if not flag(money, "public"):
        return lacks("money.public", mender="case_officer")
    return satisfied()
