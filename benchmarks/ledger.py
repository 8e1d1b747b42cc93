"""How the register grows: leaves each second, and the time of a proof and of a checkpoint.

Measured on trees of three sizes, to show that neither time grows with the tree and that a proof
reads a tile a level at the most. The leaves of the large trees are made in the database, as short
as a leaf can be: only their number matters here. Sizes may be given: `bench ledger 10000 1000000`.
"""

import random
import resource
import sys
import time

from benchmarks.material.demonstration import percentile, prepare, say, tidy_database

SIZES = (10_000, 1_000_000, 10_000_000)
APPENDED, PROOFS, CHECKPOINTS = 300, 500, 40
LIMIT_RATIO = 2.0
"""How many times longer a proof or a checkpoint may take on the largest tree: three levels of
tiles are read where the smallest has two."""

FILL = """
INSERT INTO governance_leaf (index, bytes, leaf_hash, at)
SELECT n, said, sha256('\\x00'::bytea || said), now()
FROM generate_series(%s, %s) AS n,
LATERAL (SELECT convert_to(format('{"kind":"benchmark","n":%%s}', n), 'UTF8') AS said) AS leaf
"""


def _grow_to(size: int) -> dict:
    """Bring the tree to so many leaves; how quickly the new ones were integrated and signed."""
    from django.db import connection
    from django.utils import timezone

    from governance.ledger.signer import integrate, ledger_size

    before = ledger_size()
    with connection.cursor() as cursor:
        cursor.execute(FILL, [before, size - 1])
    began = time.perf_counter()
    integrate(at=timezone.now())
    seconds = time.perf_counter() - began
    tidy_database()
    return {"leaves": size - before, "per_second": round((size - before) / seconds)}


def _append_one() -> None:
    from django.db import transaction
    from django.utils import timezone

    from governance.ledger.leaves import append_leaf

    with transaction.atomic():
        append_leaf({"kind": "benchmark"}, at=timezone.now())


def _checkpoint() -> None:
    from django.utils import timezone

    from governance.ledger.signer import integrate

    integrate(at=timezone.now())


def _timed(act, times: int, before=lambda: None) -> list[float]:
    """Milliseconds of each of so many acts; what is done `before` each is not counted."""
    taken = []
    for _ in range(times):
        before()
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def _measured(size: int) -> dict:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from governance.ledger import merkle, tiles
    from governance.ledger.proofs import proof_for

    grown = _grow_to(size)
    draw = random.Random(size)
    appended = _timed(_append_one, APPENDED)
    checkpoints = _timed(_checkpoint, CHECKPOINTS, before=_append_one)
    proofs = _timed(lambda: proof_for(draw.randrange(size)), PROOFS)
    with CaptureQueriesContext(connection) as queries:
        proof_for(size // 3)
    return {
        "leaves": size,
        "integrated": grown,
        "appended_per_second": round(APPENDED * 1000 / sum(appended)),
        "checkpoint_ms": _spread(checkpoints),
        "proof_ms": _spread(proofs),
        "proof_queries": len(queries),
        "proof_tiles": len(tiles.tiles_for(merkle.inclusion_ranges(size // 3, size))),
        "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _spread(taken: list[float]) -> dict:
    return {"median": round(percentile(taken, 0.5), 2), "p95": round(percentile(taken, 0.95), 2)}


def main() -> None:
    sizes = [int(each) for each in sys.argv[1:]] or SIZES
    prepare()
    # Signing is asked of a worker once a leaf is committed: none runs here.
    from governance.ledger import leaves

    leaves.ask_for_signature = lambda: None
    found = [_measured(size) for size in sorted(sizes)]
    smallest, largest = found[0], found[-1]
    ratios = {
        name: round(largest[name]["median"] / smallest[name]["median"], 2)
        for name in ("proof_ms", "checkpoint_ms")
    }
    say(
        {
            "benchmark": "ledger",
            "sizes": found,
            "largest_against_smallest": ratios,
            "within_limits": max(ratios.values()) <= LIMIT_RATIO,
        }
    )


if __name__ == "__main__":
    main()
