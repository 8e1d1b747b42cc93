"""A document of another node, read in a process of its own: whatever it makes the reader do, it is
ended beyond its time and its memory, knows no secret of ours, and speaks to us in plain records.

``python -m catalog.exchange.apart ENDING`` reads the document on its standard input and answers one
JSON object: ``records``, or ``refused`` with its ``values``.
"""

import json
import os
import resource
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_noop as _

from catalog.exchange.formats import Format, named
from catalog.exchange.records import Record, Refused

SECONDS = 60
"""Of processor time, and of time on the wall, for one document."""
MEMORY = 1024**3
"""Bytes of addresses of the process that reads."""
CODE = Path(__file__).parents[2]


def read_apart(content: bytes, format: Format) -> list[Record]:
    """The datasets that the document describes, in the order of their addresses. Raises Refused."""
    command = [sys.executable, "-m", "catalog.exchange.apart", format.ending]
    try:
        done = subprocess.run(
            [*command, str(SECONDS)],
            input=content,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            cwd=CODE,
            env={"PATH": os.environ.get("PATH", "")},
        )
    except subprocess.TimeoutExpired:
        raise _endless() from None
    if done.returncode != 0:
        raise _endless()
    said = json.loads(done.stdout)
    if "refused" in said:
        raise Refused(said["refused"], **said["values"])
    return [Record(**each | {"categories": tuple(each["categories"])}) for each in said["records"]]


def _endless() -> Refused:
    return Refused(
        _("Lire le document demande plus de temps ou de mémoire qu'un catalogue : il n'est pas lu.")
    )


def main(ending: str, seconds: str) -> None:
    """Read standard input within limits; answer on standard output."""
    for limit, most in ((resource.RLIMIT_CPU, int(seconds)), (resource.RLIMIT_AS, MEMORY)):
        with suppress(ValueError, OSError):  # a machine that does not bound it
            resource.setrlimit(limit, (most, most))
    settings.configure()  # Django's own: none of ours is known here
    from catalog.exchange.reading import read

    content = sys.stdin.buffer.read()
    try:
        answer = {"records": [each.as_json() for each in read(content, named(ending))]}
    except Refused as refusal:
        answer = {"refused": refusal.sentence, "values": refusal.values}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
