"""A long history, loaded in bulk: copies of the demonstration's requests, with all that they are.

The copies obey what the engine's own writing obeys: every constraint and trigger stays on, a case
moves one decision at a time, each decision has its leaf, the tree is integrated and signed. What
differs between copies is who holds them, who follows them at the CDC, their number, their words
and, by milliseconds, when.
"""

import hashlib
import itertools
import uuid
from collections import Counter, defaultdict
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import OuterRef, Subquery

from benchmarks.material.demonstration import tidy_database
from governance.ledger.merkle import leaf_hash
from governance.ledger.signer import integrate
from governance.models import (
    Attestation,
    Case,
    Deadline,
    Decision,
    Leaf,
    Participation,
    Record,
    RoleGrant,
)
from governance.models.case import Track
from governance.models.decision import Reason
from governance.process.table import REQUEST
from projects.models import (
    AccessPeriod,
    AskedSite,
    AskedVariable,
    Convention,
    Handler,
    LegalPerson,
    PlainResults,
    Qualification,
    Request,
    RequestUserObjectPermission,
    Result,
    Section,
    YearCounter,
)

HOLDERS = 2_000
"""How many persons share the copies between them, at most."""

FOLLOWED = 40
"""Requests that one case officer follows: more requests are more officers, not more work each."""

OF_THE_REQUEST = (
    Section,
    AskedSite,
    AskedVariable,
    LegalPerson,
    Qualification,
    AccessPeriod,
    PlainResults,
    Result,
    Handler,
    RequestUserObjectPermission,
)
"""What hangs on a request and is copied as it is."""


def load_history(requests: int, *, at: datetime) -> dict[str, int]:
    """Bring the number of deposited requests up to `requests`; return what was written.

    The demonstration must be there. Raises RuntimeError in production.
    """
    if settings.PRODUCTION:
        raise RuntimeError("a benchmark's history is never loaded in production")
    patterns = list(Case.objects.filter(process="request", number__isnull=False).order_by("number"))
    missing = requests - len(patterns)
    if missing <= 0:
        return {"requests": 0, "decisions": 0}
    with transaction.atomic(), connection.cursor() as cursor:
        _plan(cursor, patterns, _holders(min(HOLDERS, missing)), missing, at)
        _copy_cases(cursor)
        decisions = _copy_decisions(cursor)
        _copy_leaves(cursor)
    integrate(at=at)
    tidy_database()
    return {"requests": missing, "decisions": decisions}


def _people(name: str, number: int) -> list[int]:
    """The keys of `number` persons of that name, made where they lack."""
    people = get_user_model()
    named = people.objects.filter(email__endswith=f"@{name}.history.example")
    people.objects.bulk_create(
        people(
            email=f"personne{n}@{name}.history.example",
            first_name=name.title(),
            last_name=str(n),
            password="!",
        )
        for n in range(named.count(), number)
    )
    return list(named.order_by("pk").values_list("pk", flat=True)[:number])


def _holders(number: int) -> list[int]:
    return _people("porteur", number)


def _officers(leads: list[str], at: datetime) -> list[int]:
    """Who follows each copy at its lead, from those leads: FOLLOWED copies each."""
    found: dict[str, list[int]] = {}
    for lead, copies in Counter(leads).items():
        found[lead] = _people(lead, -(-copies // FOLLOWED))
        known = RoleGrant.objects.filter(role="case_officer", establishment=lead)
        have = set(known.values_list("person", flat=True))
        RoleGrant.objects.bulk_create(
            RoleGrant(person_id=each, role="case_officer", establishment_id=lead, since=at)
            for each in found[lead]
            if each not in have
        )
    seen = Counter()
    chosen = []
    for lead in leads:
        chosen.append(found[lead][seen[lead] // FOLLOWED])
        seen[lead] += 1
    return chosen


def _plan(cursor, patterns: list[Case], holders: list[int], missing: int, at: datetime) -> None:
    """Say, in a temporary table, which case each copy is made of, its number and its people."""
    held = dict(
        Participation.objects.filter(part="holder", until=None).values_list("case", "person")
    )
    last = defaultdict(int, YearCounter.objects.values_list("year", "last"))
    cursor.execute(
        "CREATE TEMP TABLE copy (n int PRIMARY KEY, old uuid, new uuid UNIQUE, number text,"
        " held_by bigint, holder bigint, officer bigint, later interval) ON COMMIT DROP"
    )
    copied = list(itertools.islice(itertools.cycle(patterns), missing))
    officers = _officers([each.lead_id for each in copied], at)
    with cursor.copy("COPY copy FROM STDIN") as rows:
        for n, (pattern, officer) in enumerate(zip(copied, officers, strict=True)):
            year = int(pattern.number[:4])
            last[year] += 1
            number = f"{year}-{last[year]:04d}"
            later = timedelta(milliseconds=n + 1)
            holder = holders[n % len(holders)]
            rows.write_row(
                (n, pattern.pk, uuid.uuid4(), number, held[pattern.pk], holder, officer, later)
            )
    cursor.execute("ANALYZE copy")
    for year, number in last.items():
        YearCounter.objects.update_or_create(year=year, defaults={"last": number})


def _insert(cursor, model, source: str, **changed: str) -> int:
    """Copy rows of `model` (aliased `r`) as `source` joins them, some columns `changed`."""
    columns = [
        field.column
        for field in model._meta.concrete_fields
        if not field.primary_key or field.column in changed
    ]
    table = model._meta.db_table
    values = ", ".join(changed.get(column, f"r.{column}") for column in columns)
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} r {source}"
    )
    return cursor.rowcount


def _copy_cases(cursor) -> None:
    later = "+ copy.later"
    _insert(
        cursor,
        Case,
        "JOIN copy ON copy.old = r.id",
        id="copy.new",
        state="'draft'",
        origins="'{}'",
        revision="0",
        number="copy.number",
        last_decision_id="NULL",
        opened_at=f"r.opened_at {later}",
        state_since=f"r.opened_at {later}",
    )
    of_request = "JOIN copy ON copy.old = r.request_id"
    _insert(
        cursor,
        Request,
        "JOIN copy ON copy.old = r.case_id",
        case_id="copy.new",
        copied_from_id="NULL",
        public_since=f"r.public_since {later}",
    )
    _insert(
        cursor,
        Participation,
        "JOIN copy ON copy.old = r.case_id",
        case_id="copy.new",
        person_id="CASE WHEN r.person_id = copy.held_by THEN copy.holder ELSE r.person_id END",
    )
    for model in OF_THE_REQUEST:
        if model is RequestUserObjectPermission:
            _insert(
                cursor,
                model,
                "JOIN copy ON copy.old = r.content_object_id AND copy.held_by = r.user_id",
                content_object_id="copy.new",
                user_id="copy.holder",
            )
        elif model is Handler:
            officer = "CASE WHEN r.until IS NULL THEN copy.officer ELSE r.person_id END"
            _insert(cursor, model, of_request, request_id="copy.new", person_id=officer)
        else:
            _insert(cursor, model, of_request, request_id="copy.new")
    statuses = {t.kind: t.initial for t in REQUEST.tracks}
    initial = "CASE r.kind " + " ".join(f"WHEN '{k}' THEN '{s}'" for k, s in statuses.items())
    _insert(
        cursor,
        Track,
        "JOIN copy ON copy.old = r.case_id",
        case_id="copy.new",
        status=f"{initial} END",
        decision_id="NULL",
    )
    cursor.execute(
        "CREATE TEMP TABLE line ON COMMIT DROP AS"
        " SELECT old.id AS old, new.id AS new, copy.new AS case_id FROM copy"
        " JOIN governance_track old ON old.case_id = copy.old"
        " JOIN governance_track new ON new.case_id = copy.new"
        " AND new.kind = old.kind AND new.key = old.key"
    )
    cursor.execute("CREATE INDEX ON line (case_id, old)")
    of_line = "LEFT JOIN line ON line.case_id = copy.new AND line.old = r.track_id"
    for model in (Deadline, Record):
        _insert(
            cursor,
            model,
            f"JOIN copy ON copy.old = r.case_id {of_line}",
            case_id="copy.new",
            track_id="line.new",
        )
    _insert(cursor, Convention, "JOIN line ON line.old = r.track_id", track_id="line.new")


def _copy_decisions(cursor) -> int:
    """Copy the decisions, the first of every case, then the second…, each moving its case."""
    cursor.execute(
        "CREATE TEMP TABLE act ON COMMIT DROP AS"
        " SELECT d.id AS old, gen_random_uuid() AS new, d.index, copy.n, copy.new AS case_id"
        " FROM copy JOIN governance_decision d ON d.case_id = copy.old"
    )
    cursor.execute("CREATE INDEX ON act (index, old)")
    cursor.execute("ANALYZE act")
    cursor.execute("SELECT coalesce(max(index), 0) FROM act")
    (longest,) = cursor.fetchone()
    written = 0
    for index in range(1, longest + 1):
        written += _insert(
            cursor,
            Decision,
            f"JOIN act ON act.old = r.id AND act.index = {index} JOIN copy ON copy.n = act.n"
            " LEFT JOIN line ON line.case_id = copy.new AND line.old = r.track_id",
            id="act.new",
            case_id="copy.new",
            track_id="line.new",
            at="r.at + copy.later",
            by_id="CASE WHEN r.by_id = copy.held_by THEN copy.holder ELSE r.by_id END",
        )
        cursor.execute(
            "UPDATE governance_track t SET status = d.track_to, status_since = d.at,"
            " decision_id = d.id FROM act JOIN governance_decision d ON d.id = act.new"
            " WHERE act.index = %s AND t.id = d.track_id AND d.track_to <> ''",
            [index],
        )
        cursor.execute(
            "UPDATE governance_case c SET state = d.to_state, revision = d.index,"
            " last_decision_id = d.id, state_since = CASE WHEN c.state = d.to_state"
            " THEN c.state_since ELSE d.at END,"
            " origins = CASE WHEN p.revision = d.index THEN p.origins ELSE c.origins END"
            " FROM act JOIN governance_decision d ON d.id = act.new"
            " JOIN copy ON copy.n = act.n JOIN governance_case p ON p.id = copy.old"
            " WHERE act.index = %s AND c.id = act.case_id",
            [index],
        )
    _insert(cursor, Reason, "JOIN act ON act.old = r.decision_id", decision_id="act.new")
    return written


def _copy_leaves(cursor) -> None:
    """Give each copied decision its leaf: the pattern's, under the copy's number and case."""
    numbers = dict(Case.objects.filter(number__isnull=False).values_list("pk", "number"))
    patterns = {
        decision: (bytes(content), case)
        for decision, content, case in Attestation.objects.filter(
            decision__case__in=_old_cases(cursor)
        ).values_list("decision", _leaf_bytes(), "decision__case")
    }
    cursor.execute("SELECT coalesce(max(index) + 1, 0) FROM governance_leaf")
    (first,) = cursor.fetchone()
    cursor.execute(
        "SELECT act.old, act.new, act.case_id, copy.number, d.at FROM act"
        " JOIN copy ON copy.n = act.n JOIN governance_decision d ON d.id = act.new"
        " ORDER BY act.index, act.n"
    )
    acts = cursor.fetchall()
    with cursor.copy("COPY governance_leaf (index, bytes, leaf_hash, at) FROM STDIN") as rows:
        for index, (old, _new, case, number, at) in enumerate(acts, start=first):
            content, pattern = patterns[old]
            content = content.replace(_hash(pattern), _hash(case))
            content = content.replace(f'"{numbers[pattern]}"'.encode(), f'"{number}"'.encode())
            rows.write_row((index, content, leaf_hash(content), at))
    with cursor.copy("COPY governance_attestation (decision_id, leaf_index) FROM STDIN") as rows:
        for index, act in enumerate(acts, start=first):
            rows.write_row((act[1], index))


def _old_cases(cursor) -> list[uuid.UUID]:
    cursor.execute("SELECT DISTINCT old FROM copy")
    return [old for (old,) in cursor.fetchall()]


def _leaf_bytes():
    """The bytes of the leaf that an attestation names."""
    return Subquery(Leaf.objects.filter(index=OuterRef("leaf_index")).values("bytes")[:1])


def _hash(case: uuid.UUID) -> bytes:
    return hashlib.sha256(case.bytes).hexdigest().encode()
