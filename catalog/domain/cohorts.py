"""A person's cohorts: kept under a title, each change of the definition being a new version.

A definition is read by ``catalog.cohort`` (the contract), then stored in one form, so that two ways
of writing one cohort have one digest: that digest is what counts are compared and limited by. One
of OHDSI that the contract cannot say is stored as it came, to be counted so; nothing else than a
count may be made of it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from catalog.cohort import (
    CodeCriterion,
    Cohort,
    CohortError,
    MeasurementCriterion,
    NoteCriterion,
    Problem,
    circe_shape,
    decoded,
    from_circe,
    parse,
)
from catalog.models import CohortVersion, Concept, SavedCohort
from catalog.orders import canonical
from governance.models import Case
from governance.queries.people import teams_of

TERMINOLOGIES_OF = {
    "condition": ("CIM-10",),
    "procedure": ("CCAM",),
    "drug": ("ATC", "UCD"),
    "measurement": ("LOINC",),
}
"""Kind of criterion -> the terminologies that its codes come from."""


class NotTheirs(PermissionError):
    """The cohort is someone else's, or the request is of another team."""


def cohorts_read_by(person, *, at: datetime) -> QuerySet[SavedCohort]:
    """The cohorts that ``person`` reads and changes: their own, and those shared with a team of
    theirs."""
    return SavedCohort.objects.filter(Q(owner=person) | Q(case__in=teams_of(person, at)))


def read_definition(content: object) -> Cohort:
    """The cohort in ``content`` (decoded JSON, or its text), as the contract says it; raises
    CohortError, also for a definition of OHDSI that says more."""
    return parse(_content(content), known=_known)


@dataclass(frozen=True)
class Counted:
    """A definition that may be counted: its JSON as it is kept, the cohort that it is in the
    contract, None for one of OHDSI that is counted as it is, and ``notes`` on how it was read."""

    said: dict
    cohort: Cohort | None
    notes: tuple[Problem, ...]


def read_to_count(content: object) -> Counted:
    """What is counted of ``content`` (decoded JSON, or its text): the contract's cohort where it
    says all of it, the definition of OHDSI as it is otherwise. Raises CohortError."""
    content = _content(content)
    try:
        cohort = read_definition(content)
    except CohortError as error:
        if not from_circe.is_circe(content):
            raise
        circe_shape.check(content)
        return Counted(content, None, (Problem("", "circe_as_it_is"), *error.problems))
    return Counted(as_json(cohort), cohort, cohort.notes)


def is_as_it_is(definition: dict) -> bool:
    """Whether a kept definition is one of OHDSI, that the contract does not say."""
    return from_circe.is_circe(definition)


def _content(content: object) -> object:
    return decoded(content) if isinstance(content, str | bytes) else content


def _known(kind: str, pattern: str) -> bool:
    """Whether our lists hold a code that ``pattern`` matches: names of drugs, local acts."""
    stem = pattern.removesuffix(".*")
    found = Concept.objects.filter(terminology__in=TERMINOLOGIES_OF[kind])
    if pattern.endswith(".*"):
        return found.filter(code__startswith=stem).exists()
    return found.filter(code=stem).exists()


def as_json(cohort: Cohort) -> dict:
    """The definition of ``cohort``, in the contract's form and nothing superfluous."""
    definition: dict = {}
    if cohort.start or cohort.end:
        definition["period"] = {"from": _iso(cohort.start), "to": _iso(cohort.end)}
    if cohort.age_min is not None or cohort.age_max is not None:
        definition["age"] = {"min": cohort.age_min, "max": cohort.age_max}
    if cohort.sexes is not None:
        definition["sex"] = list(cohort.sexes)
    for name, group in (("all", cohort.every), ("any", cohort.some), ("none", cohort.none)):
        if group:
            definition[name] = [_criterion(each) for each in group]
    return definition


def _criterion(criterion) -> dict:
    match criterion:
        case CodeCriterion(kind, patterns):
            return {kind: list(patterns)}
        case MeasurementCriterion():
            names = ("code", "op", "value", "unit")
            said = {name: getattr(criterion, name) for name in names}
            return {"measurement": _without_none(said)}
        case NoteCriterion(category, contains):
            return {"note": _without_none({"category": category, "contains": contains})}
    raise TypeError(type(criterion).__name__)


def _without_none(said: dict) -> dict:
    return {name: value for name, value in said.items() if value is not None}


def _iso(day) -> str | None:
    return day.isoformat() if day else None


def digest_of(definition: dict) -> str:
    """SHA-256 (hex) of what a definition asks for: the order of criteria and codes, a code said
    twice or both sexes being named do not change it."""
    said = dict(definition)
    if sorted(said.get("sex", ())) == ["F", "M"]:
        del said["sex"]
    for name in ("all", "any", "none"):
        if name in said:
            said[name] = _unordered([_unordered_codes(each) for each in said[name]])
    return hashlib.sha256(canonical(said)).hexdigest()


def _unordered(items: list) -> list:
    return [item for _key, item in sorted({canonical(each): each for each in items}.items())]


def _unordered_codes(criterion: dict) -> dict:
    return {
        kind: sorted(set(value)) if isinstance(value, list) else value
        for kind, value in criterion.items()
    }


@transaction.atomic
def save_cohort(
    definition: object, *, title: str, by, at: datetime, cohort: SavedCohort | None = None
) -> CohortVersion:
    """Keep ``definition`` (the contract's JSON, or one of OHDSI) under ``title``: a new cohort of
    ``by``, or the next version of ``cohort``, theirs or shared with them; the last version again
    when nothing changed.

    Raises CohortError for a definition that does not hold, NotTheirs for someone else's cohort.
    """
    said = read_to_count(definition).said
    title = title.strip()[:160] or _("Cohorte sans titre")
    if cohort is None:
        cohort = SavedCohort.objects.create(owner=by, title=title, created_at=at, updated_at=at)
        return _version(cohort, 1, said, by, at)
    cohort = _locked(cohort)
    if not cohorts_read_by(by, at=at).filter(pk=cohort.pk).exists():
        raise NotTheirs(str(cohort.pk))
    last = cohort.versions.first()
    if cohort.title == title and last.definition == said:
        return last
    cohort.title, cohort.updated_at = title, at
    cohort.save(update_fields=["title", "updated_at"])
    return last if last.definition == said else _version(cohort, last.number + 1, said, by, at)


@transaction.atomic
def share_cohort(cohort: SavedCohort, case: Case | None, *, by, at: datetime) -> None:
    """Let the team of ``case`` read ``cohort``, count it and change it; with None, nobody but its
    owner any more. Only the owner shares, with a team of theirs. Raises NotTheirs."""
    cohort = _own(cohort, by)
    if case is not None and not teams_of(by, at).filter(case=case).exists():
        raise NotTheirs(str(case.pk))
    cohort.case = case
    cohort.save(update_fields=["case"])


@transaction.atomic
def archive_cohort(cohort: SavedCohort, *, by, at: datetime) -> None:
    """Take ``cohort`` out of the person's list; its counts stay. Raises NotTheirs."""
    cohort = _own(cohort, by)
    cohort.archived_at = cohort.archived_at or at
    cohort.save(update_fields=["archived_at"])


def _own(cohort: SavedCohort, by) -> SavedCohort:
    cohort = _locked(cohort)
    if cohort.owner_id != by.pk:
        raise NotTheirs(str(cohort.pk))
    return cohort


def _locked(cohort: SavedCohort) -> SavedCohort:
    return SavedCohort.objects.select_for_update().get(pk=cohort.pk)


def _version(cohort: SavedCohort, number: int, definition: dict, by, at) -> CohortVersion:
    digest = digest_of(definition)
    return CohortVersion.objects.create(
        cohort=cohort, number=number, definition=definition, digest=digest, by=by, at=at
    )


__all__ = [
    "CohortError",
    "Counted",
    "NotTheirs",
    "archive_cohort",
    "as_json",
    "cohorts_read_by",
    "digest_of",
    "is_as_it_is",
    "read_definition",
    "read_to_count",
    "save_cohort",
    "share_cohort",
]
