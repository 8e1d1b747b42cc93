"""The public catalogue: who holds what since when, found by words, masked like any count."""

import re
from html import unescape

import pytest

from catalog.models import Category, Dataset, FillRate, Variable
from tests.people import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def laboratory(rennes, brest):
    category = Category.objects.create(
        slug="laboratoire",
        position=1,
        label_fr="Laboratoires",
        label_en="Laboratories",
        short_fr="Laboratoires",
        short_en="Laboratories",
    )
    Dataset.objects.create(
        slug="chu-rennes-laboratoire",
        establishment=rennes.place,
        category=category,
        since_year=2012,
        rows=351_000,
        persons=9_000,
        measured_on=NOW.date(),
        reviewed_on=NOW.date(),
        description_fr="Les résultats de biologie.",
        population_fr="Patients venus depuis 2012.",
        frequency="daily",
    )
    variable = Variable.objects.create(
        code="measurement.718-7",
        category=category,
        label_fr="Hémoglobine",
        label_en="Haemoglobin",
        table="measurement",
        column="value_as_number",
        concept="718-7",
        type="number",
        unit="g/L",
        terminology="LOINC",
    )
    FillRate.objects.create(
        variable=variable, establishment=rennes.place, rate=67, measured_on=NOW.date()
    )
    return category


def words(response) -> str:
    main = response.content.decode().split("<main", 1)[-1].split("</main>", 1)[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def test_the_matrix_says_who_holds_what_since_when(client, laboratory):
    said = words(client.get("/catalogue"))
    assert "Laboratoires, CHU Rennes : depuis 2012 351 k" in said.replace("\u202f", " ")
    assert "non détenu" in said, "what CHU Brest lacks is said too"


def test_an_empty_catalogue_says_what_will_come(client, db):
    assert "Le catalogue paraîtra ici" in words(client.get("/catalogue"))


@pytest.mark.parametrize("asked", ["hémoglobine", "HEMOGLOBINES", "718-7"])
def test_a_variable_is_found_whatever_the_accents_case_and_plural(client, laboratory, asked):
    assert "Hémoglobine" in words(client.get("/catalogue", {"q": asked}))


def test_the_variables_of_a_dataset_are_in_the_order_of_their_names(client, rennes, laboratory):
    for code, label in (("2951-2", "Sodium"), ("1751-7", "Érythrocytes"), ("9999-9", "albumine")):
        variable = Variable.objects.create(
            code=f"measurement.{code}",
            category=laboratory,
            label_fr=label,
            table="measurement",
            column="value_as_number",
            concept=code,
            type="number",
        )
        FillRate.objects.create(variable=variable, establishment=rennes.place, rate=50)
    shown = client.get("/catalogue/chu-rennes-laboratoire").context["variables"]
    labels = [each.label_fr for each in shown]
    assert labels == ["albumine", "Érythrocytes", "Hémoglobine", "Sodium"]


def test_a_dataset_and_a_variable_have_their_page(client, laboratory):
    dataset = words(client.get("/catalogue/chu-rennes-laboratoire"))
    assert "351 000 enregistrements" in dataset.replace("\u202f", " ")
    assert "67 %" in dataset
    variable = words(client.get("/catalogue/variables/measurement.718-7"))
    assert "CHU Brest non détenue" in variable


def test_volumes_under_eleven_are_not_shown(client, laboratory):
    Dataset.objects.update(rows=7, persons=None)
    page = words(client.get("/catalogue/chu-rennes-laboratoire"))
    assert "trop peu pour l’afficher" in page
    assert "moins de 11" in page
    assert not re.search(r"\b7 enregistrements", page)
    assert "&lt; 11" in client.get("/catalogue").content.decode()


@pytest.mark.parametrize(
    "address", ["/catalogue/rien", "/catalogue/variables/rien", "/catalogue/variables/a%00b"]
)
def test_what_does_not_exist_is_not_found(client, db, address):
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    "query", [{"q": "\x00'%_"}, {"hopital": "x"}, {"categorie": "x"}, {"q": "a", "page": "zz"}]
)
def test_junk_is_answered_calmly(client, laboratory, query):
    assert client.get("/catalogue", query).status_code == 200


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize(
    "address",
    [
        "/catalogue",
        "/catalogue?q=a",
        "/catalogue/chu-rennes-laboratoire",
        "/catalogue/variables/measurement.718-7",
    ],
)
def test_public_pages_are_cacheable_and_leave_no_cookie(client, laboratory, language, address):
    response = client.get(language + address)
    assert response.status_code == 200
    assert not response.cookies
    assert "public" in response["Cache-Control"]
    assert "Cookie" not in response.get("Vary", "")


def test_pages_take_a_constant_number_of_queries(client, laboratory, django_assert_num_queries):
    with django_assert_num_queries(6):
        client.get("/catalogue")
    with django_assert_num_queries(3):
        client.get("/catalogue/variables/measurement.718-7")
