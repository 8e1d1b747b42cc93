"""The description of a dataset, changed by those who answer for it: one writes, another of the same
establishment reads it again and accepts it. Only then does the page change, and the day on which
the description was last checked, which P-01 reads. What was said before stays readable.

A description read again and left as it is counts as checked.
"""

import copy
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from catalog.domain.datasets import locked
from catalog.domain.indexing import learn
from catalog.models import Dataset, DescriptionVersion, FillRate
from governance import outbox
from governance.charters.facts import today
from governance.domain.audit import record
from governance.domain.watching import facts_changed
from governance.paris import start_of

FIELDS = (
    "description_fr",
    "description_en",
    "population_fr",
    "population_en",
    "since_year",
    "until_year",
    "frequency",
    "conditions_fr",
    "conditions_en",
    "contact",
)
"""What a version holds, beside ``notes``: what is to be known of the quality of a variable, by its
code and language. Volumes and fill rates are measured, not written."""
LANGUAGES = ("fr", "en")
LONGEST_NOTE = 500
LEAST = 10
"""Characters of a reason."""
REFUSED = "description_refused"
"""The kind of message of the outbox: who wrote it is told."""


def content_of(dataset: Dataset) -> dict:
    """What a dataset says of itself today, as a version keeps it."""
    notes = {each.variable_id: _note_of(each) for each in _rates(dataset)}
    notes = {code: said for code, said in notes.items() if any(said.values())}
    return {name: getattr(dataset, name) for name in FIELDS} | {"notes": notes}


TRANSLATED = ("description", "population", "conditions")
"""What is said in French and, when it is translated, in English."""


@transaction.atomic
def propose(
    dataset: Dataset, said: dict, note: str, *, by, at: datetime, english_stands: bool = False
) -> DescriptionVersion:
    """Write a description, to be read again by another person of the establishment. The same person
    may write theirs again while it waits. A text that changes in French changes in English, or is
    left in French alone, unless it is said that the English one still holds.

    Raises PermissionDenied, ValidationError field by field.
    """
    dataset = locked(dataset, by=by, at=at)
    content = content_of(dataset) | {name: said[name] for name in FIELDS if name in said}
    if "notes" in said:
        content["notes"] = _notes(dataset, said["notes"])
    _must_hold(dataset, content, at)
    if not english_stands:
        _must_be_translated(content_of(dataset), content)
    note = note.replace("\0", "").strip()
    if content != content_of(dataset) and len(note) < LEAST:
        raise ValidationError(
            {
                "note": _("Dites ce qui change et pourquoi, en %(n)d caractères au moins.")
                % {"n": LEAST}
            }
        )
    _keep_first(dataset, at)
    waiting = dataset.versions.waiting().first()
    if waiting is not None and waiting.written_by_id != by.pk:
        raise ValidationError(_("Une autre proposition attend déjà d'être relue."))
    version = waiting or DescriptionVersion(dataset=dataset)
    version.content, version.note, version.written_by, version.written_at = content, note, by, at
    version.save()
    _say("description.proposed", version, by, at)
    return version


@transaction.atomic
def accept(version: DescriptionVersion, *, by, at: datetime) -> DescriptionVersion:
    """Make a version the description, checked on that day; twice is once.

    Raises PermissionDenied to who wrote it, ValidationError once it was refused.
    """
    version, dataset = _waiting(version, DescriptionVersion.State.ACCEPTED, by, at)
    if version.state == DescriptionVersion.State.ACCEPTED:
        return version
    last = dataset.versions.accepted().aggregate(last=Max("number"))["last"] or 0
    version.state, version.number = DescriptionVersion.State.ACCEPTED, last + 1
    version.reviewed_by, version.reviewed_at = by, at
    version.save()
    for name in FIELDS:
        setattr(dataset, name, version.content[name])
    _write_notes(dataset, version.content.get("notes"))
    dataset.reviewed_on = today(at)
    dataset.save()
    learn((dataset.description_fr, dataset.population_fr))
    _say("description.accepted", version, by, at)
    facts_changed(establishment=dataset.establishment_id)
    return version


@transaction.atomic
def refuse(version: DescriptionVersion, answer: str, *, by, at: datetime) -> DescriptionVersion:
    """Refuse a version, saying why to who wrote it; twice is once. Raises as ``accept``."""
    answer = answer.replace("\0", "").strip()
    if len(answer) < LEAST:
        raise ValidationError(
            {
                "answer": _("Dites ce qui est à reprendre, en %(n)d caractères au moins.")
                % {"n": LEAST}
            }
        )
    version, _dataset = _waiting(version, DescriptionVersion.State.REFUSED, by, at)
    if version.state == DescriptionVersion.State.WAITING:
        version.state, version.answer = DescriptionVersion.State.REFUSED, answer
        version.reviewed_by, version.reviewed_at = by, at
        version.save()
        _say("description.refused", version, by, at)
        outbox.enqueue(REFUSED, {"version": version.pk})
    return version


def _waiting(version: DescriptionVersion, wanted: str, by, at: datetime):
    """The version and its dataset, locked; refused when it already got another answer."""
    dataset = locked(version.dataset, by=by, at=at)
    version = DescriptionVersion.objects.select_for_update().get(pk=version.pk)
    if version.written_by_id == by.pk:
        raise PermissionDenied("review_own_description")
    if version.state not in (DescriptionVersion.State.WAITING, wanted):
        raise ValidationError(_("Cette proposition a déjà reçu une réponse."))
    return version, dataset


def _keep_first(dataset: Dataset, at: datetime) -> None:
    """Before the first change, keep what was said until then as version 1."""
    if not dataset.versions.accepted().exists():
        since = at
        if dataset.reviewed_on:
            since = min(at, start_of(dataset.reviewed_on))
        DescriptionVersion.objects.create(
            dataset=dataset,
            number=1,
            state=DescriptionVersion.State.ACCEPTED,
            content=content_of(dataset),
            written_at=since,
            reviewed_at=since,
        )


def _rates(dataset: Dataset) -> QuerySet[FillRate]:
    """How the establishment fills each variable of the dataset."""
    return FillRate.objects.filter(
        establishment=dataset.establishment_id, variable__category=dataset.category_id
    ).order_by("variable")


def _note_of(rate: FillRate) -> dict[str, str]:
    return {language: getattr(rate, f"note_{language}") for language in LANGUAGES}


def _notes(dataset: Dataset, said: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """The notes that say something, cleaned. Raises ValidationError on one that cannot be."""
    known = set(_rates(dataset).values_list("variable", flat=True))
    found = {}
    for code, texts in sorted(said.items()):
        if code not in known:
            raise ValidationError(_("Cette variable n'est pas de ce jeu de données."))
        texts = {each: " ".join(texts.get(each, "").split()) for each in LANGUAGES}
        if any("\0" in text or len(text) > LONGEST_NOTE for text in texts.values()):
            raise ValidationError(
                _("Une note fait %(n)d caractères au plus.") % {"n": LONGEST_NOTE}
            )
        if any(texts.values()):
            found[code] = texts
    return found


def _write_notes(dataset: Dataset, notes: dict[str, dict[str, str]] | None) -> None:
    """Make ``notes`` those of the dataset; a version that knew nothing of notes leaves them."""
    if notes is None:
        return
    changed, nothing = [], dict.fromkeys(LANGUAGES, "")
    for rate in _rates(dataset):
        said = notes.get(rate.variable_id, nothing)
        if said != _note_of(rate):
            rate.note_fr, rate.note_en = said["fr"], said["en"]
            changed.append(rate)
    FillRate.objects.bulk_update(changed, ["note_fr", "note_en"])


def _must_hold(dataset: Dataset, content: dict, at: datetime) -> None:
    """Raise ValidationError on a description that cannot be."""
    candidate = copy.copy(dataset)
    for name in FIELDS:
        setattr(candidate, name, content[name])
    others = [each.name for each in Dataset._meta.fields if each.name not in FIELDS]
    candidate.clean_fields(exclude=others)
    if content["since_year"] > today(at).year:
        raise ValidationError({"since_year": _("Cette année est à venir.")})
    if content["until_year"] and content["until_year"] < content["since_year"]:
        raise ValidationError({"until_year": _("La fin vient avant le début.")})


def _must_be_translated(before: dict, content: dict) -> None:
    """Raise ValidationError on an English text that says what the French one said before."""
    left = [
        f"{name}_en"
        for name in TRANSLATED
        if content[f"{name}_en"]
        and content[f"{name}_en"] == before[f"{name}_en"]
        and content[f"{name}_fr"] != before[f"{name}_fr"]
    ]
    words = _(
        "Le français change, et l'anglais dit encore ce qui était. Traduisez, ou videz : le "
        "français sera lu à la place. Ou cochez que l'anglais reste juste."
    )
    if left:
        raise ValidationError(dict.fromkeys(left, words))


def _say(action: str, version: DescriptionVersion, by, at: datetime) -> None:
    record(
        action,
        by=by,
        at=at,
        subject_type="dataset",
        subject_ref=version.dataset_id,
        establishment=version.dataset.establishment,
        details={"version": version.pk, "number": version.number},
    )
