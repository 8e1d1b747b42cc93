"""Files of results read beside each other, in a process of its own, which speaks to us in JSON.

``python -m projects.airlock.together SECONDS`` reads on its standard input a line of JSON, that
says what each file is and how long, then their bytes.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from governance.apart import ask, bound
from projects.airlock.findings import Finding

SECONDS = 60
"""Of processor time, and of time on the wall, for all of them."""
MOST_BYTES = 64 * 1024 * 1024
"""Of files that left before, the newest ones; those beyond are not compared, and it is said."""


@dataclass(frozen=True)
class Beside:
    """A file: what it is called beside others, its name, its kind, its bytes; `left`: it is not of
    the deposit that is examined."""

    called: str
    name: str
    kind: str
    content: bytes
    left: bool = False


def compare_apart(
    files: Sequence[Beside], *, left_out: int = 0, seconds: int = SECONDS
) -> list[list[dict]]:
    """The findings of each file of the deposit, in order, as plain values: what its tables tell
    with those of the others (`comparing`); that they are not compared with all, when others were
    `left_out` or reading them asks for too much."""
    said = [
        {"called": f.called, "name": f.name, "kind": f.kind, "size": len(f.content), "left": f.left}
        for f in files
    ]
    content = json.dumps(said).encode() + b"\n" + b"".join(each.content for each in files)
    answer = ask("projects.airlock.together", content=content, seconds=seconds)
    if answer is None:
        return [[Finding("not_compared").as_json()] for each in files if not each.left]
    missing = [Finding("not_compared").as_json()] if left_out else []
    return [found + missing for found in json.loads(answer)]


def main(seconds: str) -> None:
    """Read standard input within limits; answer on standard output."""
    bound(int(seconds))
    from projects.airlock.comparing import Given, compare
    from projects.airlock.examining import findings_as_json, tables_of

    given = []
    for each in json.loads(sys.stdin.buffer.readline()):
        tables = tables_of(each["name"], sys.stdin.buffer.read(each["size"]))
        given.append(Given(each["called"], each["kind"], tables, each["left"]))
    json.dump([findings_as_json(found) for found in compare(given)], sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
