"""The delivered files, read again: exactly what was authorised, under pseudonyms, for nobody else.

Random orders on a synthetic warehouse, each compared row by row with ``oracle``.
"""

from collections import Counter
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.orders import manifest_holds
from catalog.site import keys
from catalog.warehouse.layout import TABLES, Role
from tests.catalog.site.making import EVERYONE, HEART, SiteHere, files, variable
from tests.catalog.site.oracle import Oracle, fits, rows

FREE = {Role.IDENTIFIER, Role.TEXT}
ABSENT = {  # optional columns that the synthetic warehouse does not have
    "visit_occurrence.visit_end_datetime",
    "visit_occurrence.visit_source_value",
    "condition_occurrence.condition_concept_id",
    "condition_occurrence.condition_end_date",
    "procedure_occurrence.procedure_concept_id",
    "drug_exposure.drug_concept_id",
    "measurement.measurement_concept_id",
    "measurement.measurement_datetime",
    "note.note_datetime",
}
COLUMNS = [
    f"{table.name}.{column.name}"
    for table in TABLES.values()
    if table.name not in ("objection", "information")
    for column in table.columns
    if column.role not in FREE and f"{table.name}.{column.name}" not in ABSENT
]
CODES = {
    "condition_occurrence": ["I50.*", "I10", "E11.*", "C.*", "J18.9"],
    "drug_exposure": ["C10.*", "N02BE01", "B01AC06"],
    "measurement": ["718-7", "2160-0", "8867-4"],
    "note": ["imagerie", "consultation"],
    "visit_occurrence": ["9201"],
}


@st.composite
def variables(draw):
    """A few variables, whole columns or some of their codes."""
    chosen = draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=12, unique=True))
    asked = []
    for name in chosen:
        codes = CODES.get(name.split(".")[0])
        some = draw(st.lists(st.sampled_from(codes), unique=True, max_size=2)) if codes else []
        asked.append(variable(name, *some))
    return asked


@st.composite
def periods(draw):
    first = draw(st.dates(date(2012, 1, 1), date(2025, 1, 1)))
    last = first + timedelta(days=draw(st.integers(0, 5_000)))
    return {"from": first.isoformat(), "to": min(last, date(2025, 12, 31)).isoformat()}


COHORTS = {
    "everyone": (EVERYONE, lambda found: {row["person_id"] for row in found["visit_occurrence"]}),
    "heart": (
        HEART,
        lambda found: {
            row["person_id"]
            for row in found["condition_occurrence"]
            if fits(row["condition_source_value"], ["I50.*"])
        },
    ),
    "women": (
        {"sex": ["F"], "any": [{"drug": ["C10.*"]}]},
        lambda found: (
            {
                row["person_id"]
                for row in found["drug_exposure"]
                if fits(row["drug_source_value"], ["C10.*"])
            }
            & {row["person_id"] for row in found["person"] if row["gender_source_value"] == "F"}
        ),
    ),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory, small_warehouse):
    return SiteHere(tmp_path_factory.mktemp("sites") / "chu-rennes", small_warehouse)


@pytest.fixture(scope="module")
def found(small_warehouse):
    """The rows of the warehouse by table."""
    names = ("person", "visit_occurrence", "condition_occurrence", "drug_exposure")
    return {name: rows(small_warehouse, name) for name in names}


def delivery(site: SiteHere, **changed):
    """A delivery made: its order, its manifest and its folder."""
    body = site.body(**changed)
    last = site.last(body)
    assert last["kind"] == "delivered", last
    return body, last["body"]["manifest"], site.space(body)


@given(
    asked=variables(),
    period=periods(),
    cohort=st.sampled_from(sorted(COHORTS)),
    true_dates=st.booleans(),
    exception=st.booleans(),
)
@settings(
    max_examples=20,
    deadline=None,
    # The site only grows: one serves every example.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_order_delivers_exactly_what_it_allows(
    site, found, small_warehouse, asked, period, cohort, true_dates, exception
):
    definition, members = COHORTS[cohort]
    body, manifest, folder = delivery(
        site,
        cohort=definition,
        variables=asked,
        period=period,
        true_dates=true_dates,
        exception_examined=exception,
    )
    secret = keys.site_secret(site.settings.keys)
    oracle = Oracle(small_warehouse, body, secret, members(found))
    assert sorted(files(folder)) == sorted(f"{name}.parquet" for name in oracle.tables)
    for name in oracle.tables:
        table = pq.read_table(folder / f"{name}.parquet")
        assert table.column_names == oracle.columns(name)
        births = {c.name for c in TABLES[name].columns if c.role is Role.BIRTH}
        delivered = Counter(
            tuple("birth" if column in births else row[column] for column in table.column_names)
            for row in table.to_pylist()
        )
        assert delivered == oracle.delivered(name)
    described = {each["name"]: each for each in manifest["tables"]}
    assert {name: each["rows"] for name, each in described.items()} == {
        name: oracle.delivered(name).total() for name in oracle.tables
    }


def test_the_manifest_is_signed_and_describes_the_files(site):
    import hashlib

    body, manifest, folder = delivery(site)
    assert manifest_holds(manifest, keys.decode(site.public))
    assert {each["file"]: each["sha256"] for each in manifest["tables"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in files(folder).items()
    }
    assert manifest["launched_by"] == body["launched_by"]
    assert manifest["objection_list"] == body["objections_before"]
    assert "person_inner" not in manifest["query"]
    assert set(manifest["software"]) >= {"guichet", "connector", "duckdb", "pyarrow"}


def test_the_manifest_passes_the_articles_on_deliveries(site):
    """The facts made of it satisfy P-06 to P-09, as `deliver` will judge them."""
    from governance.charters.checks import delivery as checks
    from projects.process.facts.sites import MANIFEST_FIELDS

    body, manifest, _folder = delivery(site)
    fields = [name for name, needed in MANIFEST_FIELDS.items() if needed <= set(manifest)]
    day = manifest["objection_list"][:10]
    facts = {
        "sites": {
            site.slug: {
                "delivery": manifest["checks"]
                | {
                    "kind": body["delivery_kind"],
                    "objection_list_on": day,
                    "information_list_on": day,
                    "corrections_pending": 0,
                    "manifest_fields": fields,
                    "manifest_signed": True,
                }
            }
        }
    }
    parameters = {
        "lists_valid": 1,
        "applied_within": 24,
        "fields": ["query", "software", "rows", "checksums", "who", "when"],
    }
    for check in (
        checks.identity_protected,
        checks.objections_respected,
        checks.manifest_complete,
        checks.delivery_exact,
    ):
        outcome = check(facts, site.at, parameters, site.slug)
        assert outcome.holds, (check, outcome)


def test_the_same_order_gives_the_same_bytes_on_any_number_of_threads(
    tmp_path, small_warehouse, site
):
    from dataclasses import replace

    body, _manifest, folder = delivery(site, cohort=EVERYONE)
    other = SiteHere(tmp_path / "again", small_warehouse, portal=site.portal)
    secret = other.settings.keys / "site.secret"
    secret.write_bytes(keys.site_secret(site.settings.keys))
    other.settings = replace(other.settings, threads=3)
    assert other.last(body)["kind"] == "delivered"
    assert files(other.space(body)) == files(folder)


def test_another_project_and_another_site_get_other_pseudonyms_and_dates(
    tmp_path, small_warehouse, site
):
    def persons(folder):
        table = pq.read_table(folder / "person.parquet")
        return set(table.column("person_id").to_pylist())

    _body, _manifest, one = delivery(site)
    _body, _manifest, two = delivery(site, project="0f1d0c52-6b7e-4c1c-9c27-9d3d3f6f0a11")
    other = SiteHere(tmp_path / "chu-brest", small_warehouse, slug="chu-brest")
    body, _manifest, three = delivery(other)
    assert len(persons(one)) == len(persons(two)) == len(persons(three)) > 0
    assert not persons(one) & persons(two)
    assert not persons(one) & persons(three)


def test_all_dates_of_one_person_move_together_and_the_order_of_facts_stays(site, small_warehouse):
    _body, _manifest, folder = delivery(site)
    visits = rows(folder, "visit_occurrence")
    lengths = Counter(
        (row["visit_end_date"] - row["visit_start_date"]).days
        for row in visits
        if row["visit_end_date"]
    )
    assert min(lengths) == 0
    conditions = rows(folder, "condition_occurrence")
    starts = {row["visit_occurrence_id"]: row["visit_start_date"] for row in visits}
    assert all(
        row["condition_start_date"] == starts[row["visit_occurrence_id"]] for row in conditions
    )


def test_persons_over_89_are_grouped_at_90(site, small_warehouse):
    _body, _manifest, folder = delivery(
        site,
        cohort=EVERYONE,
        variables=[
            variable("person.year_of_birth"),
            variable("person.month_of_birth"),
            variable("visit_occurrence.visit_start_date"),
        ],
        period={"from": "2012-01-01", "to": "2025-12-31"},
    )
    last = {}
    for row in rows(folder, "visit_occurrence"):
        day = row["visit_start_date"]
        last[row["person_id"]] = max(day, last.get(row["person_id"], day))
    ages = {
        row["person_id"]: last[row["person_id"]].year - row["year_of_birth"]
        for row in rows(folder, "person")
    }
    grouped = [row for row in rows(folder, "person") if row["month_of_birth"] is None]
    assert grouped
    assert max(ages.values()) == 90
    assert {ages[row["person_id"]] for row in grouped} == {90}
    in_warehouse = [2025 - row["year_of_birth"] for row in rows(small_warehouse, "person")]
    assert max(in_warehouse) > 95


def test_nobody_young_is_changed_by_the_grouping(site, small_warehouse):
    """Without a shift, the year of birth of those under 90 is their own."""
    body, _manifest, folder = delivery(
        site,
        cohort=EVERYONE,
        true_dates=True,
        variables=[variable("person.year_of_birth")],
        period={"from": "2012-01-01", "to": "2025-12-31"},
    )
    secret = keys.site_secret(site.settings.keys)
    oracle = Oracle(small_warehouse, body, secret, set())
    born = {
        oracle.pseudonym("person", row["person_id"]): row["year_of_birth"]
        for row in rows(small_warehouse, "person")
    }
    for row in rows(folder, "person"):
        true = born[row["person_id"]]
        assert row["year_of_birth"] == true or (true < 1936 and row["year_of_birth"] == 1935)


@pytest.mark.parametrize("change", ["objection", "information"])
def test_who_objects_or_was_not_informed_is_out_of_the_next_delivery(
    tmp_path, small_warehouse, change
):
    site = SiteHere(tmp_path / "site", small_warehouse)
    body, _manifest, folder = delivery(site)
    secret = keys.site_secret(site.settings.keys)
    oracle = Oracle(small_warehouse, body, secret, set())
    first = {row["person_id"] for row in rows(folder, "person")}
    person = next(
        row["person_id"]
        for row in rows(small_warehouse, "person")
        if oracle.pseudonym("person", row["person_id"]) in first
    )
    path = site.folder / "warehouse" / f"{change}.parquet"
    table = pq.read_table(path)
    if change == "objection":
        one = pa.table({"person_id": [person], "since": [date(2026, 3, 1)]}, schema=table.schema)
        table = pa.concat_tables([table, one])
    else:
        table = table.filter(pa.compute.not_equal(table.column("person_id"), person))
    pq.write_table(table, path)
    _body, _manifest, folder = delivery(site)
    second = {row["person_id"] for row in rows(folder, "person")}
    assert first - second == {oracle.pseudonym("person", person)}


def test_a_visit_that_the_warehouse_does_not_hold_is_left_empty(tmp_path, small_warehouse):
    site = SiteHere(tmp_path / "site", small_warehouse)
    path = site.folder / "warehouse/condition_occurrence.parquet"
    table = pq.read_table(path)
    number = table.column_names.index("visit_occurrence_id")
    stray = pa.array([7] * table.num_rows, pa.int64())
    pq.write_table(table.set_column(number, "visit_occurrence_id", stray), path)
    _body, _manifest, folder = delivery(site)
    assert {row["visit_occurrence_id"] for row in rows(folder, "condition_occurrence")} == {None}


def test_aggregates_show_no_small_group_even_by_subtraction(site):
    body, _manifest, folder = delivery(
        site,
        delivery_kind="aggregates",
        cohort=EVERYONE,
        variables=[
            variable("person.gender_source_value"),
            variable("person.year_of_birth"),
            variable("condition_occurrence.condition_source_value"),
            variable("measurement.value_as_number", "718-7"),
            variable("visit_occurrence.visit_start_date"),
        ],
    )
    assert list(files(folder)) == ["aggregates.parquet"]
    groups = rows(folder, "aggregates")
    by_variable = {}
    for row in groups:
        by_variable.setdefault(row["variable"], []).append(row)
        if row["masked"]:
            assert (row["persons"], row["mean"], row["deviation"]) == (None, None, None)
        else:
            assert row["persons"] >= 11 and row["persons"] % 5 == 0
    for found in by_variable.values():
        assert len(found) == 1 or sum(row["masked"] for row in found) != 1
    (haemoglobin,) = by_variable["measurement.value_as_number"]
    assert 90 < haemoglobin["mean"] < 150
    years = {int(row["group"]) for row in by_variable["visit_occurrence.visit_start_date"]}
    assert years <= set(range(2015, 2025))


def test_aggregates_of_nothing_but_the_persons_are_one_figure(site):
    _body, _manifest, folder = delivery(site, delivery_kind="aggregates", variables=[])
    (row,) = rows(folder, "aggregates")
    assert (row["variable"], row["group"]) == ("persons", "")


def test_everything_delivered_is_private_to_the_site(site):
    _body, _manifest, folder = delivery(site)
    assert folder.parent.stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0
