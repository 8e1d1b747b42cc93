"""The portal's pages while eight sites extract on the same machine.

The demonstration is made, and beside it eight sites, each with a warehouse of `--patients` persons.
Pages are asked for as ``bench pages`` does, alone first; then while one program a site, with the
settings that sites have (``nice``, threads, memory), carries out order after order, of every table
for everyone; then alone again, since the machine may have other work. `ratio` is of the p95 during
to the least alone. `rows_a_second` are those delivered since the programs were started: sites are
not starved either. ``--nice 0`` shows what the setting spares.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.material.demonstration import percentile, prepare, say, web_server
from benchmarks.material.site import EVERYONE, WHOLE, BenchSite, make_site, quiet, rows_of
from benchmarks.pages import CLIENTS, ROUNDS, addresses, milliseconds
from catalog.demo_warehouse.sites import SITES
from catalog.site.__main__ import give_way
from catalog.site.settings import load

PAGES = ("register", "work")
LIMITS = {"milliseconds_p95": 500}
"""A page that is answered in half a second, by a machine that does nine things, is not starved."""


def extract(folder: Path, nice: int | None) -> None:
    """Carry out orders of the site in `folder` until told to stop; the rows of each on a line."""
    quiet()
    settings = load(folder.name, folder=folder, environment={})
    site = BenchSite.found(settings if nice is None else replace(settings, nice=nice))
    give_way(site.settings)
    while True:
        with site.delivered(site.order(EVERYONE, WHOLE)) as (_place, manifest):
            print(rows_of(manifest), flush=True)


@contextmanager
def extracting(folders: list[Path], nice: int | None) -> Iterator[list[int]]:
    """Eight programs at work; gives the rows of each delivery as they are made."""
    words = [] if nice is None else ["--nice", str(nice)]
    programs = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.sharing", "--extract", str(folder), *words],
            stdout=subprocess.PIPE,
            text=True,
        )
        for folder in folders
    ]
    delivered: list[int] = []

    def listen(program: subprocess.Popen) -> None:
        for line in program.stdout:
            delivered.append(int(line))

    ears = [threading.Thread(target=listen, args=(program,)) for program in programs]
    for ear in ears:
        ear.start()
    try:
        while len(delivered) < len(folders):  # each is well under way
            time.sleep(0.5)
        yield delivered
    finally:
        for program in programs:
            program.terminate()
        for program, ear in zip(programs, ears, strict=True):
            program.wait()
            ear.join()


def _p95(address: str) -> dict[str, float]:
    known = addresses()
    return {name: round(percentile(milliseconds(address, *known[name]), 0.95), 1) for name in PAGES}


def main() -> None:
    parser = argparse.ArgumentParser(prog="./guichet bench sharing", description=__doc__)
    parser.add_argument("--patients", type=int, default=20_000)
    parser.add_argument("--nice", type=int, help="instead of the settings'")
    parser.add_argument("--extract", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.extract:
        extract(arguments.extract, arguments.nice)
        return
    prepare()
    work = Path(tempfile.mkdtemp(prefix="guichet-sharing-"))
    try:
        for site in SITES:
            make_site(work / site, persons=arguments.patients, site=site)
        with web_server() as address:
            alone = [_p95(address)]
            began = time.perf_counter()
            with extracting([work / site for site in SITES], arguments.nice) as delivered:
                during = _p95(address)
                seconds, rows = time.perf_counter() - began, sum(delivered)
            alone.append(_p95(address))
    finally:
        shutil.rmtree(work)
    quietest = {name: min(each[name] for each in alone) for name in PAGES}
    say(
        {
            "benchmark": "sharing",
            "sites": len(SITES),
            "clients": CLIENTS,
            "asked": CLIENTS * ROUNDS,
            "p95_ms": {"alone": alone, "during": during},
            "ratio": {name: round(during[name] / quietest[name], 2) for name in PAGES},
            "rows_a_second": round(rows / seconds),
            "limits": LIMITS,
            "within_limits": max(during.values()) <= LIMITS["milliseconds_p95"],
        }
    )


if __name__ == "__main__":
    main()
