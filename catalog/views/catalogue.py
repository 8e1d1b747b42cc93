"""The catalogue for everyone: which hospital holds which data, since when, how much."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from catalog.forms import CatalogueFilter
from catalog.models import Dataset, Variable
from catalog.queries import datasets, fill_rates, matrix, variables, variables_of
from catalog.queries_findings import confirmed_of
from governance.public_page import public_page

A_PAGE = 50


@require_GET
@public_page
def index(request):
    """The matrix of what each hospital holds; or what answers a search."""
    form = CatalogueFilter(request.GET)
    asked = form.asked()
    if not any(asked.values()):
        categories, rows = matrix()
        return render(
            request,
            "catalog/index.html",
            {"form": form, "categories": categories, "rows": rows},
        )
    page = Paginator(variables(**asked), A_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "datasets": datasets(**asked), "page_obj": page}
    return render(request, "catalog/search.html", context)


@require_GET
@public_page
def dataset(request, slug):
    """What one hospital holds in one category."""
    found = get_object_or_404(Dataset.objects.listed().filter(establishment__active=True), pk=slug)
    context = {
        "dataset": found,
        "variables": variables_of(found),
        "anomalies": confirmed_of(found),
        "current": found.is_current(timezone.localdate()),
    }
    return render(request, "catalog/dataset.html", context)


@require_GET
@public_page
def variable(request, code):
    """One variable, and how each hospital fills it."""
    if "\0" in code:
        raise Http404
    found = get_object_or_404(Variable.objects.select_related("category"), pk=code)
    context = {"variable": found, "rates": fill_rates(found)}
    return render(request, "catalog/variable.html", context)
