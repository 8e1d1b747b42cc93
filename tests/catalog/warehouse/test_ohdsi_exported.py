"""A cohort exported for ATLAS from our page, then run as it is by OHDSI's library at a site of the
demonstration, has the persons that our own compilation finds."""

import json
import random
from io import StringIO

import pytest
from django.core.management import call_command

from catalog.cohort import parse
from catalog.cohort.to_circe import write
from catalog.demo_warehouse.concepts import KINDS, lineage
from catalog.demo_warehouse.generate import generate
from catalog.demo_warehouse.vocabulary import rows
from catalog.warehouse import ohdsi
from catalog.warehouse.connection import connect


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("sites")
    generate(root / "ico/warehouse", site="ico", persons=500, seed=7)
    return root


@pytest.fixture(scope="module")
def warehouse(folder):
    with connect(f"parquet:{folder}/ico/warehouse") as opened:
        yield opened


def drawn(seed: int) -> dict:
    """A cohort of the contract, of all that both say in the same way: no age, no document."""
    draw = random.Random(seed)

    def criterion() -> dict:
        kind = draw.choice([*KINDS])
        listed = rows(KINDS[kind][0])
        row = draw.choice(listed)
        if kind != "measurement":
            lines = [lineage(kind, draw.choice(listed)["code"]) for _ in range(draw.choice((1, 2)))]
            return {kind: [_pattern(draw, line) for line in lines]}
        said = {"code": row["code"]}
        if draw.random() < 0.7:
            value = float(row["mean"]) + float(row["spread"]) * draw.choice((-1, 0, 1))
            said |= {"op": draw.choice(["<", "<=", ">", ">="]), "value": round(value, 1)}
            said |= {"unit": row["unit"]} if draw.random() < 0.5 else {}
        return {"measurement": said}

    found = {
        "all": [criterion() for _ in range(draw.choice((0, 1, 1, 2)))],
        "any": [criterion() for _ in range(draw.choice((0, 0, 2, 3)))],
        "none": [criterion() for _ in range(draw.choice((0, 0, 1)))],
    }
    if draw.random() < 0.5 or not (found["all"] or found["any"]):
        found["sex"] = [draw.choice("FM")]
    if draw.random() < 0.6:
        year = draw.randint(2013, 2022)
        found["period"] = {"from": f"{year}-03-01", "to": f"{year + draw.randint(0, 3)}-10-31"}
    return {name: said for name, said in found.items() if said}


def _pattern(draw, line: list[str]) -> str:
    stem = draw.choice(line)
    return f"{stem}.*" if stem != line[-1] or draw.random() < 0.3 else stem


@pytest.mark.parametrize("seed", range(8))
def test_a_cohort_exported_and_run_as_it_is_has_the_same_persons(warehouse, seed):
    cohort = parse(drawn(seed))
    exported = json.loads(json.dumps(write(cohort)))
    ours = warehouse.numbers(warehouse.cohort(cohort))
    theirs = ohdsi.numbers(warehouse, ohdsi.persons(warehouse, exported))
    assert theirs.tolist() == ours.tolist()


def test_what_is_drawn_is_neither_everybody_nor_nobody(warehouse):
    found = [warehouse.count(warehouse.cohort(parse(drawn(seed)))) for seed in range(8)]
    assert sum(0 < n < 500 for n in found) >= 5, found


def test_the_command_says_the_same_both_ways(folder, settings, tmp_path):
    settings.SITES_ROOT = folder
    path = tmp_path / "cohort.json"
    path.write_text(json.dumps(write(parse({"all": [{"condition": ["C50.*"]}], "sex": ["F"]}))))

    def persons(*options) -> dict:
        out = StringIO()
        call_command("warehouse", "count", "--site=ico", *options, str(path), stdout=out)
        return json.loads(out.getvalue())

    assert persons("--ohdsi") == persons() | {"by": "ohdsi"}
    assert persons()["persons"] > 0


def test_age_is_by_year_of_birth_in_ohdsi_and_in_full_years_here(warehouse):
    """The one thing that is said otherwise: at the same first visit, Circe takes years away."""
    cohort = parse({"age": {"min": 60, "max": 69}, "period": {"from": "2018-01-01", "to": None}})
    theirs = ohdsi.numbers(warehouse, ohdsi.persons(warehouse, write(cohort))).tolist()
    by_year = warehouse.duckdb.execute(
        "SELECT person_id FROM person JOIN (SELECT person_id, min(visit_start_date) AS seen"
        " FROM visit_occurrence WHERE visit_start_date >= DATE '2018-01-01' GROUP BY 1)"
        " USING (person_id) WHERE year(seen) - year_of_birth BETWEEN 60 AND 69 ORDER BY 1"
    ).fetchall()
    assert theirs == [number for (number,) in by_year]
    assert theirs != warehouse.numbers(warehouse.cohort(cohort)).tolist()
