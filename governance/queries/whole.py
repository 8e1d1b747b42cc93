"""The facts of the register as a whole, for the clauses about it: read from the tables alone.

``governance`` publishes no figure: what the layers above publish, they count themselves, by a
function that they hand in (`publishes`).
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db.models import Count, Q

from governance.charters import Clause, load_charter
from governance.charters.facts import SCHEMA
from governance.disclosure import LEAST, Read
from governance.ledger.signer import is_consistent
from governance.models.decision import Decision
from governance.models.incident import IncidentSite
from governance.process.precedents import unnamed
from governance.process.registry import every_process
from governance.queries.incidents import facts_of

_PUBLISHED: list[Callable[[datetime, int], Read]] = []


def publishes(read: Callable[[datetime, int], Read]) -> None:
    """Have ``read(at, least)`` counted among the public figures: what a reader of what it publishes
    finds in it, ``least`` being the smallest figure that may be published. Once at start-up."""
    _PUBLISHED.append(read)


def about_the_whole(at: datetime, clauses: Iterable[Clause]) -> dict:
    """The facts that clauses about the whole read at `at`; the smallest public figure is the one
    that a clause among `clauses` sets. A constant number of queries."""
    least = max((c.values["threshold"] for c in clauses if "threshold" in c.values), default=LEAST)
    figures = sum((read(at, least) for read in _PUBLISHED), Read())
    departing = departures()
    departed = departing.count()
    concerned = IncidentSite.objects.filter(incident__closed_at__isnull=True)
    consistent = is_consistent()
    whole = {
        "departures": departed,
        "departures_unexplained": departed - departing.filter(_EXPLAINED).count(),
        "departures_unnamed": unnamed(at=at),
        **_decisions(at),
        "public_figures": figures.figures,
        "public_figures_under_threshold": figures.small,
        "public_figures_deducible": figures.deducible,
        **facts_of(concerned.select_related("incident").order_by("pk"))["whole"],
    }
    if consistent is not None:
        whole["ledger_consistent"] = consistent
    return {"schema": SCHEMA, "whole": whole}


def departures():
    """The published decisions that depart from precedents, the last one first."""
    published = Q(pk__in=())
    for process in every_process():
        if process.published is not None:
            published |= Q(case__process=process.process.code) & process.published
    return Decision.objects.filter(published).exclude(departs_from=[]).order_by("-at")


_EXPLAINED = Q(reason__details__difference__regex=r"\S") | Q(reason__erased_at__isnull=False)
"""Words that were erased, at somebody's request, had been written."""


def _decisions(at: datetime) -> dict[str, int]:
    """How many negative decisions, and of them how many rest on no article of their charters."""
    rows = (
        Decision.objects.filter(tone="negative", at__lte=at)
        .order_by()
        .values_list("charters", "articles")
        .annotate(number=Count("pk"))
    )
    found = {"decisions": 0, "decisions_without_article": 0}
    for charters, articles, number in rows:
        known = {
            article.code
            for code, version in charters.items()
            for article in load_charter(code, version).articles
        }
        found["decisions"] += number
        if not known & set(articles):
            found["decisions_without_article"] += number
    return found
