"""What can be read of the versions of descriptions: their differences, what changed since a day,
what waits to be read again."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.domain.descriptions import FIELDS, LANGUAGES, content_of
from catalog.models import Dataset, DescriptionVersion, Variable
from governance.permissions import places_of
from governance.roles import Permission

LABELS: dict[str, Promise] = {
    "description_fr": gettext_lazy("Description"),
    "description_en": gettext_lazy("Description en anglais"),
    "population_fr": gettext_lazy("Population"),
    "population_en": gettext_lazy("Population en anglais"),
    "since_year": gettext_lazy("Première année"),
    "until_year": gettext_lazy("Dernière année"),
    "frequency": gettext_lazy("Mise à jour"),
    "conditions_fr": gettext_lazy("Conditions propres"),
    "conditions_en": gettext_lazy("Conditions propres en anglais"),
    "contact": gettext_lazy("Contact"),
}
QUALITY: dict[str, Promise] = {
    "fr": gettext_lazy("Qualité de « %(variable)s »"),
    "en": gettext_lazy("Qualité de « %(variable)s », en anglais"),
}
_WORD = re.compile(r"\s*\S+\s*")


@dataclass(frozen=True)
class Change:
    """One field that changed: ``pieces`` are pairs ("same", "out" or "in", text), in order."""

    label: str
    pieces: list[tuple[str, str]]


@dataclass(frozen=True)
class Shown:
    """A version, and what it changed of the one before; ``first`` has nothing before it."""

    version: DescriptionVersion
    changes: list[Change]
    first: bool = False


def changes(before: dict, after: dict, names: Mapping[str, str]) -> list[Change]:
    """What differs between two contents, field by field, in the order of the page; ``names`` are
    the variables' by code."""
    found = [
        Change(str(LABELS[name]), pieces(_said(name, before), _said(name, after)))
        for name in FIELDS
        if before.get(name) != after.get(name)
    ]
    old, new = before.get("notes") or {}, after.get("notes") or {}
    for code in sorted({*old, *new}):
        for language in LANGUAGES:
            was, now = (each.get(code, {}).get(language, "") for each in (old, new))
            if was != now:
                label = QUALITY[language] % {"variable": names.get(code, code)}
                found.append(Change(label, pieces(was, now)))
    return found


def _names(contents: Iterable[dict]) -> dict[str, str]:
    """The names of the variables of which something is noted. One query, none when none is."""
    codes = {code for each in contents for code in each.get("notes") or {}}
    if not codes:
        return {}
    return {each.pk: each.label for each in Variable.objects.filter(pk__in=codes)}


def _said(name: str, content: dict) -> str:
    value = content.get(name)
    if name == "frequency":
        return str(dict(Dataset.Frequency.choices).get(value, value or ""))
    if name == "until_year" and value is None:
        return _("toujours en cours")
    return "" if value is None else str(value)


def pieces(before: str, after: str) -> list[tuple[str, str]]:
    """What was said and what is said, word by word: pairs ("same", "out" or "in", text)."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    found: list[tuple[str, str]] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("same", "".join(old[a:b])))
            continue
        if a < b:
            found.append(("out", "".join(old[a:b])))
        if c < d:
            found.append(("in", "".join(new[c:d])))
    return found


def history(dataset: Dataset) -> list[Shown]:
    """The accepted versions of a dataset, newest first, each with what it changed. Two queries."""
    return _compared(dataset.versions.accepted())[::-1]


def _compared(versions: Iterable[DescriptionVersion]) -> list[Shown]:
    found, before = [], None
    versions = list(versions)
    names = _names(each.content for each in versions)
    for each in versions:
        known = before is not None and before.dataset_id == each.dataset_id
        changed = changes(before.content, each.content, names) if known else []
        found.append(Shown(each, changed, not known))
        before = each
    return found


def proposed(version: DescriptionVersion) -> list[Change]:
    """What a version that waits would change of the description of today."""
    before = content_of(version.dataset)
    return changes(before, version.content, _names((before, version.content)))


def changed_since(sites: Iterable[str], variables: Iterable[str], at: datetime) -> list[Shown]:
    """What changed after ``at`` in the descriptions of the datasets that ``variables`` (codes) come
    from at ``sites``, newest first. Two queries."""
    versions = (
        DescriptionVersion.objects.accepted()
        .filter(
            dataset__establishment__in=list(sites),
            dataset__category__in=Dataset.objects.filter(category__variables__in=list(variables))
            .order_by()
            .values("category"),
        )
        .select_related("dataset__establishment", "dataset__category")
    )
    found = [
        each
        for each in _compared(versions)
        if each.changes and not each.first and each.version.reviewed_at > at
    ]
    return sorted(found, key=lambda each: each.version.reviewed_at, reverse=True)


def waiting_for(
    person, at: datetime, *, places: set[str | None] | None = None
) -> QuerySet[DescriptionVersion]:
    """The versions that ``person`` may read again: written by others of their establishments,
    which are ``places`` when read already."""
    if places is None:
        places = places_of(person, Permission.EDIT_CATALOGUE, at=at)
    if not places:
        return DescriptionVersion.objects.none()
    found = (
        DescriptionVersion.objects.waiting()
        .exclude(written_by=person)
        .select_related("dataset__establishment", "dataset__category", "written_by")
        .order_by("written_at")
    )
    return found if None in places else found.filter(dataset__establishment__in=places)
