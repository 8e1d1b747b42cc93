"""``manage.py demo_warehouse`` makes the same synthetic persons for the same seed, fast."""

import json
from io import StringIO

import duckdb
import pytest
from django.core.management import CommandError, call_command

from catalog.demo_warehouse.generate import generate
from catalog.demo_warehouse.recorded import DAY, measured, recorded
from catalog.demo_warehouse.sites import SITES
from catalog.domain.demonstration_sites import SEED
from catalog.warehouse.check import check
from catalog.warehouse.connection import connect


def made(*arguments) -> list[dict]:
    out = StringIO()
    call_command("demo_warehouse", *arguments, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_it_writes_into_the_warehouse_of_the_site(tmp_path, settings):
    settings.SITES_ROOT = tmp_path
    (said,) = made("--patients", "200", "--seed", "3", "--site", "chu-brest")
    assert said["rows"]["person"] == 200
    with connect(f"parquet:{tmp_path}/chu-brest/warehouse") as warehouse:
        assert [one.english for one in check(warehouse, today=DAY) if one.grave] == []


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        made("--patients=150", "--seed=3", "--site=ico", f"--into={tmp_path / name}")
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "two").iterdir())
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_every_file_says_that_it_is_synthetic(tmp_path):
    (said,) = made("--patients=50", "--site=ico", f"--into={tmp_path}")
    assert "SYNTHETIC" in said["notice"]
    for path in tmp_path.glob("*.parquet"):
        found = duckdb.sql(f"SELECT key, value FROM parquet_kv_metadata('{path}')").fetchall()
        assert (b"synthetic", b"true") in found
    assert "SYNTHÉTIQUES" in (tmp_path / "SYNTHETIQUE.txt").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--patients=0", "--site=ico"], "under 1"),
        (["--site=../etc"], "not the name of a site"),
        (["--into=x"], "one site"),
    ],
)
def test_wrong_arguments_are_explained(arguments, said):
    with pytest.raises(CommandError, match=said):
        made(*arguments)


def test_what_checks_found_is_recorded_as_they_find_it(tmp_path):
    site = "ch-le-mans"
    generate(tmp_path, site=site, persons=SITES[site], seed=SEED)
    assert list(recorded()) == list(SITES)
    assert measured(tmp_path) == recorded()[site]
