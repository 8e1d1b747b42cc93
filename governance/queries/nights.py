"""What the nights judged, read: the last answer of each clause, what was late in the last year."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from governance.charters import Article
from governance.disclosure import LEAST
from governance.models.judged import Lateness, NightJudged

COUNTED = timedelta(days=365)


@dataclass(frozen=True)
class Nights:
    """What the last nights said of an article. ``whole``: the last answer of each clause of it
    about the whole. ``deadline``: the last night on which its deadlines were judged, request by
    request; ``late``: how many ran out in a year, None where it would tell a small figure."""

    whole: list[NightJudged]
    deadline: NightJudged | None
    late: int | None


def of_article(article: Article, at: datetime) -> Nights:
    """What the nights before `at` said of `article`, as everybody may read it. Two queries."""
    kinds = {c.code: c for c in article.clauses if c.kind in ("invariant", "deadline")}
    if not kinds:
        return Nights([], None, None)
    rows = NightJudged.objects.filter(clause__in=kinds).last_ones()
    found = {row.clause: row for row in rows}
    whole = [row for code, row in found.items() if kinds[code].subject == "whole"]
    apart = [row for code, row in found.items() if kinds[code].subject != "whole"]
    return Nights(whole, apart[0] if apart else None, _late(article, at) if apart else None)


def _late(article: Article, at: datetime) -> int | None:
    """Each request, or establishment of it, counts once."""
    since = at - COUNTED
    late = Lateness.objects.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=since))
    late = late.filter(article=article.code).order_by().values("case", "of").distinct()
    number = late.count()
    return None if 0 < number < LEAST else number


def failing() -> int:
    """How many clauses about the whole did not hold the last night."""
    rows = NightJudged.objects.exclude(verdict=None).last_ones()
    return sum(row.holds is not True for row in rows)
