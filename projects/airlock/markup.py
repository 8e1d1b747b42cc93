"""Reading XML of strangers: no entity of theirs, no address fetched, no depth without end."""

from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from projects.airlock.content import Unreadable

DEEPEST = 200


def parse(content: bytes) -> Element:
    """The root of a document. Raises Unreadable for one that declares entities, or is broken."""
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    depth = 0

    def start(name, attributes):
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise Unreadable
        builder.start(_local(name), {_local(key): value for key, value in attributes.items()})

    def end(name):
        nonlocal depth
        depth -= 1
        builder.end(_local(name))

    def refuse(*_declared):
        raise Unreadable

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(content, True)
        return builder.close()
    except (expat.ExpatError, ValueError, AssertionError) as error:
        raise Unreadable from error


def _local(name: str) -> str:
    """The name without its namespace: those of office documents are told apart by the part read."""
    return name.rpartition("}")[2]


def text_of(element: Element) -> str:
    """All the text under an element."""
    return "".join(element.itertext())
