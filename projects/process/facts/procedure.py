"""What is known of the procedure: its flags, the committee's item, the results declared."""

from collections.abc import Callable

from governance.charters.facts import months_later, today
from governance.charters.later import Later
from governance.domain.committees import (
    chair_decides_alone,
    item_before,
    presence_at,
    voters,
)
from governance.models.case import Track
from governance.process.table import APPEAL_DELAY, RESULTS_DELAY, REVIVE_DELAY
from projects.models import Extraction
from projects.process.facts.request import evidence_on
from projects.process.facts.rows import Rows
from projects.process.facts.values import iso, without_none


def about_track(track: Track | None, rows: Rows) -> dict[str, Callable]:
    """The flags of procedure that depend on the track a step moves."""
    if track is not None and track.kind == "formality":
        return {
            "evidence_gathered": lambda: all(each["valid"] for each in evidence_on(track, rows))
        }
    if track is None or track.kind != "site":
        return {}

    def late() -> bool:
        return any(d.track_id == track.pk and d.due_at < rows.at for d in rows.clocks)

    def checked() -> bool:
        last = rows.last_extraction(track)
        return last is not None and last.state == Extraction.State.DONE

    return {
        "site_declined_or_late": lambda: track.status == "declined" or late(),
        "extraction_checked": checked,
        "amendment_accepted": lambda: track.key in rows.sites_let_in,
    }


def about_results(results: list, period) -> dict:
    return {
        str(result.pk): without_none(
            {
                "kind": result.kind,
                "published_on": iso(result.published_on),
                "deposited_on": iso(result.deposited_on),
                "before_access": True if result.before(period) else None,
                "deferred_until": iso(result.deferred_until),
                "cites_establishments": result.cites_establishments,
                "cites_number": result.cites_number,
            }
        )
        for result in results
    }


def about_item(rows: Rows) -> dict:
    case, at = rows.case, rows.at
    item = item_before(case) if case.pk in rows.batch.with_an_item else None
    if item is None:
        return {}
    room = presence_at(item)
    # Before the session opens nobody is counted: who is missing is not yet absent.
    opened = item.session.opened_at is not None
    voted = voters(item)
    conflicted = set(case.conflicts.values_list("person_id", flat=True))
    return {
        "mode": "delegated" if item.delegated else "session",
        "present": room.present if opened else None,
        "required": room.required,
        "patient_representative_present": room.patients if opened else None,
        "seats_missing": len(room.missing_seats) if opened else None,
        "undeclared": len(room.undeclared),
        "conflicted_present": len(voted & (conflicted | {m.person_id for m in room.out})),
        "standing_delegation": chair_decides_alone(item.session.body, today(at)),
        "every_article_satisfied": all(
            verdict["holds"]
            for verdicts in case.decisions.values_list("verdicts", flat=True)
            for verdict in verdicts
        ),
        "findings": {
            grid.clause: {
                "finding": "not_satisfied" if grid.finding == "unsound" else "satisfied",
                "reason_length": len(grid.reasons.strip()),
                "by_voter": item.delegated
                or grid.by_id in voted
                or grid.by_id == item.rapporteur_id,
                "conflict": grid.by_id in conflicted,
            }
            for grid in item.grids.all()
        },
    }


def about_procedure(rows: Rows) -> Later:
    case, at = rows.case, rows.at

    def recorded_since(kind: str) -> bool:
        return any(r.kind == kind and r.at >= case.state_since for r in rows.records)

    return Later(
        {
            "no_default": lambda: not rows.in_default,
            "points_answered": lambda: not rows.open_points,
            "reservations_answered": lambda: not any(r.state == "open" for r in rows.reservations),
            "reservations_accepted": lambda: all(r.state == "lifted" for r in rows.reservations),
            "warned": lambda: any(
                d.subject == f"state:{case.state}" and d.due_at < at and d.pk in rows.batch.warned
                for d in rows.clocks
            ),
            "revived_in_time": lambda: (
                today(at) <= months_later(today(case.state_since), REVIVE_DELAY.number)
            ),
            "appealed_in_time": lambda: _appealed_in_time(rows),
            "suspension_to_confirm": lambda: _suspension_to_confirm(rows),
            "heard": lambda: recorded_since("hearing"),
            "dpo_gave_opinion": lambda: recorded_since("dpo_opinion"),
            "results_overdue": lambda: _results_overdue(rows),
            "opening_chosen": lambda: _opening_chosen(rows),
        }
    )


def _appealed_in_time(rows: Rows) -> bool:
    """Within the delay of the decision contested: the state's, or in `preparation` the last
    decline."""
    contested = rows.case.state_since
    if rows.case.state == "preparation":
        negative = (d for d in reversed(rows.decisions) if d.tone == "negative" and d.delegation_id)
        decline = next(negative, None)
        if decline is None:
            return False
        contested = decline.at
    return today(rows.at) <= months_later(today(contested), APPEAL_DELAY.number)


def _suspension_to_confirm(rows: Rows) -> bool:
    """Whether a delegate has not judged the suspension yet, or must again: overturned, it is no
    longer confirmed."""
    judged = (
        d.step
        for d in reversed(rows.decisions)
        if d.to_state == "suspended" != d.from_state or d.step in ("confirm_suspension", "overturn")
    )
    return rows.case.state == "suspended" and next(judged) != "confirm_suspension"


def _results_overdue(rows: Rows) -> bool:
    period = getattr(rows.request, "access_period", None)
    ended = period.ended_on if period else None
    return ended is not None and today(rows.at) > months_later(ended, RESULTS_DELAY.number)


def _opening_chosen(rows: Rows) -> bool:
    period = getattr(rows.request, "access_period", None)
    sites = {t.status for t in rows.tracks if t.kind == "site"}
    everybody_delivered = not sites & {"agreed", "agreed_with_limits"}
    return everybody_delivered or bool(period and period.site_by_site)
