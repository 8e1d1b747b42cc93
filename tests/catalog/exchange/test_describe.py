"""What the catalogue gives other nodes passes the official shapes, and would fail without any of
what they make mandatory."""

import pytest
from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph, Literal, URIRef

from catalog.exchange import code_lists, describe
from catalog.exchange.formats import FORMATS
from catalog.exchange.vocabulary import CSVW, CV, DCATAP, DPV, HEALTH, VCARD
from catalog.models import Dataset
from catalog.queries import variables_of
from projects.dossier.form import PURPOSES
from tests.catalog.exchange.shapes import EXAMPLE, violations

pytestmark = pytest.mark.django_db

HEALTHDCAT, DCAT_AP = "healthdcat-ap", "dcat-ap"


@pytest.fixture
def document(genomics) -> Graph:
    return describe.dataset_document(genomics, variables_of(genomics))


@pytest.fixture
def catalogue(genomics) -> Graph:
    return describe.catalogue_document(Dataset.objects.listed())


def test_the_official_example_passes_so_the_shapes_are_well_loaded():
    assert violations(Graph().parse(EXAMPLE, format="turtle"), HEALTHDCAT) == []


@pytest.mark.parametrize("format", FORMATS, ids=lambda each: each.label)
def test_a_dataset_passes_the_shapes_in_each_form(document, format):
    read = Graph().parse(data=describe.written(document, format), format=format.name)
    assert len(read) == len(document), "each form says the same"
    assert violations(read, HEALTHDCAT) == []


def test_a_dataset_of_which_little_is_known_passes_too(genomics):
    Dataset.objects.update(
        until_year=None, rows=None, persons=None, measured_on=None, reviewed_on=None, synthetic=True
    )
    genomics.establishment.email = genomics.establishment.warehouse_legal_basis = ""
    genomics.establishment.save()
    bare = Dataset.objects.listed().get()
    assert violations(describe.dataset_document(bare, []), HEALTHDCAT) == []


def test_the_catalogue_passes_the_shapes(catalogue):
    assert violations(catalogue, DCAT_AP) == []


MANDATORY = {
    "title": (DCAT.Dataset, DCTERMS.title),
    "description": (DCAT.Dataset, DCTERMS.description),
    "identifier": (DCAT.Dataset, DCTERMS.identifier),
    "access rights": (DCAT.Dataset, DCTERMS.accessRights),
    "law of the dataset": (DCAT.Dataset, DCATAP.applicableLegislation),
    "law of the distribution": (DCAT.Distribution, DCATAP.applicableLegislation),
    "distribution": (DCAT.Dataset, DCAT.distribution),
    "address of access": (DCAT.Distribution, DCAT.accessURL),
    "theme": (DCAT.Dataset, DCAT.theme),
    "access body": (DCAT.Dataset, HEALTH.hdab),
    "health category": (DCAT.Dataset, HEALTH.healthCategory),
    "structured or not": (DCAT.Dataset, HEALTH.hasStructuredData),
    "variables": (DCAT.Dataset, HEALTH.hasVariables),
    "title of the variables": (CSVW.TableGroup, DCTERMS.title),
    "contact": (DCAT.Dataset, DCAT.contactPoint),
    "way to contact": (VCARD.Kind, None),
    "keyword": (DCAT.Dataset, DCAT.keyword),
    "type": (DCAT.Dataset, DCTERMS.type),
    "provenance": (DCAT.Dataset, DCTERMS.provenance),
    "contact of the agents": (None, CV.contactPoint),
    "way to contact the agents": (CV.ContactPoint, None),
}


@pytest.mark.parametrize("element", MANDATORY)
def test_a_dataset_without_a_mandatory_element_fails(document, element):
    kind, term = MANDATORY[element]
    for node in set(document.subjects(RDF.type, kind) if kind else document.subjects(term)):
        for said in list(document.predicates(node)) if term is None else [term]:
            if said != RDF.type:
                document.remove((node, said, None))
    assert violations(document, HEALTHDCAT) != []


@pytest.mark.parametrize("term", [DCTERMS.title, DCTERMS.description, DCTERMS.publisher])
def test_a_catalogue_without_a_mandatory_element_fails(catalogue, term):
    for node in list(catalogue.subjects(RDF.type, DCAT.Catalog)):
        catalogue.remove((node, term, None))
    assert violations(catalogue, DCAT_AP) != []


def test_a_catalogue_that_rests_on_no_law_fails(catalogue):
    for node in list(catalogue.subjects(RDF.type, DCAT.Catalog)):
        catalogue.remove((node, DCATAP.applicableLegislation, None))
    assert any("Catalogue is required" in each for each in violations(catalogue, HEALTHDCAT))


def test_a_health_category_of_an_older_list_fails(document):
    (node,) = document.subjects(RDF.type, DCAT.Dataset)
    document.remove((node, HEALTH.healthCategory, None))
    document.add(
        (
            node,
            HEALTH.healthCategory,
            URIRef("http://healthdataportal.eu/resource/authority/healthcategories/EHRS"),
        )
    )
    assert violations(document, HEALTHDCAT) != []


def test_resources_are_named_by_the_address_of_their_page(catalogue, settings):
    (node,) = catalogue.objects(None, DCAT.dataset)
    assert str(node) == f"{settings.SITE_URL}/catalogue/chu-rennes-genomique"


@pytest.mark.parametrize("few", [0, 1, 10])
def test_no_figure_under_the_threshold_leaves(genomics, few):
    genomics.rows = genomics.persons = few
    document = describe.dataset_document(genomics, [])
    assert list(document.objects(None, HEALTH.numberOfRecords)) == []
    assert list(document.objects(None, HEALTH.numberOfUniqueIndividuals)) == []


def test_figures_above_the_threshold_leave(document):
    assert [int(each) for each in document.objects(None, HEALTH.numberOfRecords)] == [351_000]


def test_the_categories_of_article_51_follow_those_of_the_network(document):
    found = {str(each).rpartition("/")[2] for each in document.objects(None, HEALTH.healthCategory)}
    assert found == {"EHRS", "HGPD"}
    assert len(code_lists.categories()) == 17
    assert [each.code for each in code_lists.categories_of("a-fourteenth")] == ["EHRS"]


def test_each_purpose_of_a_request_has_its_term_of_article_53(document):
    ours = set().union(*(each.ours for each in code_lists.purposes()))
    assert ours == {code for code, _label in PURPOSES}
    assert len(code_lists.purposes()) == 17
    found = set(document.objects(None, DPV.hasPurpose))
    assert found == {URIRef(each.uri) for each in code_lists.purposes_here()}


def test_each_variable_is_a_column_in_words(document):
    assert len(list(document.subjects(RDF.type, CSVW.Column))) == 3
    assert (None, CSVW.name, Literal("measurement.718-7")) in document


def test_no_access_body_is_named_unless_the_operator_does(genomics, settings):
    """The profile wants one: it then says that none is, which passes; nothing is claimed."""
    bare = describe.dataset_document(genomics, [])
    (body,) = bare.objects(None, HEALTH.hdab)
    assert Literal("Organisme d'accès non précisé par ce catalogue", lang="fr") in set(
        bare.objects(body, FOAF.name)
    )
    assert not set(bare.objects(body, DCTERMS.type))
    settings.HDAB_NAME, settings.HDAB_PAGE = "Organisme", "https://organisme.example/"
    named = describe.dataset_document(genomics, [])
    assert [str(each) for each in named.objects(body, FOAF.name)] == ["Organisme"]
    assert violations(named, HEALTHDCAT) == []
