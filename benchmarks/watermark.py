"""How often a found file names its delivery, and how often it names one it does not come from.

Detection: files of so many identifiers of a delivery, of visits and of records, alone, then lost in
100 times as many strangers; each is tried against every delivery of a site that made DELIVERIES.

False positives: files of as many strangers, and strangers one by one, each against one delivery. As
chance gives a whole mark to one in 4 billion, those that bear its first 16 bits are counted too,
which says that marks are spread as chance would: `expected` is how many it gives.
"""

import argparse
import hashlib
import json
import random
import time

from catalog.site import marks, whose
from catalog.site.journal import Entry
from catalog.site.pseudonyms import derive

SITE, SECRET = "chu-nantes", hashlib.sha256(b"benchmark").digest()
SIZES = (1, 5, 10, 20, 100)
DELIVERIES = 200
STRANGERS = 100
"""Strangers for one identifier, where it is lost among them."""


def _made(number: int) -> list[whose.Made]:
    """So many deliveries of a site, destroyed: only their order is needed."""
    return [
        whose.Made(Entry(str(n), hashlib.sha256(str(n).encode()).hexdigest(), "extract"), {}, None)
        for n in range(number)
    ]


def _strangers(drawing: random.Random, number: int) -> list[str]:
    return [f"{drawing.getrandbits(128):032x}" for _ in range(number)]


def _own(drawing: random.Random, made: whose.Made, number: int) -> list[str]:
    """Identifiers of a delivery, as ``catalog.site.marks`` makes them."""
    own = derive(SECRET, site=SITE, project=str(drawing.getrandbits(64)))
    key = marks.key_of(SECRET, site=SITE, order=made.entry.hash)
    bodies = [
        own.pseudonym(drawing.choice(("visit", "record")), drawing.getrandbits(40))[: marks.BODY]
        for _ in range(number)
    ]
    return [body + marks.tag(key, body) for body in bodies]


def _named(identifiers: list[str], made: list[whose.Made]) -> list[whose.Made]:
    found = whose.marked(identifiers, made, secret=SECRET, site=SITE)
    return [named.made for named in found if named.rarity > whose.LIMIT]


def _detection(drawing: random.Random, made: list[whose.Made], files: int, lost: bool) -> dict:
    """Size -> share of files that named their delivery and no other."""
    found = {}
    for size in SIZES:
        right = 0
        for _ in range(files):
            true = drawing.choice(made)
            known = _own(drawing, true, size)
            known += _strangers(drawing, size * STRANGERS) if lost else []
            right += _named(known, made) == [true]
        found[str(size)] = right / files
    return found


def _false(drawing: random.Random, made: list[whose.Made], files: int) -> dict:
    """Files of strangers: how many there were, how many named a delivery."""
    named = sum(
        bool(_named(_strangers(drawing, size), made)) for size in SIZES for _ in range(files)
    )
    return {"files": files * len(SIZES), "named": named}


def _single(drawing: random.Random, made: list[whose.Made], trials: int) -> dict:
    """Strangers each tried against one delivery: how many bear its mark, and its first 16 bits."""
    keys = [marks.key_of(SECRET, site=SITE, order=each.entry.hash) for each in made]
    whole = part = 0
    for number in range(trials):
        stranger = f"{drawing.getrandbits(128):032x}"
        tag = marks.tag(keys[number % len(keys)], stranger[: marks.BODY])
        part += stranger.startswith(tag[:4], marks.BODY)
        whole += stranger.endswith(tag)
    return {
        "tried": trials,
        "bear_16_bits": {"found": part, "expected": round(trials / 2**16, 1)},
        "bear_it_whole": {"found": whole, "expected": round(trials / 16**marks.TAG, 4)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="./guichet bench watermark", description=__doc__)
    parser.add_argument("--files", type=int, default=200, help="files of each size")
    parser.add_argument("--lost", type=int, default=3, help="files of each size among strangers")
    parser.add_argument("--trials", type=int, default=20_000_000, help="strangers tried one by one")
    arguments = parser.parse_args()
    drawing, made = random.Random(2026), _made(DELIVERIES)
    began = time.process_time()
    alone = _detection(drawing, made, arguments.files, lost=False)
    lost = _detection(drawing, made, arguments.lost, lost=True)
    false = _false(drawing, made, arguments.files)
    single = _single(drawing, made, arguments.trials)
    print(
        json.dumps(
            {
                "benchmark": "watermark",
                "deliveries": DELIVERIES,
                "detection": alone,
                "detection_among_100_strangers_each": lost,
                "false_positives": false,
                "strangers": single,
                "seconds_of_processor": round(time.process_time() - began, 1),
                "within_limits": min(alone.values()) == 1 and not false["named"],
            }
        )
    )


if __name__ == "__main__":
    main()
