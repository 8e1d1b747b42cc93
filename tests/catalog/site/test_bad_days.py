"""A killed worker, a full disk, a damaged or changed warehouse: nothing is half delivered, the
report says what happens, and the next run is whole."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.site import files as site_files
from catalog.site.failures import failure_of
from catalog.warehouse.errors import WarehouseError
from tests.catalog.site.making import EVERYONE, SiteHere, damage, files

CARRY_OUT = """
import json, sys
from pathlib import Path
from catalog.site.program import Program
from catalog.site.reports import Answer
from catalog.site.settings import load

folder, envelope, at, pause = sys.argv[1:]
settings = load(Path(folder).name, folder=Path(folder), environment={})

def controls():
    # Asked between two tables: a long pause there stands for a long table.
    import time
    if any(settings.partial.glob("*/condition_occurrence.parquet")):
        time.sleep(float(pause))
    return ()

from datetime import datetime
program = Program(
    settings,
    clock=lambda: datetime.fromisoformat(at),
    controls=controls,
    post=lambda payload, signature: Answer.LATER,
)
program.receive(json.loads(envelope))
"""


def process(site: SiteHere, body: dict, *, pause: float = 0, **options) -> subprocess.Popen:
    """Another process that carries an order out."""
    words = [str(site.folder), json.dumps(site.envelope(body)), site.at.isoformat(), str(pause)]
    program = [sys.executable, "-c", CARRY_OUT, *words]
    return subprocess.Popen(program, stdout=subprocess.DEVNULL, **options)


def failure(site: SiteHere, body: dict) -> dict:
    """The reason of a failed order, after checking that nothing of it is left."""
    last = site.last(body)
    assert last["kind"] == "failed", last
    assert not site.space(body).exists()
    assert site.left_behind() == []
    return {name: value for name, value in last["body"].items() if name != "message"}


def test_killed_in_the_middle_nothing_shows_and_the_rerun_is_whole(tmp_path, small_warehouse):
    site = SiteHere(tmp_path / "chu-rennes", small_warehouse)
    untouched = SiteHere(tmp_path / "other/chu-rennes", small_warehouse, portal=site.portal)
    secret = (site.settings.keys / "site.secret").read_bytes()
    (untouched.settings.keys / "site.secret").write_bytes(secret)
    body = site.body(cohort=EVERYONE)
    victim = process(site, body, pause=60)
    deadline = time.monotonic() + 60
    while not list(site.settings.partial.glob("*/condition_occurrence.parquet")):
        assert victim.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    assert site.left_behind() != []
    assert not site.space(body).exists()
    assert site.receives(body)[-1]["kind"] == "delivered"
    assert site.left_behind() == []
    untouched.receives(body)
    assert files(site.space(body)) == files(untouched.space(body))


def test_a_new_start_clears_what_a_killed_process_left(rennes):
    left = rennes.settings.partial / ("a" * 64)
    left.mkdir(parents=True)
    (left / "person.parquet").write_bytes(b"half")
    rennes.program()
    assert rennes.left_behind() == []


def test_two_processes_of_one_site_do_not_write_the_same_delivery(tmp_path, small_warehouse):
    site = SiteHere(tmp_path / "chu-rennes", small_warehouse)
    body = site.body()
    both = [process(site, body, pause=0.5) for _ in range(2)]
    assert [each.wait(60) for each in both] == [0, 0]
    assert site.last(body)["kind"] == "delivered"
    assert site.left_behind() == []


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 4 MB, really full when it is."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("mounting a small disk needs to be root")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_fails_the_order_and_leaves_nothing(small_disk, small_warehouse, tmp_path):
    site = SiteHere(tmp_path / "chu-rennes", small_warehouse)
    spaces = site.folder / "spaces"
    spaces.rmdir()
    spaces.symlink_to(small_disk)
    ballast = small_disk / "ballast"
    with ballast.open("wb") as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(b"\0" * 65_536)
            file.flush()
    with ballast.open("r+b") as file:
        file.truncate(ballast.stat().st_size - 80_000)
    body = site.body(cohort=EVERYONE)
    assert failure(site, body) == {"reason": "disk_full"}
    ballast.unlink()
    again = site.body(cohort=EVERYONE)
    assert site.last(again)["kind"] == "delivered"


def test_a_limit_on_files_is_a_full_disk_too(rennes):
    """RLIMIT_FSIZE: the system refuses a file over 30 kB, as a quota would."""
    import resource

    body = rennes.body(cohort=EVERYONE)

    def limited():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))

    # Compiled modules would be cut at 30 kB too, and read by whoever comes next.
    own = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    assert process(rennes, body, preexec_fn=limited, env=own).wait(60) == 0
    assert not rennes.space(body).exists()
    assert rennes.left_behind() == []
    last = rennes.last(body)
    assert (last["kind"], last["body"]["reason"]) == ("failed", "disk_full")


def test_a_damaged_file_fails_the_order_without_quoting_it(rennes):
    path = rennes.folder / "warehouse/measurement.parquet"
    damage(path, "value_as_number")
    said = failure(rennes, rennes.body(cohort=EVERYONE))
    assert said["reason"] in ("unreadable", "query")
    assert set(said) <= {"reason", "table"}


def test_a_truncated_file_fails_the_order_by_the_name_of_its_table(rennes):
    path = rennes.folder / "warehouse/measurement.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    assert failure(rennes, rennes.body()) == {"reason": "unreadable", "table": "measurement"}


def test_a_column_that_was_renamed_fails_the_order_by_its_name(rennes):
    path = rennes.folder / "warehouse/measurement.parquet"
    table = pq.read_table(path)
    names = [name.replace("value_as_number", "value") for name in table.column_names]
    pq.write_table(table.rename_columns(names), path)
    assert failure(rennes, rennes.body()) == {
        "reason": "no_column",
        "table": "measurement",
        "column": "value_as_number",
    }


def test_a_column_of_another_type_fails_the_order_by_its_name(rennes):
    path = rennes.folder / "warehouse/condition_occurrence.parquet"
    table = pq.read_table(path)
    number = table.column_names.index("condition_start_date")
    text = table.column(number).cast(pa.string())
    pq.write_table(table.set_column(number, "condition_start_date", text), path)
    assert failure(rennes, rennes.body()) == {
        "reason": "wrong_type",
        "table": "condition_occurrence",
        "column": "condition_start_date",
        "found": "string",
        "expected": "DATE",
    }


def test_a_table_that_is_gone_fails_the_order_by_its_name(rennes):
    (rennes.folder / "warehouse/objection.parquet").unlink()
    assert failure(rennes, rennes.body()) == {"reason": "no_table", "table": "objection"}


def test_a_warehouse_that_is_gone_fails_the_order(rennes):
    import shutil

    shutil.rmtree(rennes.folder / "warehouse")
    assert failure(rennes, rennes.body()) == {"reason": "absent"}


def test_a_delivery_tampered_with_is_not_given_for_the_order_again(rennes):
    body = rennes.body()
    rennes.receives(body)
    (rennes.settings.journal / f"{body['order']}.json").unlink()
    path = rennes.space(body) / "person.parquet"
    path.write_bytes(path.read_bytes() + b"\0")
    last = rennes.last(body)
    assert (last["kind"], last["body"]["check"]) == ("failed", "manifest")


def test_a_delivery_made_but_not_noted_is_found_again(rennes):
    """Killed between the move and the journal: the rerun finds the delivery and says it."""
    body = rennes.body()
    first = rennes.receives(body)[-1]
    (rennes.settings.journal / f"{body['order']}.json").unlink()
    rennes.at = rennes.at.replace(hour=11)
    last = rennes.last(body)
    assert (last["kind"], last["body"]) == ("delivered", first["body"])


def test_a_key_that_others_can_read_fails_the_order(rennes):
    (rennes.settings.keys / "site.secret").chmod(0o644)
    assert failure(rennes, rennes.body()) == {"reason": "keys"}


def test_what_an_engine_writes_does_not_leave_the_site():
    error = WarehouseError("query", why="Could not convert string 'DUPONT Marie' to INT32")
    assert "DUPONT" not in json.dumps(failure_of(error).body)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "settings.toml"
    site_files.write(path, b"old")

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(site_files.os, "fsync", full)
    with pytest.raises(OSError):
        site_files.write(path, b"new")
    assert path.read_bytes() == b"old"


def test_a_table_that_goes_in_the_middle_fails_the_order_and_leaves_nothing(rennes):
    body = rennes.body(cohort=EVERYONE)

    def controls():
        if any(rennes.settings.partial.glob("*/condition_occurrence.parquet")):
            (rennes.folder / "warehouse/measurement.parquet").unlink(missing_ok=True)
        return ()

    last = rennes.last(body, program=rennes.program(controls=controls))
    assert (last["kind"], last["body"]["reason"]) == ("failed", "unreadable")
    assert not rennes.space(body).exists()
    assert rennes.left_behind() == []


def test_a_count_that_lasts_too_long_is_stopped_and_remembers_nothing(rennes):
    folder = rennes.folder / "warehouse"
    (folder / "measurement").mkdir()
    for number in range(300):
        os.link(folder / "measurement.parquet", folder / f"measurement/{number}.parquet")
    (folder / "measurement.parquet").unlink()
    cohort = {"all": [{"measurement": {"code": "718-7", "op": "<", "value": 80, "unit": "g/L"}}]}
    body = rennes.body("count", cohort=cohort)
    allowed = rennes.settings.count_seconds
    rennes.settings = replace(rennes.settings, count_seconds=0.05)
    last = rennes.last(body)
    assert (last["kind"], last["body"]["reason"]) == ("failed", "too_long")
    assert not rennes.settings.answered.exists()
    rennes.settings = replace(rennes.settings, count_seconds=allowed)
    assert rennes.last(rennes.body("count", cohort=cohort))["kind"] == "count"
