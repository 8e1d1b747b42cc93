"""The form of a request as JSON Schema (draft 2020-12), in the reader's language.

Made from the one declaration of the form. It describes complete answers, as a deposit needs them;
a draft may hold any part of them. `x-public` says when citizens will read an answer, `x-asked-if`
which other answer makes a question matter.
"""

from typing import Any

from django.utils.translation import gettext as _

from catalog.models import Variable
from governance.models import Establishment
from projects.dossier.form import (
    CHOICE,
    DATE,
    LONG,
    MANY,
    MONEY,
    NUMBER,
    SECTIONS,
    TEXT,
    YES_NO,
    Field,
)
from projects.models import LegalPerson

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MONEY_PATTERN = r"^\d{1,9}(\.\d{1,2})?$"


def answers_schema() -> dict[str, Any]:
    """The schema of a request's answers, section by section."""
    choices = _chosen()
    return {
        "$schema": DIALECT,
        "title": _("Réponses d'une demande"),
        "type": "object",
        "additionalProperties": False,
        "properties": {
            section.code: _section(section, choices.get(section.code, {})) for section in SECTIONS
        },
    }


def _section(section, more: dict[str, dict]) -> dict[str, Any]:
    fields = {field.code: field_schema(field) for field in section.fields}
    return {
        "title": str(section.title),
        "description": str(section.sentence),
        "type": "object",
        "additionalProperties": False,
        "properties": fields | more,
        "required": [f.code for f in section.fields if f.needed and f.shown_if is None],
        "x-articles": list(section.articles),
    }


def field_schema(field: Field) -> dict[str, Any]:
    """One question: its label, its help, the values it takes."""
    schema = {"title": str(field.label), **_type(field)}
    if field.help:
        schema["description"] = str(field.help)
    if field.shown_if is not None:
        code, values = field.shown_if
        schema["x-asked-if"] = {"field": code, "in": list(values)}
    if field.public:
        schema["x-public"] = field.public
    return schema


def _type(field: Field) -> dict[str, Any]:
    least, most = field.accepted
    match field.kind:
        case kind if kind in (TEXT, LONG):
            bounds = {"minLength": least, "maxLength": most}
            return {"type": "string", **{k: v for k, v in bounds.items() if v is not None}}
        case kind if kind == CHOICE:
            return {"oneOf": _options(field)}
        case kind if kind == MANY:
            return {"type": "array", "uniqueItems": True, "items": {"oneOf": _options(field)}}
        case kind if kind == YES_NO:
            return {"type": "boolean"}
        case kind if kind == DATE:
            return {"type": "string", "format": "date"}
        case kind if kind == NUMBER:
            bounds = {"minimum": least, "maximum": most}
            return {"type": "integer", **{k: v for k, v in bounds.items() if v is not None}}
        case kind if kind == MONEY:
            return {"type": "string", "pattern": MONEY_PATTERN}
    raise ValueError(field.kind)


def _options(field: Field) -> list[dict[str, str]]:
    return [{"const": code, "title": str(words)} for code, words in field.choices]


def _chosen() -> dict[str, dict[str, dict]]:
    """What is chosen in the catalogue and the network rather than typed, by section."""
    places = list(Establishment.objects.active().values_list("slug", "short_name"))
    return {
        "team": {
            "organisation": {
                "title": _("Organisme demandeur"),
                "description": _("Le nom d'un organisme connu du réseau."),
                "type": "string",
                "x-public": "admissibility",
            },
            "legal_persons": {
                "title": _("Personnes morales et leur part dans le traitement"),
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["organisation", "part"],
                    "properties": {
                        "organisation": {"type": "string"},
                        "part": {"enum": LegalPerson.Part.values},
                    },
                },
            },
        },
        "data": {
            "cohort": {
                "title": _("Définition de la cohorte"),
                "description": _("La même que pour un comptage."),
                "type": "object",
            },
            "variables": {
                "title": _("Variables"),
                "description": _("Chacune avec sa raison et l'objectif qu'elle sert."),
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["variable"],
                    "properties": {
                        "variable": {
                            "type": "string",
                            "maxLength": Variable._meta.get_field("code").max_length,
                        },
                        "reason": {"type": "string", "maxLength": 500},
                        "objective": {"type": "string", "maxLength": 16},
                    },
                },
            },
        },
        "sites": {
            "establishments": {
                "title": _("Établissements sollicités"),
                "type": "array",
                "uniqueItems": True,
                "items": {"oneOf": [{"const": s, "title": name} for s, name in places]},
            },
            "lead": {
                "title": _("Celui qui conduit l'examen"),
                "oneOf": [{"const": s, "title": name} for s, name in places],
            },
        },
    }
