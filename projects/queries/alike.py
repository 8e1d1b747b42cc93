"""Alike treated alike, in public figures: by kind of requester, by establishment and by step.

Delays are read from the clocks, outcomes from the decisions on requests (appeals apart). What may
be said of a group beside the total of all of them is for `governance.disclosure`; a figure hidden
here is None. Only answers on public requests count (docs/decisions/public-figures.md). A request
counts with the establishment that leads it, a site's answer with its own.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import BooleanField, Count, ExpressionWrapper, Q
from django.db.models.functions import Coalesce

from governance.disclosure import LEAST, shown, total
from governance.estimates import (
    HALF,
    NINE_IN_TEN,
    Point,
    Quantile,
    Share,
    curve,
    quantile,
    share,
    thinned,
)
from governance.models import Decision, NonConformity
from governance.process.precedents import COMPARED
from governance.process.shape import Process
from governance.process.standing import APPEALED, JUDGING

_CLOCKS = """
    SELECT clock, kind, establishment, days, open, late, count(*)
    FROM (
        SELECT split_part(d.subject, ':', 1) || ':' || split_part(d.subject, ':', 2) AS clock,
               coalesce(r.requester_kind, '') AS kind,
               coalesce(t.establishment_id, c.lead_id, '') AS establishment,
               floor(sum(extract(epoch FROM coalesce(d.stopped_at, %(at)s) - d.started_at))
                     / 86400)::integer AS days,
               bool_or(d.stopped_at IS NULL
                       OR c.state = 'completion' AND d.subject = 'state:' || c.origins[
                           array_length(c.origins, 1)]) AS open,
               bool_or(coalesce(d.stopped_at, %(at)s) > d.due_at) AS late
        FROM governance_deadline d
        JOIN governance_case c ON c.id = d.case_id
        LEFT JOIN projects_request r ON r.case_id = c.id
        LEFT JOIN governance_track t ON t.id = d.track_id
        WHERE c.process = %(process)s AND d.started_at <= %(at)s
        GROUP BY d.case_id, d.subject, r.requester_kind, t.establishment_id, c.lead_id
    ) each_case
    GROUP BY clock, kind, establishment, days, open, late
"""
"""As `governance.process.measured`: the segments of one case are added, and a case in `completion`
will come back to the last of its origins."""

_APPEALS = """
    SELECT r.requester_kind, coalesce(t.establishment_id, c.lead_id, ''),
           coalesce(contested.step, ''), d.tone, count(*)
    FROM governance_decision d
    JOIN governance_case c ON c.id = d.case_id
    JOIN projects_request r ON r.case_id = c.id AND r.public_since <= %(at)s
    LEFT JOIN governance_track t ON t.id = d.track_id
    LEFT JOIN governance_decision made ON made.track_id = d.track_id AND made.step = 'appeal'
    LEFT JOIN LATERAL (
        SELECT before.step FROM governance_decision before
        WHERE before.case_id = d.case_id AND before.index < made.index
          AND before.step = ANY(%(appealed)s) AND before.tone = 'negative'
        ORDER BY before.index DESC LIMIT 1
    ) contested ON true
    WHERE c.process = %(process)s AND d.step = ANY(%(judging)s) AND d.at <= %(at)s
    GROUP BY 1, 2, 3, 4
"""
"""What an appeal contests is the last negative decision before it, as its judge reads it
(`projects.queries.appeals`)."""

AXES = {"kind": 0, "establishment": 1, "step": 2}
"""How answers are grouped → where that stands in a row of `_answers`."""


@dataclass(frozen=True)
class Delay:
    """How long a clock lasts for one group. ``half`` and ``nine_in_ten`` are None where fewer than
    LEAST cases of it ended, ``in_time`` where it would tell a small figure."""

    group: str
    half: Quantile | None
    nine_in_ten: Quantile | None
    in_time: Share | None


@dataclass(frozen=True)
class Outcome:
    """How many answers a group was given, and the share that is ``negative`` (or, of appeals, that
    changed the decision)."""

    group: str
    number: int | None
    part: Share | None


@dataclass(frozen=True)
class Clock:
    everyone: Delay
    kinds: tuple[Delay, ...]
    establishments: tuple[Delay, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Table:
    everyone: Outcome
    groups: tuple[Outcome, ...]


@dataclass(frozen=True)
class Cited:
    """How often each article is cited by the negative answers given to each of ``groups``: in
    ``numbers``, by article, a number a group, or None where one of them would be small."""

    groups: tuple[str, ...]
    numbers: dict[str, tuple[int, ...] | None]


@dataclass(frozen=True)
class Figures:
    """``answers``, ``appeals``, ``cited``: axis (``kind``, ``establishment``, ``step``) → table.
    ``articles``: how often each is cited by a negative answer, the most cited first."""

    at: datetime
    clocks: dict[str, Clock]
    answers: dict[str, Table]
    appeals: dict[str, Table]
    articles: tuple[tuple[str, int], ...]
    cited: dict[str, Cited]


def figures(process: Process, *, at: datetime) -> Figures:
    """All the public figures at that instant. Four queries, whatever there is."""
    answered, appealed, cited = _answers(process, at), _appeals(process, at), _cited(process, at)
    articles = _articles(cited)
    return Figures(
        at=at,
        clocks=_clocks(process, at),
        answers={axis: _table(answered, place, "negative") for axis, place in AXES.items()},
        appeals={axis: appeals_table(appealed, axis) for axis in AXES},
        articles=articles,
        cited={axis: _cited_by(cited, dict(articles), place) for axis, place in AXES.items()},
    )


def _clocks(process: Process, at: datetime) -> dict[str, Clock]:
    with connection.cursor() as cursor:
        cursor.execute(_CLOCKS, {"at": at, "process": process.code})
        rows = cursor.fetchall()
    by_clock = defaultdict(list)
    for clock, *row in rows:
        by_clock[clock].append(row)
    return {clock: _clock(found) for clock, found in by_clock.items()}


def _clock(rows: list) -> Clock:
    late_still = sum(number for *_group, still, late, number in rows if still and late)
    counted = [row for row in rows if not row[3] or row[4] and late_still >= LEAST]
    kinds, establishments = (_delays(rows, counted, place) for place in (0, 1))
    everyone = _delays(rows, counted, None)[0]
    points = thinned(curve(_by_days(rows)), LEAST) if everyone.half else ()
    return Clock(everyone, kinds, establishments, points)


def _delays(rows: list, counted: list, place: int | None) -> tuple[Delay, ...]:
    """One figure a group. In time or late: those that ended, and those that wait past their date
    once they are LEAST."""

    def group(row) -> str:
        return "" if place is None else row[place]

    cells = _cells(counted, group, lambda row: 1 if row[4] else 0)
    if place is None:
        cells = {"": total(cells)} if total(cells) else {}
        visible = frozenset(cells)
    else:
        sizes = {code: (sum(parts),) for code, parts in cells.items()}
        visible = shown(cells, among=shown(sizes))
    found = []
    for code in sorted({group(row) for row in rows}):
        by_days = _by_days(row for row in rows if group(row) == code)
        enough = sum(ended for ended, _still in by_days.values()) >= LEAST
        points = curve(by_days) if enough else ()
        found.append(
            Delay(
                code,
                quantile(points, HALF) if enough else None,
                quantile(points, NINE_IN_TEN) if enough else None,
                share(cells[code][0], sum(cells[code])) if code in visible else None,
            )
        )
    return tuple(found)


def _by_days(rows: Iterable) -> dict[int, tuple[int, int]]:
    counted: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for _kind, _establishment, days, still, _late, number in rows:
        counted[max(0, days)][bool(still)] += number
    return {days: (ended, still) for days, (ended, still) in counted.items()}


def _cells(rows: Iterable, group: Callable, part: Callable) -> dict[str, tuple[int, int]]:
    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        counted[group(row)][part(row)] += row[-1]
    return {code: (first, second) for code, (first, second) in counted.items()}


def _answers(process: Process, at: datetime) -> list[tuple]:
    """(kind, establishment, step, tone, number) of the answers given on requests, appeals apart."""
    return list(
        Decision.objects.filter(
            case__process=process.code,
            case__request__public_since__lte=at,
            at__lte=at,
            tone__in=("positive", "negative"),
        )
        .exclude(step__in=JUDGING)
        .values_list(
            "case__request__requester_kind",
            Coalesce("track__establishment", "case__lead"),
            "step",
            "tone",
        )
        .annotate(number=Count("pk"))
        .order_by()
    )


def _appeals(process: Process, at: datetime) -> list[tuple]:
    """(kind, establishment, step contested, tone, number) of the appeals judged."""
    asked = {"appealed": list(APPEALED), "judging": list(JUDGING), "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_APPEALS, asked | {"process": process.code})
        return cursor.fetchall()


def _table(rows: list, place: int, told: str) -> Table:
    """The number of each group, then the part of it whose tone is ``told``, where both are safe."""
    cells = _cells(rows, lambda row: row[place] or "", lambda row: 1 if row[3] == told else 0)
    sizes = {code: (sum(parts),) for code, parts in cells.items()}
    wide = shown(sizes)
    split = shown(cells, among=wide)
    whole, parts = total(sizes), total(cells)
    groups = tuple(
        Outcome(
            code,
            sizes[code][0] if code in wide else None,
            share(cells[code][1], sizes[code][0]) if code in split else None,
        )
        for code in sorted(cells)
    )
    everyone = Outcome("", whole and whole[0], share(parts[1], sum(parts)) if parts else None)
    return Table(everyone, groups)


def appeals_table(rows: list, axis: str) -> Table:
    """Appeals judged, and of them the share that changed the decision."""
    return _table(rows, AXES[axis], "positive")


def _articles(cited: list[tuple]) -> tuple[tuple[str, int], ...]:
    numbers: dict[str, int] = defaultdict(int)
    for *_group, article, number in cited:
        numbers[article] += number
    visible = shown({code: (number,) for code, number in numbers.items()})
    return tuple(sorted(((c, numbers[c]) for c in visible), key=lambda each: (-each[1], each[0])))


def _cited_by(cited: list[tuple], articles: dict[str, int], place: int) -> Cited:
    """The numbers of an article are those of a group of answers cut in parts: all are said, or
    none, so that no number is found from the others nor from the answers given to a group."""
    groups = tuple(sorted({row[place] or "" for row in cited}))
    counted: dict[str, list[int]] = defaultdict(lambda: [0] * len(groups))
    for row in cited:
        counted[row[3]][groups.index(row[place] or "")] += row[4]
    cells = {article: tuple(numbers) for article, numbers in counted.items()}
    visible = shown(cells, among=frozenset(articles))
    return Cited(groups, {code: cells[code] if code in visible else None for code in articles})


@dataclass(frozen=True)
class Blocked:
    """How many negative answers cite an article, and in how many of them the request was then given
    the contrary answer; or how many accesses it cut, and how many were mended. None where it would
    tell a small figure."""

    number: int | None
    mended: int | None


_CITED = """
    SELECT r.requester_kind, coalesce(t.establishment_id, c.lead_id), d.step, article, count(*)
    FROM governance_decision d
    JOIN governance_case c ON c.id = d.case_id
    JOIN projects_request r ON r.case_id = c.id AND r.public_since <= %(at)s
    LEFT JOIN governance_track t ON t.id = d.track_id,
    unnest(d.articles) AS article
    WHERE c.process = %(process)s AND d.tone = 'negative' AND d.at <= %(at)s
    GROUP BY 1, 2, 3, 4
"""

_BLOCKED = """
    SELECT article, mended, count(*) FROM (
        SELECT unnest(d.articles) AS article, EXISTS (
            SELECT 1 FROM governance_decision later
            WHERE later.case_id = d.case_id AND later.index > d.index AND later.tone = 'positive'
              AND later.step = ANY(%(contrary)s) AND later.at <= %(at)s
              AND (d.track_id IS NULL OR later.track_id = d.track_id)
        ) AS mended
        FROM governance_decision d JOIN governance_case c ON c.id = d.case_id
        JOIN projects_request r ON r.case_id = c.id AND r.public_since <= %(at)s
        WHERE c.process = %(process)s AND d.tone = 'negative' AND d.at <= %(at)s
    ) cited GROUP BY article, mended
"""


def blocked(process: Process, *, at: datetime) -> dict[str, Blocked]:
    """Each article that negative answers cite. One query; the numbers are those of
    `Figures.articles`, so that one page told from the other tells nothing more."""
    contrary = sorted(COMPARED | {"overturn"})
    with connection.cursor() as cursor:
        cursor.execute(_BLOCKED, {"contrary": contrary, "at": at, "process": process.code})
        return _told_by_article(cursor.fetchall())


def cut_off(*, at: datetime) -> dict[str, Blocked]:
    """Each article that cut an access (a member's, an establishment's, the whole) while data were
    in use, and how many of these faults were mended since. One query."""
    found = NonConformity.objects.filter(bitten_at__lte=at).annotate(
        mended_since=ExpressionWrapper(Q(mended_at__isnull=False), output_field=BooleanField())
    )
    rows = found.order_by().values_list("article", "mended_since").annotate(number=Count("pk"))
    return _told_by_article(list(rows))


def _told_by_article(rows: list[tuple]) -> dict[str, Blocked]:
    """From (article, whether it was mended, number)."""
    cells = _cells(rows, lambda row: row[0], lambda row: 0 if row[1] else 1)
    wide = shown({code: (sum(parts),) for code, parts in cells.items()})
    split = shown(cells, among=wide)
    return {
        code: Blocked(sum(parts) if code in wide else None, parts[0] if code in split else None)
        for code, parts in cells.items()
    }


def _cited(process: Process, at: datetime) -> list[tuple]:
    """(kind, establishment, step, article, number) of the negative answers that cite an article."""
    with connection.cursor() as cursor:
        cursor.execute(_CITED, {"process": process.code, "at": at})
        return cursor.fetchall()
