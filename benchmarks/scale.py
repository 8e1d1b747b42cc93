"""A count and a whole extraction at one site, at sizes ten times one another, in bounded memory.

For each size (rows of the warehouse, about) a synthetic warehouse is made, then one process, as the
site's program is, with its settings, counts a cohort with its steps and carries out an order of
every table for everyone; its peak of memory is read from the system (``VmHWM``), that of what is
spilled and written from the disk. `seconds_a_million` of rows should not grow: `linear` is the
ratio of the dearest to the cheapest from the second size on, the first one being mostly the
program's start; rows are sorted, so that it is a little over 1. Seconds are of the clock and of
processors, user and system.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.material.site import (
    EVERYONE,
    HEART,
    SITE,
    WHOLE,
    BenchSite,
    make_site,
    quiet,
    rows_of,
)
from catalog.cohort import parse
from catalog.site.delivery import open_warehouse
from catalog.site.settings import load

SIZES = (1_000_000, 10_000_000, 100_000_000)
ROWS_A_PERSON = 78.4
"""Of a synthetic warehouse."""
LIMITS = {"memory_mib": 4_096, "linear": 1.5}


class Disk:
    """The most that folders held, in MiB, looked at twice a second."""

    def __init__(self, *folders: Path):
        self.most = dict.fromkeys(folders, 0)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Disk":
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.5):
            for folder in self.most:
                self.most[folder] = max(self.most[folder], _held(folder))


def _held(folder: Path) -> int:
    size = 0
    for path in folder.rglob("*"):
        try:
            size += path.stat().st_size
        except FileNotFoundError:
            continue
    return size >> 20


def one(folder: Path, memory: str, threads: int) -> dict:
    """What the site of `folder` takes to count, then to extract: its own process's figures."""
    quiet()
    environment = {"SITE_MEMORY": memory, "SITE_THREADS": str(threads)}
    site = BenchSite.found(load(SITE, folder=folder, environment=environment))
    counted = _timed(lambda: _count(site))
    with Disk(site.settings.spill, site.settings.spaces) as disk:
        extracted = _timed(lambda: _extract(site))
    spilled, written = disk.most.values()
    return {
        "count": counted,
        "extraction": extracted | {"spilled_mib": spilled, "written_mib": written},
        "memory_mib": _peak(),
    }


def _count(site: BenchSite) -> int:
    with open_warehouse(site.settings) as warehouse:
        groups = [warehouse.numbers(found) for found in warehouse.attrition(parse(HEART))]
    return len(groups[-1])


def _extract(site: BenchSite) -> int:
    with site.delivered(site.order(EVERYONE, WHOLE)) as (_place, manifest):
        return rows_of(manifest)


def _timed(act) -> dict:
    processors, clock = time.process_time(), time.perf_counter()
    found = act()
    return {
        "found": found,
        "seconds": round(time.perf_counter() - clock, 2),
        "processors": round(time.process_time() - processors, 2),
    }


def _peak() -> int:
    """The most memory that this process held, in MiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) >> 10


def measured(rows: int, memory: str, threads: int) -> dict:
    """The figures of one size, of a site made for it and removed."""
    work = Path(tempfile.mkdtemp(prefix="guichet-scale-"))
    try:
        persons = round(rows / ROWS_A_PERSON)
        site = make_site(work / SITE, persons=persons)
        words = ["--one", str(work / SITE), "--memory", memory, "--threads", str(threads)]
        ran = subprocess.run(
            [sys.executable, "-m", "benchmarks.scale", *words], check=True, capture_output=True
        )
        found = json.loads(ran.stdout)
    finally:
        shutil.rmtree(work)
    of_million = found["extraction"]["processors"] / site.rows * 1e6
    said = {"persons": persons, "rows": site.rows}
    return said | found | {"seconds_a_million": round(of_million, 3)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="./guichet bench scale", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES)
    parser.add_argument("--memory", default="2GB", help="of the engine, of 4 GB for the program")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(one(arguments.one, arguments.memory, arguments.threads)))
        return
    sizes = [measured(rows, arguments.memory, arguments.threads) for rows in arguments.rows]
    costs = [size["seconds_a_million"] for size in sizes][1:] or [1.0]
    linear = round(max(costs) / min(costs), 2)
    most = max(size["memory_mib"] for size in sizes)
    said = {"benchmark": "scale", "memory": arguments.memory, "threads": arguments.threads}
    within = most <= LIMITS["memory_mib"] and linear <= LIMITS["linear"]
    print(
        json.dumps(
            said | {"sizes": sizes, "linear": linear, "limits": LIMITS, "within_limits": within}
        )
    )


if __name__ == "__main__":
    main()
