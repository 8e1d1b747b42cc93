"""``./guichet spark``: the same persons on a real Spark, run here. Its name keeps it out of the
ordinary tests: it needs Java, and a driver of 450 MB."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from pyspark.sql import SparkSession

from catalog.cohort import parse
from catalog.site import staging
from catalog.warehouse.check import check
from catalog.warehouse.connection import connect
from catalog.warehouse.errors import WarehouseError
from tests.catalog.site.making import SiteHere, files, variable
from tests.catalog.warehouse import engines

ALONE = {
    "spark.master": "local[2]",
    "spark.driver.memory": "1g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.session.timeZone": "UTC",
}


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """A warehouse on Spark: one Parquet file a table, seen as views of its session."""
    folder = engines.as_parquet(tmp_path_factory.mktemp("spark") / "warehouse")
    builder = SparkSession.builder
    for name, value in ALONE.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    for path in folder.glob("*.parquet"):
        session.read.parquet(str(path)).createOrReplaceTempView(path.stem.upper())
    with connect("pyspark://") as warehouse:
        yield warehouse
    session.stop()


@given(definition=engines.definitions())
@settings(max_examples=5, database=None)
def test_a_random_cohort_has_the_same_persons_on_spark(spark, definition):
    found = spark.run(lambda: spark.backend.execute(spark.cohort(parse(definition))).person_id)
    assert found.is_unique
    assert set(map(int, found)) == engines.by_hand(definition)


def test_a_spark_that_can_serve_passes_the_check(spark):
    assert [found.english for found in check(spark, today=date(2026, 3, 2)) if found.grave] == []


def test_a_query_that_spark_refuses_is_said(spark):
    with pytest.raises(WarehouseError) as raised:
        spark.run(lambda: spark.backend.raw_sql("SELECT nothing FROM nowhere"))
    assert raised.value.key == "query"


def test_the_same_order_on_spark_delivers_the_same_bytes(spark, tmp_path, monkeypatch):
    """The last one: the site's program stops the session that it shares with the others here."""
    parquet = engines.as_parquet(tmp_path / "parquet")
    here = SiteHere(tmp_path / "here/chu-rennes", parquet)
    there = SiteHere(tmp_path / "there/chu-rennes", parquet, portal=here.portal)
    secret = (here.settings.keys / "site.secret").read_bytes()
    (there.settings.keys / "site.secret").write_bytes(secret)
    there.settings = replace(there.settings, warehouse="pyspark://")
    # A slice of the rows at a time: there are a hundred or so.
    monkeypatch.setattr(staging, "ROWS", 40)
    body = here.body(
        cohort={"sex": ["F", "M"]},
        period={"from": "2020-01-01", "to": "2024-12-31"},
        variables=[
            variable("person.year_of_birth"),
            variable("person.birth_datetime"),
            variable("condition_occurrence.condition_occurrence_id"),
            variable("condition_occurrence.condition_source_value"),
            variable("measurement.value_as_number", "718-7"),
        ],
    )
    made = [site.last(body) for site in (here, there)]
    assert [each["kind"] for each in made] == ["delivered", "delivered"]
    assert files(here.space(body)) == files(there.space(body))
    assert made[1]["body"]["manifest"]["software"]["connector"] == "pyspark"
