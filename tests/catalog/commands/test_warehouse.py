"""``manage.py warehouse``: OMOP files loaded, a warehouse checked and counted; no database."""

import json
from datetime import date
from io import StringIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from catalog.demo_warehouse.generate import generate

PERSONS = """person_id,gender_concept_id,year_of_birth,gender_source_value
1,8507,1950,M
2,8532,1960,F
3,8532,1990,F
"""
VISITS = """VISIT_OCCURRENCE_ID,PERSON_ID,VISIT_CONCEPT_ID,VISIT_START_DATE
10,1,9201,2019-03-01
20,2,9201,2020-03-01
30,3,9202,2021-03-01
"""
CONDITIONS = """condition_occurrence_id,person_id,condition_start_date,condition_source_value
100,1,2019-03-01,43878008
200,2,2020-03-02,I50.9
"""


@pytest.fixture
def omop(tmp_path):
    folder = tmp_path / "omop"
    folder.mkdir()
    (folder / "PERSON.csv").write_text(PERSONS)
    (folder / "visit_occurrence.csv").write_text(VISITS)
    (folder / "CONDITION_OCCURRENCE.csv").write_text(CONDITIONS)
    return folder


@pytest.fixture(autouse=True)
def root(tmp_path, settings):
    settings.SITES_ROOT = tmp_path / "sites"
    return settings.SITES_ROOT


def said(*arguments) -> list[dict]:
    out = StringIO()
    call_command("warehouse", *map(str, arguments), stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def count(tmp_path, site: str, definition: object) -> list[dict]:
    path = tmp_path / "definition.json"
    path.write_text(definition if isinstance(definition, str) else json.dumps(definition))
    return said("count", "--site", site, path)


def test_omop_files_are_loaded_into_one_site(omop, tmp_path):
    (loaded,) = said("load", "--format", "omop", omop, "--site", "ico")
    assert loaded["rows"] == {
        "person": 3,
        "visit_occurrence": 3,
        "condition_occurrence": 2,
        "objection": 0,
        "information": 3,
    }
    assert count(tmp_path, "ico", {"sex": ["F"]}) == [{"site": "ico", "persons": 2}]


def test_the_vocabulary_of_a_folder_comes_whole_to_each_site(omop, root):
    """As Athena gives it: separated by tabs, with quotes that are part of a name."""
    (omop / "CONCEPT.csv").write_text(
        "concept_id\tconcept_name\tvocabulary_id\tconcept_code\tinvalid_reason\n"
        '1\tTest "rapid\tLOINC\t718-7\t\n2\tOther\tLOINC\t777-3\tD\n'
    )
    (omop / "concept_ancestor.csv").write_text(
        "ancestor_concept_id\tdescendant_concept_id\n1\t1\n1\t2\n"
    )
    (omop / "observation_period.csv").write_text(
        "observation_period_id,person_id,observation_period_start_date,observation_period_end_date"
        "\n" + "".join(f"{n},{n},20190101,20251231\n" for n in (1, 2, 3))
    )
    loaded = said("load", "--format=omop", omop, "--site=ico", "--site=chu-brest")
    names = ("concept", "concept_ancestor", "observation_period")
    assert [[each["rows"][name] for name in names] for each in loaded] == [[2, 2, 2], [2, 2, 1]]
    concepts = pq.read_table(root / "ico/warehouse/concept.parquet").to_pylist()
    said_of = [
        (each["concept_id"], each["concept_name"], each["invalid_reason"]) for each in concepts
    ]
    assert said_of == [(1, 'Test "rapid', None), (2, "Other", "D")]
    (period,) = pq.read_table(root / "chu-brest/warehouse/observation_period.parquet").to_pylist()
    assert period["observation_period_start_date"] == date(2019, 1, 1)


@pytest.mark.parametrize(
    ("name", "content", "said_of"),
    [
        ("CONCEPT.csv", "concept_name\nfever\n", "concept.concept_id is missing"),
        ("concept_ancestor.csv", "ancestor_concept_id,descendant_concept_id\n1,x\n", "1 values"),
    ],
)
def test_a_vocabulary_that_cannot_be_read_is_named(omop, name, content, said_of):
    (omop / name).write_text(content)
    with pytest.raises(CommandError, match=said_of):
        said("load", "--format", "omop", omop, "--site", "ico")


def test_a_site_without_the_vocabulary_says_what_it_lacks(omop, tmp_path):
    said("load", "--format", "omop", omop, "--site", "ico")
    lacks = [each["en"] for each in said("check", "--site", "ico") if "OHDSI" in each["en"]]
    assert len(lacks) == 1 and "concept, concept_ancestor, observation_period" in lacks[0]


def test_persons_are_dealt_over_several_sites(omop, tmp_path):
    loaded = said("load", "--format=omop", omop, "--site=ico", "--site=chu-brest")
    assert [each["rows"]["person"] for each in loaded] == [2, 1]
    assert count(tmp_path, "chu-brest", {"sex": ["F"]}) == [{"site": "chu-brest", "persons": 1}]


def test_data_that_cannot_all_be_loaded_leave_the_warehouse_as_it_was(omop, root):
    said("load", "--format", "omop", omop, "--site", "ico")
    before = {path.name: path.read_bytes() for path in (root / "ico/warehouse").iterdir()}
    (omop / "PERSON.csv").write_text(PERSONS + "4,8507,1971,M\n")
    (omop / "CONDITION_OCCURRENCE.csv").write_text(CONDITIONS.replace("2020-03-02", "un mardi"))
    with pytest.raises(CommandError, match="condition_start_date: 1 values"):
        said("load", "--format", "omop", omop, "--site", "ico")
    assert {path.name: path.read_bytes() for path in (root / "ico/warehouse").iterdir()} == before
    assert [path.name for path in root.iterdir()] == ["ico"]


def test_a_local_code_of_the_warehouse_is_known_there(omop, tmp_path):
    said("load", "--format", "omop", omop, "--site", "ico")
    local = {"all": [{"condition": ["43878008"]}]}
    assert count(tmp_path, "ico", local) == [{"site": "ico", "persons": 1}]


def test_a_warehouse_that_can_serve_passes_the_check(root):
    generate(root / "ico/warehouse", site="ico", persons=40, seed=1)
    assert not any(found["grave"] for found in said("check", "--site", "ico"))


def test_the_check_says_from_when_to_when_and_which_checks_of_quality_do_not_hold(root):
    generate(root / "ico/warehouse", site="ico", persons=40, seed=1)
    path = root / "ico/warehouse/condition_occurrence.parquet"
    rows = pq.read_table(path).slice(0, 8).to_pylist()
    codes = ["I21.4"] * 5 + ["infarctus"] * 2 + [None]
    for day, (row, code) in enumerate(zip(rows, codes, strict=True), 1):
        row["condition_source_value"], row["condition_start_date"] = code, date(2024, 2, day)
    pq.write_table(pa.Table.from_pylist(rows, schema=pq.read_schema(path)), path)
    found = said("check", "--site", "ico")
    assert "condition_occurrence : 8 lignes, du 01/02/2024 au 08/02/2024." in [
        each["fr"] for each in found
    ]
    by_check = {each["check"]: each for each in found if "check" in each}
    code = "condition_occurrence.condition_source_value.isStandardValidConcept"
    assert by_check[code] == {
        "grave": False,
        "fr": f"[{code}] Diagnostics : codes bien formés (CIM-10). 2 lignes sur 7 y manquent "
        "(28,6 %, toléré 5 %) ; par exemple « infarctus ».",
        "en": f"[{code}] Diagnoses: well-formed codes (CIM-10). 2 rows of 7 do not hold "
        '(28.6%, tolerated 5%); for instance "infarctus".',
        "check": code,
        "rows": 7,
        "failed": 2,
    }
    filled = "condition_occurrence.condition_source_value.measureValueCompleteness"
    assert (by_check[filled]["rows"], by_check[filled]["failed"]) == (8, 1)
    every = said("check", "--site", "ico", "--all")
    assert len(every) > len(found) + 150


def test_a_key_taken_twice_is_grave(root):
    generate(root / "ico/warehouse", site="ico", persons=40, seed=1)
    path = root / "ico/warehouse/note.parquet"
    notes = pq.read_table(path)
    pq.write_table(pa.concat_tables([notes, notes.slice(0, 3)]), path)
    out = StringIO()
    with pytest.raises(CommandError, match="cannot serve"):
        call_command("warehouse", "check", "--site", "ico", stdout=out)
    grave = [each for each in map(json.loads, out.getvalue().splitlines()) if each["grave"]]
    assert [(each["check"], each["failed"]) for each in grave] == [("note.note_id.isPrimaryKey", 6)]


def test_a_warehouse_that_cannot_serve_fails_the_check(root):
    generate(root / "ico/warehouse", site="ico", persons=40, seed=1)
    (root / "ico/warehouse/objection.parquet").unlink()
    with pytest.raises(CommandError, match="cannot serve"):
        said("check", "--site", "ico")


@pytest.mark.parametrize(
    ("definition", "pointer"),
    [
        ({}, ""),
        ("{", ""),
        ({"all": [{"condition": ["ZZZ"]}]}, "/all/0/condition/0"),
        ({"period": {"from": "2020-01-01", "to": "2019-01-01"}, "sex": ["F"]}, "/period"),
    ],
)
def test_a_definition_that_does_not_hold_is_said_at_its_place(root, tmp_path, definition, pointer):
    generate(root / "ico/warehouse", site="ico", persons=40, seed=1)
    out = StringIO()
    path = tmp_path / "definition.json"
    path.write_text(definition if isinstance(definition, str) else json.dumps(definition))
    with pytest.raises(CommandError):
        call_command("warehouse", "count", "--site", "ico", str(path), stdout=out)
    assert json.loads(out.getvalue())["problems"][0]["pointer"] == pointer


PERIOD = {"from": "2019-01-01", "to": "2025-12-31"}
LOW = {"measurement": {"code": "718-7", "op": "<", "value": 80, "unit": "g/L"}}


@pytest.mark.parametrize(
    ("table", "column", "kind", "definition"),
    [
        ("measurement", "value_as_number", pa.string(), {"all": [LOW]}),
        ("measurement", "measurement_date", pa.string(), {"all": [LOW], "period": PERIOD}),
        ("person", "year_of_birth", pa.string(), {"age": {"min": 18}}),
        ("note", "note_text", pa.binary(), {"all": [{"note": {"contains": "toux"}}]}),
    ],
)
def test_a_count_says_which_column_it_cannot_compare(
    root, tmp_path, table, column, kind, definition
):
    generate(root / "ico/warehouse", site="ico", persons=40, seed=1)
    path = root / f"ico/warehouse/{table}.parquet"
    rows = pq.read_table(path)
    number = rows.column_names.index(column)
    pq.write_table(rows.set_column(number, column, rows.column(number).cast(kind)), path)
    with pytest.raises(CommandError, match=rf"{table}\.{column} has type"):
        count(tmp_path, "ico", definition)


def test_a_column_of_another_program_is_compared_where_it_can_be(root, tmp_path):
    """Days with their hour, numbers with decimals, as exports of other programs have them."""
    generate(root / "ico/warehouse", site="ico", persons=40, seed=1)
    definition = {"age": {"min": 40}, "sex": ["F"], "period": PERIOD}
    (before,) = count(tmp_path, "ico", definition)
    for table, column, kind in (
        ("visit_occurrence", "visit_start_date", pa.timestamp("us")),
        ("person", "year_of_birth", pa.float64()),
        ("person", "gender_concept_id", pa.float64()),
    ):
        path = root / f"ico/warehouse/{table}.parquet"
        rows = pq.read_table(path)
        number = rows.column_names.index(column)
        pq.write_table(rows.set_column(number, column, rows.column(number).cast(kind)), path)
    assert before["persons"] > 0
    assert count(tmp_path, "ico", definition) == [before]


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["count", "--site", "ico", "nowhere.json"], "does not exist"),
        (["count", "--site", "../ico", "x"], "not the name of a site"),
        (["load", "--format", "omop", ".", "--site", "ico"], "person, visit_occurrence missing"),
    ],
)
def test_what_cannot_be_done_is_explained(arguments, match):
    with pytest.raises(CommandError, match=match):
        said(*arguments)
