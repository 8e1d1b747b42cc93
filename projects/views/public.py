"""The public register: its list, a project, the decisions taken."""

import re

from django.core.paginator import Paginator
from django.http import Http404, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from governance.charters import load_charters, versions_in_force
from governance.charters.facts import today
from governance.pages.public_page import public_page
from projects.forms.public import RegisterFilter
from projects.queries import register
from projects.queries.search import Gathered
from projects.views.paging import MOST

A_PAGE = 20
LEAF = re.compile(r"[0-9]{1,18}", re.ASCII)


@require_GET
@public_page
def projects(request):
    """The projects, searched in French and filtered."""
    form = RegisterFilter(request.GET)
    found = register.projects(**form.asked())
    # A common word is not counted to its end; all that is public is, off its index.
    listed = Gathered(found, most=MOST) if form.asked()["words"] else found
    page = Paginator(listed, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page_obj": page,
        "lines": [register.line(each, at=timezone.now()) for each in page],
        "filtered": any(form.asked().values()),
        "most": MOST,
    }
    return render(request, "public/projects.html", context)


@require_GET
@public_page
def titles(request):
    """The titles of the projects one may object to, by number. The page of objections reads them
    all, so that nobody learns which one is meant."""
    return JsonResponse(register.titles())


@require_GET
@public_page
def project(request, number):
    """One project: why, whose data, under which rules, its story, its results, how to object."""
    found = register.project(number, at=timezone.now())
    if found is None:
        raise Http404
    return render(request, "public/project.html", {"project": found})


def article_asked(code: str):
    """The article of that code in force today, after its charter; 404 when there is none."""
    if not code:
        return None, None
    for charter in load_charters(versions_in_force(today(timezone.now()))):
        for article in charter.articles:
            if article.code == code:
                return charter, article
    raise Http404(code)


@require_GET
@public_page
def decisions(request):
    """The decisions of public projects, each with the articles it rests on, newest first; or those
    that cite one article."""
    charter, article = article_asked(request.GET.get("article", ""))
    asked = request.GET.get("avant", "")
    before = int(asked) if LEAF.fullmatch(asked) else None
    found = register.public_decisions(
        before=before, number=A_PAGE + 1, article=article.code if article else ""
    )
    shown = found[:A_PAGE]
    context = {
        "decisions": register.told(shown),
        "first": before is None,
        "charter": charter,
        "article": article,
        "older": shown[-1].attestation.leaf_index if len(found) > A_PAGE else None,
    }
    return render(request, "public/decisions.html", context)
