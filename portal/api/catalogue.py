"""What data exist, of whom, since when; and how many patients a cohort has, masked."""

import uuid
from datetime import date

from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Schema
from pydantic import ConfigDict, Field

from catalog import queries
from catalog.cohort import CohortError
from catalog.domain.cohorts import read_to_count
from catalog.domain.counts import COHORTS_A_DAY, BudgetSpent, NoSite, ask_counts, left_today
from catalog.models import Dataset, SiteCount
from governance.models import Establishment
from portal.api.bearer import WRITE
from portal.api.errors import Problem
from portal.api.idempotency import Key, once
from portal.api.instants import Instant
from portal.api.pagination import Paging, Searching, page, page_of_list
from portal.api.schema import problems

router = Router(tags=["catalogue"])


class EstablishmentOut(Schema):
    slug: str = Field(examples=["chu-rennes"])
    name: str
    short_name: str
    kind: str
    email: str
    phone: str
    website: str


class Establishments(Schema):
    items: list[EstablishmentOut]
    next: str | None


class DatasetOut(Schema):
    slug: str = Field(examples=["chu-rennes-prescriptions"])
    establishment: str = Field(alias="establishment_id")
    category: str = Field(alias="category_id")
    label: str
    description: str
    population: str
    conditions: str
    since_year: int
    until_year: int | None
    rows: int | None
    persons: int | None = Field(description="rounded; null under the threshold")
    measured_on: date | None
    reviewed_on: date | None = Field(description="when its producer last checked this description")
    frequency: str
    synthetic: bool

    @staticmethod
    def resolve_label(dataset: Dataset) -> str:
        return f"{dataset.category.label} · {dataset.establishment.short_name}"


class Datasets(Schema):
    items: list[DatasetOut]
    next: str | None


class VariableOut(Schema):
    code: str = Field(examples=["drug_concept_id"])
    category: str = Field(alias="category_id")
    label: str
    description: str
    table: str
    column: str
    concept: str
    type: str
    unit: str = Field(description="UCUM")
    terminology: str
    sensitivity: str
    sites: int = Field(description="how many establishments hold it")


class Variables(Schema):
    items: list[VariableOut]
    next: str | None


class Filters(Searching):
    establishment: str = Field("", max_length=40, description="an establishment's code")
    category: str = Field("", max_length=40, description="a category's code")


@router.get("/establishments", response=Establishments, summary=_("Les établissements du réseau"))
def establishments(request, asked: Query[Paging]):
    return page(Establishment.objects.active(), asked, "position", "slug")


@router.get(
    "/datasets",
    response=Datasets,
    by_alias=False,
    summary=_("Les jeux de données, par établissement et catégorie"),
)
def datasets(request, asked: Query[Filters]):
    found = queries.datasets(
        text=asked.q, establishment=asked.establishment, category=asked.category
    )
    return page_of_list(list(found), asked)


@router.get(
    "/variables",
    response=Variables,
    summary=_("Les variables, et combien d'établissements tiennent chacune"),
)
def variables(request, asked: Query[Filters]):
    found = queries.variables(
        text=asked.q, establishment=asked.establishment, category=asked.category
    )
    return page(found, asked, "category__position", "code")


class CountIn(Schema):
    """A cohort definition, the contract's or OHDSI's (Circe, as ATLAS exports it), and the
    establishments asked. What of OHDSI's the contract cannot say is counted as it is, where the
    warehouse holds OHDSI's vocabulary."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "definition": {
                        "period": {"from": "2017-01-01", "to": "2025-12-31"},
                        "all": [{"condition": ["I21.*"]}],
                    },
                    "establishments": ["chu-rennes"],
                }
            ]
        },
    )

    definition: dict
    establishments: list[str] = Field(
        [], max_length=100, description="their codes; none of them: the whole network"
    )


class StepFigure(Schema):
    persons: int | None = Field(description="rounded up to a multiple of 5; null when masked")
    masked: bool


class SiteFigure(Schema):
    establishment: str
    state: str = Field(description="asked, answered, silent or failed")
    why: str = Field(description="why it failed and what to do, in words; else empty")
    persons: int | None = Field(description="rounded up to a multiple of 5; null when masked")
    masked: bool = Field(description="fewer than 11 persons")
    steps: list[StepFigure] = Field(
        description="who is left after each step: sex, age and period, then each criterion of "
        "`all`, those of `any` together, each of `none`; of an OHDSI definition counted as it is, "
        "who enters, then each inclusion rule, up to ten"
    )
    answered_at: Instant | None = Field(description="of the figure shown, maybe an earlier one")


class Counts(Schema):
    """The figures so far. Asking again spends nothing and says what arrived since."""

    ref: uuid.UUID
    sites: list[SiteFigure]
    waiting: int = Field(description="establishments that have not said anything yet")
    total: int = Field(description="of the figures shown, never of the masked ones")
    distinct_cohorts_left_today: int
    notes: list[str] = Field(
        description="what of an OHDSI definition was read a little otherwise; or that it is "
        "counted as it is, then what our criteria cannot say of it"
    )


@router.post(
    "/counts",
    auth=WRITE,
    response={201: Counts},
    summary=_("Combien de patients, par établissement"),
    openapi_extra=problems("throttled"),
)
def counts(request, payload: CountIn, key: Key = None):
    """Each site counts at home; what comes back is masked under 11 persons and rounded. Figures
    arrive in seconds: ask again, without a key or under another one, to read them."""
    return once(request, key, payload.model_dump(), lambda: _count(request, payload), Counts)


def _count(request, payload: CountIn) -> dict:
    at, person = timezone.now(), request.user
    wanted = payload.establishments or Establishment.objects.active().values_list("pk", flat=True)
    try:
        notes = read_to_count(payload.definition).notes
        asked = ask_counts(payload.definition, wanted, by=person, at=at)
    except CohortError as error:
        raise Problem("invalid", errors=_places(error)) from error
    except NoSite as error:
        message = gettext("Établissement inconnu : %(slug)s.") % {"slug": str(error)[:200]}
        raise Problem("invalid", errors={"establishments": [message]}) from error
    except BudgetSpent as error:
        message = gettext(
            "Vous avez compté %(most)d cohortes différentes aujourd'hui : reprenez demain."
        ) % {"most": COHORTS_A_DAY}
        raise Problem("throttled", message) from error
    figures = queries.figures(asked)
    return {
        "ref": asked.ref,
        "sites": [_figure(each) for each in figures.sites],
        "waiting": figures.waiting,
        "total": figures.total,
        "distinct_cohorts_left_today": left_today(person, at=at),
        "notes": [note.sentence(get_language() or "fr") for note in notes],
    }


def _places(error: CohortError) -> dict[str, list[str]]:
    """Each problem under its place: a JSON Pointer into the definition."""
    found: dict[str, list[str]] = {}
    for each in error.problems:
        said = each.sentence(get_language() or "fr")
        found.setdefault(f"definition{each.pointer}", []).append(said)
    return found


def _figure(figure: queries.Figure) -> dict:
    shown: SiteCount | None = figure.shown
    return {
        "establishment": figure.establishment.pk,
        "state": figure.count.state,
        "why": figure.why,
        "persons": shown.persons if shown else None,
        "masked": bool(shown and shown.masked),
        "steps": shown.steps if shown else [],
        "answered_at": shown.answered_at if shown else None,
    }
