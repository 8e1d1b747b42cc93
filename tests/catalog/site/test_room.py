"""A disk that is too small is told before anything is written, or as soon as it is full; each
process spills in a folder of its own, that the next removes when it was killed."""

import subprocess
import sys

import duckdb
import pytest

from catalog.site import perimeter, spill
from catalog.site.delivery import open_warehouse
from catalog.site.failures import failure_of
from catalog.site.room import room
from catalog.site.settings import bytes_of
from catalog.warehouse.connection import connect
from catalog.warehouse.errors import WarehouseError
from tests.catalog.site.making import EVERYONE, SiteHere
from tests.catalog.site.test_bad_days import failure, small_disk

__all__ = ["small_disk"]

SPILL_AND_WAIT = """
import sys
from pathlib import Path
from catalog.site.spill import own_folder
(own_folder(Path(sys.argv[1])) / "left").write_bytes(b"rows")
print("spilled", flush=True)
sys.stdin.read()
"""


def test_a_disk_too_small_is_told_before_anything_is_written(tmp_path, small_disk, small_warehouse):
    site = SiteHere(tmp_path / "chu-rennes", small_warehouse)
    (site.folder / "spaces").rmdir()
    (site.folder / "spaces").symlink_to(small_disk)
    (small_disk / "ballast").write_bytes(b"\0" * (4 * 1024 * 1024 - 16_384))
    body = site.body(cohort=EVERYONE)
    said = failure(site, body)
    assert said.keys() == {"reason", "needs", "free"}
    assert (said["reason"], said["free"]) == ("disk_small", "0.0 MB")
    (small_disk / "ballast").unlink()
    assert site.last(site.body(cohort=EVERYONE))["kind"] == "delivered"


def test_what_a_delivery_takes_is_between_the_least_and_the_most_foreseen(rennes):
    body = rennes.body(cohort=EVERYONE)
    rennes.receives(body)
    written = sum(path.stat().st_size for path in rennes.space(body).glob("*.parquet"))
    with open_warehouse(rennes.settings) as warehouse:
        warehouse.duckdb.execute("CREATE TEMP TABLE chosen AS SELECT person_id FROM person")
        least, most = (
            room(warehouse, perimeter.read(body), rennes.settings, exact=exact).spaces
            for exact in (True, False)
        )
    assert least < written < most


@pytest.mark.parametrize(
    ("memory", "size"),
    [("1GB", 1e9), ("512MiB", 512 * 2**20), ("1.5 TB", 1.5e12), ("80%", 0), ("lots", 0)],
)
def test_a_memory_is_read_as_duckdb_writes_it(memory, size):
    assert bytes_of(memory) == size


def test_what_cannot_be_spilled_any_more_is_a_full_disk(tmp_path, small_warehouse):
    with connect(f"parquet:{small_warehouse}", memory="30MB", threads=1, spill=tmp_path) as opened:
        opened.duckdb.execute("SET max_temp_directory_size = '1MB'")
        sorted_rows = "SELECT hash(range) AS h, range FROM range(3000000) ORDER BY h"
        with pytest.raises(WarehouseError) as raised:
            opened.run(lambda: opened.duckdb.execute(f"CREATE TEMP TABLE t AS {sorted_rows}"))
        assert failure_of(raised.value).reason == "disk_full"
        with pytest.raises(duckdb.Error) as bare:
            opened.duckdb.execute(f"CREATE TEMP TABLE t AS {sorted_rows}")
        assert failure_of(bare.value).reason == "disk_full"


def test_what_a_killed_process_spilled_is_removed_by_the_next_and_no_other(rennes):
    place = rennes.settings.spill
    words = [sys.executable, "-c", SPILL_AND_WAIT, str(place)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, **pipes) as killed, subprocess.Popen(words, **pipes) as living:
        for each in (killed, living):
            assert each.stdout.readline() == b"spilled\n"
        killed.kill()
        killed.wait()
        rennes.program()
        left = sorted(path.parent.name for path in place.glob("*/left"))
        assert [name.split("-")[0] for name in left] == [str(living.pid)]
    assert spill.own_folder(place) == spill.own_folder(place)
    rennes.program()
    assert list(place.glob("*/left")) == []
