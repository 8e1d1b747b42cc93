"""Objections by letter: the hospital's own list, compared with what was delivered before."""

import json
import uuid

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.cohort import parse
from catalog.site import keys
from catalog.site.delivery import open_warehouse
from catalog.site.pseudonyms import derive
from tests.catalog.site.making import EVERYONE, HEART, NOW, PROJECT


def persons_of(rennes, cohort=HEART) -> list[int]:
    with open_warehouse(rennes.settings) as warehouse:
        found = warehouse.deliverable(parse(cohort, known=warehouse.holds)).execute()
    return sorted(int(person) for person in found["person_id"])


def write(rennes, *persons: int) -> None:
    """Have these persons be on the hospital's list, beside those who are."""
    path = rennes.folder / "warehouse/objection.parquet"
    table = pq.read_table(path)
    row = table.to_pylist()[0] if table.num_rows else {}
    rows = [row | {"person_id": person, "since": NOW.date()} for person in persons]
    pq.write_table(pa.concat_tables([table, pa.Table.from_pylist(rows, table.schema)]), path)


def take_back(rennes, person: int) -> None:
    path = rennes.folder / "warehouse/objection.parquet"
    table = pq.read_table(path)
    kept = [row for row in table.to_pylist() if row["person_id"] != person]
    pq.write_table(pa.Table.from_pylist(kept, table.schema), path)


def order(rennes, after=None) -> dict:
    return rennes.body("object", act="compare", after=after)


def compared(rennes, after=None) -> list[dict]:
    last = rennes.last(order(rennes, after))
    assert (last["kind"], last["body"]["outcome"]) == ("objection", "compared"), last
    return last["body"]["deliveries"]


@pytest.fixture
def delivery(rennes) -> dict:
    body = rennes.body()
    assert rennes.last(body)["kind"] == "delivered"
    return body


def test_who_was_on_the_list_before_is_in_no_delivery_and_is_not_counted(rennes, delivery):
    assert compared(rennes) == []


def test_what_a_site_knows_of_the_register_is_no_delivery(rennes, delivery):
    """A witness keeps what it saw beside the entries of orders."""
    rennes.program().witness().memory.write_text('{"note": "", "vkey": ""}')
    first, *_others = persons_of(rennes)
    write(rennes, first)
    assert compared(rennes) == [{"order": delivery["order"], "persons": 1}]


def test_who_writes_after_a_delivery_is_counted_there_and_nowhere_else(rennes, delivery):
    first, second, *_others = persons_of(rennes)
    elsewhere = next(p for p in persons_of(rennes, EVERYONE) if p not in persons_of(rennes))
    write(rennes, first, second, elsewhere)
    assert compared(rennes) == [{"order": delivery["order"], "persons": 2}]


def test_what_the_portal_heard_is_not_said_again_and_what_it_lost_is(rennes, delivery):
    first, second, *_others = persons_of(rennes)
    write(rennes, first)
    lost = order(rennes)
    assert rennes.last(lost)["body"]["deliveries"][0]["persons"] == 1
    write(rennes, second)
    heard = order(rennes)
    assert rennes.last(heard)["body"]["deliveries"][0]["persons"] == 2
    assert compared(rennes, after=heard["order"]) == []
    assert compared(rennes, after=lost["order"])[0]["persons"] == 1
    assert compared(rennes, after=str(uuid.uuid4()))[0]["persons"] == 2


def test_who_takes_a_letter_back_and_writes_again_is_counted_again(rennes, delivery):
    (first, *_others) = persons_of(rennes)
    write(rennes, first)
    heard = order(rennes)
    rennes.last(heard)
    take_back(rennes, first)
    again = order(rennes, heard["order"])
    assert rennes.last(again)["body"]["deliveries"] == []
    write(rennes, first)
    assert compared(rennes, after=again["order"])[0]["persons"] == 1


def test_a_delivery_destroyed_and_a_table_of_aggregates_hold_nobody(rennes, delivery):
    assert rennes.last(rennes.body(delivery_kind="aggregates"))["kind"] == "delivered"
    write(rennes, *persons_of(rennes)[:3])
    rennes.last(rennes.body("destroy", target=delivery["order"]))
    assert compared(rennes) == []


def test_nothing_tells_who(rennes, delivery):
    (first, *_others) = persons_of(rennes)
    write(rennes, first)
    said = json.dumps(rennes.last(order(rennes)))
    derived = derive(keys.site_secret(rennes.settings.keys), site=rennes.slug, project=PROJECT)
    assert derived.pseudonym("person", first) not in said
    kept = rennes.folder / "objections/letters" / f"{delivery['order']}.json"
    assert kept.stat().st_mode & 0o077 == 0 and derived.pseudonym("person", first) in str(
        json.loads(kept.read_bytes())
    )


@pytest.mark.parametrize("after", [0, "junk", ["x"], {}])
def test_an_order_that_names_no_comparison_is_refused(rennes, after):
    last = rennes.last(order(rennes, after))
    assert (last["kind"], last["body"]["reason"]) == ("refused", "field")
