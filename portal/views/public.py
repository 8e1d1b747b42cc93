"""Pages for everyone that need no request: home, rights, how to apply, hospitals, footer."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from catalog.domain.findings import delay_at
from catalog.queries import datasets
from catalog.queries.findings import answers_of
from catalog.queries.objections import measured
from governance.models import Establishment, Incident
from governance.pages.public_page import public_page
from governance.queries.incidents import clocks, with_all
from portal import papers as documents
from portal.eligibility import EligibilityForm, answer
from portal.figures.network import FIRST_CALL, NETWORK_2019
from portal.site_search import find
from portal.words import glossary as words

DAY = 86_400
INCIDENTS = 200
"""Incidents listed on their page."""


def fixed_page(template: str):
    """A view that shows a template that depends on nothing but its language."""

    @require_GET
    @public_page(seconds=3600)
    def view(request):
        return render(request, template)

    return view


rights = fixed_page("public/rights.html")
money = fixed_page("public/money.html")
apply = fixed_page("public/apply.html")
accessibility = fixed_page("public/accessibility.html")
legal = fixed_page("public/legal.html")
privacy = fixed_page("public/privacy.html")
easy = fixed_page("public/easy.html")
open_data = fixed_page("public/open_data.html")


@require_GET
@public_page
def home(request):
    """Search, what the portal does in one sentence, dated figures, three doors."""
    return render(request, "public/home.html", {"figures": NETWORK_2019})


@require_GET
@public_page
def figures(request):
    """The declared figures of the network, with their date."""
    context = {
        "figures": NETWORK_2019,
        "call": FIRST_CALL,
        "establishments": Establishment.objects.active().count(),
    }
    return render(request, "public/figures.html", context)


@require_GET
@public_page
def incidents(request):
    """The incidents that were published, the last found first."""
    found = with_all(Incident.objects.published())[:INCIDENTS]
    return render(request, "public/incidents.html", {"incidents": found})


@require_GET
@public_page
def incident(request, number):
    """One published incident: what happened, whom it concerns, what each hospital did."""
    found = get_object_or_404(with_all(Incident.objects.published()), number=number)
    context = {"incident": found, "clocks": clocks(found, timezone.now())}
    return render(request, "public/incident.html", context)


@require_GET
@public_page
def search(request):
    """What matches the words asked, among pages, hospitals, articles, steps and terms."""
    asked = request.GET.get("q", "").replace("\x00", "")[:200].strip()
    results = find(asked, get_language(), Establishment.objects.active()) if asked else []
    return render(request, "public/search.html", {"asked": asked, "results": results})


@require_GET
@public_page
def contact(request):
    """Whom to write to or call."""
    context = {"establishments": Establishment.objects.active()}
    return render(request, "public/contact.html", context)


@require_GET
@public_page
def objection(request):
    """Each hospital's ways to object, and how long an answer takes in fact."""
    context = {
        "establishments": Establishment.objects.active(),
        "measured": measured(at=timezone.now()),
    }
    return render(request, "public/objection.html", context)


@require_GET
@public_page
def objection_form(request, slug):
    """A letter of objection to print, sign and send to one hospital."""
    hospital = get_object_or_404(Establishment.objects.active(), slug=slug)
    return render(request, "public/objection_form.html", {"establishment": hospital})


@require_GET
@public_page
def can_i(request):
    """Three questions, an answer, and what to do next."""
    form = EligibilityForm(request.GET or None)
    context = {"form": form}
    if form.is_bound and form.is_valid():
        context["answer"] = answer(form.cleaned_data)
    return render(request, "public/can_i.html", context)


@require_GET
@public_page(seconds=DAY)
def papers(request):
    """The papers that a request asks for: templates and complete examples."""
    return render(request, "public/papers.html", {"papers": documents.PAPERS})


def _paper(code, kind):
    try:
        return documents.read_paper(code, kind)
    except documents.NoSuchPaper as missing:
        raise Http404 from missing


@require_GET
@public_page(seconds=DAY)
def paper(request, code, kind):
    """One paper, to read here."""
    return render(request, "public/paper.html", {"paper": _paper(code, kind)})


@require_GET
@public_page(seconds=DAY)
def paper_file(request, code, kind):
    """One paper, to download and fill."""
    found = _paper(code, kind)
    response = HttpResponse(documents.as_docx(found), content_type=documents.DOCX)
    response["Content-Disposition"] = f'attachment; filename="{code}-{kind}.docx"'
    return response


@require_GET
@public_page
def establishments(request):
    """The hospitals of the network."""
    context = {"establishments": Establishment.objects.active()}
    return render(request, "public/establishments.html", context)


@require_GET
@public_page
def establishment(request, slug):
    """One hospital: its data centre, its contacts, its warehouse's legal basis and notice, how it
    answers what users find wrong in its data."""
    hospitals = Establishment.objects.active().select_related("warehouse")
    hospital = get_object_or_404(hospitals, slug=slug)
    context = {
        "establishment": hospital,
        "standing": getattr(hospital, "warehouse", None),
        "datasets": datasets(establishment=slug),
        "answers": answers_of(hospital.pk, at=timezone.now()),
        "days": delay_at(hospital.pk, timezone.now()).number,
    }
    return render(request, "public/establishment.html", context)


@require_GET
@public_page(seconds=DAY)
def glossary(request):
    """The words used here and what they mean."""
    return render(request, "public/glossary.html", {"terms": words.terms(get_language())})
