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
        ("CIM-10", "I21", "Infarctus aigu du myocarde"),
        ("CIM-10", "I21.0", "Infarctus antérieur"),
        ("LOINC", "718-7", "Hémoglobine"),
    )
    for terminology, code, label in rows:
        Concept.objects.create(terminology=terminology, code=code, label_fr=label)


@pytest.fixture
def ines(client, rennes, brest, concepts):
    found = person(first_name="Inès")
    client.force_login(found)
    return found
