"""A catalogue in several pages, read whole or not at all: a part of it would make what stands on
the others look removed."""

import io
import zipfile
from collections.abc import Callable
from urllib.parse import urlsplit

from django.utils.translation import gettext_noop as _

from catalog.exchange.fetching import Fetched
from catalog.exchange.formats import Format
from catalog.exchange.reading import MOST_DATASETS
from catalog.exchange.records import Page, Record, Refused

MOST_PAGES = 50
ZIP = "application/zip"
BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The day of each file of an archive: the same pages make the same bytes."""


def read_whole(
    first: Fetched,
    page: Page,
    fetch: Callable[[str], Fetched],
    parse: Callable[[bytes, Format], Page],
) -> tuple[list[bytes], list[Record]]:
    """The bytes of every page and all their datasets, from the first page, already read. The pages
    after it are of the same host. Raises Refused."""
    contents = [first.content]
    records = {each.uri: each for each in page.records}
    seen = {first.url}
    while page.next:
        _check_next(page.next, first, seen)
        seen.add(page.next)
        fetched = fetch(page.next)
        page = parse(fetched.content, fetched.format)
        contents.append(fetched.content)
        records |= {each.uri: each for each in page.records}
        if len(records) > MOST_DATASETS:
            raise Refused(_("Le catalogue décrit trop de jeux de données : il n'est pas lu."))
    return contents, sorted(records.values(), key=lambda each: each.uri)


def refuse_part(page: Page) -> list[Record]:
    """The datasets of a document given as a file. Raises Refused when it is a page of several."""
    if page.next:
        raise Refused(
            _(
                "Ce document n'est qu'une page d'un catalogue qui en a plusieurs : donnez-le "
                "entier, ou son adresse."
            )
        )
    return page.records


def joined(contents: list[bytes], format: Format) -> bytes:
    """The one page of a catalogue, or all of them in an archive, the same for the same pages."""
    if len(contents) == 1:
        return contents[0]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for number, content in enumerate(contents, 1):
            made.writestr(zipfile.ZipInfo(f"{number:02}.{format.ending}", BEGINNING), content)
    return file.getvalue()


def _check_next(url: str, first: Fetched, seen: set[str]) -> None:
    if url in seen:
        raise Refused(_("Les pages du catalogue tournent en rond : il n'est pas lu."))
    if len(seen) == MOST_PAGES:
        raise Refused(
            _("Le catalogue a plus de %(most)d pages : il n'est pas lu."), most=MOST_PAGES
        )
    host = urlsplit(url).hostname
    if host != urlsplit(first.url).hostname:
        raise Refused(
            _("La suite du catalogue est chez %(host)s, un autre hôte : elle n'est pas lue."),
            host=host,
        )
