"""The demonstration's catalogue: categories, variables, code lists, and each site's datasets.

Categories, variables and codes are reference data, true of any network; which hospital holds what
since when is the demonstration's own (``catalog.demo_warehouse``). Volumes and fill rates are
measured on the synthetic warehouses and dated; where there is none to read they are left empty.
Safe to repeat: what is there is brought up to date.
"""

import csv
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from catalog.demo_warehouse.vocabulary import coverage, rows
from catalog.domain.code_lists import Code, load
from catalog.domain.indexing import learn_again
from catalog.measured import Measured, measure
from catalog.models import Category, CodeList, Dataset, FillRate, Variable
from governance.charters.facts import today
from governance.models import Establishment

REFERENCE = Path(__file__).parent / "reference"

VITAL_SIGNS = ("8867-4", "8480-6", "8310-5", "2708-6")
"""The measures that nurses take: they stand in the nursing record."""

CODE_LISTS = {
    "CIM-10": "conditions",
    "CCAM": "procedures",
    "ATC": "drugs",
    "LOINC": "measurements",
    "ADICAP": None,
}
"""The lists shipped → the demonstration's vocabulary they stand in; None for a file of ours."""


def seed_catalogue(*, at: datetime, sites_root: Path | None = None) -> None:
    """Write the reference data, then the datasets of every establishment there is.

    ``sites_root`` is the folder of the sites (``SITES_ROOT``): the warehouse of each is measured
    where there is one. ``at`` dates what is measured.
    """
    with transaction.atomic():
        seed_reference(at=at)
    for place in Establishment.objects.active():
        folder = sites_root / place.pk / "warehouse" if sites_root else None
        found = _measured(place, folder) if folder and folder.is_dir() else Measured()
        with transaction.atomic():
            _datasets(place, found, at)
    learn_again()


def seed_reference(*, at: datetime) -> None:
    """The categories, the variables and the code lists, the same for any network."""
    for position, row in enumerate(_file("categories"), start=1):
        slug = row.pop("slug")
        Category.objects.update_or_create(slug=slug, defaults=row | {"position": position})
    categories = {each.pk: each for each in Category.objects.all()}
    for row in [*_file("variables"), *_measures(), *_documents(categories.values())]:
        code, category = row.pop("code"), categories[row.pop("category")]
        Variable.objects.update_or_create(code=code, defaults=row | {"category": category})
    for row in _file("code_lists"):
        _code_list(row["terminology"], row["version"], row["source"], at)


def _code_list(terminology: str, version: str, source: str, at: datetime) -> None:
    """Load the extract that is shipped, unless another version was loaded from a file."""
    if CodeList.objects.filter(terminology=terminology).exclude(version=version).exists():
        return
    vocabulary = CODE_LISTS[terminology]
    found = rows(vocabulary) if vocabulary else _file(terminology.lower())
    # Above the codes that the demonstration's patients have, those they stand under.
    found = [*found, *(each for each in _file("branches") if each["terminology"] == terminology)]
    codes = [
        Code(each["code"], each["label_fr"], each["label_en"], each.get("unit", ""))
        for each in found
    ]
    load(terminology, codes, version=version, source=source, at=at)


def _file(name: str) -> list[dict]:
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _measures() -> list[dict]:
    """One variable for each measure of the code list."""
    return [
        {
            "code": f"measurement.{row['code']}",
            "category": "infirmier" if row["code"] in VITAL_SIGNS else "laboratoire",
            "label_fr": row["label_fr"],
            "label_en": row["label_en"],
            "table": "measurement",
            "column": "value_as_number",
            "concept": row["code"],
            "type": "number",
            "unit": row["unit"],
            "terminology": "LOINC",
        }
        for row in rows("measurements")
    ]


def _documents(categories) -> list[dict]:
    """For each category, the date of its documents; their text, which never leaves as it is."""
    found = []
    for each in categories:
        genetic = each.pk == "genomique"
        found.append(
            {
                "code": f"note.{each.pk}.date",
                "category": each.pk,
                "label_fr": f"Date du document ({each.label_fr})",
                "label_en": f"Date of the document ({each.label_en})",
                "table": "note",
                "column": "note_date",
                "concept": each.pk,
                "type": "date",
                "sensitivity": "indirect",
            }
        )
        found.append(
            {
                "code": f"note.{each.pk}.text",
                "category": each.pk,
                "label_fr": f"Texte du document ({each.label_fr})",
                "label_en": f"Text of the document ({each.label_en})",
                "description_fr": "Texte libre : il sert à compter, et n'est pas livré.",
                "description_en": "Free text: it serves to count, and is not delivered.",
                "table": "note",
                "column": "note_text",
                "concept": each.pk,
                "type": "text",
                "sensitivity": "genetic" if genetic else "direct",
            }
        )
    return found


def _measured(place: Establishment, folder: Path) -> Measured:
    places = Variable.objects.values_list("table", "column", "concept")
    return measure(folder, list(places), list(coverage(place.pk)))


def _datasets(place: Establishment, found: Measured, at: datetime) -> None:
    day = today(at)
    held = coverage(place.pk)
    for number, category in enumerate(Category.objects.filter(pk__in=held)):
        volume, persons = found.volumes.get(category.pk, (None, None))
        defaults = {
            "since_year": held[category.pk],
            "rows": volume,
            "persons": persons,
            "measured_on": day if volume is not None else None,
            "synthetic": True,
            "description_fr": category.description_fr,
            "description_en": category.description_en,
            "population_fr": f"Patients venus au moins une fois depuis {held[category.pk]}.",
            "population_en": f"Patients who came at least once since {held[category.pk]}.",
            "frequency": _frequency(category.pk),
            "contact": place.email,
            # Reviews are spread over the months past, all of them still current.
            "reviewed_on": day - timedelta(days=14 + 17 * number),
        }
        Dataset.objects.update_or_create(
            slug=f"{place.pk}-{category.pk}",
            defaults=defaults | {"establishment": place, "category": category},
        )
    rates = []
    for variable in Variable.objects.filter(category__in=held):
        rate = found.rates.get((variable.table, variable.column, variable.concept))
        if found.rates and rate is None:
            continue
        measured_on = day if rate is not None else None
        rates.append(
            FillRate(
                establishment=place, variable=variable, rate=rate or 0, measured_on=measured_on
            )
        )
    FillRate.objects.bulk_create(
        rates,
        update_conflicts=True,
        unique_fields=("variable", "establishment"),
        update_fields=("rate", "measured_on"),
    )


def _frequency(category: str) -> str:
    if category in ("pmsi", "genomique", "odontologie"):
        return Dataset.Frequency.MONTHLY
    if category in ("anatomopathologie", "imagerie"):
        return Dataset.Frequency.WEEKLY
    return Dataset.Frequency.DAILY
