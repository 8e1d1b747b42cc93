"""One address, four forms: the page for people, RDF for the programs that ask for it."""

import pytest
from rdflib import DCAT, RDF, Graph

from catalog.exchange.formats import FORMATS

pytestmark = pytest.mark.django_db
ADDRESSES = ("/catalogue", "/catalogue/chu-rennes-genomique")
each_address = pytest.mark.parametrize("address", ADDRESSES)
each_format = pytest.mark.parametrize("format", FORMATS, ids=lambda each: each.label)


@each_address
@each_format
def test_a_program_gets_the_form_it_asks_for(client, genomics, address, format):
    said = client.get(address, headers={"accept": format.media_type})
    assert said.headers["Content-Type"].split(";")[0] == format.media_type
    assert "Accept" in said.headers["Vary"], "a cache must not give it to a browser"
    assert not said.cookies
    same = client.get(f"{address}.{format.ending}")
    assert same.content == said.content
    graph = Graph().parse(data=said.content, format=format.name)
    assert (None, RDF.type, DCAT.Dataset) in graph


@each_address
@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "text/html, text/turtle;q=0.9",
        "image/png",
        "\x00;;,q=",
    ],
)
def test_everyone_else_gets_the_page(client, genomics, address, accept):
    said = client.get(address, headers={"accept": accept})
    assert said.status_code == 200
    assert said.headers["Content-Type"].startswith("text/html")
    assert "Accept" in said.headers["Vary"]


def test_the_form_most_wished_wins(client, genomics):
    said = client.get(ADDRESSES[1], headers={"accept": "text/html;q=0.3, application/ld+json"})
    assert said.headers["Content-Type"] == "application/ld+json"


@each_address
def test_pages_link_to_their_other_forms(client, genomics, address):
    page = client.get(address).content.decode()
    for each in FORMATS:
        link = f'<link rel="alternate" type="{each.media_type}" href="{address}.{each.ending}">'
        assert link in page


@pytest.mark.parametrize(
    "address",
    ["/catalogue.exe", "/catalogue/chu-rennes-genomique.pdf", "/catalogue/nulle-part.ttl"],
)
def test_other_endings_are_not_found(client, genomics, address):
    assert client.get(address).status_code == 404


def test_a_hospital_that_left_is_no_longer_in_the_catalogue(client, genomics, rennes):
    rennes.place.active = False
    rennes.place.save()
    graph = Graph().parse(data=client.get("/catalogue.ttl").content, format="turtle")
    assert list(graph.objects(None, DCAT.dataset)) == []
    assert client.get("/catalogue/chu-rennes-genomique.ttl").status_code == 404


def test_the_catalogue_is_read_in_one_query(
    client,
    genomics,
    django_assert_num_queries,
):
    with django_assert_num_queries(1):
        client.get("/catalogue.ttl")
    with django_assert_num_queries(3):
        client.get("/catalogue/chu-rennes-genomique.ttl")
