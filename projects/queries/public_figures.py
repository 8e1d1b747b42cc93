"""What a reader finds in the figures that public pages publish, read as they are published (C-09).

Nothing is recounted: each table is taken from the function that the page calls, and looked at as
somebody does who looks for a small figure. A page that publishes figures is added here.
"""

from collections.abc import Iterable
from datetime import datetime

from catalog.models import Dataset
from catalog.queries import objections
from catalog.queries.findings import answers_of
from governance.disclosure import Read, read
from governance.models import Establishment
from governance.process.table import REQUEST
from projects.queries import alike
from projects.queries.indicators import states


def published(at: datetime, least: int) -> Read:
    """What is found in all of them at `at`, `least` being the smallest that may be published."""
    figures = alike.figures(REQUEST, at=at)
    tables = [*figures.answers.values(), *figures.appeals.values()]
    found = [each for table in tables for each in _of_answers(table, least)]
    for clock in figures.clocks.values():
        for groups in (clock.kinds, clock.establishments):
            in_time = [_parts(each.in_time) for each in groups]
            found.append(read(in_time, _parts(clock.everyone.in_time), least))
    cited = [(number,) for _article, number in figures.articles]
    cited_by = [list(each.numbers.values()) for each in figures.cited.values()]
    blocked, cut_off = alike.blocked(REQUEST, at=at).values(), alike.cut_off(at=at).values()
    cut = [(each.number,) for each in cut_off if each.number is not None]
    mended = [
        (each.mended, each.number - each.mended)
        for each in (*blocked, *cut_off)
        if each.number is not None and each.mended is not None
    ]
    tallies = [(each.number,) for each in states() if each.number is not None]
    measured = objections.measured(at=at)
    objected = [(measured.answered,)] if measured else []
    persons = Dataset.objects.exclude(persons=None).values_list("persons")
    # These have no total: what one of them hides is found from no other.
    given = (tallies, objected, list(persons), *_of_anomalies(at))
    alone: Iterable[list] = (cited, *cited_by, cut, mended, *given)
    return sum((read(rows, None, least) for rows in alone), sum(found, Read()))


def _of_anomalies(at: datetime) -> tuple[list, list]:
    """How each hospital answers what users report: how many, and how they are split."""
    places = Establishment.objects.active().values_list("pk", flat=True)
    told = [each for each in (answers_of(place, at=at) for place in places) if each.received]
    split = [(e.in_time, e.late, e.waiting) for e in told if e.in_time is not None]
    return [(each.received,) for each in told], split


def _of_answers(table: alike.Table, least: int) -> Iterable[Read]:
    """How many answers each group was given; then how they are split."""
    everyone = table.everyone
    numbers = [None if each.number is None else (each.number,) for each in table.groups]
    whole = None if everyone.number is None else (everyone.number,)
    yield read(numbers, whole, least)
    yield read([_parts(each.part) for each in table.groups], _parts(everyone.part), least)


def _parts(share) -> tuple[int, int] | None:
    return None if share is None else (share.part, share.whole - share.part)
