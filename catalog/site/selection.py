"""Who is delivered: the persons of an order, each with a number, a pseudonym and a shift.

Two temporary tables are made in the warehouse's own connection: ``chosen (person_id, pseudonym,
shift, number)`` and ``visits (visit_occurrence_id, pseudonym, number)``, whose pseudonyms bear the
mark of the delivery (``catalog.site.marks``). The numbers of persons
follow the order of pseudonyms, which is that of a random draw: rows sorted by them tell nothing of
the order they had. Tables are then queried in numbers, and pseudonyms put in their place as files
are written. In a linked project (``catalog.site.linkage``) the temporary table ``links (person_id,
link)`` says who is delivered, and ``chosen`` has their link too: records of one person at one site
have one number.
"""

from dataclasses import dataclass

import duckdb
import numpy as np

from catalog.cohort import Cohort
from catalog.site import marks
from catalog.site.pseudonyms import DIGITS, ProjectKeys, hmac_sql, shift_sql
from catalog.warehouse.connection import Warehouse

BATCH = 122_880
PSEUDONYM = np.dtype(f"S{DIGITS}")


@dataclass(frozen=True)
class Selection:
    """`persons` and `visits` are pseudonyms by number, DIGITS bytes each; `query` is the SQL that
    finds the persons; `shifted` whether their dates are moved."""

    persons: np.ndarray
    visits: np.ndarray
    query: str
    shifted: bool


def persons_query(warehouse: Warehouse, cohort: Cohort, *, informed: bool) -> str:
    """The SQL of the persons to deliver, one column ``person_id``."""
    return warehouse.backend.compile(warehouse.deliverable(cohort, informed=informed))


def select(
    warehouse: Warehouse,
    cohort: Cohort,
    *,
    keys: ProjectKeys,
    informed: bool,
    shifted: bool,
    with_visits: bool,
    linked: bool = False,
) -> Selection:
    """Make ``chosen`` and ``visits`` for the persons of `cohort` who may be delivered."""
    query = persons_query(warehouse, cohort, informed=informed)
    connection = warehouse.duckdb
    choice = _linked_choice if linked else _choice
    connection.execute(*choice(query, keys, shifted))
    of_each = "DISTINCT pseudonym, number" if linked else "pseudonym"
    persons = _pseudonyms(connection, f"SELECT {of_each} FROM chosen ORDER BY number")
    if not with_visits:
        return Selection(persons, np.empty(0, PSEUDONYM), query, shifted)
    # In the order they are found: their number is theirs for this order only, and never seen.
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE visits AS
        SELECT *, (row_number() OVER () - 1)::INTEGER AS number
        FROM (
            SELECT visit_occurrence_id,
                {marks.marked_sql("visit", "visit_occurrence_id")} AS pseudonym
            FROM (
                SELECT DISTINCT visit_occurrence_id FROM visit_occurrence
                SEMI JOIN chosen USING (person_id)
                WHERE visit_occurrence_id IS NOT NULL
            )
        )
        """,
        marks.parameters(keys, "visit"),
    )
    visits = _pseudonyms(connection, "SELECT pseudonym FROM visits ORDER BY number")
    return Selection(persons, visits, query, shifted)


def _choice(query: str, keys: ProjectKeys, shifted: bool) -> tuple[str, dict[str, bytes]]:
    shift = shift_sql(hmac_sql("shift", "person_id")) if shifted else "0::INTEGER"
    parameters = keys.parameters("person") | (keys.parameters("shift") if shifted else {})
    made = f"""
        CREATE OR REPLACE TEMP TABLE chosen AS
        SELECT *, (row_number() OVER (ORDER BY pseudonym) - 1)::INTEGER AS number
        FROM (
            SELECT person_id, {shift} AS shift,
                substr({hmac_sql("person", "person_id")}, 1, {DIGITS}) AS pseudonym
            FROM ({query})
        )
        """
    return made, parameters


def _linked_choice(query: str, keys: ProjectKeys, shifted: bool) -> tuple[str, dict[str, bytes]]:
    own, shared = hmac_sql("person", "person_id"), hmac_sql("linked_person", "link")
    parameters = keys.parameters("person") | keys.parameters("linked_person")
    shift = "0::INTEGER"
    if shifted:
        alone, together = (
            shift_sql(hmac_sql("shift", "person_id")),
            shift_sql(hmac_sql("linked_shift", "link")),
        )
        shift = f"CASE WHEN link IS NULL THEN {alone} ELSE {together} END"
        parameters |= keys.parameters("shift") | keys.parameters("linked_shift")
    made = f"""
        CREATE OR REPLACE TEMP TABLE chosen AS
        SELECT *, (dense_rank() OVER (ORDER BY pseudonym) - 1)::INTEGER AS number
        FROM (
            SELECT person_id, link, {shift} AS shift,
                substr(CASE WHEN link IS NULL THEN {own} ELSE {shared} END, 1, {DIGITS})
                    AS pseudonym
            FROM links
        )
        """
    return made, parameters


def _pseudonyms(connection: duckdb.DuckDBPyConnection, query: str) -> np.ndarray:
    """The first column of `query`, without a copy of the whole on the way."""
    (rows,) = connection.execute(f"SELECT count(*) FROM ({query})").fetchone()
    found, place = np.empty(rows, PSEUDONYM), 0
    for batch in connection.execute(query).to_arrow_reader(BATCH):
        texts = batch.column(0)
        if not len(texts):
            continue
        content = np.frombuffer(texts.buffers()[2], PSEUDONYM, texts.offset + len(texts))
        found[place : place + len(texts)] = content[texts.offset :]
        place += len(texts)
    return found
