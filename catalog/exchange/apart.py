"""A document of another node, read in a process of its own, which speaks to us in plain records.

``python -m catalog.exchange.apart ENDING SECONDS`` reads the document on its standard input and
answers one JSON object: ``records`` and ``next``, or ``refused`` with its ``values``.
"""

import json
import sys

from django.conf import settings
from django.utils.translation import gettext_noop as _

from catalog.exchange.formats import Format, named
from catalog.exchange.records import Page, Record, Refused
from governance.apart import ask, bound

SECONDS = 60
"""Of processor time, and of time on the wall, for one document."""


def read_apart(content: bytes, format: Format) -> Page:
    """The datasets that the document describes, in the order of their addresses, and where the
    catalogue goes on. Raises Refused."""
    answer = ask("catalog.exchange.apart", format.ending, content=content, seconds=SECONDS)
    if answer is None:
        raise _endless()
    said = json.loads(answer)
    if "refused" in said:
        raise Refused(said["refused"], **said["values"])
    records = [Record(**r | {"categories": tuple(r["categories"])}) for r in said["records"]]
    return Page(records, said["next"])


def _endless() -> Refused:
    return Refused(
        _("Lire le document demande plus de temps ou de mémoire qu'un catalogue : il n'est pas lu.")
    )


def main(ending: str, seconds: str) -> None:
    """Read standard input within limits; answer on standard output."""
    bound(int(seconds))
    settings.configure()  # Django's own: none of ours is known here
    from catalog.exchange.reading import read

    content = sys.stdin.buffer.read()
    try:
        page = read(content, named(ending))
        answer = {"records": [each.as_json() for each in page.records], "next": page.next}
    except Refused as refusal:
        answer = {"refused": refusal.sentence, "values": refusal.values}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
