"""What an order allows to leave, read from its variables."""

import pytest

from catalog.orders import OrderRefused
from catalog.site.perimeter import read
from catalog.warehouse.layout import TABLES, Role
from tests.catalog.site.making import variable


def order(*variables, kind="pseudonymised") -> dict:
    return {
        "order": "5f1d0c52-6b7e-4c1c-9c27-9d3d3f6f0a11",
        "delivery_kind": kind,
        "variables": list(variables),
        "period": {"from": "2019-01-01", "to": "2020-12-31"},
    }


def planned(*variables) -> dict:
    """Table -> (codes of its rows, {column: its codes})."""
    return {
        plan.table.name: (plan.codes, {each.column.name: each.codes for each in plan.columns})
        for plan in read(order(*variables)).tables
    }


def test_a_table_brings_its_person_and_nothing_else():
    assert planned(variable("death.death_date")) == {
        "death": (None, {"person_id": None, "death_date": None})
    }


def test_visits_are_named_in_every_table_once_they_are_delivered():
    found = planned(
        variable("visit_occurrence.visit_start_date"), variable("measurement.value_as_number")
    )
    assert "visit_occurrence_id" in found["measurement"][1]


def test_codes_bound_the_rows_and_bring_their_column():
    assert planned(
        variable("measurement.value_as_number", "718-7"), variable("measurement.measurement_date")
    ) == {
        "measurement": (
            ("718-7",),
            {
                "measurement_id": None,
                "person_id": None,
                "measurement_date": None,
                "value_as_number": ("718-7",),
                "measurement_source_value": None,
            },
        )
    }


def test_codes_of_one_column_are_joined():
    codes, columns = planned(
        variable("measurement.value_as_number", "718-7"),
        variable("measurement.value_as_number", "2160-0"),
    )["measurement"]
    assert codes == columns["value_as_number"] == ("2160-0", "718-7")


@pytest.mark.parametrize("turned", [False, True])
def test_a_column_authorised_whole_is_not_bounded_by_some_of_its_codes(turned):
    both = [variable("measurement.value_as_number"), variable("measurement.value_as_number", "a")]
    codes, columns = planned(*(reversed(both) if turned else both))["measurement"]
    assert (codes, columns["value_as_number"]) == (None, None)


def test_the_code_comes_along_with_a_column_of_some_codes_though_rows_are_not_bounded():
    codes, columns = planned(
        variable("measurement.value_as_number"),
        variable("measurement.value_as_number", "718-7"),
        variable("measurement.measurement_date", "718-7"),
    )["measurement"]
    assert codes is None
    assert columns["measurement_date"] == ("718-7",)
    assert "measurement_source_value" in columns


def test_no_column_that_identifies_or_holds_text_can_be_ordered():
    for table in TABLES.values():
        for column in table.columns:
            if column.role in (Role.IDENTIFIER, Role.TEXT):
                with pytest.raises(OrderRefused):
                    read(order(variable(f"{table.name}.{column.name}")))


@pytest.mark.parametrize("codes", [[], [""], "718-7", [3], [".*"]])
def test_codes_that_mean_nothing_are_refused(codes):
    said = variable("measurement.value_as_number") | {"codes": codes}
    with pytest.raises(OrderRefused) as refused:
        read(order(said))
    assert refused.value.values["pointer"] == "/variables/0/codes"


@pytest.mark.parametrize("variable_", [None, "person", [], {"table": 3}, {"table": "person"}])
def test_a_variable_that_is_none_is_refused_at_its_place(variable_):
    with pytest.raises(OrderRefused) as refused:
        read(order(variable_))
    assert refused.value.values["pointer"].startswith("/variables/0")
