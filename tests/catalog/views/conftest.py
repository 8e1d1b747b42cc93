"""A signed-in person, two hospitals with their keys, and codes to pick from."""

import pytest

from catalog.models import Concept
from tests.catalog import making
from tests.people import person


@pytest.fixture(autouse=True)
def order_key(tmp_path, settings):
    making.order_key(tmp_path, settings)


@pytest.fixture
def concepts(db):
    rows = (
        ("CIM-10", "I21", "Infarctus aigu du myocarde", "infarctus aigu du myocarde i21"),
        ("CIM-10", "I21.0", "Infarctus antérieur", "infarctus anterieur i21.0"),
        ("LOINC", "718-7", "Hémoglobine", "hemoglobine 718-7"),
    )
    for terminology, code, label, search in rows:
        Concept.objects.create(terminology=terminology, code=code, label_fr=label, search=search)


@pytest.fixture
def ines(client, rennes, brest, concepts):
    found = person(first_name="Inès")
    client.force_login(found)
    return found
