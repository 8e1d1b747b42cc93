"""What is known of the request itself: who asks, why, for what, on which route."""

from governance.charters.facts import today
from governance.charters.later import Later
from governance.models import Participation
from governance.models.case import Track
from governance.process.compliance import IN_USE
from governance.qualification import evidence_of, piece_is_valid
from projects.dossier import public_record
from projects.process.facts.reciprocity import last_said
from projects.process.facts.rows import Rows
from projects.process.facts.values import iso, last, length_of, without_empty, without_none


def about_request(rows: Rows) -> Later:
    return Later(
        {
            "holder": lambda: _holder(rows.answers.get("team", {}), rows.people, rows.records),
            "legal_persons": lambda: [
                {"part": lp.part, "dpo_named": bool(lp.organisation.dpo_email)}
                for lp in rows.legal_persons
            ],
            "purpose": lambda: _purpose(rows.answers.get("purpose", {})),
            "public_interest_length": lambda: length_of(
                rows.answers.get("purpose", {}).get("public_interest") or ""
            ),
            "variables": lambda: [
                {
                    "code": v.variable.code,
                    "reason_length": length_of(v.reason),
                    "objective": bool(v.objective),
                }
                for v in rows.variables
            ],
            "period": lambda: _period(rows.answers.get("data", {})),
            "population_bounded": lambda: any(
                rows.answers.get("data", {}).get(name) for name in ("population", "cohort")
            ),
            "delivery": lambda: _delivered_as(rows.answers.get("data", {})),
            "protocol": lambda: _protocol(rows),
            "route": lambda: _route(rows.request),
            "formalities": lambda: _formalities(rows),
            "destinations": lambda: _destinations(rows),
            "access": lambda: _access(
                getattr(rows.request, "access_period", None), rows.answers.get("calendar", {})
            ),
            "money": lambda: _money(rows.answers.get("calendar", {})),
            "public_record": lambda: _public_record(rows),
            "plain_results": lambda: _plain_results(rows.request),
            "results_excuse": lambda: _excuse(rows.records),
            "reciprocity": lambda: _reciprocity(rows.records),
            "last_publication_on": lambda: _last_publication(
                rows.results, getattr(rows.request, "access_period", None)
            ),
        }
    )


def _last_publication(results, period) -> str | None:
    """When its results were last published: what came before the access is none of them."""
    published = (r.published_on for r in results if r.published_on and not r.before(period))
    return iso(max(published, default=None))


def _excuse(records) -> str | None:
    """Why there will be no result, when somebody recorded it."""
    return last([r for r in records if not r.track_id], "results_excuse", {}).get("code") or None


def _reciprocity(records) -> dict:
    said = last_said(records)
    return {"code": said.data["code"], "length": len(said.text.strip())} if said else {}


def _purpose(said: dict) -> dict:
    prohibited = said.get("prohibited", []) if said.get("prohibited_answered") else None
    return without_none({"code": said.get("purpose"), "prohibited": prohibited})


def _period(said: dict) -> dict:
    return without_none({"start": said.get("period_start"), "end": said.get("period_end")})


def _delivered_as(said: dict) -> dict:
    return without_none(
        {
            "kind": said.get("delivery_kind"),
            "reason_length": len(said.get("delivery_reason") or ""),
        }
    )


def _protocol(rows: Rows) -> dict:
    slots = {a.slot for a in rows.attachments}
    return {
        "attached": "protocol" in slots,
        "version_stated": bool(rows.answers.get("protocol", {}).get("protocol_version")),
        "statistical_plan": "statistical_plan" in slots,
    }


def _money(said: dict) -> dict:
    return {
        "funder_stated": bool(said.get("funder")),
        "partner_stated": bool(said.get("partner")),
        "fee_stated": said.get("fee") is not None,
        **without_none({"fee_basis": said.get("fee_basis")}),
        "public": True,
    }


def _public_record(rows: Rows) -> dict:
    rows.batch.of_requests("asked_sites")
    confirmed = [r for r in rows.records if r.kind == "preview_confirmed"]
    digest = public_record.preview_digest(rows.request, rows.answers) if confirmed else ""
    return {
        "missing": public_record.missing(rows.request, rows.answers, today(rows.at)),
        "preview_confirmed": bool(confirmed),
        "preview_current": any(r.data.get("sha256") == digest for r in confirmed),
    }


def _holder(team: dict, people, records) -> dict:
    parts = {p.part for p in people}
    return without_none(
        {
            "status": team.get("holder_status"),
            "in_network": team.get("in_network"),
            "local_referent": Participation.Part.REFERENT in parts,
            "local_referent_cosigned": any(r.kind == "referent_cosigned" for r in records),
            "senior_director": Participation.Part.DIRECTOR in parts,
        }
    )


def _route(request) -> dict:
    found = getattr(request, "qualification", None)
    if found is None:
        return {}
    return without_empty(
        {
            "computed_qualification": found.computed.get("qualification"),
            "computed_formality": found.computed.get("formality"),
            "set_qualification": found.set_qualification,
            "set_formality": found.set_formality,
            "dpo_opinion": found.dpo_opinion,
            "dpo_qualification": found.dpo_qualification,
            "dpo_formality": found.dpo_formality,
            "differs_reason_length": len(found.differs_reason.strip()),
        }
    )


def _formalities(rows: Rows) -> list[dict]:
    found = []
    taken = {d.pk: d for d in rows.decisions}
    for track in rows.tracks:
        if track.kind != "formality":
            continue
        decision, answer = taken.get(track.decision_id), "pending"
        if track.key == "none" and track.status == "favourable":
            answer = "not_required"
        elif decision is not None and decision.details.get("answer"):
            answer = decision.details["answer"]
        found.append(
            {
                "code": track.key,
                "answer": answer,
                "evidence": evidence_on(track, rows),
            }
        )
    return found


def evidence_on(track: Track, rows: Rows) -> list[dict]:
    """Each piece that a formality requires of the study, there or not, in its form or not."""
    route = getattr(rows.request, "qualification", None)
    given = {e.code: e for e in rows.evidence[track.pk]}
    return [
        {
            "code": piece.code,
            "present": piece.code in given,
            "valid": piece.code in given and piece_is_valid(piece, given[piece.code].values),
        }
        for piece in evidence_of(track.key, (route and route.set_qualification) or None)
    ]


def _destinations(rows: Rows) -> list[dict]:
    answers = rows.answers
    kind = answers.get("data", {}).get("destination")
    if not kind:
        return []
    checked = last(rows.records, "destination_checked", {})
    # Data that leave the network's own spaces do so under a convention, whoever forgot to ask one.
    conventions = [t.status == "signed" for t in rows.tracks if t.kind == "convention"]
    outside = kind in ("national_hub", "partner")
    signed = all(conventions) and (bool(conventions) or not outside)
    return [
        {
            "kind": kind,
            "authorised": bool(checked.get("authorised")),
            "controller_named": bool(checked.get("controller_named")),
            "hosting_certificate_required": outside,
            "hosting_certificate": bool(checked.get("hosting_certificate")),
            "convention_signed": signed,
            "outside_eu": answers.get("regulatory", {}).get("outside_eu", "no"),
            # What was promised of it, as long as nothing that left says the contrary.
            "outputs_checked": bool(checked.get("outputs_checked"))
            and not (rows.case.state in IN_USE and rows.left_unchecked),
        }
    ]


def _access(period, calendar) -> dict:
    if period is None:
        return without_none({"months": calendar.get("access_months")})
    return without_none(
        {
            "months": period.months,
            "starts_on": iso(period.starts_on),
            "ends_on": iso(period.ends_on),
            "ended_on": iso(period.ended_on),
        }
    )


def _plain_results(request) -> dict:
    plain = getattr(request, "plain_results", None)
    if plain is None:
        return {"length": 0, "published": False}
    return {"length": len(plain.text.strip()), "published": plain.published_at is not None}
