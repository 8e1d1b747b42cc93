"""What Trino and Oracle are asked: compiled SQL compared to what was read and found right.

After a change of the compiler, delete a file of ``compiled`` and run this: it is written anew."""

from pathlib import Path

import ibis
import pytest
import sqlglot
from ibis.backends.sql import compilers

from catalog.cohort import parse
from catalog.cohort.compiled import persons
from catalog.warehouse.connection import IBIS_TYPES
from catalog.warehouse.layout import TABLES

EXPECTED = Path(__file__).parent / "compiled"
DEFINITION = {
    "period": {"from": "2017-01-01", "to": "2025-12-31"},
    "age": {"min": 18, "max": None},
    "sex": ["F", "M"],
    "all": [
        {"condition": ["I21.*", "I22.0"]},
        {"measurement": {"code": "8867-4", "op": "<", "value": 80, "unit": "/min"}},
    ],
    "any": [{"drug": ["B01AF01", "B01AF02"]}, {"procedure": ["DDAF.*"]}],
    "none": [{"note": {"category": "anatomopathologie", "contains": "métastase"}}],
}


def compiled(engine: str) -> str:
    tables = {
        name: ibis.table({c.name: IBIS_TYPES[c.type] for c in table.columns}, name=name)
        for name, table in TABLES.items()
    }
    compiler = getattr(compilers, engine).compiler
    query = compiler.to_sqlglot(persons(parse(DEFINITION), tables))
    return query.sql(dialect=compiler.dialect, pretty=True) + "\n"


@pytest.mark.parametrize("engine", ["trino", "oracle"])
def test_the_query_is_that_which_was_read(engine):
    path = EXPECTED / f"{engine}.sql"
    if not path.exists():
        path.write_text(compiled(engine), encoding="utf-8")
        pytest.fail(f"{path.name} was written: read it, then run again")
    assert compiled(engine) == path.read_text(encoding="utf-8")


def test_oracle_is_given_no_truth_value_as_a_number():
    """Before 23ai it has none: a comparison may only be a condition."""
    query = sqlglot.parse_one(compiled("oracle"), dialect="oracle")
    assert not list(query.find_all(sqlglot.exp.Boolean))
    for cast in query.find_all(sqlglot.exp.Cast):
        assert not cast.find(sqlglot.exp.Connector, sqlglot.exp.Predicate)
