"""A definition of OHDSI that is counted as it is, read back by its own names: how one enters, its
inclusion rules, its sets of concepts. No sentence is made of it: it says more than our words do.
Concepts of our terminologies that have no name but their code are said by our labels.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.cohort import circe_shape
from catalog.cohort.from_circe import VOCABULARIES
from catalog.domain.cohorts import TERMINOLOGIES_OF
from catalog.queries import labels_of

DOMAINS = {
    "ConditionOccurrence": gettext_lazy("un diagnostic"),
    "ConditionEra": gettext_lazy("une période de maladie"),
    "DrugExposure": gettext_lazy("un médicament"),
    "DrugEra": gettext_lazy("une période de traitement"),
    "DoseEra": gettext_lazy("une période à une même dose"),
    "ProcedureOccurrence": gettext_lazy("un acte"),
    "Measurement": gettext_lazy("une mesure"),
    "Observation": gettext_lazy("une observation"),
    "VisitOccurrence": gettext_lazy("une venue"),
    "VisitDetail": gettext_lazy("une étape d’une venue"),
    "DeviceExposure": gettext_lazy("un dispositif médical"),
    "Specimen": gettext_lazy("un prélèvement"),
    "Death": gettext_lazy("le décès"),
    "ObservationPeriod": gettext_lazy("une période d’observation"),
}
"""Criterion of OHDSI -> what it is of."""
_TERMINOLOGIES = {
    name: TERMINOLOGIES_OF[kind][0] for kind, names in VOCABULARIES.items() for name in names
}
"""Vocabulary of OMOP -> our name of the terminology."""
MOST_SAID = 6
"""Concepts of one set, and events, that are said by name; the others are counted."""
LONGEST_NAME = 160
"""Characters of a name that are shown."""


def entry(definition: dict) -> list[str]:
    """The events by which one enters."""
    names = {each.get("id"): _named(each) for each in definition.get("ConceptSets") or ()}
    events = definition["PrimaryCriteria"]["CriteriaList"]
    return _first([_event(each, names) for each in events])


def rules(definition: dict) -> list[str]:
    """The names of the inclusion rules, in order."""
    listed = definition.get("InclusionRules") or ()
    return [
        _shortened(each.get("name")) or _("règle %(n)d") % {"n": n}
        for n, each in enumerate(listed, start=1)
    ]


def sets(definition: dict) -> list[str]:
    """The sets of concepts: the name of each, then its concepts. One query."""
    listed = definition.get("ConceptSets") or ()
    labels = labels_of(
        _ours(concept) for each in listed for concept in _concepts(each) if _ours(concept)
    )
    found = []
    for each in listed:
        items = (each.get("expression") or {}).get("items") or ()
        concepts = ", ".join(_first([_item(item, labels) for item in items])) or "—"
        said = {"name": _named(each), "concepts": concepts}
        found.append(_("%(name)s : %(concepts)s") % said)
    return found


def steps(definition: dict) -> list[str]:
    """What each step of an attrition leaves."""
    first = _("Qui entre par %(events)s") % {"events": _(" ou ").join(entry(definition))}
    return [first, *rules(definition)]


def _event(event: dict, names: dict[int, str]) -> str:
    ((domain, said),) = event.items()
    words = str(DOMAINS.get(domain, domain))
    sets = (value for key, value in (said or {}).items() if circe_shape.names_a_set(key))
    number = next((value for value in sets if value is not None), None)
    name = names.get(number)
    return _("%(what)s (%(name)s)") % {"what": words, "name": name} if name else words


def _concepts(concepts: dict) -> Iterator[dict]:
    for item in (concepts.get("expression") or {}).get("items") or ():
        yield item.get("concept") or {}


def _ours(concept: dict) -> tuple[str, str] | None:
    """The terminology and the code of a concept that has no other name, when they are ours."""
    code, name = str(concept.get("CONCEPT_CODE") or ""), concept.get("CONCEPT_NAME")
    terminology = _TERMINOLOGIES.get(str(concept.get("VOCABULARY_ID")))
    return (terminology, code) if terminology and code and name in (None, "", code) else None


def _item(item: dict, labels: dict) -> str:
    """A concept of a set: its name and its code, whether what depends on it is meant, or not it."""
    concept = item.get("concept") or {}
    known = labels.get(_ours(concept))
    name = known.label if known else _shortened(concept.get("CONCEPT_NAME"))
    name = name or str(concept.get("CONCEPT_ID"))
    code = concept.get("CONCEPT_CODE")
    name = f"{name} ({code})" if code and code != name else name
    if item.get("includeDescendants"):
        name = _("%(name)s et tout ce qui en dépend") % {"name": name}
    return _("sauf %(name)s") % {"name": name} if item.get("isExcluded") else name


def _first(names: list[str]) -> list[str]:
    more = len(names) - MOST_SAID
    if more <= 0:
        return names
    others = ngettext("%(n)d autre", "%(n)d autres", more) % {"n": more}
    return [*names[:MOST_SAID], others]


def _named(concepts: dict) -> str:
    return _shortened(concepts.get("name")) or _("ensemble %(n)s") % {"n": concepts.get("id")}


def _shortened(name: Any) -> str:
    return Truncator(str(name or "").strip()).chars(LONGEST_NAME)


def groups(definition: dict) -> list[tuple[str, Iterable[str]]]:
    """All of it under headings; those with nothing under them are left out."""
    found = (
        (_("On y entre par :"), entry(definition)),
        (_("Ses règles d’inclusion :"), rules(definition)),
        (_("Ses ensembles de concepts :"), sets(definition)),
    )
    return [(heading, lines) for heading, lines in found if lines]
