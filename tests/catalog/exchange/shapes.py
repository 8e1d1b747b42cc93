"""The official shapes, read once, and the violations that a document has under them.

Two things are adapted in memory, since pySHACL refuses them: a ``sh:property`` without ``sh:path``
(it is a ``sh:node``), and a reference to a shape that no file defines. What a shape imports is
here already: imports are dropped, and nothing is fetched.
"""

from functools import cache
from pathlib import Path

from pyshacl import validate
from rdflib import OWL, RDF, SH, Graph

CONFORMANCE = Path(__file__).parents[1] / "conformance"
BASE = ("dcat-ap-3.0.1/shapes.ttl", "dcat-ap-3.0.1/range.ttl")
PROFILES = {
    "dcat-ap": (*BASE, "dcat-ap-3.0.1/mdr-vocabularies.shape.ttl"),
    "healthdcat-ap": (
        *BASE,
        "healthdcat-ap-r8/shapes/non-public-shapes.ttl",
        "healthdcat-ap-r8/shapes/graph-guard.ttl",
        "healthdcat-ap-r8/ranges/range.ttl",
        "healthdcat-ap-r8/controlled-vocabularies/mdr-vocabularies.shape.ttl",
    ),
}
EXAMPLE = CONFORMANCE / "healthdcat-ap-r8/examples/example-healthdcat-dataset.ttl"


def violations(document: Graph, profile: str) -> list[str]:
    """What the shapes of ``profile`` forbid in ``document``: its place and the reason."""
    _conforms, report, _text = validate(
        document + _background(), shacl_graph=_shapes(profile), inference="none"
    )
    return sorted(
        f"{report.value(found, SH.focusNode)} {report.value(found, SH.resultPath)} "
        f"{report.value(found, SH.value)}: {report.value(found, SH.resultMessage)}"
        for found in report.objects(None, SH.result)  # not their details, whose severity is none
        if (found, SH.resultSeverity, SH.Violation) in report
    )


@cache
def _background() -> Graph:
    return _read("vocabularies-background.ttl")


@cache
def _shapes(profile: str) -> Graph:
    graph = _read(*PROFILES[profile])
    graph.remove((None, OWL.imports, None))
    for shape, constraint in list(graph.subject_objects(SH.property)):
        if (constraint, SH.path, None) not in graph:
            graph.remove((shape, SH.property, constraint))
            graph.add((shape, SH.node, constraint))
            graph.add((constraint, RDF.type, SH.NodeShape))
    for shape, constraint in list(graph.subject_objects(SH.node)):
        if (constraint, None, None) not in graph:
            graph.remove((shape, SH.node, constraint))
    return graph


def _read(*names: str) -> Graph:
    graph = Graph()
    for name in names:
        graph.parse(CONFORMANCE / name, format="turtle")
    return graph
