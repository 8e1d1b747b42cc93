"""The catalogue for everyone: which hospital holds which data, since when, how much. A program that
asks for RDF gets it at the address of the page (``catalog.exchange``)."""

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe
from django.views.decorators.vary import vary_on_headers

from catalog.exchange import code_lists, formats
from catalog.forms import CatalogueFilter
from catalog.models import Dataset, Variable
from catalog.queries import codes, datasets, fill_rates, matrix, variables, variables_of
from catalog.queries.findings import confirmed_of
from catalog.queries.harvests import elsewhere, neighbours
from catalog.queries.label import label_of
from catalog.queries.quality import summary_of_data
from catalog.search import best_first, read, without
from catalog.uses import uses_of
from catalog.words import fold
from governance.pages.public_page import public_page

A_PAGE = 25
CODES = 20
"""Codes shown for a search."""
ELSEWHERE = 10
"""Datasets of other nodes shown for a search."""


@require_safe
@public_page
@vary_on_headers("Accept")
def index(request):
    """The matrix of what each hospital holds; or what answers a search."""
    if format := formats.asked(request):
        return _linked_catalogue(format)
    form = CatalogueFilter(request.GET)
    asked = form.asked()
    if not any(asked.values()):
        categories, rows = matrix()
        return render(
            request,
            "catalog/index.html",
            {
                "form": form,
                "categories": categories,
                "rows": rows,
                "formats": formats.FORMATS,
                "neighbours": neighbours(),
            },
        )
    words = asked["text"] = read(asked["text"])
    found = best_first(variables(**asked), words)
    # Those of other nodes are neither of a hospital of ours nor of our categories.
    others = [] if asked["establishment"] or asked["category"] else elsewhere(words)[:ELSEWHERE]
    found_codes = codes(words, limit=CODES)
    context = {
        "form": form,
        "asked": words,
        "datasets": datasets(**asked),
        "page_obj": Paginator(found, A_PAGE).get_page(request.GET.get("page")),
        "codes": found_codes,
        "others": list(others),
        "code_lists": dict.fromkeys(each.code_list for each in found_codes if each.code_list),
        "one_by_one": without(words),
    }
    return render(request, "catalog/search.html", context)


@require_safe
@public_page
@vary_on_headers("Accept")
def dataset(request, slug):
    """What one hospital holds in one category."""
    found = get_object_or_404(Dataset.objects.shown(), pk=slug)
    if format := formats.asked(request):
        return _linked_dataset(found, format)
    held = variables_of(found)
    quality = summary_of_data(found.establishment_id, {each.table for each in held})
    context = {
        "dataset": found,
        "quality": quality,
        "variables": sorted(held, key=lambda each: fold(each.label)),
        "terminologies": sorted({each.terminology for each in held if each.terminology}),
        "uses": uses_of(found),
        "label": label_of(found, held, quality, at=timezone.now()),
        "anomalies": confirmed_of(found),
        "current": found.is_current(timezone.localdate()),
        "formats": formats.FORMATS,
        "european": code_lists.categories_of(found.category_id),
    }
    return render(request, "catalog/dataset.html", context)


@require_safe
@public_page
def index_in(request, ending):
    """The catalogue in one of the forms of RDF."""
    return _linked_catalogue(_format(ending))


@require_safe
@public_page
def dataset_in(request, slug, ending):
    """One dataset in one of the forms of RDF."""
    return _linked_dataset(get_object_or_404(Dataset.objects.shown(), pk=slug), _format(ending))


@require_GET
@public_page
def variable(request, code):
    """One variable, and how each hospital fills it."""
    if "\0" in code:
        raise Http404
    found = get_object_or_404(Variable.objects.select_related("category"), pk=code)
    context = {"variable": found, "rates": fill_rates(found)}
    return render(request, "catalog/variable.html", context)


def _format(ending: str) -> formats.Format:
    if found := formats.named(ending):
        return found
    raise Http404


def _linked_catalogue(format: formats.Format) -> HttpResponse:
    from catalog.exchange import describe  # it loads rdflib, which pages do without

    graph = describe.catalogue_document(Dataset.objects.shown())
    return HttpResponse(describe.written(graph, format), format.content_type)


def _linked_dataset(dataset: Dataset, format: formats.Format) -> HttpResponse:
    from catalog.exchange import describe  # it loads rdflib, which pages do without

    graph = describe.dataset_document(dataset, variables_of(dataset))
    return HttpResponse(describe.written(graph, format), format.content_type)
