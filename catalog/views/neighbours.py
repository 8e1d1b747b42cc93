"""What the catalogues of other nodes hold, for everyone: apart from ours, never asked for here."""

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from catalog.forms.harvests import NeighbourFilter
from catalog.models import HarvestedDataset
from catalog.queries.harvests import categories_of, day_said, elsewhere, neighbours
from catalog.search import read
from governance.pages.public_page import public_page

A_PAGE = 25


@require_GET
@public_page
def index(request):
    """The datasets of other nodes, found by words."""
    sources = list(neighbours())
    form = NeighbourFilter(request.GET, sources=sources)
    form.is_valid()
    said = form.cleaned_data
    asked = read(said.get("q", "").replace("\0", "").strip())
    found = elsewhere(asked, source=said.get("reseau"))
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "asked": asked, "sources": sources, "page_obj": page}
    return render(request, "catalog/neighbours.html", context)


@require_GET
@public_page
def dataset(request, slug):
    """One of them, or that it is no longer there (410)."""
    known = HarvestedDataset.objects.select_related("source", "harvest")
    found = get_object_or_404(known, pk=slug)
    if found.removed_at is not None:
        return render(request, "catalog/neighbour_gone.html", {"dataset": found}, status=410)
    context = {
        "dataset": found,
        "categories": categories_of(found.categories),
        "modified": day_said(found.modified),
    }
    return render(request, "catalog/neighbour.html", context)
