"""The forms in which the catalogue is exchanged, and which of them a reader asks for."""

from dataclasses import dataclass

PAGE = "text/html"


@dataclass(frozen=True)
class Format:
    """A serialization of RDF: the ending of its address, its media type, rdflib's name of it."""

    ending: str
    media_type: str
    name: str
    label: str

    @property
    def content_type(self) -> str:
        """What answers say they hold. JSON is always UTF-8 and has no charset."""
        return self.media_type if self.name == "json-ld" else f"{self.media_type}; charset=utf-8"


TURTLE = Format("ttl", "text/turtle", "turtle", "Turtle")
RDF_XML = Format("rdf", "application/rdf+xml", "xml", "RDF/XML")
JSON_LD = Format("jsonld", "application/ld+json", "json-ld", "JSON-LD")
FORMATS = (TURTLE, RDF_XML, JSON_LD)
ENDINGS = {
    ".ttl": TURTLE,
    ".rdf": RDF_XML,
    ".xml": RDF_XML,
    ".jsonld": JSON_LD,
    ".json": JSON_LD,
}
"""The endings of the names of files that are read."""


def asked(request) -> Format | None:
    """The form that the reader prefers, None when it is the page or nothing we have."""
    preferred = request.get_preferred_type([PAGE, *(each.media_type for each in FORMATS)])
    return next((each for each in FORMATS if each.media_type == preferred), None)


def named(ending: str) -> Format | None:
    """The form of which addresses end so."""
    return next((each for each in FORMATS if each.ending == ending), None)
