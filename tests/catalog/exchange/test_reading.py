"""Another node's catalogue is read as it is; a hostile one is refused in words, and quickly."""

import json
import socket

import pytest
from rdflib import Graph

from catalog.exchange.formats import FORMATS, JSON_LD, RDF_XML, TURTLE
from catalog.exchange.reading import read
from catalog.exchange.records import LARGEST, Refused

CATALOGUE = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix h: <http://healthdataportal.eu/ns/health#> .
<https://node.example/a> a dcat:Dataset ; dct:title "Registry"@en, "Registre"@fr ;
  dct:description "Un registre\\n de cancers."@fr ; dct:modified "2026-01-02" ;
  dct:publisher [ a foaf:Agent ; foaf:name "Institut" ] ;
  dcat:landingPage <https://node.example/a.html>, <javascript:alert(1)> ;
  h:healthCategory <https://hdeu.example/MRMR> .
"""


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Whatever a document says, reading it opens no connection."""

    def refuse(*_given, **_named):
        raise AssertionError("a document made us open a connection")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("format", FORMATS, ids=lambda each: each.label)
def test_a_dataset_is_read_in_french_first_whatever_the_form(format):
    graph = Graph().parse(data=CATALOGUE, format="turtle")
    if format is RDF_XML:
        content = graph.serialize(format="xml", encoding="utf-8")
    else:
        content = graph.serialize(format=format.name, encoding="utf-8")
    (record,) = read(content, format).records
    assert record.as_json() == {
        "uri": "https://node.example/a",
        "title": "Registre",
        "description": "Un registre de cancers.",
        "publisher": "Institut",
        "page": "https://node.example/a.html",
        "categories": ["https://hdeu.example/MRMR"],
        "modified": "2026-01-02",
    }


LAUGHS = """<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&b;</rdf:RDF>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE r SYSTEM "http://10.0.0.1/x.dtd">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>"""
FILE = """<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]><r>&f;</r>"""
HOSTILE = {
    "entities": (LAUGHS, RDF_XML, "entités"),
    "an outside type": (OUTSIDE, RDF_XML, "entités"),
    "a file of the machine": (FILE, RDF_XML, "entités"),
    "elements without end": ("<a>" * 5_000, RDF_XML, "profondément"),
    "half a document": ("<rdf:RDF", RDF_XML, "lisible : voyez sa ligne 1"),
    "a remote context": ('{"@context": "https://evil.example/c"}', JSON_LD, "ailleurs"),
    "one among others": ('{"@context": [{}, "http://10.0.0.1/"]}', JSON_LD, "ailleurs"),
    "one within": ('{"@context": {"a": {"@id": "x:a", "@context": "h:c"}}}', JSON_LD, "ailleurs"),
    "an import": ('{"@context": {"@import": "https://evil.example/c"}}', JSON_LD, "ailleurs"),
    "lists without end": ("[" * 100_000, JSON_LD, "profondément"),
    "deep lists": ("[" * 500 + "]" * 500, JSON_LD, "profondément"),
    "not JSON": ('{\n"@id": }', JSON_LD, "lisible : voyez sa ligne 2"),
    "nodes without end": ("<x:a> <x:b> " + "[ <x:b> " * 5_000, TURTLE, "profondément"),
    "not Turtle": ("<x:a> <x:b> <x:c> .\n<<<", TURTLE, "lisible : voyez sa ligne 2"),
    "nothing": ("", TURTLE, "aucun"),
    "no dataset": ("<x:a> <x:b> <x:c> .", TURTLE, "aucun"),
    "a nameless dataset": ("[ a <http://www.w3.org/ns/dcat#Dataset> ] .", TURTLE, "adresse"),
    "a dataset of another scheme": (
        '<urn:d> a <http://www.w3.org/ns/dcat#Dataset> ; <http://purl.org/dc/terms/title> "Foie" .',
        TURTLE,
        "« Foie » n'a pas d'adresse",
    ),
    "a null byte": ("\0", TURTLE, "nul"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_document_is_refused_in_words(case):
    text, format, why = HOSTILE[case]
    with pytest.raises(Refused, match=why):
        read(text.encode(), format)


def test_a_huge_document_is_refused_before_it_is_read():
    with pytest.raises(Refused, match="4 Mo"):
        read(b" " * (LARGEST + 1), TURTLE)


def test_a_context_that_refers_to_itself_is_refused():
    loop = {"@context": {"a": {"@id": "b:x"}, "b": {"@id": "a:x"}}, "a:y": "z"}
    with pytest.raises(Refused, match="profondément"):
        read(json.dumps(loop).encode(), JSON_LD)


def test_what_is_not_utf8_is_refused():
    with pytest.raises(Refused, match="UTF-8"):
        read("é".encode("latin-1"), TURTLE)
