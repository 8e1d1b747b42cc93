"""The counts that the demonstration's researcher made before any request: asked as from the page,
answered by the programs of the sites, run here at instants of the past.

The first is said by our criteria; the second, of OHDSI, has a window of time that they cannot say,
and is counted as it is.
"""

from datetime import datetime, timedelta

from catalog.cohort import parse
from catalog.cohort.to_circe import write
from catalog.domain.cohorts import save_cohort
from catalog.domain.counts import ask_counts
from governance.models import Establishment
from projects.demonstration import network
from projects.demonstration.deliveries import carry_out, is_here

WHO = "Marion Le Gall"
AGO = timedelta(days=3)
BY_CRITERIA = {
    "period": {"from": "2019-01-01", "to": "2025-12-31"},
    "age": {"min": 65, "max": None},
    "all": [{"condition": ["I21.*"]}, {"drug": ["B01AC06"]}],
    "none": [{"condition": ["C34.*", "C50.*"]}],
}
FEW = ("chu-rennes", "chu-brest", "ico")
"""Where the second is asked: a first start does not wait for the others."""
WINDOW = 365
"""Days within which heart failure follows, in the definition of OHDSI."""


def tell(at: datetime) -> None:
    """Keep and count both cohorts at the sites that stand on this machine; nothing without one."""
    first, second = at - AGO, at - AGO + timedelta(hours=2)
    places = [place.pk for place in Establishment.objects.active() if is_here(place.pk)]
    _count("Infarctus après 65 ans, sous aspirine", BY_CRITERIA, places, at=first)
    few = [slug for slug in places if slug in FEW]
    _count("Insuffisance cardiaque dans l’année d’un infarctus", followed(), few, at=second)


def followed() -> dict:
    """A definition of OHDSI: heart failure in the year that follows a heart attack."""
    cohort = parse({"all": [{"condition": ["I21.*"]}, {"condition": ["I50.*"]}]})
    definition = write(cohort)
    (rule,) = definition["InclusionRules"]
    rule["name"] = "Insuffisance cardiaque dans l’année"
    (counted,) = rule["expression"]["CriteriaList"]
    counted["StartWindow"] |= {
        "Start": {"Days": 0, "Coeff": 1},
        "End": {"Days": WINDOW, "Coeff": 1},
    }
    for concepts, name in zip(
        definition["ConceptSets"], ("Infarctus", "Insuffisance cardiaque"), strict=True
    ):
        concepts["name"] = name
    return definition


def _count(title: str, definition: dict, sites: list[str], *, at: datetime) -> None:
    if not sites:
        return
    by = network.person(WHO, at=at)
    version = save_cohort(definition, title=title, by=by, at=at)
    asked = ask_counts(version.definition, sites, by=by, at=at, version=version)
    for each in asked.sites.select_related("order"):
        carry_out(each.order, at)
