"""P-04, C-04, C-08, C-09: invariants, properties of the whole register; C-10: incidents, a deadline
over all of them. They stop no step; they are tested, watched and shown."""

from governance.charters.facts import flag, group, instant, listed, number
from governance.charters.registry import check
from governance.charters.verdict import Outcome, fails, lacks, satisfied

WATCH = "network_coordinator"
HOUR = 3600
"""Seconds."""


def _none_of(facts, total: str, wrong: str, key: str) -> Outcome:
    whole = group(facts, "whole")
    missing = [f"whole.{name}" for name in (total, wrong) if number(whole, name) is None]
    if missing:
        return lacks(*missing, mender=WATCH)
    count = number(whole, wrong)
    if count:
        return fails(key, mender=WATCH, count=count)
    return satisfied(total=number(whole, total))


@check(1)
def departures_explained(facts, at, parameters) -> Outcome:
    """P-04. Every decision that departs from alike cases says why, publicly; none departs without
    saying so. Facts that say nothing of the latter are those of a night that did not look."""
    said = _none_of(facts, "departures", "departures_unexplained", "departures_unexplained")
    silent = number(facts, "whole", "departures_unnamed")
    if said.holds and silent:
        return fails("departures_unnamed", mender=WATCH, count=silent)
    return said


@check(1)
def decisions_reasoned(facts, at, parameters) -> Outcome:
    """C-04. No negative decision is without the articles it rests on."""
    return _none_of(facts, "decisions", "decisions_without_article", "decisions_without_article")


@check(1)
def register_verifies(facts, at, parameters) -> Outcome:
    """C-08. The register's tree is consistent with its last signed checkpoint."""
    consistent = flag(facts, "whole", "ledger_consistent")
    if consistent is None:
        return lacks("whole.ledger_consistent", mender=WATCH)
    return satisfied() if consistent else fails("ledger_inconsistent", mender=WATCH)


@check(1, threshold="integer")
def no_small_figure(facts, at, parameters) -> Outcome:
    """C-09. No public figure is under ``threshold``, nor deducible by subtraction."""
    for wrong in ("public_figures_under_threshold", "public_figures_deducible"):
        outcome = _none_of(facts, "public_figures", wrong, wrong)
        if not outcome.holds:
            return outcome
    return satisfied(threshold=parameters["threshold"])


@check(1, notified_within="integer")
def incidents_notified(facts, at, parameters) -> Outcome:
    """C-10, a deadline. Each establishment concerned notified within ``notified_within`` hours of
    the finding, or is excused; past that, the persons to tell are told."""
    incidents = listed(facts, "whole", "incidents")
    if incidents is None:
        return lacks("whole.incidents", mender="dpo")
    hours, late, untold = parameters["notified_within"], 0, 0
    for incident in incidents:
        late += _is_late(incident, at, hours)
        untold += _is_untold(incident, at, hours)
    if late:
        return fails("incidents_late", mender="dpo", count=late, hours=hours)
    if untold:
        return fails("incidents_untold", mender="dpo", count=untold)
    return satisfied()


def _is_late(incident, at, hours) -> bool:
    """Without its date of finding, what is not excused is late: nothing shows the contrary."""
    if flag(incident, "excused"):
        return False
    found, notified = instant(incident, "found_at"), instant(incident, "notified_at")
    return found is None or ((notified or at) - found).total_seconds() > hours * HOUR


def _is_untold(incident, at, hours) -> bool:
    if not flag(incident, "persons_to_tell") or flag(incident, "persons_told"):
        return False
    found = instant(incident, "found_at")
    return found is None or (at - found).total_seconds() > hours * HOUR
