"""Real data of 186 hospitals, dealt over the eight sites, give the published counts."""

import json
from datetime import date
from io import StringIO

import duckdb
import pytest
from django.core.management import CommandError, call_command

from catalog.cohort import parse
from catalog.cohort.codes import known_unit, well_formed
from catalog.demo_warehouse.sites import SITES
from catalog.warehouse.check import check
from catalog.warehouse.connection import connect
from catalog.warehouse.loading import LoadingError, eicu

HEART_FAILURE = {"all": [{"condition": ["I50.9"]}]}


def ask(root, query: str):
    """The answer of a query in which ``{table}`` is that table of all eight sites."""
    tables = {
        name: f"read_parquet('{root}/*/warehouse/{name}.parquet', filename = true)"
        for name in ("person", "visit_occurrence", "condition_occurrence", "measurement", "death")
    }
    return duckdb.sql(query.format(**tables)).fetchall()


def test_persons_with_heart_failure_by_site_are_those_published(eicu_sites):
    counts = []
    for site in SITES:
        with connect(f"parquet:{eicu_sites}/{site}/warehouse") as warehouse:
            counts.append(warehouse.count(warehouse.cohort(parse(HEART_FAILURE))))
    assert counts == [15, 18, 25, 21, 19, 15, 25, 17]


def test_they_are_153_persons_over_the_network(eicu_sites):
    found = ask(
        eicu_sites,
        "SELECT count(DISTINCT person_id) FROM {condition_occurrence} "
        "WHERE condition_source_value = 'I50.9'",
    )
    assert found == [(153,)]


def test_they_had_189_stays_in_intensive_care(eicu_source, eicu_sites):
    """The unit's stays are in the source only; ours are the hospital's, each of them there."""
    source = (
        "SELECT count(DISTINCT patientunitstayid), count(DISTINCT patienthealthsystemstayid) "
        f"FROM '{eicu_source}/diagnosis.parquet' "
        f"JOIN '{eicu_source}/patient.parquet' USING (patientunitstayid) "
        "WHERE list_contains([trim(c) FOR c IN string_split(icd9code, ',')], 'I50.9')"
    )
    ((units, hospitals),) = duckdb.sql(source).fetchall()
    assert units == 189
    ours = ask(
        eicu_sites,
        "SELECT count(DISTINCT visit_occurrence_id) FROM {condition_occurrence} "
        "WHERE condition_source_value = 'I50.9'",
    )
    assert ours == [(hospitals,)]


def test_each_site_has_229_to_240_persons_of_its_own_hospitals(eicu_sites):
    found = ask(eicu_sites, "SELECT filename, count(*) FROM {person} GROUP BY 1")
    persons = [count for _name, count in found]
    assert len(persons) == 8
    assert (min(persons), max(persons)) == (229, 240)


def test_16_persons_are_known_at_more_than_one_site(eicu_sites):
    found = ask(
        eicu_sites,
        "SELECT count(*), count(DISTINCT n) FROM "
        "(SELECT person_id, count(*) AS n FROM {person} GROUP BY 1 HAVING n > 1)",
    )
    assert found[0][0] == 16
    assert ask(eicu_sites, "SELECT count(DISTINCT person_id) FROM {person}") == [(1841,)]


def test_the_dates_made_keep_the_year_of_discharge_and_the_order_of_a_stay(eicu_sites, eicu_source):
    years = ask(
        eicu_sites,
        "SELECT visit_occurrence_id, year(visit_end_date) FROM {visit_occurrence} ORDER BY 1",
    )
    source = duckdb.sql(
        "SELECT patienthealthsystemstayid, max(hospitaldischargeyear) "
        f"FROM '{eicu_source}/patient.parquet' GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert years == source
    upside_down = ask(
        eicu_sites,
        "SELECT count(*) FROM {visit_occurrence} WHERE visit_end_datetime < visit_start_datetime",
    )
    assert upside_down == [(0,)]


def test_ages_over_89_are_90(eicu_sites):
    found = ask(
        eicu_sites,
        "SELECT max(year(visit_end_date) - year_of_birth) FROM {visit_occurrence} "
        "JOIN {person} USING (person_id)",
    )
    assert found[0][0] in (90, 91)  # one person may come again the year after


def test_the_warehouses_can_serve(eicu_sites):
    for site in SITES:
        with connect(f"parquet:{eicu_sites}/{site}/warehouse") as warehouse:
            grave = [
                found.english for found in check(warehouse, today=date(2026, 3, 2)) if found.grave
            ]
        assert grave == []


def test_every_file_names_its_source(eicu_sites):
    for path in eicu_sites.glob("*/warehouse/*.parquet"):
        found = duckdb.sql(f"SELECT decode(value) FROM parquet_kv_metadata('{path}')").fetchall()
        assert "eICU" in found[0][0]


# What a variable may be in intensive care: the middle of its values must be in it.
MIDDLES = {
    "alb": (2, 4), "alp": (40, 150), "alt": (10, 80), "ast": (15, 80), "be": (-3, 3),
    "bicar": (20, 28), "bili": (0.3, 2), "bili_dir": (0.1, 1), "bnd": (1, 20), "bun": (10, 40),
    "ca": (7, 10), "cai": (0.9, 1.4), "ck": (50, 500), "ckmb": (1, 20), "cl": (95, 112),
    "crea": (0.6, 2), "crp": (20, 300), "dbp": (50, 80), "fgn": (150, 600), "fio2": (21, 60),
    "glu": (90, 180), "hgb": (8, 14), "hr": (60, 110), "inr_pt": (0.9, 2), "k": (3.3, 4.8),
    "lact": (0.7, 4), "lymph": (5, 25), "map": (65, 100), "mch": (27, 33), "mchc": (31, 36),
    "mcv": (80, 100), "methb": (0.1, 2), "mg": (1.5, 2.5), "na": (133, 145), "neut": (60, 90),
    "o2sat": (93, 100), "pco2": (32, 48), "ph": (7.3, 7.5), "phos": (2, 5), "plt": (100, 300),
    "po2": (60, 150), "ptt": (25, 60), "resp": (12, 25), "sbp": (100, 140), "temp": (36, 38),
    "tnt": (0.01, 1), "urine": (30, 300), "wbc": (6, 15),
}  # fmt: skip


def test_the_48_hourly_variables_are_each_mapped_once_to_loinc_and_ucum():
    mapped = eicu.measurements()
    assert [row["name"] for row in mapped] == list(MIDDLES)
    assert len({row["loinc"] for row in mapped}) == 48
    assert [row["loinc"] for row in mapped if not well_formed("measurement", row["loinc"])] == []
    assert [row["unit"] for row in mapped if not known_unit(row["unit"])] == []


def test_each_variable_has_the_values_of_what_it_is_said_to_be(eicu_sites):
    found = dict(
        ask(
            eicu_sites,
            "SELECT measurement_source_value, median(value_as_number) "
            "FROM {measurement} GROUP BY 1",
        )
    )
    wrong = {
        row["name"]: found.get(row["loinc"])
        for row in eicu.measurements()
        if not MIDDLES[row["name"]][0] <= found.get(row["loinc"], -1e9) <= MIDDLES[row["name"]][1]
    }
    assert wrong == {}


def test_all_values_of_the_source_are_there(eicu_sites, eicu_source):
    names = ", ".join(f'count("{row["name"]}")' for row in eicu.measurements())
    source = duckdb.sql(f"SELECT {names} FROM '{eicu_source}/hourly_labs_vitals.parquet'")
    stays = duckdb.sql(
        f"SELECT count(*) FROM '{eicu_source}/hourly_labs_vitals.parquet' "
        f"ANTI JOIN '{eicu_source}/patient.parquet' ON patientunitstayid = stay_id"
    )
    assert stays.fetchall() == [(0,)]
    assert ask(eicu_sites, "SELECT count(*) FROM {measurement}") == [(sum(source.fetchone()),)]


def test_loading_again_gives_the_same_bytes(eicu_sites, eicu_source, tmp_path):
    eicu.load(eicu_source, tmp_path, list(SITES))
    for path in sorted(tmp_path.glob("*/warehouse/*.parquet")):
        before = eicu_sites / path.relative_to(tmp_path)
        assert before.read_bytes() == path.read_bytes(), path.name


def test_the_command_loads_and_counts(eicu_source, tmp_path, settings):
    settings.SITES_ROOT = tmp_path / "sites"
    call_command("warehouse", "load", "--format", "eicu", str(eicu_source), stdout=StringIO())
    definition = tmp_path / "heart.json"
    definition.write_text(json.dumps(HEART_FAILURE))
    out = StringIO()
    call_command("warehouse", "count", "--site", "chu-nantes", str(definition), stdout=out)
    assert json.loads(out.getvalue()) == {"site": "chu-nantes", "persons": 25}


def test_a_folder_that_is_not_eicu_is_explained(tmp_path):
    with pytest.raises(LoadingError, match="patient, diagnosis"):
        eicu.load(tmp_path, tmp_path, ["ico"])


def test_a_file_that_is_no_parquet_is_explained(tmp_path, settings):
    settings.SITES_ROOT = tmp_path / "sites"
    for name in eicu.NEEDED:
        (tmp_path / f"{name}.parquet").write_bytes(b"not Parquet")
    with pytest.raises(CommandError, match=str(tmp_path)):
        call_command("warehouse", "load", "--format", "eicu", str(tmp_path))
