"""Delivered files judged by themselves, without a key and without the program's own words.

In the warehouse of these tests every row tells on itself: a column that may be delivered says whose
row it is and of which day, what may never leave says so. Random orders then show, on the files
alone, that nobody and nothing is there but what was authorised, that pseudonyms are proper to a
project and a site, and that a person's dates keep their intervals. ``test_delivered_files``
compares the same files, value by value, with what an independent reading expects.
"""

import hashlib
import hmac
from datetime import date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from catalog.demo_warehouse.generate import generate
from catalog.site import keys
from catalog.site.pseudonyms import derive
from catalog.warehouse.layout import TABLES, Role
from tests.catalog.site.making import SiteHere, files, variable
from tests.catalog.site.oracle import rows
from tests.catalog.site.test_delivered_files import COHORTS, periods, variables

WITNESSES = {
    "visit_occurrence": "admitted_from_source_value",
    "condition_occurrence": "condition_status_source_value",
    "drug_exposure": "route_source_value",
    "measurement": "unit_source_value",
}
"""Table -> the column that says whose row it is, and of which day."""
SECRET = "SECRET"
FORBIDDEN = [
    f"{table.name}.{column.name}"
    for table in TABLES.values()
    for column in table.columns
    if column.role in (Role.IDENTIFIER, Role.TEXT)
]
OTHER_PROJECT = "0f1d0c52-6b7e-4c1c-9c27-9d3d3f6f0a11"


@pytest.fixture(scope="module")
def telling(tmp_path_factory):
    """A warehouse of 60 persons whose rows tell on themselves."""
    folder = tmp_path_factory.mktemp("telling")
    generate(folder, site="chu-rennes", persons=60, seed=5)
    people = sorted(row["person_id"] for row in rows(folder, "person"))
    outsiders = {"objection": people[:8], "information": people[8:16]}
    for name, persons in outsiders.items():
        _set_apart(folder / f"{name}.parquet", name, persons)
    for table in TABLES.values():
        path = folder / f"{table.name}.parquet"
        if path.is_file():
            pq.write_table(_telling(pq.read_table(path), table), path)
    return folder


def _set_apart(path, name: str, persons: list[int]) -> None:
    """Have these persons objected, or not informed."""
    table = pq.read_table(path)
    if name == "information":
        others = pa.compute.invert(pa.compute.is_in(table["person_id"], pa.array(persons)))
        pq.write_table(table.filter(others), path)
        return
    said = {"person_id": persons, "since": [date(2026, 1, 5)] * len(persons)}
    pq.write_table(pa.concat_tables([table, pa.table(said, schema=table.schema)]), path)


def _telling(content: pa.Table, table) -> pa.Table:
    for column in table.columns:
        if column.role in (Role.IDENTIFIER, Role.TEXT) and column.type == "VARCHAR":
            said = pa.array([f"{SECRET} {n}" for n in range(content.num_rows)])
            content = _put(content, column.name, said)
    if table.name in WITNESSES:
        who, day = content["person_id"].to_pylist(), content[table.date].to_pylist()
        said = pa.array([f"{person}|{on}" for person, on in zip(who, day, strict=True)])
        content = _put(content, WITNESSES[table.name], said)
    return content


def _put(content: pa.Table, name: str, values: pa.Array) -> pa.Table:
    if name not in content.column_names:
        return content.append_column(name, values)
    return content.set_column(content.column_names.index(name), name, values)


@pytest.fixture(scope="module")
def here(tmp_path_factory, telling):
    return SiteHere(tmp_path_factory.mktemp("here") / "chu-rennes", telling)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory, telling):
    """Another site that has the very same patients."""
    folder = tmp_path_factory.mktemp("elsewhere") / "chu-brest"
    return SiteHere(folder, telling, slug="chu-brest")


@pytest.fixture(scope="module")
def twin(tmp_path_factory, telling, here):
    """The same site on another machine."""
    found = SiteHere(tmp_path_factory.mktemp("twin") / "chu-rennes", telling, portal=here.portal)
    (found.settings.keys / "site.secret").write_bytes(keys.site_secret(here.settings.keys))
    return found


@pytest.fixture(scope="module")
def members(telling):
    """Cohort -> those who may be delivered; and those of them who were informed."""
    names = ("person", "visit_occurrence", "condition_occurrence", "drug_exposure")
    found = {name: rows(telling, name) for name in names}
    objectors = {row["person_id"] for row in rows(telling, "objection")}
    informed = {row["person_id"] for row in rows(telling, "information")}
    return {
        name: {
            False: (persons(found) - objectors) & informed,
            True: persons(found) - objectors,
        }
        for name, (_definition, persons) in COHORTS.items()
    }


def delivered(site: SiteHere, **changed):
    """The folder of a delivery that was made."""
    body = site.body(**changed)
    last = site.last(body)
    assert last["kind"] == "delivered", last
    return site.space(body)


def told(folder) -> tuple[dict[str, set[str]], list[tuple]]:
    """Person -> pseudonyms, and each row's (table, its day in truth, its day as delivered)."""
    known: dict[str, set[str]] = {}
    days = []
    for name, witness in WITNESSES.items():
        if not (folder / f"{name}.parquet").is_file():
            continue
        for row in rows(folder, name):
            person, _bar, true = row[witness].partition("|")
            known.setdefault(person, set()).add(row["person_id"])
            days.append((person, date.fromisoformat(true), row.get(TABLES[name].date)))
    return known, days


def guesses(persons: set[str]) -> set[str]:
    """What one who knows every identifier, every name and the program itself may try."""
    words = [b"", b"chu-rennes", b"2026-0042", OTHER_PROJECT.encode(), bytes(32)]
    project = "5f1d0c52-6b7e-4c1c-9c27-9d3d3f6f0a11"
    guessed = [
        derive(secret, site="chu-rennes", project=project)
        for secret in (bytes(32), hashlib.sha256(b"chu-rennes").digest())
    ]
    found = set()
    for person in persons:
        plain = person.encode()
        found |= {hashlib.new(name, plain).hexdigest()[:32] for name in ("md5", "sha1", "sha256")}
        found |= {hmac.digest(word, plain, hashlib.sha256).hex()[:32] for word in words}
        found |= {key.pseudonym("person", person) for key in guessed}
    return found


@given(
    asked=variables(),
    period=periods(),
    cohort=st.sampled_from(sorted(COHORTS)),
    true_dates=st.booleans(),
    exception=st.booleans(),
    forbidden=st.sampled_from(FORBIDDEN),
    place=st.integers(0, 12),
)
@settings(
    max_examples=6,
    deadline=None,
    # Each example is five deliveries: a failing one is said as it was found.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    # Sites only grow: the same serve every example.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_files_hold_nothing_but_what_any_order_allows(
    here, twin, elsewhere, telling, members, asked, period, cohort, true_dates, exception,
    forbidden, place,
):  # fmt: skip
    tables = {each["table"] for each in asked}
    witnesses = [variable(f"{t}.{c}") for t, c in WITNESSES.items() if t in tables]
    said = {
        "cohort": COHORTS[cohort][0],
        "variables": asked + witnesses,
        "period": period,
        "true_dates": true_dates,
        "exception_examined": exception,
    }
    body = here.body(**said)
    assert here.last(body)["kind"] == "delivered"
    folder = here.space(body)
    # Columns: those asked, pseudonyms, the code that tells the rows of some codes apart, and the
    # row's own pseudonym where no stay's bears the mark.
    for name in tables:
        layout = TABLES[name]
        own = {each["column"] for each in said["variables"] if each["table"] == name}
        allowed = own | {"person_id", layout.code}
        if "visit_occurrence" in tables:
            allowed.add("visit_occurrence_id")
        elif not any(c.role in (Role.VISIT, Role.RECORD) and c.name in own for c in layout.columns):
            allowed.update(c.name for c in layout.columns if c.role is Role.RECORD)
        table = pq.read_table(folder / f"{name}.parquet")
        assert own <= set(table.column_names) <= allowed
        # Values: nothing that may never leave, no number of the warehouse.
        for column in layout.columns:
            if column.name in table.column_names and pa.types.is_string(table[column.name].type):
                values = {str(value) for value in table[column.name].to_pylist()}
                assert not [value for value in values if SECRET in value]
                if column.role in (Role.PERSON, Role.VISIT, Role.RECORD):
                    assert all(value == "None" or len(value) == 32 for value in values)
    # Persons: those of the cohort, nobody who objected or was not informed.
    known, days = told(folder)
    may = {str(person) for person in members[cohort][exception]}
    assert set(known) <= may
    assert all(len(pseudonyms) == 1 for pseudonyms in known.values())
    people = {row["person_id"] for name in tables for row in rows(folder, name)}
    assert len(people) <= len(may)
    assert not people & guesses({str(row["person_id"]) for row in rows(telling, "person")})
    # Dates: those of the period, each person's moved by one number of days, never 0.
    first, last = (date.fromisoformat(period[name]) for name in ("from", "to"))
    moves: dict[str, set[int]] = {}
    for person, true, moved in days:
        assert first <= true <= last
        if moved is not None:
            moves.setdefault(person, set()).add((_day(moved) - true).days)
    assert all(len(found) == 1 for found in moves.values())
    assert all((found == {0}) is true_dates for found in moves.values())
    # The same order, the same bytes; another project or site, nobody in common.
    assert twin.last(body)["kind"] == "delivered"
    assert files(twin.space(body)) == files(folder)
    for other in (
        delivered(here, **said | {"project": OTHER_PROJECT}),
        delivered(elsewhere, **said),
    ):
        assert not people & {row["person_id"] for name in tables for row in rows(other, name)}
    # One column too many, wherever it stands: nothing at all.
    wanted = list(said["variables"])
    wanted.insert(min(place, len(wanted)), variable(forbidden))
    refused = here.body(**said | {"variables": wanted})
    assert here.last(refused)["kind"] == "refused"
    assert not here.space(refused).exists()


def _day(value) -> date:
    return value.date() if isinstance(value, datetime) else value
