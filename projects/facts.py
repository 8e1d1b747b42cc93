"""The facts of a request, as the charters read them: flags, numbers, codes and dates, no words.

The schema is `governance.charters.facts`. A constant number of queries, whatever the request.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import cached_property

from catalog.queries import dataset_records
from governance.charters import versions_in_force
from governance.charters.facts import months_later, today
from governance.charters.later import Later
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
from projects.models import Certificate, Evidence, Extraction, Request


def request_facts(case: Case, at: datetime) -> Callable[[Asked], dict]:
    """What gives the facts of the request of `case` at the aware instant `at`, for any step asked,
    with what that step would add. Each fact is read when a clause asks for it, once."""
    rows = _Rows(case, at)
    known = _read(rows)
    return lambda asked: _with(known, asked, rows)


class _Rows:
    """The rows of one request, each kind read when a fact needs it, in one query whatever their
    number."""

    def __init__(self, case: Case, at: datetime):
        self.case, self.at = case, at
        self._described: dict[str, list] | None = None

    @cached_property
    def request(self) -> Request:
        return Request.objects.select_related(
            "organisation", "qualification", "access_period", "plain_results"
        ).get(case=self.case)

    @cached_property
    def answers(self) -> dict[str, dict]:
        return {s.code: s.answers for s in self.request.sections.all()}

    @cached_property
    def variables(self) -> list:
        return list(self.request.asked_variables.select_related("variable"))

    @cached_property
    def asked_sites(self) -> list:
        asked = self.request.asked_sites.select_related("establishment__warehouse")
        return list(asked)

    @cached_property
    def results(self) -> list:
        return list(self.request.results.all())

    @cached_property
    def tracks(self) -> list[Track]:
        return list(self.case.tracks.select_related("establishment__warehouse"))

    @cached_property
    def records(self) -> list:
        return list(self.case.records.all())

    @cached_property
    def people(self) -> list[Participation]:
        return list(self.case.participations.valid(self.at).select_related("person"))

    @cached_property
    def decisions(self) -> list:
        return list(self.case.decisions.order_by("index"))

    @cached_property
    def clocks(self) -> list:
        return list(self.case.deadlines.running().prefetch_related("reminders"))

    @cached_property
    def evidence(self) -> dict[int, list]:
        return self._by_track(Evidence.objects.all())

    @cached_property
    def extractions(self) -> dict[int, list]:
        return self._by_track(Extraction.objects.all())

    @cached_property
    def certificates(self) -> dict[int, list]:
        return self._by_track(Certificate.objects.all())

    def _by_track(self, rows) -> dict[int, list]:
        found = defaultdict(list)
        for row in rows.filter(track__case=self.case):
            found[row.track_id].append(row)
        return found

    def described(self, asked: list[str]) -> dict[str, list]:
        """The catalogue records of what is asked, by establishment."""
        if self._described is None:
            codes = [v.variable_id for v in self.variables]
            self._described = dataset_records(codes, asked)
        return self._described

    @cached_property
    def sites_let_in(self) -> set[str]:
        """The establishments that an accepted amendment brings in."""
        accepted = self.case.children.filter(amendment__kind="site", state="accepted")
        return set(accepted.values_list("amendment__change__site", flat=True))

    def decisions_on(self, track: Track) -> list:
        """The decisions that moved `track`, the oldest first."""
        return [d for d in self.decisions if d.track_id == track.pk]

    def last_extraction(self, track: Track | None):
        """The last extraction launched at the site of `track`."""
        return next(iter(self.extractions[track.pk]), None) if track else None


def _read(rows: _Rows) -> Later:
    return Later(
        {
            "schema": lambda: 1,
            "request": lambda: _request(rows),
            "sites": lambda: _sites(rows),
            "members": lambda: _members(rows.people, rows.records, rows.at),
            "results": lambda: _results(rows.results),
            "item": lambda: _item(rows.case, rows.at),
            "findings": lambda: {
                r.data["article"]: r.data["finding"] for r in rows.records if r.kind == "finding"
            },
            "process": lambda: _process(rows),
        }
    )


def _with(known: Later, asked: Asked, rows: _Rows) -> Later:
    """`known` with the flags of the track that moves and what the step's form says."""
    flags = _of_track(asked.track, rows)
    facts = known.but(process=lambda: known["process"].but(**flags))
    said = asked.details
    match asked.step.code:
        case "admit":
            facts |= {"findings": facts["findings"] | said.get("findings", {})}
        case "qualify" if said:
            route = facts["request"]["route"] | {
                "set_qualification": said["qualification"],
                "set_formality": said["formality"],
                "differs_reason_length": said["differs_reason_length"],
            }
            facts |= {"request": facts["request"] | {"route": route}}
        case "close" | "mend":
            # The closure itself publishes the summary, in the same transaction.
            plain = facts["request"]["plain_results"] | {"published": True}
            facts |= {"request": facts["request"] | {"plain_results": plain}}
        case "authorise" if "months" in said:
            access = facts["request"]["access"] | {"months": said["months"]}
            facts |= {"request": facts["request"] | {"access": access}}
        case "agree_with_limits" | "decline" if said:
            slug = asked.track.key
            agreement = {
                "answer": "declined" if asked.step.code == "decline" else "agreed_with_limits",
                "delegated": True,
                "reason_length": len(asked.reason.strip()),
                "articles": sorted(asked.articles),
                **{name: said[name] for name in ("ground", "ready_on") if name in said},
            }
            site = facts["sites"][slug] | {"agreement": agreement}
            facts |= {"sites": facts["sites"] | {slug: site}}
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


def _of_track(track: Track | None, rows: _Rows) -> dict[str, Callable]:
    """The flags of procedure that depend on the track a step moves."""
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


def _request(rows: _Rows) -> Later:
    return Later(
        {
            "holder": lambda: _holder(rows.answers.get("team", {}), rows.people, rows.records),
            "legal_persons": lambda: [
                {"part": lp.part, "dpo_named": bool(lp.organisation.dpo_email)}
                for lp in rows.request.legal_persons.select_related("organisation")
            ],
            "purpose": lambda: _purpose(rows.answers.get("purpose", {})),
            "public_interest_length": lambda: len(
                rows.answers.get("purpose", {}).get("public_interest") or ""
            ),
            "variables": lambda: [
                {
                    "code": v.variable.code,
                    "reason_length": len(v.reason.strip()),
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
            "destinations": lambda: _destinations(rows.answers, rows.tracks, rows.records),
            "access": lambda: _access(
                getattr(rows.request, "access_period", None), rows.answers.get("calendar", {})
            ),
            "money": lambda: _money(rows.answers.get("calendar", {})),
            "public_record": lambda: _public_record(rows),
            "plain_results": lambda: _plain_results(rows.request),
            "results_excuse": lambda: _excuse(rows.records),
            "last_publication_on": lambda: max(
                (r.published_on.isoformat() for r in rows.results if r.published_on), default=None
            ),
        }
    )


def _excuse(records) -> str | None:
    """Why there will be no result, when somebody recorded it."""
    return _last([r for r in records if not r.track_id], "results_excuse", {}).get("code") or None


def _purpose(said: dict) -> dict:
    prohibited = said.get("prohibited", []) if said.get("prohibited_answered") else None
    return _without_none({"code": said.get("purpose"), "prohibited": prohibited})


def _period(said: dict) -> dict:
    return _without_none({"start": said.get("period_start"), "end": said.get("period_end")})


def _delivered_as(said: dict) -> dict:
    return _without_none(
        {
            "kind": said.get("delivery_kind"),
            "reason_length": len(said.get("delivery_reason") or ""),
        }
    )


def _protocol(rows: _Rows) -> dict:
    slots = {a.slot for a in rows.request.attachments.filter(removed_at__isnull=True)}
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
        **_without_none({"fee_basis": said.get("fee_basis")}),
        "public": True,
    }


def _public_record(rows: _Rows) -> dict:
    confirmed = [r for r in rows.records if r.kind == "preview_confirmed"]
    digest = public.preview_digest(rows.request, rows.answers) if confirmed else ""
    return {
        "missing": public.missing(rows.request, rows.answers),
        "preview_confirmed": bool(confirmed),
        "preview_current": any(r.data.get("sha256") == digest for r in confirmed),
    }


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


def _formalities(rows: _Rows) -> list[dict]:
    route = getattr(rows.request, "qualification", None)
    qualification = (route.set_qualification or None) if route else None
    found = []
    taken = {d.pk: d for d in rows.decisions}
    for track in rows.tracks:
        if track.kind != "formality":
            continue
        given = {e.code: e for e in rows.evidence[track.pk]}
        decision, answer = taken.get(track.decision_id), "pending"
        if track.key == "none" and track.status == "favourable":
            answer = "not_required"
        elif decision is not None and decision.details.get("answer"):
            answer = decision.details["answer"]
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


def _sites(rows: _Rows) -> dict:
    tracks = {t.key: t for t in rows.tracks if t.kind == "site"}
    asked = {a.establishment_id: a.establishment for a in rows.asked_sites}
    asked |= {slug: track.establishment for slug, track in tracks.items()}
    return {
        slug: _site(rows, place, tracks.get(slug), list(asked)) for slug, place in asked.items()
    }


def _site(rows: _Rows, establishment, track: Track | None, asked: list[str]) -> Later:
    purpose = rows.answers.get("purpose", {})
    return Later(
        {
            "in_perimeter": lambda: (
                track is None or track.status not in ("left", "infeasible", "undeliverable")
            ),
            "records": lambda: rows.described(asked).get(establishment.pk, []),
            "feasibility": lambda: _last(
                [r for r in rows.records if track and r.track_id == track.pk],
                "count",
                {"counted": False},
            ),
            "warehouse": lambda: _warehouse(
                establishment, purpose.get("purpose"), rows.request.requester_kind
            ),
            "agreement": lambda: _agreement(track, rows.decisions_on(track) if track else []),
            "delivered": lambda: track is not None and track.status in ("delivered", "opened"),
            "delivery": lambda: _delivery(rows.last_extraction(track), rows.answers),
            "information": lambda: _information(establishment, rows.records),
            "objection": lambda: {
                "ways_published": bool(establishment.postal_address or establishment.dpo_email),
                "overdue": 0,
            },
            "ending": lambda: _ending(rows.certificates[track.pk]) if track else {},
        }
    )


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


def _delivery(last: Extraction | None, answers: dict) -> dict:
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


def _ending(given: list) -> dict:
    certificates = {c.kind: c for c in given}
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
    # The last word on a person is what counts: a breach closed bars nobody.
    breached = {r.data["person"]: not r.data.get("closed") for r in records if r.kind == "breach"}
    return {
        str(person.ref): _without_none(
            {
                "charter_signed": signed[pk].get("utilisateur"),
                "charter_in_force": in_force,
                "training_obtained_on": _iso(trained[pk].obtained_on) if pk in trained else None,
                "training_expires_on": _iso(trained[pk].expires_on) if pk in trained else None,
                "no_reidentification_signed": NO_REIDENTIFICATION in signed[pk],
                "breach_open": breached.get(str(person.ref), False),
            }
        )
        for pk, person in persons.items()
    }


def _results(results: list) -> dict:
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
        for result in results
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


def _process(rows: _Rows) -> Later:
    case, at = rows.case, rows.at

    def recorded_since(kind: str) -> bool:
        return any(r.kind == kind and r.at >= case.state_since for r in rows.records)

    return Later(
        {
            "points_answered": lambda: not rows.request.points.filter(state="open").exists(),
            "warned": lambda: any(
                d.subject == f"state:{case.state}"
                and d.due_at < at
                and any(r.kind == "late" for r in d.reminders.all())
                for d in rows.clocks
            ),
            "revived_in_time": lambda: today(at) <= months_later(today(case.state_since), 6),
            "appealed_in_time": lambda: _appealed_in_time(rows),
            "heard": lambda: recorded_since("hearing"),
            "dpo_gave_opinion": lambda: recorded_since("dpo_opinion"),
            "results_overdue": lambda: _results_overdue(rows),
            "opening_chosen": lambda: _opening_chosen(rows),
        }
    )


def _appealed_in_time(rows: _Rows) -> bool:
    """Two months from the decision contested: the state's, or in `preparation` the last decline."""
    contested = rows.case.state_since
    if rows.case.state == "preparation":
        negative = (d for d in reversed(rows.decisions) if d.tone == "negative" and d.delegation_id)
        decline = next(negative, None)
        if decline is None:
            return False
        contested = decline.at
    return today(rows.at) <= months_later(today(contested), 2)


def _results_overdue(rows: _Rows) -> bool:
    period = getattr(rows.request, "access_period", None)
    ended = period.ended_on if period else None
    return ended is not None and today(rows.at) > months_later(ended, 18)


def _opening_chosen(rows: _Rows) -> bool:
    period = getattr(rows.request, "access_period", None)
    sites = {t.status for t in rows.tracks if t.kind == "site"}
    everybody_delivered = not sites & {"agreed", "agreed_with_limits"}
    return everybody_delivered or bool(period and period.site_by_site)


def _last(records, kind: str, default: dict) -> dict:
    return next((r.data for r in reversed(records) if r.kind == kind), default)


def _iso(day) -> str | None:
    return day.isoformat() if day else None


def _without_none(facts: dict) -> dict:
    return {name: value for name, value in facts.items() if value is not None}


def _without_empty(facts: dict) -> dict:
    return {name: value for name, value in facts.items() if value not in (None, "")}
