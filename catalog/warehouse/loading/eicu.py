"""The eICU Collaborative Research Database Demo 2.0, dealt over sites: each hospital its own data.

Real, de-identified persons of 186 hospitals of the United States (ODbL 1.0; the licence and the
citation stand beside the source files, and the source is named in each file written). Never to be
shown as figures of a French hospital.

- **Site.** Hospitals ranked by number of stays (most first, ties by ``hospitalid``) are dealt back
  and forth: 1…8, 8…1, 1…8. A person seen at hospitals of two sites is in both, under one number.
- **Dates** do not exist in the source: there are minutes from the admission to the unit, and the
  year of discharge. They are MADE here: a hospital stay is discharged on the day of its year that
  a hash of its number says, at its own time of day; every other date follows by its minutes.
- **Age** ``> 89`` is 90, and the year of birth is that of the discharge less the age.
- **Identities**, ``root/<site>/identities/identity.parquet``, hold no name: ``uniquepid`` is the
  identifier that hospitals share, by which linked projects recognise a person.
- Codes: CIM-10 codes are those of ``icd9code`` that begin with a letter; drugs and acts are known
  by their names; the 48 hourly variables by ``eicu_measurements.csv``. ``time`` of the hourly table
  is in seconds.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

import duckdb

from catalog.warehouse.connection import quoted
from catalog.warehouse.loading import LoadingError, TableWriter

SOURCE = (
    "eICU Collaborative Research Database Demo 2.0 (PhysioNet, ODbL 1.0): real, de-identified, "
    "United States; dates are made"
)
NEEDED = ("patient", "diagnosis", "medication", "infusiondrug", "treatment", "hourly_labs_vitals")


def measurements() -> list[dict[str, str]]:
    """The 48 hourly variables: ``name``, ``loinc``, ``unit`` (UCUM), ``what``."""
    path = Path(__file__).parent / "eicu_measurements.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load(source: Path, root: Path, sites: Sequence[str]) -> dict[str, dict[str, int]]:
    """Write ``root/<site>/warehouse`` for each of `sites` from the Parquet files of `source`.

    Returns site -> table -> rows. Raises LoadingError where a file lacks or cannot be read.
    """
    missing = [name for name in NEEDED if not (source / f"{name}.parquet").is_file()]
    if missing:
        raise LoadingError(f"{source}: {', '.join(missing)} missing (Parquet files of eICU).")
    with duckdb.connect() as connection:
        try:
            for name in NEEDED:
                path = quoted(str(source / f"{name}.parquet"))
                connection.execute(
                    f"CREATE VIEW source_{name} AS SELECT * FROM read_parquet({path})"
                )
            _deal(connection, len(sites))
            for number, site in enumerate(sites):
                _write_identities(connection, root / site / "identities", number)
            return {
                site: _write(TableWriter(connection, root / site / "warehouse", SOURCE), number)
                for number, site in enumerate(sites)
            }
        except duckdb.Error as error:
            raise LoadingError(f"{source}: {str(error).splitlines()[0]}") from error


def _deal(connection: duckdb.DuckDBPyConnection, sites: int) -> None:
    """``stay``: each unit stay with its site, its person, its admission to the unit."""
    connection.execute(
        f"""
        CREATE TEMP TABLE dealt AS
        SELECT hospitalid, CASE WHEN rank // {sites} % 2 = 0 THEN rank % {sites}
            ELSE {sites} - 1 - rank % {sites} END AS site
        FROM (
            SELECT hospitalid, row_number() OVER (ORDER BY count(*) DESC, hospitalid) - 1 AS rank
            FROM source_patient GROUP BY hospitalid
        );
        CREATE TEMP TABLE stay AS
        SELECT patientunitstayid AS stay, patienthealthsystemstayid AS visit, uniquepid,
            split_part(uniquepid, '-', 1)::BIGINT * 1000000
                + split_part(uniquepid, '-', 2)::BIGINT AS person_id,
            site, gender, hospitaldischargeyear AS year, hospitaladmitoffset,
            hospitaladmitsource, hospitaldischargelocation, hospitaldischargestatus,
            CASE WHEN age = '> 89' THEN 90 ELSE TRY_CAST(age AS INTEGER) END AS age,
            make_date(hospitaldischargeyear::INTEGER, 1, 1)
                + (md5_number_lower('eicu ' || patienthealthsystemstayid) % 365)::INTEGER
                + hospitaldischargetime24 AS discharged,
            discharged - to_minutes(hospitaldischargeoffset) AS admitted
        FROM source_patient JOIN dealt USING (hospitalid)
        """
    )


def _write(writer: TableWriter, site: int) -> dict[str, int]:
    rows = {name: writer.write(name, query) for name, query in _queries(site).items()}
    return rows | writer.everyone()


def _write_identities(connection: duckdb.DuckDBPyConnection, folder: Path, site: int) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = folder / ".identity.partial"
    connection.execute(
        f"""
        COPY (
            SELECT DISTINCT person_id, NULL::VARCHAR AS birth_name, NULL::VARCHAR AS usual_name,
                NULL::VARCHAR AS first_names, NULL::DATE AS birth_date, uniquepid AS identifier
            FROM stay WHERE site = {site} ORDER BY person_id
        ) TO {quoted(str(partial))}
        (FORMAT parquet, KV_METADATA {{source: {quoted(SOURCE)}}})
        """
    )
    partial.chmod(0o600)
    partial.replace(folder / "identity.parquet")


def _queries(site: int) -> dict[str, str]:
    """The SQL of each table of the layout for one site. A record's number is that of its source, or
    is made in the order of the source."""
    here = f"(SELECT * FROM stay WHERE site = {site})"
    at = "s.admitted + to_minutes({})"
    names = ", ".join(f'"{row["name"]}"' for row in measurements())
    codes = " ".join(
        f"WHEN {quoted(row['name'])} THEN {quoted(row['loinc'])}" for row in measurements()
    )
    units = " ".join(
        f"WHEN {quoted(row['name'])} THEN {quoted(row['unit'])}" for row in measurements()
    )
    return {
        "person": f"""
            SELECT person_id, first(uniquepid) AS person_source_value,
                arg_min(CASE gender WHEN 'Female' THEN 8532 WHEN 'Male' THEN 8507 ELSE 0 END, stay)
                    AS gender_concept_id,
                arg_min(CASE gender WHEN 'Female' THEN 'F' WHEN 'Male' THEN 'M' END, stay)
                    AS gender_source_value,
                min(year - age) AS year_of_birth
            FROM {here} GROUP BY person_id
        """,
        "visit_occurrence": f"""
            SELECT visit AS visit_occurrence_id, first(person_id) AS person_id,
                9201 AS visit_concept_id,
                min(admitted + to_minutes(hospitaladmitoffset)) AS visit_start_datetime,
                visit_start_datetime::DATE AS visit_start_date,
                max(discharged) AS visit_end_datetime, visit_end_datetime::DATE AS visit_end_date,
                visit AS visit_source_value,
                arg_min(hospitaladmitsource, stay) AS admitted_from_source_value,
                arg_min(hospitaldischargelocation, stay) AS discharged_to_source_value
            FROM {here} GROUP BY visit
        """,
        "condition_occurrence": f"""
            SELECT row_number() OVER (ORDER BY diagnosisid, code) AS condition_occurrence_id, *
            FROM (
                SELECT d.diagnosisid, s.person_id, s.visit AS visit_occurrence_id,
                    ({at.format("d.diagnosisoffset")})::DATE AS condition_start_date,
                    d.diagnosispriority AS condition_status_source_value,
                    trim(unnest(string_split(d.icd9code, ','))) AS code,
                    code AS condition_source_value
                FROM source_diagnosis AS d JOIN {here} AS s ON s.stay = d.patientunitstayid
            ) WHERE regexp_matches(code, '^[A-Za-z]')
        """,
        "drug_exposure": f"""
            SELECT row_number() OVER (ORDER BY kind, number) AS drug_exposure_id, *
            FROM (
                SELECT 1 AS kind, m.medicationid AS number, s.person_id,
                    s.visit AS visit_occurrence_id,
                    ({at.format("m.drugstartoffset")})::DATE AS drug_exposure_start_date,
                    CASE WHEN m.drugstopoffset >= m.drugstartoffset
                        THEN ({at.format("m.drugstopoffset")})::DATE END AS drug_exposure_end_date,
                    trim(m.drugname) AS drug_source_value, m.routeadmin AS route_source_value
                FROM source_medication AS m JOIN {here} AS s ON s.stay = m.patientunitstayid
                WHERE NOT m.drugordercancelled AND m.drugname IS NOT NULL
                UNION ALL
                SELECT 2, i.infusiondrugid, s.person_id, s.visit,
                    ({at.format("i.infusionoffset")})::DATE, NULL, trim(i.drugname), 'infusion'
                FROM source_infusiondrug AS i JOIN {here} AS s ON s.stay = i.patientunitstayid
                WHERE i.drugname IS NOT NULL
            )
        """,
        "procedure_occurrence": f"""
            SELECT t.treatmentid AS procedure_occurrence_id, s.person_id,
                s.visit AS visit_occurrence_id,
                ({at.format("t.treatmentoffset")})::DATE AS procedure_date,
                t.treatmentstring AS procedure_source_value, 1 AS quantity
            FROM source_treatment AS t JOIN {here} AS s ON s.stay = t.patientunitstayid
        """,
        "measurement": f"""
            SELECT row_number() OVER (ORDER BY stay_id, time, name) AS measurement_id, *
            FROM (
                SELECT u.stay_id, u.time, u.name, s.person_id, s.visit AS visit_occurrence_id,
                    s.admitted + to_seconds(u.time) AS measurement_datetime,
                    measurement_datetime::DATE AS measurement_date, u.value AS value_as_number,
                    CASE u.name {codes} END AS measurement_source_value,
                    CASE u.name {units} END AS unit_source_value
                FROM (UNPIVOT source_hourly_labs_vitals ON {names} INTO NAME name VALUE value) AS u
                JOIN {here} AS s ON s.stay = u.stay_id
            )
        """,
        "death": f"""
            SELECT person_id, min(discharged)::DATE AS death_date FROM {here}
            WHERE hospitaldischargestatus = 'Expired' GROUP BY person_id
        """,
    }
