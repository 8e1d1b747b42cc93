"""What is known of each establishment asked: its catalogue, answer, delivery and ending."""

from governance.charters.facts import today
from governance.charters.later import Later
from governance.models.case import Track
from projects.models import Extraction
from projects.process.facts.recognition import last_recognition
from projects.process.facts.rows import Rows
from projects.process.facts.values import iso, last, without_none


def about_sites(rows: Rows) -> dict:
    tracks = {t.key: t for t in rows.tracks if t.kind == "site"}
    asked = {a.establishment_id: a.establishment for a in rows.asked_sites}
    asked |= {slug: track.establishment for slug, track in tracks.items()}
    return {slug: _site(rows, place, tracks.get(slug)) for slug, place in asked.items()}


def _site(rows: Rows, establishment, track: Track | None) -> Later:
    purpose = rows.answers.get("purpose", {})
    return Later(
        {
            "in_perimeter": lambda: (
                track is None or track.status not in ("left", "infeasible", "undeliverable")
            ),
            "records": lambda: rows.described(establishment.pk),
            "feasibility": lambda: last(
                [r for r in rows.records if track and r.track_id == track.pk],
                "count",
                {"counted": False},
            ),
            "warehouse": lambda: _warehouse(
                establishment, purpose.get("purpose"), rows.request.requester_kind
            ),
            "agreement": lambda: _agreement(track, rows.decisions_on(track) if track else []),
            "delivered": lambda: track is not None and track.status in Track.HELD,
            "delivery": lambda: _delivery(rows, rows.last_extraction(track)),
            "information": lambda: _information(establishment, rows.records),
            "objection": lambda: _objection(rows, track, establishment),
            "ending": lambda: _ending(rows.certificates[track.pk]) if track else {},
            "recognition": lambda: _recognition(track, rows.records) if track else {},
            "findings": lambda: rows.waiting_findings.get(establishment.pk, {"waiting": 0}),
        }
    )


def _warehouse(establishment, purpose, requester_kind) -> dict:
    standing = getattr(establishment, "warehouse", None)
    if standing is None:
        return {}
    return without_none(
        {
            "kind": standing.kind,
            "number_stated": bool(establishment.warehouse_declaration),
            "dated_on": iso(establishment.warehouse_declared_on),
            "until": iso(standing.until),
            "purposes_cover": purpose in standing.purposes,
            "recipients_cover": requester_kind in standing.recipients,
        }
    )


AGREEMENTS = {
    "agreed": "agreed",
    "agreed_with_limits": "agreed_with_limits",
    "delivered": "agreed",
    "opened": "agreed",
    "declined": "declined",
}


def _agreement(track: Track | None, decisions: list) -> dict:
    if track is None:
        return {"answer": "pending"}
    answer = next(
        (
            d
            for d in reversed(decisions)
            if d.step in ("agree", "agree_with_limits", "decline", "join_by_amendment")
        ),
        None,
    )
    if answer is None or track.status not in AGREEMENTS:
        return {"answer": "pending"}
    return without_none(
        {
            "answer": AGREEMENTS[track.status],
            "delegated": answer.delegation_id is not None or answer.step == "join_by_amendment",
            "ground": answer.details.get("ground"),
            "reason_length": answer.details.get("reason_length"),
            "ready_on": answer.details.get("ready_on"),
            "articles": answer.articles,
        }
    )


MANIFEST_FIELDS = {
    "query": {"query"},
    "software": {"software"},
    "rows": {"tables"},
    "checksums": {"tables"},
    "who": {"launched_by"},
    "when": {"start", "end"},
}
"""What P-08 asks of a manifest, and the fields of the manifest that say it."""


def _delivery(rows: Rows, extraction: Extraction | None) -> dict:
    if extraction is None or extraction.manifest is None:
        return {}
    manifest, checks = extraction.manifest, extraction.manifest.get("checks", {})
    answers = rows.answers
    return {
        **{name: bool(value) for name, value in checks.items() if isinstance(value, bool)},
        "kind": answers.get("data", {}).get("delivery_kind", ""),
        "keys_proper": bool(checks.get("keys_proper")),
        "true_dates_granted": bool(answers.get("data", {}).get("true_dates")),
        "through_portal": False,
        "logged": True,
        "objection_list_on": str(manifest.get("objection_list", ""))[:10],
        "information_list_on": str(manifest.get("objection_list", ""))[:10],
        "corrections_pending": rows.corrections_pending.get(extraction.order_id, 0),
        "manifest_fields": sorted(
            code for code, fields in MANIFEST_FIELDS.items() if fields <= set(manifest)
        ),
        "manifest_signed": True,
    }


def _information(establishment, records) -> dict:
    standing = getattr(establishment, "warehouse", None)
    notice = last(records, "notice_online", {})
    return without_none(
        {
            "since": iso(standing.informed_since) if standing else None,
            "channel": (standing.information_channel or None) if standing else None,
            "coverage": standing.information_coverage if standing else None,
            "notice_online_on": notice.get("on"),
        }
    )


def _objection(rows: Rows, track: Track | None, establishment) -> dict:
    facts = {
        "ways_published": bool(establishment.postal_address or establishment.dpo_email),
        "overdue": rows.objections_to_apply(track, establishment.pk),
    }
    if track is not None and track.status == "delivered":
        facts["list_compared"] = establishment.pk not in rows.batch.not_compared
    return facts


def _ending(given: list) -> dict:
    certificates = {c.kind: c for c in given}
    sealed = certificates.get("dataset_sealed")
    return without_none(
        {
            "space_closed": "space_closed" in certificates,
            "copies_destroyed": "copies_destroyed" in certificates,
            "dataset_sealed": sealed is not None,
            "sealed_on": iso(today(sealed.at)) if sealed else None,
            "second_certificate": "dataset_destroyed" in certificates,
        }
    )


def _recognition(track: Track, records) -> dict:
    agreed, given = last_recognition(track, records)
    if agreed is None:
        return {}
    return {
        "agreed": agreed.data["code"],
        "given_length": len(given.text.strip()) if given else 0,
    }
