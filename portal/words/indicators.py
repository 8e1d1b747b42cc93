"""The public indicators in words: each group by its name, each figure with its interval."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from governance.charters import load_charters, versions_in_force
from governance.estimates import Quantile, Share
from governance.models import Establishment
from portal.words.process import step_label
from projects.queries.alike import Cited, Clock, Delay, Outcome, Table

KINDS = {
    "academic": gettext_lazy("Académique"),
    "startup": gettext_lazy("Start-up"),
    "industry": gettext_lazy("Industrie"),
    "association": gettext_lazy("Association"),
    "": gettext_lazy("Non précisé"),
}


@dataclass(frozen=True)
class Line:
    """A row of a table: who, then each figure; empty where it is hidden."""

    label: str
    figures: tuple[str, ...]


def names() -> dict[str, dict[str, str]]:
    """Axis → code of a group → its name. One query."""
    hospitals = dict(Establishment.objects.values_list("slug", "short_name"))
    return {
        "kind": {code: str(words) for code, words in KINDS.items()},
        "establishment": hospitals | {"": _("Non précisé")},
    }


def delay_lines(clock: Clock | None, known: dict) -> dict[str, list[Line]]:
    """The tables of one clock, by axis, the line of all together last."""
    if clock is None:
        return {}
    axes = {"kind": clock.kinds, "establishment": clock.establishments}
    return {
        axis: [
            *(_delay_line(known[axis].get(d.group, d.group), d) for d in delays),
            _delay_line(_("Toutes les demandes"), clock.everyone),
        ]
        for axis, delays in axes.items()
    }


def _delay_line(label: str, delay: Delay) -> Line:
    found = (quantile_words(delay.half), quantile_words(delay.nine_in_ten))
    return Line(label, (*found, share_words(delay.in_time)))


def overview_line(label: str, clock: Clock | None) -> Line:
    """A clock in the list of all."""
    return _delay_line(label, clock.everyone) if clock else Line(label, ("", "", ""))


def outcome_lines(table: Table, labels: dict[str, str]) -> list[Line]:
    """The rows of a table of answers, the line of all together last."""
    if not table.groups:
        return []
    return [
        *(_outcome_line(labels.get(o.group, o.group), o) for o in table.groups),
        _outcome_line(_("En tout"), table.everyone),
    ]


def _outcome_line(label: str, outcome: Outcome) -> Line:
    number = "" if outcome.number is None else str(outcome.number)
    return Line(label, (number, share_words(outcome.part)))


def step_names(steps: Iterable[str], language: str) -> dict[str, str]:
    return {step: step_label(step, language) if step else _("Non précisé") for step in steps}


def article_lines(cited, day, language: str) -> list[dict]:
    """The articles cited, each by its title, where it is read, and how often."""
    titles = {
        article.code: (charter.code, article.title[language])
        for charter in load_charters(versions_in_force(day))
        for article in charter.articles
    }
    return [
        {"code": code, "charter": titles[code][0], "title": titles[code][1], "number": number}
        for code, number in cited
        if code in titles
    ]


@dataclass(frozen=True)
class CitedLine:
    """An article and how often each group that cites it does; no group where they are hidden."""

    title: str
    groups: tuple[tuple[str, int], ...]


def cited_lines(cited: Cited, articles: list[dict], labels: dict[str, str]) -> list[CitedLine]:
    """The articles of `article_lines`, each by group: those that do not cite it are left out."""
    return [
        CitedLine(
            each["title"],
            tuple(
                (labels.get(group, group), number)
                for group, number in group_numbers(cited, each["code"])
                if number
            ),
        )
        for each in articles
    ]


def group_numbers(cited: Cited, article: str) -> tuple[tuple[str, int], ...]:
    """(group, number) for each group; none where they are hidden."""
    numbers = cited.numbers.get(article)
    return () if numbers is None else tuple(zip(cited.groups, numbers, strict=True))


def quantile_words(found: Quantile | None) -> str:
    """« 12 jours (9 à 15) »; empty when hidden."""
    if found is None:
        return ""
    if found.days is None:
        return _("pas encore connu")
    said = ngettext("%(days)d jour", "%(days)d jours", found.days) % {"days": found.days}
    if found.low is None:
        return said
    if found.high is None:
        return _("%(days)s (au moins %(low)d)") % {"days": said, "low": found.low}
    span = {"days": said, "low": found.low, "high": found.high}
    return _("%(days)s (de %(low)d à %(high)d)") % span


def share_words(found: Share | None) -> str:
    """« 82 % (de 71 à 90) »; empty when hidden."""
    if found is None:
        return ""
    rounded = {
        "value": round(100 * found.value),
        "low": round(100 * found.low),
        "high": round(100 * found.high),
    }
    return _("%(value)d %% (de %(low)d à %(high)d)") % rounded
