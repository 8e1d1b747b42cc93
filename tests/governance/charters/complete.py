"""Facts under which every clause of the three charters holds, and a way to change one of them."""

import copy
from datetime import UTC, datetime

from governance.charters import load_charters

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
CHARTERS = load_charters({"utilisateur": "1", "producteur": "1", "citoyen": "1"})
CLAUSES = {clause.code: clause for charter in CHARTERS for clause in charter.clauses}

SITE = {
    "in_perimeter": True,
    "records": [{"dataset": "pmsi", "checked_on": "2026-06-01"}],
    "feasibility": {"counted": True, "count": 420, "masked": False},
    "warehouse": {
        "kind": "authorisation",
        "number_stated": True,
        "dated_on": "2018-07-19",
        "purposes_cover": True,
        "recipients_cover": True,
    },
    "agreement": {
        "answer": "agreed",
        "delegated": True,
        "ground": "capacity",
        "reason_length": 80,
        "ready_on": "2027-03-01",
        "due_on": "2026-12-15",
    },
    "delivered": True,
    "delivery": {
        "kind": "pseudonymised",
        "identifiers_absent": True,
        "keys_proper": True,
        "dates_shifted": True,
        "objectors_absent": True,
        "not_informed_absent": True,
        "objection_list_on": "2026-11-23",
        "information_list_on": "2026-11-23",
        "corrections_pending": 0,
        "manifest_fields": ["checksums", "query", "rows", "software", "when", "who"],
        "manifest_signed": True,
        "columns_exact": True,
        "persons_exact": True,
        "period_exact": True,
    },
    "information": {
        "since": "2019-01-01",
        "channel": "admission_booklet",
        "coverage": 92,
        "notice_online_on": "2026-10-01",
    },
    "objection": {"ways_published": True, "overdue": 0},
    "ending": {
        "space_closed": True,
        "copies_destroyed": True,
        "dataset_sealed": True,
        "sealed_on": "2026-11-01",
    },
    "recognition": {"agreed": "associated", "given_length": 70},
    "findings": {"waiting": 1, "oldest_due_on": "2026-12-18"},
}

COMPLETE = {
    "schema": 1,
    "request": {
        "holder": {
            "status": "senior",
            "in_network": True,
            "local_referent": False,
            "local_referent_cosigned": False,
            "senior_director": False,
        },
        "legal_persons": [
            {"part": "controller", "dpo_named": True},
            {"part": "processor", "dpo_named": True},
        ],
        "purpose": {"code": "research", "prohibited": []},
        "public_interest_length": 640,
        "variables": [{"code": "age", "reason_length": 60, "objective": True}],
        "period": {"start": "2017-01-01", "end": "2025-12-31"},
        "population_bounded": True,
        "delivery": {"kind": "pseudonymised", "reason_length": 90},
        "protocol": {"attached": True, "version_stated": True, "statistical_plan": True},
        "route": {
            "computed_qualification": "RNIPH",
            "computed_formality": "MR-004",
            "set_qualification": "RNIPH",
            "set_formality": "MR-004",
            "dpo_opinion": "agrees",
            "differs_reason_length": 0,
        },
        "formalities": [
            {
                "code": "MR-004",
                "answer": "not_required",
                "evidence": [{"code": "commitment", "present": True, "valid": True}],
            }
        ],
        "destinations": [
            {
                "kind": "national_hub",
                "authorised": True,
                "controller_named": True,
                "hosting_certificate_required": True,
                "hosting_certificate": True,
                "convention_signed": True,
                "outside_eu": "no",
                "outputs_checked": True,
            }
        ],
        "access": {"months": 24},
        "money": {
            "funder_stated": True,
            "partner_stated": True,
            "fee_stated": True,
            "fee_basis": "services",
            "public": True,
        },
        "public_record": {"missing": [], "preview_confirmed": True, "preview_current": True},
        "plain_results": {"length": 900, "published": True},
        "reciprocity": {"code": "offered", "length": 90},
        "clocks": [{"code": "committee", "due_on": "2026-12-10", "stopped": False}],
    },
    "sites": {slug: copy.deepcopy(SITE) for slug in ("chu-brest", "chu-rennes", "ico")},
    "members": {
        "m1": {
            "charter_signed": "1",
            "charter_in_force": "1",
            "training_obtained_on": "2025-02-01",
            "training_expires_on": "2028-02-01",
            "no_reidentification_signed": True,
            "breach_open": False,
        }
    },
    "results": {
        "r1": {
            "kind": "publication",
            "published_on": "2026-05-01",
            "cites_establishments": True,
            "cites_number": True,
        }
    },
    "item": {
        "mode": "session",
        "present": 7,
        "required": 6,
        "patient_representative_present": True,
        "seats_missing": 0,
        "undeclared": 0,
        "conflicted_present": 0,
        "standing_delegation": True,
        "every_article_satisfied": True,
        "findings": {
            article: {
                "finding": "satisfied",
                "reason_length": 120,
                "by_voter": True,
                "conflict": False,
            }
            for article in ("U-15", "U-16")
        },
    },
    "findings": {},
    "whole": {
        "departures": 3,
        "departures_unexplained": 0,
        "departures_unnamed": 0,
        "decisions": 120,
        "decisions_without_article": 0,
        "ledger_consistent": True,
        "public_figures": 64,
        "public_figures_under_threshold": 0,
        "public_figures_deducible": 0,
        "incidents": [
            {
                "found_at": "2026-11-20T08:00:00+00:00",
                "notified_at": "2026-11-21T17:30:00+00:00",
                "excused": False,
                "persons_to_tell": True,
                "persons_told": True,
            }
        ],
    },
}

ABSENT = object()
"""The value that takes a fact away."""


def facts(*changes: tuple[str, object]) -> dict:
    """The complete facts, with each dotted path changed (or taken away by ``ABSENT``)."""
    changed = copy.deepcopy(COMPLETE)
    for path, value in changes:
        *way, last = path.split("/")
        place = changed
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        key = int(last) if isinstance(place, list) else last
        if value is ABSENT:
            del place[key]
        else:
            place[key] = value
    return changed
