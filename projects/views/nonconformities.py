"""Non-conformities, for the staff who read the requests: what no longer holds, who mends it."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from projects.forms.nonconformities import NonConformitiesFilter
from projects.queries.desk import desk_of
from projects.queries.nonconformities import listed, rows_of
from projects.views.paging import MOST, CappedPaginator

A_PAGE = 20


@login_required
@require_GET
def index(request):
    """Those of the requests that the person reads: filtered, a page at a time."""
    now = timezone.now()
    if not desk_of(request.user, now).grants:
        raise Http404
    form = NonConformitiesFilter(request.GET or None)
    found = listed(request.user, form.chosen(), now)
    page = CappedPaginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page_obj": page, "rows": rows_of(page), "most": MOST, "now": now}
    return render(request, "projects/nonconformities.html", context)
