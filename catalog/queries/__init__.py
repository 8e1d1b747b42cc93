"""What can be read of the catalogue and of the counts, each in a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from catalog.count_words import why
from catalog.domain.cohorts import cohorts_read_by
from catalog.models import (
    Category,
    CodeList,
    CohortVersion,
    Concept,
    CountRequest,
    Dataset,
    FillRate,
    SavedCohort,
    SiteCount,
    Variable,
)
from catalog.search import Asked, best_first, matching, read
from governance.models import Establishment


@dataclass(frozen=True)
class MatrixRow:
    """A line of the matrix: an establishment and, under each category, its dataset or None."""

    establishment: Establishment
    cells: list[tuple[Category, Dataset | None]]


def matrix() -> tuple[list[Category], list[MatrixRow]]:
    """The categories, and for each active establishment what it holds of each."""
    categories = list(Category.objects.all())
    held = {(d.establishment_id, d.category_id): d for d in Dataset.objects.all()}
    return categories, [
        MatrixRow(place, [(each, held.get((place.pk, each.pk))) for each in categories])
        for place in Establishment.objects.active()
    ]


def datasets(
    *, text: Asked | str = "", establishment: str = "", category: str = ""
) -> list[Dataset]:
    """The datasets that answer to every filter given, in the order of the catalogue; ``text`` is
    looked for in their names, descriptions and populations."""
    found = Dataset.objects.listed()
    if establishment:
        found = found.filter(establishment=establishment)
    if category:
        found = found.filter(category=category)
    return list(matching(found, text))


def variables(
    *, text: Asked | str = "", category: str = "", establishment: str = ""
) -> QuerySet[Variable]:
    """The variables that answer to every filter given, in the order of the catalogue, with
    ``sites``, how many hold each."""
    # A subquery, read for the rows shown only: a join would count the sites of all that answer.
    rates = FillRate.objects.filter(variable=OuterRef("pk")).order_by().values("variable")
    found = (
        Variable.objects.select_related("category")
        .annotate(sites=Coalesce(Subquery(rates.annotate(n=Count("pk")).values("n")), 0))
        .order_by("category__position", "code")
    )
    if category:
        found = found.filter(category=category)
    if establishment:
        held = FillRate.objects.filter(establishment=establishment).values("variable")
        found = found.filter(pk__in=held)
    return matching(found, text)


def fill_rates(variable: Variable) -> list[tuple[Establishment, FillRate | None]]:
    """For each active establishment, how it fills ``variable``; None where it does not hold it."""
    rates = {rate.establishment_id: rate for rate in variable.fill_rates.all()}
    return [(place, rates.get(place.pk)) for place in Establishment.objects.active()]


def variables_of(dataset: Dataset) -> list[Variable]:
    """The variables that ``dataset`` holds, each with ``rate``, its site's ``FillRate``."""
    rates = dataset.establishment.fill_rates.filter(variable__category=dataset.category_id)
    by_code = {rate.variable_id: rate for rate in rates}
    found = list(Variable.objects.filter(pk__in=by_code))
    for each in found:
        each.rate = by_code[each.pk]
    return found


def dataset_records(
    categories: Iterable[str], sites: Iterable[str]
) -> dict[tuple[str, str], list[dict]]:
    """The records of the datasets of those categories (keys) at those sites, by site and category.

    ``{(slug, category): [{"dataset": slug, "checked_on": "2026-11-02"}]}``, as P-01 reads it;
    ``checked_on`` is left out of a description that nobody checked. A category that a site does not
    hold has no record: whether the study is feasible without it is for the site's methodologist to
    say.
    """
    records = defaultdict(list)
    found = Dataset.objects.filter(establishment__in=sites, category__in=categories)
    for each in found.order_by("slug"):
        record = {"dataset": each.slug}
        if each.reviewed_on is not None:
            record["checked_on"] = each.reviewed_on.isoformat()
        records[each.establishment_id, each.category_id].append(record)
    return dict(records)


def concepts(terminology: str, text: str = "", *, limit: int = 50) -> list[Concept]:
    """The codes of a terminology whose code or label answers every word of ``text``."""
    asked = read(text)
    found = Concept.objects.offered().filter(terminology=terminology)
    return list(best_first(matching(found, asked), asked)[:limit])


def narrower(terminologies: Iterable[str], codes: Iterable[str]) -> dict[str, int]:
    """How many codes stand under each of ``codes``; those without any are left out. One query."""
    under = {
        f"n{place}": Count("pk", filter=Q(code__startswith=code) & ~Q(code=code))
        for place, code in enumerate(codes)
    }
    if not under:
        return {}
    found = Concept.objects.offered().filter(terminology__in=terminologies).aggregate(**under)
    counted = {code: found[f"n{place}"] for place, code in enumerate(codes)}
    return {code: n for code, n in counted.items() if n}


def branch(terminologies: Iterable[str], code: str, *, limit: int) -> list[Concept]:
    """The code just above ``code`` where the list has one, ``code`` itself, then those just under
    it. Two queries."""
    offered = Concept.objects.offered().filter(terminology__in=terminologies)
    above = [code[:length] for length in range(1, len(code) + 1)]
    top = sorted(offered.filter(code__in=above), key=lambda each: len(each.code))[-2:]
    under: list[Concept] = []
    for each in offered.filter(code__startswith=code).exclude(code=code).order_by("code"):
        if not under or not each.code.startswith(under[-1].code):
            under.append(each)
    return [*top, *under[:limit]]


@dataclass(frozen=True)
class FoundCode:
    """A code that answers a search, the list it comes from, and the variables that carry it."""

    concept: Concept
    code_list: CodeList | None
    variables: list[Variable]


def codes(asked: Asked, *, limit: int) -> list[FoundCode]:
    """The codes of every list that answer a search, best first. Three queries."""
    if not asked:
        return []
    found = list(best_first(matching(Concept.objects.offered(), asked), asked)[:limit])
    lists = CodeList.objects.in_bulk({each.terminology for each in found})
    carried = defaultdict(list)
    for each in Variable.objects.filter(
        terminology__in=lists, concept__in=["", *(each.code for each in found)]
    ):
        carried[each.terminology, each.concept].append(each)
    return [
        FoundCode(
            each,
            lists.get(each.terminology),
            carried.get((each.terminology, each.code)) or carried.get((each.terminology, ""), []),
        )
        for each in found
    ]


def labels_of(codes: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Concept]:
    """The known concepts among ``codes``, pairs (terminology, code without its ``.*``)."""
    wanted = set(codes)
    found = Concept.objects.filter(code__in={code for _terminology, code in wanted})
    by_code = {(each.terminology, each.code): each for each in found}
    return {key: by_code[key] for key in wanted if key in by_code}


def cohorts_of(person, *, at: datetime) -> QuerySet[SavedCohort]:
    """The cohorts that ``person`` keeps or that their teams share, newest first, with ``version``
    (its last number) and ``counted_at`` (when it was last counted, or None)."""
    versions = CohortVersion.objects.filter(cohort=OuterRef("pk")).order_by("-number")
    counts = CountRequest.objects.filter(version__cohort=OuterRef("pk")).order_by("-at")
    return (
        cohorts_read_by(person, at=at)
        .filter(archived_at__isnull=True)
        .select_related("owner")
        .annotate(
            version=Subquery(versions.values("number")[:1]),
            counted_at=Subquery(counts.values("at")[:1]),
        )
    )


def counts_by_version(
    versions: Iterable[CohortVersion],
) -> dict[int, dict[Establishment, SiteCount]]:
    """The last figure that each site answered for each of ``versions`` (by primary key), whoever
    of those who read the cohort asked. One query."""
    answered = (
        SiteCount.objects.filter(
            state=SiteCount.State.ANSWERED, request__version__in=[each.pk for each in versions]
        )
        .select_related("establishment", "request")
        .order_by("answered_at", "pk")
    )
    found: dict = defaultdict(dict)
    for each in answered:
        found[each.request.version_id][each.establishment] = each
    return found


def last_count(cohort: SavedCohort) -> CountRequest | None:
    """The last asking of any version of ``cohort``."""
    return (
        CountRequest.objects.filter(version__cohort=cohort)
        .select_related("version")
        .order_by("-at", "-pk")
        .first()
    )


@dataclass(frozen=True)
class Figure:
    """What one site says of a cohort.

    ``count`` is this asking's; ``last`` the last one that the site answered for the same
    definition, shown with its date while this one waits or stays without an answer.
    """

    establishment: Establishment
    count: SiteCount
    last: SiteCount | None

    @property
    def shown(self) -> SiteCount | None:
        """The answer to show: this one, or else the last."""
        return self.count if self.count.state == SiteCount.State.ANSWERED else self.last

    @property
    def why(self) -> str:
        """Why the site could not count, in the reader's words; empty unless it failed."""
        return str(why(self.count.reason)) if self.count.state == SiteCount.State.FAILED else ""


@dataclass(frozen=True)
class Attrition:
    """Who was left at each step, at one place; ``name`` is empty for the network, of which
    ``summed`` hospitals are added up and ``left_out`` are not. ``steps`` are (words, persons or
    None when masked), ``most`` the longest bar."""

    name: str
    steps: list[tuple[str, int | None]]
    most: int
    summed: int = 0
    left_out: int = 0

    @classmethod
    def of(cls, name: str, words: list[str], said: list[dict]) -> "Attrition":
        persons = [each["persons"] for each in said]
        return cls(name, list(zip(words, persons, strict=True)), max(n or 0 for n in persons) or 1)


@dataclass(frozen=True)
class Figures:
    """The figures of one asking, site by site, and what may be said of their sum."""

    sites: list[Figure]

    @property
    def waiting(self) -> int:
        """How many sites have not said anything yet."""
        return sum(each.count.state == SiteCount.State.ASKED for each in self.sites)

    @property
    def total(self) -> int:
        """The sum of the figures shown: rounded ones only, so that it says nothing more."""
        return sum(each.shown.persons or 0 for each in self.sites if each.shown)

    @property
    def counted(self) -> int:
        """How many sites the sum is made of."""
        return sum(bool(each.shown and each.shown.persons) for each in self.sites)

    def attrition(self, steps: list[str]) -> list["Attrition"]:
        """Who was left at each of ``steps`` (in words): of the network, when several sites showed
        them all, then of each site that said. A site with a masked step is in no sum: it would be
        in the first steps and not in the last, as if a criterion had removed its patients."""
        shown = [each for each in self.sites if each.shown]
        said = [each for each in shown if len(each.shown.steps) == len(steps)]
        found = [
            Attrition.of(each.establishment.short_name, steps, each.shown.steps) for each in said
        ]
        told = [[step["persons"] for step in each.shown.steps] for each in said]
        whole = [each for each in told if None not in each]
        if len(whole) < 2:
            return found
        sums = [{"persons": sum(each)} for each in zip(*whole, strict=True)]
        network = Attrition.of("", steps, sums)
        left_out = len(shown) - len(whole)
        return [replace(network, summed=len(whole), left_out=left_out), *found]

    @property
    def masked(self) -> int:
        """How many sites answered under the threshold, and are not in the sum."""
        return sum(bool(each.shown and each.shown.masked) for each in self.sites)


def figures(request: CountRequest) -> Figures:
    """The figures of one asking. Three queries, whatever the number of sites."""
    counts = list(request.sites.select_related("establishment", "order"))
    unanswered = [each for each in counts if each.state != SiteCount.State.ANSWERED]
    last = {}
    if unanswered:
        last = {
            each.establishment_id: each
            for each in SiteCount.objects.filter(
                state=SiteCount.State.ANSWERED,
                digest=request.digest,
                request__by=request.by_id,
                establishment__in=[each.establishment_id for each in unanswered],
            )
            .order_by("establishment_id", "-answered_at", "-pk")
            .distinct("establishment_id")
        }
    return Figures(
        [Figure(each.establishment, each, last.get(each.establishment_id)) for each in counts]
    )
