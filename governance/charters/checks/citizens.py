"""C-01, C-02, C-03, C-06, C-07, C-12: what people are told, and what they may stop."""

from datetime import timedelta

from governance.charters.facts import (
    code,
    codes,
    day,
    flag,
    group,
    listed,
    number,
    today,
)
from governance.charters.registry import check
from governance.charters.verdict import Outcome, fails, lacks, satisfied


@check(1)
def public_record_valid(facts, at, parameters) -> Outcome:
    """C-01. Nothing that is public at admissibility is empty."""
    empty = codes(facts, "request", "public_record", "missing")
    if empty is None:
        return lacks("public_record", section="project")
    if empty:
        return lacks(*(f"public_record.{name}" for name in empty), section="project")
    return satisfied()


@check(1)
def preview_confirmed(facts, at, parameters) -> Outcome:
    """C-12. The holder confirmed the preview, and nothing it shows changed since."""
    record = group(facts, "request", "public_record")
    if not flag(record, "preview_confirmed"):
        return lacks("public_record.preview", section="project")
    if not flag(record, "preview_current"):
        return fails("preview_outdated", section="project")
    return satisfied()


@check(1, keyed=True, notice_days="integer")
def informed_before_access(facts, at, parameters, slug) -> Outcome:
    """C-02. Patients of the site individually informed since a past date, by a channel, with its
    coverage; the project's notice online for ``notice_days`` days."""
    information = group(facts, "sites", slug, "information")
    since, online = day(information, "since"), day(information, "notice_online_on")
    coverage = number(information, "coverage")
    missing = []
    if since is None:
        missing.append("information.since")
    if code(information, "channel") is None:
        missing.append("information.channel")
    if coverage is None or not 0 <= coverage <= 100:
        missing.append("information.coverage")
    if online is None:
        missing.append("information.notice")
    if missing:
        return lacks(*missing, mender="producer")
    if since > today(at):
        return fails("information_later", mender="producer", on=since.isoformat())
    earliest = online + timedelta(days=min(parameters["notice_days"], 36500))
    if today(at) < earliest:
        return fails(
            "notice_too_recent",
            mender="case_officer",
            days=parameters["notice_days"],
            on=earliest.isoformat(),
        )
    return satisfied()


@check(1, keyed=True)
def objection_possible(facts, at, parameters, slug) -> Outcome:
    """C-03. The ways to object are published for the site; none identified waits past its
    delay; before a copy opens, the site's own list was compared with it when that was asked."""
    objection = group(facts, "sites", slug, "objection")
    overdue = number(objection, "overdue")
    missing = []
    if not flag(objection, "ways_published"):
        missing.append("objection.ways")
    if overdue is None:
        missing.append("objection.overdue")
    if missing:
        return lacks(*missing, mender="producer")
    if overdue > 0:
        return fails("objections_overdue", mender="data_engineer", count=overdue)
    if flag(objection, "list_compared") is False:
        return fails("objection_list_not_compared", mender="data_engineer")
    return satisfied()


@check(1, keyed=True, applied_within="integer")
def objections_applied(facts, at, parameters, slug) -> Outcome:
    """C-03, a deadline. Identified objections are applied within ``applied_within`` hours."""
    overdue = number(facts, "sites", slug, "objection", "overdue")
    if overdue is None:
        return lacks("objection.overdue", mender="data_engineer")
    if overdue > 0:
        return fails("objections_overdue", mender="data_engineer", count=overdue)
    return satisfied()


@check(1, least="integer")
def plain_results_published(facts, at, parameters) -> Outcome:
    """C-06. The results in plain language, of ``least`` characters, are published."""
    plain = group(facts, "request", "plain_results")
    length = number(plain, "length")
    if not length:
        return lacks("plain_results", mender="holder")
    if length < parameters["least"]:
        return fails(
            "plain_results_short", mender="holder", length=length, least=parameters["least"]
        )
    if not flag(plain, "published"):
        return lacks("plain_results.published", mender="case_officer")
    return satisfied()


@check(1)
def delays_kept(facts, at, parameters) -> Outcome:
    """C-07, a deadline. No running delay is past its date; one stopped for the holder is not
    late."""
    clocks = listed(facts, "request", "clocks")
    if clocks is None:
        return lacks("clocks", mender="case_officer")
    late = [
        code(each, "code") or "?"
        for each in clocks
        if not flag(each, "stopped")
        and day(each, "due_on") is not None
        and day(each, "due_on") < today(at)
    ]
    return fails("delays_late", mender="case_officer", clocks=sorted(late)) if late else satisfied()
