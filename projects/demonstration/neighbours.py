"""The catalogue of another network in the demonstration: read from two small files made by hand,
the first accepted, the second waiting to be examined."""

from datetime import datetime, timedelta
from pathlib import Path

from catalog.domain import harvests
from catalog.exchange.formats import TURTLE
from catalog.exchange.reading import read
from catalog.models import CatalogueSource, Harvest
from projects.demonstration import network

NAME = "Réseau fictif du Sud"
FILES = Path(__file__).parent / "neighbour"
FIRST, SECOND = timedelta(days=40), timedelta(days=3)


def listen(*, at: datetime) -> None:
    """Know the other network and read what it says. What is there is left as it is."""
    if CatalogueSource.objects.filter(name=NAME).exists():
        return
    coordinator = network.staff("network_coordinator", None, at=at - FIRST)
    source = harvests.add_source(NAME, "", by=coordinator, at=at - FIRST)
    first = _read(source, "first.ttl", coordinator, at - FIRST)
    harvests.accept(first, by=coordinator, at=at - FIRST + timedelta(hours=1))
    _read(source, "second.ttl", coordinator, at - SECOND)


def _read(source: CatalogueSource, name: str, by, at: datetime) -> Harvest:
    """Read a file of ours, which needs no process apart."""
    content = (FILES / name).read_bytes()
    asked = harvests.ask(source, content=content, format=TURTLE, name=name, by=by, at=at)
    return harvests.read(asked, at=at, parse=read)
