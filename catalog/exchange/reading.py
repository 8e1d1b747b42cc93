"""The catalogue of another node, read from a document that we trust in nothing.

What could make us work without end, or read elsewhere, is refused before rdflib sees it: too
large, a document type or entities in XML, nesting too deep, a context or an import of JSON-LD
that is somewhere else. Nothing is fetched while reading. What is read are plain records: the
addresses and texts of datasets, each within limits.
"""

import json
import re
from collections.abc import Iterator
from xml.parsers import expat

from django.utils.translation import gettext_noop as _
from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph, Literal, Namespace, URIRef
from rdflib.exceptions import ParserError
from rdflib.plugins.parsers.notation3 import BadSyntax

from catalog.exchange.formats import JSON_LD, RDF_XML, Format
from catalog.exchange.records import (
    LARGEST,
    LONGEST,
    LONGEST_ADDRESS,
    Page,
    Record,
    Refused,
    too_large,
)
from catalog.exchange.vocabulary import HEALTH

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
MOST_STATEMENTS = 200_000
MOST_DATASETS = 5_000
DEEPEST = 60
"""How far elements of XML, or objects and lists of JSON, may stand one within another."""

_DAY = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")


def read(content: bytes, format: Format) -> Page:
    """The datasets that the document describes, in the order of their addresses, and where the
    catalogue goes on. Raises Refused."""
    if len(content) > LARGEST:
        raise too_large()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(_("Le document n'est pas en UTF-8 : il n'est pas lu.")) from None
    if "\0" in text:
        raise Refused(_("Le document contient un octet nul : il n'est pas lu."))
    if format is RDF_XML:
        _check_xml(text)
    elif format is JSON_LD:
        _check_json(text)
    graph = _parsed(text, format)
    return Page(_records(graph), _next(graph))


def _parsed(text: str, format: Format) -> Graph:
    graph = Graph(bind_namespaces="none")
    try:
        graph.parse(data=text, format=format.name, publicID="https://sans-adresse.invalid/")
    except RecursionError:
        raise _too_deep() from None
    except MemoryError:
        raise
    except BadSyntax as error:
        raise _unreadable(format, error.lines + 1) from None
    except (ParserError, SyntaxError, ValueError, KeyError, TypeError, AttributeError, LookupError):
        raise _unreadable(format) from None
    except Exception as error:  # noqa: BLE001  (rdflib raises many kinds; none may pass as ours)
        raise _unreadable(format) from error
    if len(graph) > MOST_STATEMENTS:
        raise Refused(_("Le document dit trop de choses pour un catalogue : il n'est pas lu."))
    return graph


def _check_xml(text: str) -> None:
    """Neither a document type, hence no entity of the document's own, nor a nesting without end."""
    parser, depth = expat.ParserCreate(), 0

    def refuse_type(*_given):
        raise Refused(
            _("Le document XML déclare un type ou des entités, ce qui est refusé : retirez-les.")
        )

    def start(_name, _attributes):
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise _too_deep()

    def end(_name):
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse_type
    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise _unreadable(RDF_XML, error.lineno) from None


def _check_json(text: str) -> None:
    """Every context stands in the document: one that is elsewhere would be fetched."""
    try:
        document = json.loads(text)
    except RecursionError:
        raise _too_deep() from None
    except json.JSONDecodeError as error:
        raise _unreadable(JSON_LD, error.lineno) from None
    except ValueError:
        raise _unreadable(JSON_LD) from None
    for key, value in _pairs(document):
        contexts = value if isinstance(value, list) else [value]
        elsewhere = key == "@context" and any(isinstance(each, str) for each in contexts)
        if elsewhere or key == "@import":
            raise Refused(
                _("Le document JSON-LD renvoie à un contexte qui est ailleurs, ce qui est refusé.")
            )


def _pairs(document) -> Iterator[tuple[str, object]]:
    """Every name and value of a JSON document, however nested."""
    waiting = [(document, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEEPEST:
            raise _too_deep()
        if isinstance(value, dict):
            yield from value.items()
            waiting += [(each, depth + 1) for each in value.values()]
        elif isinstance(value, list):
            waiting += [(each, depth + 1) for each in value]


def _records(graph: Graph) -> list[Record]:
    nodes = sorted(set(graph.subjects(RDF.type, DCAT.Dataset)))
    if not nodes:
        raise Refused(_("Le document ne décrit aucun jeu de données."))
    if len(nodes) > MOST_DATASETS:
        raise Refused(_("Le document décrit trop de jeux de données : il n'est pas lu."))
    return [_record(graph, node) for node in nodes]


def _next(graph: Graph) -> str:
    """The page after this one, as catalogues in pages say it (Hydra, its former name included)."""
    said = [*graph.objects(None, HYDRA.next), *graph.objects(None, HYDRA.nextPage)]
    return next(iter(sorted(filter(None, map(_web, said)))), "")


def _record(graph: Graph, node) -> Record:
    uri, title = _web(node), _text(graph, node, DCTERMS.title, "title")
    if not uri and title:
        raise Refused(
            _("Le jeu de données « %(title)s » n'a pas d'adresse https ou http."), title=title
        )
    if not uri:
        raise Refused(_("Un jeu de données du document n'a pas d'adresse https ou http."))
    if not title:
        raise Refused(_("Le jeu de données %(uri)s n'a pas de titre."), uri=uri)
    publishers = sorted(
        _text(graph, each, FOAF.name, "publisher")
        for each in graph.objects(node, DCTERMS.publisher)
    )
    pages = sorted(filter(None, map(_web, graph.objects(node, DCAT.landingPage))))
    said = (_DAY.match(str(each)) for each in graph.objects(node, DCTERMS.modified))
    days = sorted(each.group() for each in said if each)
    return Record(
        uri=uri,
        title=title,
        description=_text(graph, node, DCTERMS.description, "description"),
        publisher=publishers[0] if publishers else "",
        page=pages[0] if pages else "",
        categories=tuple(
            sorted(filter(None, map(_web, graph.objects(node, HEALTH.healthCategory))))
        )[:20],
        modified=days[-1] if days else "",
    )


def _text(graph: Graph, node, term: URIRef, kind: str) -> str:
    """The text in French, else in English, else the first of any other language."""
    order = {"fr": 0, "en": 1}
    found = sorted(
        (order.get(each.language, 2), str(each))
        for each in graph.objects(node, term)
        if isinstance(each, Literal)
    )
    words = " ".join(found[0][1].split()) if found else ""
    # Neither marks that turn the reading order round, nor halves of characters.
    return "".join(filter(str.isprintable, words))[: LONGEST[kind]]


def _web(node) -> str:
    """The address, if it is one of the web that a page may link to; else nothing."""
    said = str(node)
    fits = isinstance(node, URIRef) and len(said) <= LONGEST_ADDRESS and said.isprintable()
    return said if fits and said.startswith(("https://", "http://")) else ""


def _too_deep() -> Refused:
    return Refused(_("Le document est imbriqué trop profondément : il n'est pas lu."))


def _unreadable(format: Format, line: int | None = None) -> Refused:
    if line is None:
        return Refused(_("Le document n'est pas du %(format)s lisible."), format=format.label)
    return Refused(
        _("Le document n'est pas du %(format)s lisible : voyez sa ligne %(line)d."),
        format=format.label,
        line=line,
    )
