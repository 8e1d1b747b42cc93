"""What ``ohdsi-circepy`` reads and runs of a definition of OHDSI, written down for who does not
load it: the portal (``catalog.cohort.circe_shape``), where Ibis is not wanted.

``manage.py cohort --record`` writes it again when the library changes; a test compares.
"""

import types
import typing
from collections.abc import Iterator
from enum import Enum

LEFT_OUT = {
    "DrugExposure": {"effective_drug_dose"},
    "Measurement": {"abnormal", "range_low_ratio", "range_high_ratio", "visits"},
    "Death": {"cause_source_concept", "cause_source_concept_cs"},
    "ObservationPeriod": {"user_defined_period", "period_type", "period_type_cs"}
    | {"period_length", "age_at_end"},
    "ConditionEra": {"age_at_end"},
    "DrugEra": {"age_at_end"},
    "DoseEra": {"age_at_end", "unit", "unit_cs"},
}
"""Attributes that the library reads and its executor does not look at: running a definition without
them would count other persons."""

NEVER = {"PayerPlanPeriod", "LocationRegion", "Episode", "CustomEra", "Criteria", "GeoCriteria"}
"""Criteria of which most is left out so, or which are of tables that no warehouse here has."""

IN_LOWER_CASE = {"ConceptSet", "ConceptSetExpression", "ConceptExpressionItem", "InclusionRule"}

FOLLOWED = {"end_strategy": "end"}
"""Field -> what it holds, where the model does not say it."""

Shape = dict[str, dict[str, list]]


def shape() -> Shape:
    """Type -> name in the JSON -> what it holds: a type or a kind of value, and whether a list of
    them. ``criterion`` is any of the types of criteria, under its name."""
    from circe.cohortdefinition import CohortExpression
    from circe.cohortdefinition.criteria import Criteria, CriteriaGroup

    found: Shape = {}
    waiting = [CohortExpression, CriteriaGroup]
    while waiting:
        model = waiting.pop()
        name = model.__name__
        if name in found or name in NEVER or name == "EndStrategy":
            continue
        found[name] = {}
        for field, said in model.model_fields.items():
            if field == "include" or field in LEFT_OUT.get(name, ()):
                continue
            parts = list(_parts(said.annotation))
            kinds = {kind for kind, _many in parts}
            waiting += [kind for kind in kinds if hasattr(kind, "model_fields")]
            held = "criterion" if Criteria in kinds else FOLLOWED.get(field) or _held(name, kinds)
            found[name][_name(name, field, said)] = [held, any(many for _kind, many in parts)]
    named = sorted(each.__name__ for each in Criteria.__subclasses__() if each.__name__ in found)
    found["criterion"] = {name: [name, False] for name in named}
    ends = {"DateOffset": "DateOffsetStrategy", "CustomEra": "CustomEraStrategy"}
    found["end"] = {name: [kind, False] for name, kind in ends.items()}
    return {name: dict(sorted(fields.items())) for name, fields in sorted(found.items())}


def _name(model: str, field: str, said) -> str:
    """The name of a field in JSON, among those that the library reads, as ATLAS writes it."""
    if field == "primary_limit":
        return "PrimaryCriteriaLimit"
    choices = getattr(said.validation_alias, "choices", None) or [said.validation_alias]
    names = [name for name in (*choices, said.alias, said.serialization_alias, field) if name]
    lower = model in IN_LOWER_CASE
    fits = [name for name in names if name[0].islower() == lower and (lower or "_" not in name)]
    return next((name for name in names if name.isupper() and "_" in name), (fits or names)[0])


def _held(model: str, kinds: set) -> str:
    if model == "Period" or kinds == {str, float}:
        return "date"
    if len(kinds) > 1:
        return "float"
    (kind,) = kinds
    if isinstance(kind, typing.ForwardRef):
        return kind.__forward_arg__
    return "str" if isinstance(kind, type) and issubclass(kind, Enum) else kind.__name__


def _parts(kind: typing.Any) -> Iterator[tuple[typing.Any, bool]]:
    """What an annotation allows beside None, and whether in a list."""
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType, typing.Annotated, list):
        inside = typing.get_args(kind)
        for each in inside[:1] if origin is typing.Annotated else inside:
            for part, many in _parts(each):
                yield part, many or origin is list
    elif kind is not type(None):
        yield kind, False
