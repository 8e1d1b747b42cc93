"""A file of results, examined in a process of its own, which speaks to us in plain JSON.

``python -m projects.airlock.apart NAME KIND SECONDS`` reads the file on its standard input.
"""

import json
import sys

from governance.apart import ask, bound

SECONDS = 40
"""Of processor time, and of time on the wall, for one file."""


def examine_apart(name: str, content: bytes, kind: str, *, seconds: int = SECONDS) -> dict:
    """What `examining.examine` says of the file, in plain values; that it is unreadable when
    reading it asks for more than a file of results does."""
    answer = ask("projects.airlock.apart", name, kind, content=content, seconds=seconds)
    return _unreadable() if answer is None else json.loads(answer)


def _unreadable() -> dict:
    finding = {"rule": "unreadable", "places": [], "count": 1}
    return {"findings": [finding], "tables": [], "text": ""}


def main(name: str, kind: str, seconds: str) -> None:
    """Read standard input within limits; answer on standard output."""
    bound(int(seconds))
    from projects.airlock.examining import examine

    json.dump(examine(name, sys.stdin.buffer.read(), kind).as_json(), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
