"""What was written is read again before it is delivered: a file that was changed on the disk in the
meantime, by whatever hand, stops the delivery, and the check that failed is said."""

from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.catalog.site.making import EVERYONE

LAST = "person.parquet"
"""The table written last."""


def first_changed(table: pa.Table, name: str, change) -> pa.Table:
    """`table` with the value of its first row in a column replaced."""
    place = table.column_names.index(name)
    values = table.column(name).to_pylist()
    values[0] = change(values[0])
    return table.set_column(place, name, pa.array(values, table.schema.field(name).type))


CHANGES = {
    "a person who is not of the study": (
        "measurement",
        lambda table: first_changed(table, "person_id", lambda _: "0" * 32),
        "persons",
    ),
    "a date after the period": (
        "visit_occurrence",
        lambda table: first_changed(
            table, "visit_start_date", lambda day: day + timedelta(days=5_000)
        ),
        "period",
    ),
    "a row less": ("condition_occurrence", lambda table: table.slice(1), "rows"),
    "a row twice": (
        "condition_occurrence",
        lambda table: pa.concat_tables([table, table.slice(0, 1)]),
        "rows",
    ),
    "a visit as it is in the warehouse": (
        "measurement",
        lambda table: first_changed(table, "visit_occurrence_id", lambda _: "231000000001"),
        "pseudonyms",
    ),
    "a visit of another delivery": (
        "measurement",
        lambda table: table.set_column(
            table.column_names.index("visit_occurrence_id"),
            "visit_occurrence_id",
            pa.array(["ab" * 16] * table.num_rows),
        ),
        "marks",
    ),
    "an age that tells who it is": (
        "person",
        lambda table: first_changed(table, "year_of_birth", lambda _: 1901),
        "ages",
    ),
    "a person put in the place of another": (
        "person",
        lambda table: first_changed(
            table, "person_id", lambda _: table.column("person_id")[1].as_py()
        ),
        "persons_missing",
    ),
    "a column more": (
        "person",
        lambda table: table.append_column("name", pa.array(["DUPONT"] * table.num_rows)),
        "columns",
    ),
}


@pytest.mark.parametrize(("table", "change", "check"), CHANGES.values(), ids=CHANGES)
def test_a_file_changed_after_it_was_written_stops_the_delivery(rennes, table, change, check):
    done = []

    def controls():
        for last in rennes.settings.partial.glob(f"*/{LAST}"):
            if not done and written_whole(last):
                done.append(path := last.with_name(f"{table}.parquet"))
                pq.write_table(change(pq.read_table(path)), path, store_schema=False)
        return ()

    body = rennes.body(cohort=EVERYONE)
    last = rennes.last(body, program=rennes.program(controls=controls))
    assert (last["kind"], last["body"].get("check")) == ("failed", check)
    assert not rennes.space(body).exists()
    assert rennes.left_behind() == []


def written_whole(path) -> bool:
    """Whether a file has its end: it is looked at twice a second while it is written."""
    try:
        pq.read_metadata(path)
    except (OSError, pa.ArrowInvalid):
        return False
    return True
