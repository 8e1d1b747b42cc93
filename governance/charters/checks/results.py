"""U-11 to U-14, P-11: what comes back, what is kept, what is cited, who is recognised."""

from governance.charters.facts import code, day, flag, group, months_later, number, today
from governance.charters.registry import check
from governance.charters.verdict import Outcome, fails, lacks, satisfied


def _dated(facts) -> list:
    return [
        each
        for each in group(facts, "results").values()
        if day(each, "published_on") or day(each, "deposited_on")
    ]


def _given_back(facts) -> bool:
    return any(not flag(each, "before_access") for each in _dated(facts))


@check(1, excuses="codes", least="integer")
def results_given_back(facts, at, parameters) -> Outcome:
    """U-11. A result published or deposited, positive or not, since the access opened, or one of
    ``excuses``; and the plain-language summary, of ``least`` characters, in either case."""
    excused = code(facts, "request", "results_excuse") in parameters["excuses"]
    missing = []
    if not excused and not _given_back(facts):
        missing.append("results")
    length = number(facts, "request", "plain_results", "length")
    if not length:
        missing.append("plain_results")
    opened = day(facts, "request", "access", "starts_on")
    if "results" in missing and _dated(facts) and opened:
        return fails("results_before_access", on=opened.isoformat())
    if missing:
        return lacks(*missing)
    if length < parameters["least"]:
        return fails("plain_results_short", length=length, least=parameters["least"])
    return Outcome(True, "results_excused" if excused else "satisfied")


@check(1, delay="integer", excuses="codes")
def results_in_time(facts, at, parameters) -> Outcome:
    """U-11, a deadline. Results within ``delay`` months of the end of access."""
    if code(facts, "request", "results_excuse") in parameters["excuses"] or _given_back(facts):
        return satisfied()
    ended = day(facts, "request", "access", "ended_on")
    if ended is None:
        return satisfied()
    due = months_later(ended, parameters["delay"])
    if today(at) > due:
        return fails("results_late", on=due.isoformat(), months=parameters["delay"])
    return satisfied(until=due.isoformat())


@check(1, keyed=True, certificate_within="integer")
def copies_destroyed(facts, at, parameters, slug) -> Outcome:
    """U-12a. Working space closed, copies destroyed with a certificate, study dataset sealed.
    The verdict says by when (``certificate_within`` months after access); being late does not
    make it unmendable, and is found by night (`governance.process.lateness`)."""
    ending = group(facts, "sites", slug, "ending")
    missing = [
        f"ending.{name}"
        for name in ("space_closed", "copies_destroyed", "dataset_sealed")
        if not flag(ending, name)
    ]
    if not missing:
        return satisfied()
    ended = day(facts, "request", "access", "ended_on")
    values = {}
    if ended is not None:
        values["on"] = months_later(ended, parameters["certificate_within"]).isoformat()
    key = "copies_to_destroy" if values else "missing"
    return Outcome(False, key, values, tuple(missing), "data_engineer")


@check(1, keyed=True, after_publication="integer", at_most="integer")
def sealed_dataset_ends(facts, at, parameters, slug) -> Outcome:
    """U-12b, a deadline. The second certificate at the term: ``after_publication`` months after
    the last publication, ``at_most`` months after sealing."""
    ending = group(facts, "sites", slug, "ending")
    if flag(ending, "second_certificate"):
        return satisfied()
    sealed = day(ending, "sealed_on")
    if sealed is None:
        return lacks("ending.sealed_on", mender="data_engineer")
    term = months_later(sealed, parameters["at_most"])
    published = day(facts, "request", "last_publication_on")
    if published is not None:
        term = min(term, months_later(published, parameters["after_publication"]))
    if today(at) > term:
        return fails("second_certificate_late", mender="data_engineer", on=term.isoformat())
    return satisfied(until=term.isoformat())


@check(1, keyed=True)
def sources_cited(facts, at, parameters, ref) -> Outcome:
    """U-13. The output cites the establishments and the number."""
    result = group(facts, "results", ref)
    missing = [
        f"result.{name}"
        for name in ("cites_establishments", "cites_number")
        if not flag(result, name)
    ]
    return lacks(*missing) if missing else satisfied()


@check(1, keyed=True, least="integer")
def producer_recognised(facts, at, parameters, slug) -> Outcome:
    """P-11. What was agreed with the establishment beyond being cited (which is U-13's matter) was
    done: how is said, in ``least`` characters. Nothing more agreed is nothing more owed."""
    recognition = group(facts, "sites", slug, "recognition")
    if code(recognition, "agreed") is None:
        return Outcome(True, "nothing_more_agreed")
    length = number(recognition, "given_length")
    if not length:
        return lacks("recognition.given")
    if length < parameters["least"]:
        return fails("recognition_short", length=length, least=parameters["least"])
    return satisfied()


@check(1, least="integer")
def reciprocity_said(facts, at, parameters) -> Outcome:
    """U-14. What is offered back, or why nothing can be, is said in ``least`` characters."""
    reciprocity = group(facts, "request", "reciprocity")
    if code(reciprocity, "code") not in ("offered", "withheld"):
        return lacks("reciprocity")
    length = number(reciprocity, "length") or 0
    if length < parameters["least"]:
        return fails("reciprocity_short", length=length, least=parameters["least"])
    return satisfied()
