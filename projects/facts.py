"""The facts of a request, as the charters read them: flags, numbers, codes and dates, no words.

The schema is `governance.charters.facts`. A constant number of queries, whatever the request.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from catalog.queries import dataset_records
from governance.charters import versions_in_force
from governance.charters.facts import months_later, today
from governance.domain.commitments import NO_REIDENTIFICATION
from governance.domain.committees import chair_decides_alone, item_before, presence_at
from governance.models import (
    Case,
    CharterSignature,
    Participation,
    Training,
)
from governance.models.case import Track
from governance.process.registry import Asked
from governance.qualification import evidence_of, piece_is_valid
from projects import public
from projects.models import Extraction, Request


def request_facts(case: Case, at: datetime) -> Callable[[Asked], dict]:
    """Read the request of `case` once, and return what gives its facts at the aware instant `at`
    for any step asked, with what that step would add."""
    known = _read(case, at)
    return lambda asked: _with(known, asked, case, at)


def _read(case: Case, at: datetime) -> dict:
    request = (
        Request.objects.select_related(
            "organisation", "qualification", "access_period", "plain_results"
        )
        .prefetch_related("sections", "asked_variables__variable", "legal_persons__organisation")
        .get(case=case)
    )
    answers = {s.code: s.answers for s in request.sections.all()}
    tracks = list(case.tracks.select_related("establishment", "establishment__warehouse"))
    records = list(case.records.all())
    people = list(case.participations.valid(at).select_related("person"))
    return {
        "schema": 1,
        "request": _request(request, answers, tracks, records, people, at),
        "sites": _sites(request, answers, tracks, records, at),
        "members": _members(people, records, at),
        "results": _results(request),
        "item": _item(case, at),
        "findings": {r.data["article"]: r.data["finding"] for r in records if r.kind == "finding"},
        "process": _process(case, request, tracks, records, at),
    }


def _with(known: dict, asked: Asked, case: Case, at: datetime) -> dict:
    """`known` with the flags of the track that moves and what the step's form says."""
    facts = known | {"process": known["process"] | _track_flags(asked.track, case, at)}
    said = asked.details
    match asked.step.code:
        case "admit":
            facts["findings"] = facts["findings"] | said.get("findings", {})
        case "qualify" if said:
            route = facts["request"]["route"] | {
                "set_qualification": said["qualification"],
                "set_formality": said["formality"],
                "differs_reason_length": said["differs_reason_length"],
            }
            facts["request"] = facts["request"] | {"route": route}
        case "close" | "mend":
            # The closure itself publishes the summary, in the same transaction.
            plain = facts["request"]["plain_results"] | {"published": True}
            facts["request"] = facts["request"] | {"plain_results": plain}
        case "authorise" if "months" in said:
            access = facts["request"]["access"] | {"months": said["months"]}
            facts["request"] = facts["request"] | {"access": access}
        case "agree_with_limits" | "decline" if said:
            slug = asked.track.key
            agreement = {
                "answer": "declined" if asked.step.code == "decline" else "agreed_with_limits",
                "delegated": True,
                "reason_length": len(asked.reason.strip()),
                "articles": sorted(asked.articles),
                **{name: said[name] for name in ("ground", "ready_on") if name in said},
            }
            facts["sites"] = facts["sites"] | {
                slug: facts["sites"][slug] | {"agreement": agreement}
            }
    return facts


def member_facts(case: Case, at: datetime) -> dict:
    """What the clauses about members read, alone: the same facts as a step's, in fewer queries."""
    people = list(case.participations.valid(at).select_related("person"))
    records = list(case.records.filter(kind="breach"))
    return {"schema": 1, "members": _members(people, records, at)}


def person_facts(case: Case, person, at: datetime) -> dict:
    """The same of one person who would become a member of the request of `case`."""
    would_be = Participation(case=case, person=person, part=Participation.Part.MEMBER)
    records = list(case.records.filter(kind="breach"))
    return _members([would_be], records, at)


def _track_flags(track: Track | None, case: Case, at: datetime) -> dict:
    """The flags of procedure that depend on the track a step moves."""
    if track is None or track.kind != "site":
        return {}
    late = case.deadlines.running().filter(track=track, due_at__lt=at).exists()
    last = track.extractions.first()
    return {
        "site_declined_or_late": track.status == "declined" or late,
        "extraction_checked": last is not None and last.state == Extraction.State.DONE,
        "amendment_accepted": case.children.filter(
            amendment__kind="site", amendment__change__site=track.key, state="accepted"
        ).exists(),
    }


def _request(request, answers, tracks, records, people, at) -> dict:
    purpose, data = answers.get("purpose", {}), answers.get("data", {})
    protocol, calendar = answers.get("protocol", {}), answers.get("calendar", {})
    slots = {a.slot for a in request.attachments.filter(removed_at__isnull=True)}
    period = getattr(request, "access_period", None)
    facts = {
        "holder": _holder(answers.get("team", {}), people, records),
        "legal_persons": [
            {"part": lp.part, "dpo_named": bool(lp.organisation.dpo_email)}
            for lp in request.legal_persons.all()
        ],
        "purpose": _without_none(
            {
                "code": purpose.get("purpose"),
                "prohibited": purpose.get("prohibited", [])
                if purpose.get("prohibited_answered")
                else None,
            }
        ),
        "public_interest_length": len(purpose.get("public_interest") or ""),
        "variables": [
            {
                "code": v.variable.code,
                "reason_length": len(v.reason.strip()),
                "objective": bool(v.objective),
            }
            for v in request.asked_variables.all()
        ],
        "period": _without_none({"start": data.get("period_start"), "end": data.get("period_end")}),
        "population_bounded": bool(data.get("population") or data.get("cohort")),
        "delivery": _without_none(
            {
                "kind": data.get("delivery_kind"),
                "reason_length": len(data.get("delivery_reason") or ""),
            }
        ),
        "protocol": {
            "attached": "protocol" in slots,
            "version_stated": bool(protocol.get("protocol_version")),
            "statistical_plan": "statistical_plan" in slots,
        },
        "route": _route(request),
        "formalities": _formalities(request, tracks),
        "destinations": _destinations(answers, tracks, records),
        "access": _access(period, calendar),
        "money": {
            "funder_stated": bool(calendar.get("funder")),
            "partner_stated": bool(calendar.get("partner")),
            "fee_stated": calendar.get("fee") is not None,
            **_without_none({"fee_basis": calendar.get("fee_basis")}),
            "public": True,
        },
        "public_record": {
            "missing": public.missing(request, answers),
            "preview_confirmed": any(r.kind == "preview_confirmed" for r in records),
            "preview_current": any(
                r.kind == "preview_confirmed"
                and r.data.get("sha256") == public.preview_digest(request, answers)
                for r in records
            ),
        },
        "plain_results": _plain_results(request),
    }
    excuse = next((r.data["code"] for r in records if r.kind == "results_excuse"), None)
    published = [r.published_on.isoformat() for r in request.results.all() if r.published_on]
    return facts | _without_none(
        {"results_excuse": excuse, "last_publication_on": max(published, default=None)}
    )


def _holder(team: dict, people, records) -> dict:
    parts = {p.part for p in people}
    return _without_none(
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
    return _without_empty(
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


def _formalities(request, tracks) -> list[dict]:
    route = getattr(request, "qualification", None)
    qualification = (route.set_qualification or None) if route else None
    found = []
    for track in tracks:
        if track.kind != "formality":
            continue
        given = {e.code: e for e in track.evidence.all()}
        answer = "pending"
        if track.key == "none" and track.status == "favourable":
            answer = "not_required"
        elif track.decision_id and track.decision.details.get("answer"):
            answer = track.decision.details["answer"]
        found.append(
            {
                "code": track.key,
                "answer": answer,
                "evidence": [
                    {
                        "code": piece.code,
                        "present": piece.code in given,
                        "valid": piece.code in given
                        and piece_is_valid(piece, given[piece.code].values),
                    }
                    for piece in evidence_of(track.key, qualification)
                ],
            }
        )
    return found


def _destinations(answers, tracks, records) -> list[dict]:
    kind = answers.get("data", {}).get("destination")
    if not kind:
        return []
    checked = next((r.data for r in records if r.kind == "destination_checked"), {})
    signed = all(t.status == "signed" for t in tracks if t.kind == "convention")
    return [
        {
            "kind": kind,
            "authorised": bool(checked.get("authorised")),
            "controller_named": bool(checked.get("controller_named")),
            "hosting_certificate_required": kind in ("national_hub", "partner"),
            "hosting_certificate": bool(checked.get("hosting_certificate")),
            "convention_signed": signed,
            "outside_eu": answers.get("regulatory", {}).get("outside_eu", "no"),
            "outputs_checked": bool(checked.get("outputs_checked")),
        }
    ]


def _access(period, calendar) -> dict:
    if period is None:
        return _without_none({"months": calendar.get("access_months")})
    return _without_none(
        {
            "months": period.months,
            "starts_on": _iso(period.starts_on),
            "ends_on": _iso(period.ends_on),
            "ended_on": _iso(period.ended_on),
        }
    )


def _plain_results(request) -> dict:
    plain = getattr(request, "plain_results", None)
    if plain is None:
        return {"length": 0, "published": False}
    return {"length": len(plain.text.strip()), "published": plain.published_at is not None}


def _sites(request, answers, tracks, records, at) -> dict:
    site_tracks = {t.key: t for t in tracks if t.kind == "site"}
    asked = {
        a.establishment_id: a.establishment
        for a in request.asked_sites.select_related("establishment__warehouse")
    } | {t.key: t.establishment for t in site_tracks.values()}
    codes = [v.variable_id for v in request.asked_variables.all()]
    described = dataset_records(codes, list(asked))
    of_track = defaultdict(list)
    for record in records:
        of_track[record.track_id].append(record)
    purpose = answers.get("purpose", {}).get("purpose")
    facts = {}
    for slug, establishment in asked.items():
        track = site_tracks.get(slug)
        own = of_track[track.pk] if track else []
        facts[slug] = {
            "in_perimeter": track is None
            or track.status not in ("left", "infeasible", "undeliverable"),
            "records": described.get(slug, []),
            "feasibility": _last(own, "count", {"counted": False}),
            "warehouse": _warehouse(establishment, purpose, request.requester_kind),
            "agreement": _agreement(track),
            "delivered": track is not None and track.status in ("delivered", "opened"),
            "delivery": _delivery(track, answers),
            "information": _information(establishment, records),
            "objection": {
                "ways_published": bool(establishment.postal_address or establishment.dpo_email),
                "overdue": 0,
            },
            "ending": _ending(track),
        }
    return facts


def _warehouse(establishment, purpose, requester_kind) -> dict:
    standing = getattr(establishment, "warehouse", None)
    if standing is None:
        return {}
    return _without_none(
        {
            "kind": standing.kind,
            "number_stated": bool(establishment.warehouse_declaration),
            "dated_on": _iso(establishment.warehouse_declared_on),
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


def _agreement(track) -> dict:
    if track is None:
        return {"answer": "pending"}
    answer = next(
        (
            d
            for d in reversed(list(track.decisions.all()))
            if d.step in ("agree", "agree_with_limits", "decline", "join_by_amendment")
        ),
        None,
    )
    if answer is None or track.status not in AGREEMENTS:
        return {"answer": "pending"}
    return _without_none(
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


def _delivery(track, answers) -> dict:
    last = track.extractions.first() if track else None
    if last is None or last.manifest is None:
        return {}
    manifest, checks = last.manifest, last.manifest.get("checks", {})
    return {
        **{name: bool(value) for name, value in checks.items() if isinstance(value, bool)},
        "kind": answers.get("data", {}).get("delivery_kind", ""),
        "keys_proper": bool(checks.get("keys_proper")),
        "true_dates_granted": bool(answers.get("data", {}).get("true_dates")),
        "through_portal": False,
        "logged": True,
        "objection_list_on": str(manifest.get("objection_list", ""))[:10],
        "information_list_on": str(manifest.get("objection_list", ""))[:10],
        "corrections_pending": 0,
        "manifest_fields": sorted(
            code for code, fields in MANIFEST_FIELDS.items() if fields <= set(manifest)
        ),
        "manifest_signed": True,
    }


def _information(establishment, records) -> dict:
    standing = getattr(establishment, "warehouse", None)
    notice = next((r for r in records if r.kind == "notice_online"), None)
    return _without_none(
        {
            "since": _iso(standing.informed_since) if standing else None,
            "channel": (standing.information_channel or None) if standing else None,
            "coverage": standing.information_coverage if standing else None,
            "notice_online_on": notice.data.get("on") if notice else None,
        }
    )


def _ending(track) -> dict:
    if track is None:
        return {}
    certificates = {c.kind: c for c in track.certificates.all()}
    sealed = certificates.get("dataset_sealed")
    return _without_none(
        {
            "space_closed": "space_closed" in certificates,
            "copies_destroyed": "copies_destroyed" in certificates,
            "dataset_sealed": sealed is not None,
            "sealed_on": _iso(today(sealed.at)) if sealed else None,
            "second_certificate": "dataset_destroyed" in certificates,
        }
    )


def _members(people, records, at) -> dict:
    persons = {p.person_id: p.person for p in people if p.part in Participation.TEAM}
    in_force = versions_in_force(today(at))["utilisateur"]
    signed = defaultdict(dict)
    for signature in CharterSignature.objects.filter(person__in=persons):
        signed[signature.person_id][signature.charter] = str(signature.version)
    trained = {
        t.person_id: t for t in Training.objects.filter(person__in=persons).order_by("expires_on")
    }
    breached = {
        r.data["person"] for r in records if r.kind == "breach" and not r.data.get("closed")
    }
    return {
        str(person.ref): _without_none(
            {
                "charter_signed": signed[pk].get("utilisateur"),
                "charter_in_force": in_force,
                "training_obtained_on": _iso(trained[pk].obtained_on) if pk in trained else None,
                "training_expires_on": _iso(trained[pk].expires_on) if pk in trained else None,
                "no_reidentification_signed": NO_REIDENTIFICATION in signed[pk],
                "breach_open": str(person.ref) in breached,
            }
        )
        for pk, person in persons.items()
    }


def _results(request) -> dict:
    return {
        str(result.pk): _without_none(
            {
                "kind": result.kind,
                "published_on": _iso(result.published_on),
                "deposited_on": _iso(result.deposited_on),
                "deferred_until": _iso(result.deferred_until),
                "cites_establishments": result.cites_establishments,
                "cites_number": result.cites_number,
            }
        )
        for result in request.results.all()
    }


def _item(case: Case, at: datetime) -> dict:
    item = item_before(case)
    if item is None:
        return {}
    room = presence_at(item)
    voters = set(item.votes.values_list("mandate__person_id", flat=True))
    conflicted = set(case.conflicts.values_list("person_id", flat=True))
    return {
        "mode": "delegated" if item.delegated else "session",
        "present": room.present,
        "required": room.required,
        "patient_representative_present": room.patients,
        "undeclared": len(room.undeclared),
        "conflicted_present": len(voters & (conflicted | {m.person_id for m in room.out})),
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
                or grid.by_id in voters
                or grid.by_id == item.rapporteur_id,
                "conflict": grid.by_id in conflicted,
            }
            for grid in item.grids.all()
        },
    }


def _process(case, request, tracks, records, at) -> dict:
    running = list(case.deadlines.running().prefetch_related("reminders"))
    since = {r.kind for r in records if r.at >= case.state_since}
    period = getattr(request, "access_period", None)
    ended = period.ended_on if period else None
    sites = [t.status for t in tracks if t.kind == "site"]
    decline = next(
        (d for d in case.decisions.order_by("-index") if d.tone == "negative" and d.delegation_id),
        None,
    )
    contested = decline.at if decline and case.state == "preparation" else case.state_since
    return {
        "points_answered": not request.points.filter(state="open").exists(),
        "warned": any(
            d.subject == f"state:{case.state}"
            and d.due_at < at
            and any(r.kind == "late" for r in d.reminders.all())
            for d in running
        ),
        "revived_in_time": today(at) <= months_later(today(case.state_since), 6),
        "appealed_in_time": today(at) <= months_later(today(contested), 2)
        and (case.state != "preparation" or decline is not None),
        "heard": "hearing" in since,
        "dpo_gave_opinion": "dpo_opinion" in since,
        "results_overdue": ended is not None and today(at) > months_later(ended, 18),
        "opening_chosen": "agreed" not in sites
        and "agreed_with_limits" not in sites
        or bool(period and period.site_by_site),
    }


def _last(records, kind: str, default: dict) -> dict:
    return next((r.data for r in reversed(records) if r.kind == kind), default)


def _iso(day) -> str | None:
    return day.isoformat() if day else None


def _without_none(facts: dict) -> dict:
    return {name: value for name, value in facts.items() if value is not None}


def _without_empty(facts: dict) -> dict:
    return {name: value for name, value in facts.items() if value not in (None, "")}
