"""Two sites with their keys, the broker they listen to, a dataset with all that is said of one."""

import pytest
from celery import current_app

from catalog.models import Category, Dataset, FillRate, Variable
from tests.catalog import making
from tests.catalog.exchange.nodes import certificate, node  # noqa: F401
from tests.people import NOW


@pytest.fixture
def rennes(db):
    return making.Site("chu-rennes", name="CHU Rennes")


@pytest.fixture
def brest(db):
    return making.Site("chu-brest", name="CHU Brest", position=1)


@pytest.fixture
def broker():
    """The real broker, without a message for a site before and after."""
    found = making.Broker(current_app)
    found.empty()
    yield found
    found.empty()
    found.connection.release()


@pytest.fixture
def genomics(rennes):
    rennes.place.email = "cdc@chu-rennes.example"
    rennes.place.warehouse_legal_basis = "Référentiel des entrepôts de données de santé"
    rennes.place.save()
    category = Category.objects.create(
        slug="genomique",
        position=1,
        label_fr="Génomique",
        label_en="Genomics",
        short_fr="Génomique",
        short_en="Genomics",
    )
    for code, kind, terminology in (
        ("person.birth_year", "number", ""),
        ("measurement.718-7", "number", "LOINC"),
        ("note.genomique.date", "date", ""),
    ):
        table, column = code.split(".", 1)
        variable = Variable.objects.create(
            code=code,
            category=category,
            label_fr=f"Variable {code}",
            label_en=f"Variable {code}",
            description_fr="Sa description.",
            table=table,
            column=column,
            type=kind,
            terminology=terminology,
        )
        FillRate.objects.create(variable=variable, establishment=rennes.place, rate=90)
    return Dataset.objects.create(
        slug="chu-rennes-genomique",
        establishment=rennes.place,
        category=category,
        since_year=2012,
        until_year=2024,
        rows=351_000,
        persons=9_000,
        measured_on=NOW.date(),
        reviewed_on=NOW.date(),
        description_fr="Les comptes rendus de génétique.",
        description_en="Genetic reports.",
        population_fr="Patients venus depuis 2012.",
        population_en="Patients who came since 2012.",
        frequency="monthly",
    )
