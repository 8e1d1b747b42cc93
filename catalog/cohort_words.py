"""A cohort read back as sentences, in the reader's language: what one asked, to be recognised.

Codes are said by their labels where our lists hold them, and as they are otherwise.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from catalog import circe_words
from catalog.cohort import (
    CodeCriterion,
    Cohort,
    CohortError,
    MeasurementCriterion,
    NoteCriterion,
    parse,
)
from catalog.cohort.codes import CATEGORIES
from catalog.cohort.definition import Criterion
from catalog.domain.cohorts import TERMINOLOGIES_OF, is_as_it_is, read_definition
from catalog.queries import labels_of
from governance.dates import say_day

MOST_SAID = 6
"""Codes of one criterion that are said by name; the others are counted."""


@dataclass(frozen=True)
class Read:
    """A cohort in words: who, in one sentence; then each group under its heading."""

    who: str
    groups: list[tuple[str, list[str]]]

    @property
    def sentence(self) -> str:
        """All of it in one sentence."""
        parts = [f"{heading} {' ; '.join(lines)}" for heading, lines in self.groups]
        return f"{self.who}, {', '.join(parts)}." if parts else f"{self.who}."


def read(cohort: Cohort) -> Read:
    """``cohort`` in words. One query, for the labels of its codes."""
    labels = _labels((*cohort.every, *cohort.some, *cohort.none))
    groups = (
        (_("qui ont tout cela :"), cohort.every),
        (_("qui ont l’un au moins de :"), cohort.some),
        (_("et qui n’ont rien de :"), cohort.none),
    )
    return Read(
        _who(cohort),
        [(heading, [said(each, labels) for each in group]) for heading, group in groups if group],
    )


def read_back(definition: dict) -> Read:
    """A kept definition in words, or by its own names when it is one of OHDSI. One query."""
    if not is_as_it_is(definition):
        return read(read_definition(definition))
    who = _("Les personnes d’une définition OHDSI, comptée telle quelle")
    return Read(who, circe_words.groups(definition))


def read_kept(definition: dict | None) -> Read | None:
    """What a request carries, in words; None where it carries nothing, or what cannot be read any
    more. A code that has left our lists since is said as it is. One query."""
    if not definition:
        return None
    try:
        return read(parse(definition, known=lambda _kind, _pattern: True))
    except CohortError:
        return None


def criteria_in_words(criteria: Iterable[Criterion]) -> list[str]:
    """Each criterion in words. One query."""
    criteria = list(criteria)
    labels = _labels(criteria)
    return [said(each, labels) for each in criteria]


def in_words(definition: dict) -> list[str]:
    """Each part of a kept definition as a line that says its group: what two are compared by."""
    parts = read_back(definition)
    return [parts.who, *(f"{head} {line}" for head, lines in parts.groups for line in lines)]


def steps_in_words(definition: dict) -> list[str]:
    """What each step of an attrition of a kept definition leaves: those of ``Cohort.steps``, whom
    they start from first; or the inclusion rules of one of OHDSI. One query."""
    if is_as_it_is(definition):
        return circe_words.steps(definition)
    cohort = read_definition(definition)
    labels = _labels((*cohort.every, *cohort.some, *cohort.none))
    words = [_who(cohort) if cohort.needs_visit else _everyone(cohort)]
    heads = {"all": _("avec %(what)s"), "any": _("avec %(what)s"), "none": _("sans %(what)s")}
    for group, criteria in cohort.steps:
        what = _(" ou ").join(said(each, labels) for each in criteria)
        words.append(heads[group] % {"what": what})
    return words


def _who(cohort: Cohort) -> str:
    who = _sex(cohort)
    return " ".join(part for part in (who, _ages(cohort), _period(cohort)) if part)


def _sex(cohort: Cohort) -> str:
    if cohort.sexes == ("F",):
        return _("Les femmes")
    if cohort.sexes == ("M",):
        return _("Les hommes")
    return _("Les personnes")


def _everyone(cohort: Cohort) -> str:
    """Whom a cohort starts from when no visit is asked: the period bears on what follows."""
    return _("%(who)s que l’hôpital connaît") % {"who": _sex(cohort)}


def _ages(cohort: Cohort) -> str:
    low, high = cohort.age_min, cohort.age_max
    if low is not None and high is not None:
        return _("de %(low)d à %(high)d ans") % {"low": low, "high": high}
    if low is not None:
        return _("de %(low)d ans et plus") % {"low": low}
    if high is not None:
        return _("de %(high)d ans et moins") % {"high": high}
    return ""


def _period(cohort: Cohort) -> str:
    start, end = cohort.start, cohort.end
    if start and end:
        return _("soignées du %(start)s au %(end)s") % {"start": _day(start), "end": _day(end)}
    if start:
        return _("soignées depuis le %(start)s") % {"start": _day(start)}
    if end:
        return _("soignées jusqu’au %(end)s") % {"end": _day(end)}
    return ""


def _day(day: date) -> str:
    return say_day(day, whole=True)


def _labels(criteria: Iterable[Criterion]) -> dict:
    codes = set()
    for criterion in criteria:
        for kind, pattern in _patterns(criterion):
            codes |= {(name, pattern.removesuffix(".*")) for name in TERMINOLOGIES_OF[kind]}
    return labels_of(codes) if codes else {}


def _patterns(criterion: Criterion) -> list[tuple[str, str]]:
    match criterion:
        case CodeCriterion(kind, patterns):
            return [(kind, pattern) for pattern in patterns]
        case MeasurementCriterion():
            return [("measurement", criterion.code)]
    return []


def said(criterion: Criterion, labels: dict) -> str:
    """One criterion in words."""
    match criterion:
        case CodeCriterion(kind, patterns):
            return _codes(kind, patterns, labels)
        case MeasurementCriterion():
            return _measure(criterion, labels)
        case NoteCriterion():
            return _note(criterion)
    raise TypeError(type(criterion).__name__)


def _codes(kind: str, patterns: tuple[str, ...], labels: dict) -> str:
    heads = {
        "condition": _("un diagnostic : %(codes)s"),
        "procedure": _("un acte : %(codes)s"),
        "drug": _("un médicament : %(codes)s"),
    }
    names = [_name(kind, pattern, labels) for pattern in patterns[:MOST_SAID]]
    more = len(patterns) - len(names)
    if more:
        names.append(ngettext("%(n)d autre code", "%(n)d autres codes", more) % {"n": more})
    return heads[kind] % {"codes": _(" ou ").join(names)}


def _name(kind: str, pattern: str, labels: dict) -> str:
    stem = pattern.removesuffix(".*")
    found = next((labels[n, stem] for n in TERMINOLOGIES_OF[kind] if (n, stem) in labels), None)
    name = f"{found.label} ({stem})" if found else stem
    return _("%(name)s et tout ce qui en dépend") % {"name": name} if stem != pattern else name


OPERATORS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "=": "="}


def _measure(criterion: MeasurementCriterion, labels: dict) -> str:
    name = _name("measurement", criterion.code, labels)
    if criterion.op is None:
        return _("une mesure : %(name)s") % {"name": name}
    value = number_format(criterion.value, use_l10n=True)
    value = value.rstrip("0").rstrip(",.") if {",", "."} & set(value) else value
    return _("une mesure : %(name)s %(op)s %(value)s %(unit)s") % {
        "name": name,
        "op": OPERATORS[criterion.op],
        "value": value,
        "unit": criterion.unit or "",
    }


def _note(criterion: NoteCriterion) -> str:
    english = (get_language() or "fr").startswith("en")
    kind = CATEGORIES[criterion.category][english] if criterion.category else ""
    if kind and criterion.contains:
        return _("un document (%(kind)s) qui contient « %(text)s »") % {
            "kind": kind,
            "text": criterion.contains,
        }
    if kind:
        return _("un document : %(kind)s") % {"kind": kind}
    return _("un document qui contient « %(text)s »") % {"text": criterion.contains}
