"""The same persons on every engine: Parquet read by DuckDB, ours or exported by another program, a
DuckDB file, a real PostgreSQL, and the rows read by hand. Spark has its own command,
``./guichet spark``."""

import os
import socket
import threading
import time
from datetime import date
from urllib.parse import quote

import duckdb
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from catalog.cohort import parse
from catalog.site.failures import failure_of
from catalog.site.settings import load
from catalog.warehouse.check import check
from catalog.warehouse.connection import connect
from catalog.warehouse.errors import WarehouseError
from catalog.warehouse.quality.checks import Way
from catalog.warehouse.quality.measuring import measure
from tests import databases
from tests.catalog.site.making import SiteHere, files, variable
from tests.catalog.warehouse import engines

DATABASE = "warehouse_of_a_site"


def address(database: str, **options) -> str:
    """The address of a database of the tests' PostgreSQL, as a site would write it."""
    said = conninfo_to_dict(os.environ["DATABASE_OWNER_URL"])
    login = quote(said["user"]) + (f":{quote(said['password'])}" if "password" in said else "")
    asked = {"host": said["host"], **options} | ({"port": said["port"]} if "port" in said else {})
    query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in asked.items())
    return f"postgres://{login}@/{database}?{query}"


@pytest.fixture(scope="module")
def postgres():
    """The address of a PostgreSQL that holds the small warehouse."""
    name = f"{DATABASE}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    databases.clone("template0", name)
    with psycopg.connect(databases.owner_url(name), autocommit=True) as connection:
        engines.as_postgres(connection, "omop")
        connection.execute(f"ALTER DATABASE {name} SET search_path = omop")
    yield address(name)
    databases.drop(name)


@pytest.fixture(scope="module")
def parquet(tmp_path_factory):
    return engines.as_parquet(tmp_path_factory.mktemp("engines") / "warehouse")


@pytest.fixture(scope="module")
def warehouses(parquet, postgres):
    file = parquet.parent / "warehouse.duckdb"
    with duckdb.connect(str(file)) as connection:
        for path in parquet.glob("*.parquet"):
            connection.execute(f"CREATE TABLE {path.stem.upper()} AS SELECT * FROM '{path}'")
    exported = engines.as_exported(parquet.parent / "exported")
    addresses = [f"parquet:{parquet}", f"duckdb://{file}", postgres, f"parquet:{exported}"]
    opened = [connect(each) for each in addresses]
    yield opened
    for warehouse in opened:
        warehouse.close()


def persons(warehouse, definition: dict) -> set[int]:
    found = warehouse.run(
        lambda: warehouse.backend.execute(warehouse.cohort(parse(definition))).person_id
    )
    assert found.is_unique
    return set(map(int, found))


@given(definition=engines.definitions())
@settings(max_examples=12)
def test_a_random_cohort_has_the_same_persons_on_every_engine(warehouses, definition):
    expected = engines.by_hand(definition)
    assert [persons(each, definition) for each in warehouses] == [expected] * 4


def test_those_who_may_be_delivered_are_the_same_on_every_engine(warehouses):
    said = {"sex": ["F", "M"]}
    cohort = parse(said)
    counts = {each.count(each.deliverable(cohort)) for each in warehouses}
    assert {len(each.numbers(each.attrition(cohort)[-1])) for each in warehouses} == counts
    assert counts == {len(engines.by_hand(said | {"all": [], "any": [], "none": []}))}


def test_a_postgresql_that_can_serve_passes_the_check(warehouses):
    assert [
        found.english for found in check(warehouses[2], today=date(2026, 3, 2)) if found.grave
    ] == []


@given(today=st.sampled_from([engines.DAYS[0], engines.DAYS[3], date(2026, 3, 2)]))
@settings(max_examples=3)
def test_each_check_of_quality_counts_the_same_on_every_engine(warehouses, today):
    counted = [
        {
            each.check.code: (each.rows, each.failed, each.persons, each.failing, each.others)
            + (each.absent, each.filled)
            for each in measure(warehouse, today=today)
            if each.check.way is not Way.SCHEMA
        }
        for warehouse in warehouses
    ]
    assert counted[1:] == counted[:1] * 3
    assert sum(bool(failed) for _rows, failed, *_rest in counted[0].values()) > 20


PERIOD = {"from": "2020-01-01", "to": "2024-12-31"}


def on_postgres(tmp_path, parquet, place: str, **options) -> SiteHere:
    site = SiteHere(tmp_path / "chu-rennes", parquet, **options)
    site.settings = load("chu-rennes", folder=site.folder, environment={"SITE_WAREHOUSE": place})
    return site


COLUMNS = [
    *("person.gender_concept_id", "person.year_of_birth", "person.birth_datetime"),
    *("visit_occurrence.visit_start_date", "visit_occurrence.visit_concept_id"),
    *("condition_occurrence.condition_occurrence_id", "condition_occurrence.condition_start_date"),
    *("condition_occurrence.condition_source_value", "note.note_source_value", "note.note_date"),
    *("measurement.value_as_number", "measurement.measurement_date", "death.death_date"),
]


@pytest.mark.parametrize(
    "changed",
    [
        {"variables": [variable(name) for name in COLUMNS]},
        {
            "variables": [
                variable("measurement.value_as_number", "718-7"),
                variable("condition_occurrence.visit_occurrence_id", "I21.*", "E11_9"),
            ],
            "true_dates": True,
        },
        {"variables": [variable(name) for name in COLUMNS], "delivery_kind": "aggregates"},
    ],
    ids=["columns", "codes", "aggregates"],
)
def test_the_same_order_on_postgresql_delivers_the_same_bytes(tmp_path, parquet, postgres, changed):
    here = SiteHere(tmp_path / "here/chu-rennes", parquet)
    there = on_postgres(tmp_path, parquet, postgres, portal=here.portal)
    secret = (here.settings.keys / "site.secret").read_bytes()
    (there.settings.keys / "site.secret").write_bytes(secret)
    body = here.body(cohort={"sex": ["F", "M"]}, period=PERIOD) | changed
    made = [site.last(body) for site in (here, there)]
    assert [each["kind"] for each in made] == ["delivered", "delivered"]
    assert files(here.space(body)) == files(there.space(body))
    assert sum(table["rows"] for table in made[1]["body"]["manifest"]["tables"]) > 20
    assert made[0]["body"]["manifest"]["checks"] == made[1]["body"]["manifest"]["checks"]
    assert "-- person\nSELECT" in made[1]["body"]["manifest"]["query"]
    assert list(there.settings.spill.glob("*/*")) == []


def test_the_same_order_on_an_export_of_another_program_delivers_the_same_bytes(tmp_path, parquet):
    here = SiteHere(tmp_path / "here/chu-rennes", parquet)
    exported = engines.as_exported(tmp_path / "exported")
    there = SiteHere(tmp_path / "there/chu-rennes", exported, portal=here.portal)
    secret = (here.settings.keys / "site.secret").read_bytes()
    (there.settings.keys / "site.secret").write_bytes(secret)
    body = here.body(
        cohort={"sex": ["F", "M"]}, period=PERIOD, variables=[variable(name) for name in COLUMNS]
    )
    assert [site.last(body)["kind"] for site in (here, there)] == ["delivered", "delivered"]
    assert files(here.space(body)) == files(there.space(body))


def test_a_site_on_postgresql_counts(tmp_path, parquet, postgres):
    site = on_postgres(tmp_path, parquet, postgres)
    assert site.last(site.body("count", cohort={"sex": ["F", "M"]}))["kind"] == "count"


def test_a_postgresql_cut_in_the_middle_of_an_order_leaves_nothing(tmp_path, parquet, postgres):
    """Killed as soon as the first table has come."""
    site = on_postgres(tmp_path, parquet, f"{postgres}&application_name=cut")

    def cut():
        with psycopg.connect(databases.owner_url("postgres"), autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'cut'"
            )

    watch = threading.Thread(target=_when_staged, args=(site, cut))
    watch.start()
    last = site.last(site.body(cohort={"sex": ["F", "M"]}, period=PERIOD))
    watch.join()
    assert (last["kind"], last["body"]["reason"]) == ("failed", "unreachable")
    assert site.left_behind() == [] and list(site.settings.spill.glob("*/*")) == []


def _when_staged(site: SiteHere, act) -> None:
    deadline = time.monotonic() + 60
    while not list(site.settings.spill.glob("*/*")) and time.monotonic() < deadline:
        time.sleep(0.001)
    act()


def test_a_postgresql_that_is_away_is_said_and_nothing_is_delivered(tmp_path, parquet):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"postgres://omop@127.0.0.1:{free.getsockname()[1]}/warehouse"
        with pytest.raises(WarehouseError) as raised:
            connect(place)
        assert raised.value.key == "unreachable"
        assert "ne répond pas" in raised.value.sentence("fr")
        assert "does not answer" in raised.value.sentence("en")
        site = on_postgres(tmp_path, parquet, place)
        last = site.last(site.body("count"))
        assert (last["kind"], last["body"]["reason"]) == ("failed", "unreachable")


def test_a_query_that_lasts_too_long_is_given_up(postgres):
    hurried = f"{postgres}&options={quote('-c statement_timeout=500')}"
    with connect(hurried) as warehouse, pytest.raises(WarehouseError) as raised:
        warehouse.run(lambda: warehouse.backend.raw_sql("SELECT pg_sleep(20)"))
    assert raised.value.key == "unreachable"
    assert failure_of(raised.value).reason == "unreachable"


def test_a_postgresql_cut_in_the_middle_is_said(postgres):
    with connect(postgres) as warehouse:
        process = warehouse.backend.con.info.backend_pid
        with psycopg.connect(databases.owner_url("postgres"), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [process])
        with pytest.raises(WarehouseError) as raised:
            warehouse.count(warehouse.cohort(parse({"sex": ["F"]})))
    assert raised.value.key == "unreachable"


@pytest.mark.parametrize(
    "place", ["nosuch://warehouse", "postgres://[", "trino://nobody@nowhere/x"]
)
def test_an_address_that_no_engine_has_is_said(place):
    with pytest.raises(WarehouseError) as raised:
        connect(place)
    assert raised.value.key == "unreachable"
