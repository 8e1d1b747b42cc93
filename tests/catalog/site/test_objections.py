"""What a site does of an objection: opened here, applied before the next extraction, lifted."""

import base64
import hashlib
import json
import uuid

import pyarrow.parquet as pq
import pytest
from nacl.public import PrivateKey, SealedBox

from catalog.cohort import parse
from catalog.demo_warehouse.identities import write_identities
from catalog.sealed import SEALED_BYTES, number_from, receipt_hash, write_statement
from catalog.site import keys
from catalog.site.delivery import open_warehouse
from catalog.site.pseudonyms import derive
from catalog.warehouse.connection import connect
from tests.catalog.site.making import EVERYONE, HEART, NUMBER, PROJECT

RECEIPT = number_from(b"the receipt of a test, never of a person")


@pytest.fixture
def rennes(rennes):
    """The site, its persons named."""
    write_identities(rennes.folder / "identities", warehouse=rennes.folder / "warehouse")
    return rennes


@pytest.fixture
def someone(rennes) -> dict:
    """The identity of a person whom the study delivers."""
    with open_warehouse(rennes.settings) as warehouse:
        found = warehouse.deliverable(parse(HEART, known=warehouse.holds)).execute()
    (person, *_others) = sorted(found["person_id"])
    named = pq.read_table(rennes.folder / "identities/identity.parquet").to_pylist()
    return next(row for row in named if row["person_id"] == person)


def statement(who: dict, **changed) -> bytes:
    said = {
        "whom": "self",
        "scope": "all",
        "value": "",
        "birth_name": who["birth_name"],
        "usual_name": "",
        "first_names": who["first_names"],
        "born_on": who["birth_date"].isoformat(),
        "declarant": "",
    }
    return write_statement(**said | changed)


def sealed(rennes, content: bytes, *, key=None) -> str:
    public = key or keys.box_key(rennes.settings.keys).public_key
    return base64.b64encode(SealedBox(public).encrypt(content)).decode()


def objection(rennes, box: str, **changed) -> dict:
    said = {
        "objection": str(uuid.uuid4()),
        "receipt": receipt_hash(RECEIPT),
        "act": "object",
        "sealed": box,
    }
    return rennes.body("object", **said | changed)


def objects(rennes, who: dict, **changed) -> dict:
    """The site's answer to the objection of `who`."""
    return rennes.last(objection(rennes, sealed(rennes, statement(who, **changed))))["body"]


def delivered(rennes, **changed) -> set[str]:
    """The pseudonyms of who is delivered by an extraction now."""
    body = rennes.body(**changed)
    last = rennes.last(body)
    assert last["kind"] == "delivered", last
    return set(pq.read_table(rennes.space(body) / "person.parquet")["person_id"].to_pylist())


def pseudonym(rennes, who: dict) -> str:
    secret = keys.site_secret(rennes.settings.keys)
    return derive(secret, site=rennes.slug, project=PROJECT).pseudonym("person", who["person_id"])


def test_who_objects_to_all_is_in_no_delivery_made_afterwards(rennes, someone):
    before = delivered(rennes)
    assert pseudonym(rennes, someone) in before
    assert objects(rennes, someone)["outcome"] == "applied"
    assert delivered(rennes) == before - {pseudonym(rennes, someone)}


@pytest.mark.parametrize(
    "change",
    [str.upper, str.lower, lambda name: f"  {name} ", lambda name: name.replace("é", "e")],
)
def test_accents_capitals_and_spaces_do_not_hide_a_person(rennes, someone, change):
    said = {name: change(someone[name]) for name in ("birth_name", "first_names")}
    assert objects(rennes, someone, **said)["outcome"] == "applied"


def test_the_usual_name_and_the_first_of_the_first_names_are_enough(rennes, someone):
    first = someone["first_names"].split()[0]
    answer = objects(
        rennes, someone, birth_name="Autre", usual_name=someone["usual_name"], first_names=first
    )
    assert answer["outcome"] == "applied"


def test_an_objection_to_one_project_holds_for_it_alone(rennes, someone):
    objects(rennes, someone, scope="project", value=NUMBER)
    assert pseudonym(rennes, someone) not in delivered(rennes)
    assert pseudonym(rennes, someone) in delivered(rennes, number="2026-0077")


def test_an_objection_to_a_theme_holds_for_the_studies_of_it(rennes, someone):
    objects(rennes, someone, scope="theme", value="heart")
    assert pseudonym(rennes, someone) not in delivered(rennes)
    assert pseudonym(rennes, someone) in delivered(rennes, cohort=EVERYONE, number="2026-0077")


def test_counts_and_aggregates_leave_out_who_objected(rennes, someone):
    whole = {"cohort": EVERYONE, "number": None, "threshold": 11, "rounding": 5}
    with open_warehouse(rennes.settings) as warehouse:
        cohort = parse(EVERYONE, known=warehouse.holds)
        persons = sorted(warehouse.deliverable(cohort).execute()["person_id"])
    named = pq.read_table(rennes.folder / "identities/identity.parquet").to_pylist()
    for row in [row for row in named if row["person_id"] in persons[:20]]:
        assert objects(rennes, row)["outcome"] == "applied"
    counted = rennes.last(rennes.body("count", **whole))["body"]["persons"]
    assert counted == -(-(len(persons) - 20) // 5) * 5
    last = rennes.last(rennes.body(delivery_kind="aggregates"))
    assert last["body"]["manifest"]["checks"]["objectors_absent"] is True


def test_the_manifest_names_nobody_who_objected(rennes, someone):
    objects(rennes, someone)
    body = rennes.body()
    manifest = rennes.last(body)["body"]["manifest"]
    assert str(someone["person_id"]) not in json.dumps(manifest)


def test_nothing_said_in_the_box_leaves_the_site_nor_stays_written(rennes, someone):
    before = len(rennes.reports)
    objects(rennes, someone, declarant="Soazig Kerbrat")
    written = b"".join(
        path.read_bytes()
        for folder in ("objections", "deliveries", "reports", "locks")
        for path in (rennes.folder / folder).rglob("*")
        if path.is_file()
    )
    said = json.dumps(rennes.reports[before:]).encode()
    for word in (someone["birth_name"], someone["first_names"], "Kerbrat"):
        assert word.encode() not in said + written
    assert str(someone["person_id"]).encode() not in said
    kept = next((rennes.folder / "objections").glob("*.json"))
    assert kept.stat().st_mode & 0o077 == 0


def test_deliveries_made_already_are_named_and_no_other(rennes, someone):
    before = rennes.body()
    rennes.last(before)
    rennes.last(rennes.body(number="2026-0077", project=str(uuid.uuid4()), cohort=EVERYONE))
    answer = objects(rennes, someone, scope="project", value=NUMBER)
    assert answer["deliveries"] == [before["order"]]
    elsewhere = dict(someone, first_names="Personne")
    assert "deliveries" not in objects(rennes, elsewhere)


def test_a_person_who_is_not_there_is_said_not_found_and_changes_nothing(rennes, someone):
    before = delivered(rennes)
    nobody = someone | {"first_names": "Théodule"}
    assert objects(rennes, nobody) == {"outcome": "not_found"}
    assert delivered(rennes) == before


def test_two_persons_of_one_name_and_day_are_left_to_people(rennes, someone):
    path = rennes.folder / "identities/identity.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    twin = next(row for row in rows if row["person_id"] != someone["person_id"])
    twin |= {name: someone[name] for name in ("birth_name", "first_names", "birth_date")}
    pq.write_table(table.from_pylist(rows, schema=table.schema), path)
    before = delivered(rennes)
    assert objects(rennes, someone) == {"outcome": "ambiguous"}
    assert delivered(rennes) == before


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"\0" * SEALED_BYTES,
        b"{}",
        b"x" * 50,
        write_statement(whom="self"),
        write_statement(whom="self", scope="all", born_on="2020-13-45"),
        write_statement(whom="self", scope="all", birth_name="A", first_names="B", born_on="x"),
        write_statement(
            whom="god", scope="all", birth_name="A", first_names="B", born_on="2020-01-01"
        ),
        b"[" * 2048,
        "{\ud800".encode("utf-8", "surrogatepass").ljust(2048),
        b'{"v": 1, "birth_name": ["a"]}'.ljust(2048),
        b'{"v": 1, "born_on": 3}'.ljust(2048),
    ],
)
def test_junk_in_a_box_is_unreadable_and_changes_nothing(rennes, someone, junk):
    before = delivered(rennes)
    answer = rennes.last(objection(rennes, sealed(rennes, junk)))
    assert (answer["kind"], answer["body"]["outcome"]) == ("objection", "unreadable")
    assert delivered(rennes) == before


@pytest.mark.parametrize("box", ["", "é", "====", "QUJD", "A" * 2796])
def test_what_is_no_box_is_unreadable(rennes, box):
    assert rennes.last(objection(rennes, box))["body"]["outcome"] == "unreadable"


def test_a_box_sealed_for_another_site_is_unreadable(rennes, someone):
    box = sealed(rennes, statement(someone), key=PrivateKey.generate().public_key)
    assert rennes.last(objection(rennes, box))["body"]["outcome"] == "unreadable"


def test_the_same_order_again_says_the_same_and_a_box_used_again_is_refused(rennes, someone):
    body = objection(rennes, sealed(rennes, statement(someone)))
    first = rennes.last(body)
    assert rennes.last(body) == first
    again = objection(rennes, body["sealed"])
    assert rennes.last(again)["body"]["outcome"] == "replayed"


def test_who_says_the_receipt_lifts_that_objection(rennes, someone):
    before = delivered(rennes)
    body = objection(rennes, sealed(rennes, statement(someone)))
    rennes.last(body)
    wrong = lift(rennes, body, said=number_from(b"another"))
    assert rennes.last(wrong)["body"]["outcome"] == "unknown"
    assert delivered(rennes) != before
    assert rennes.last(lift(rennes, body, said=RECEIPT))["body"]["outcome"] == "lifted"
    assert delivered(rennes) == before


def lift(rennes, body: dict, *, said: str) -> dict:
    return rennes.body(
        "object", objection=body["objection"], receipt=body["receipt"], act="lift", said=said
    )


def test_lifting_does_not_touch_what_the_warehouse_itself_holds(rennes):
    """An objection on paper stays, whatever is lifted from the page."""
    objected = pq.read_table(rennes.folder / "warehouse/objection.parquet")["person_id"][0].as_py()
    named = pq.read_table(rennes.folder / "identities/identity.parquet").to_pylist()
    who = next(row for row in named if row["person_id"] == objected)
    body = objection(rennes, sealed(rennes, statement(who)))
    rennes.last(body)
    rennes.last(lift(rennes, body, said=RECEIPT))
    assert pseudonym(rennes, who) not in delivered(rennes, cohort=EVERYONE)


def test_an_extraction_waits_for_the_objections_that_came_before_it(rennes, someone):
    body = objection(rennes, sealed(rennes, statement(someone)))
    early = rennes.last(rennes.body(objections=[body["objection"]]))
    assert (early["kind"], early["body"]["reason"]) == ("refused", "objections")
    rennes.last(body)
    assert pseudonym(rennes, someone) not in delivered(rennes, objections=[body["objection"]])


def test_identities_that_cannot_be_read_fail_the_order_and_it_may_come_again(rennes, someone):
    place = rennes.folder / "identities/identity.parquet"
    content = place.read_bytes()
    place.unlink()
    box = sealed(rennes, statement(someone))
    body = objection(rennes, box)
    answer = rennes.last(body)
    assert (answer["kind"], answer["body"]["reason"]) == ("failed", "absent")
    place.write_bytes(content[:200])
    assert rennes.last(objection(rennes, box))["kind"] == "failed"
    place.write_bytes(content)
    assert rennes.last(objection(rennes, box))["body"]["outcome"] == "applied"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("objection", "x"),
        ("receipt", "é"),
        ("act", "forget"),
        ("sealed", "A" * 5000),
        ("sealed", None),
    ],
)
def test_an_order_to_object_without_its_fields_is_refused(rennes, field, value):
    body = objection(rennes, "QUJD") | {field: value}
    assert rennes.last(body)["body"]["field"] in (field, "said")


def test_the_identities_are_no_table_of_the_warehouse(rennes):
    with connect(rennes.settings.warehouse_address) as warehouse:
        assert "identity" not in warehouse.tables
    asked = [{"code": "x", "table": "identity", "column": "birth_name"}]
    answer = rennes.last(rennes.body(variables=asked))
    assert answer["kind"] == "refused"


def test_a_hash_of_a_box_is_all_that_is_kept_of_it(rennes, someone):
    box = sealed(rennes, statement(someone))
    rennes.last(objection(rennes, box))
    kept = json.loads(next((rennes.folder / "objections").glob("*.json")).read_bytes())
    assert kept["digest"] == hashlib.sha256(box.encode()).hexdigest()
    assert kept["person"] == someone["person_id"]
