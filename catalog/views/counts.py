"""Counting patients: a person's cohorts, how one is built, and each hospital's figure as it comes.

A cohort is its owner's, and that of the team it is shared with; anybody else's does not exist.
"""

import json

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.cohort import CohortError, to_circe
from catalog.cohort_words import in_words, read_back, steps_in_words
from catalog.domain.cohorts import (
    archive_cohort,
    cohorts_read_by,
    is_as_it_is,
    read_definition,
    save_cohort,
    share_cohort,
)
from catalog.domain.counts import COHORTS_A_DAY, BudgetSpent, NoSite, ask_counts, left_today
from catalog.domain.keys import KeyUnavailable
from catalog.forms.cohort import KINDS, changed, opened
from catalog.models import SavedCohort
from catalog.queries import cohorts_of, counts_by_version, figures, last_count
from governance.models import Establishment
from governance.pages.signed_in import forget, kept, signed_in

STORING = ("count", "keep")
"""The buttons that write; the others only change what is on the page."""


@login_required
@require_GET
def mine(request):
    """The person's cohorts, newest first."""
    context = {"cohorts": cohorts_of(request.user, at=timezone.now()), **_budget(request.user)}
    return render(request, "catalog/counts.html", context)


@signed_in
def new(request):
    """Build a cohort."""
    return _build(request, None)


@signed_in
def edit(request, ref):
    """Change a cohort: its next version."""
    return _build(request, _read(request.user, ref))


def _build(request, cohort):
    before = kept(request) if request.method != "POST" else None
    typed = request.POST or before
    if request.method == "POST":
        forget(request)
        built = changed(request.POST, request.FILES)
        if request.POST.get("do") in STORING and not built.problems:
            definition = built.definition()
            if definition is not None:
                return _store(request, cohort, definition, built.form.cleaned_data["title"])
    elif before:
        built = changed(before)
    else:
        last = cohort.versions.first() if cohort else None
        built = opened(last.definition if last else {}, cohort.title if cohort else "")
    places = list(Establishment.objects.active())
    context = {
        "built": built,
        "cohort": cohort,
        "kinds": KINDS,
        "places": places,
        "kept": before is not None,
        "asked": (typed.getlist("sites") if typed else []) or [place.pk for place in places],
        **_budget(request.user),
    }
    return render(request, "catalog/count_form.html", context)


def _store(request, cohort, definition, title):
    """Keep the cohort, and ask the hospitals when that was the button."""
    at = timezone.now()
    version = save_cohort(definition, title=title, by=request.user, at=at, cohort=cohort)
    if request.POST["do"] == "count":
        _ask(request, version, request.POST.getlist("sites"), at)
    return redirect("catalog:count", ref=version.cohort_id)


def _ask(request, version, sites, at) -> None:
    try:
        ask_counts(version.definition, sites, by=request.user, at=at, version=version)
    except BudgetSpent:
        messages.error(
            request,
            _(
                "La cohorte est gardée. Vous avez déjà compté %(n)d cohortes différentes "
                "aujourd’hui : comptez celle-ci demain."
            )
            % {"n": COHORTS_A_DAY},
        )
    except NoSite:
        messages.error(request, _("La cohorte est gardée. Choisissez un hôpital au moins."))
    except KeyUnavailable:
        messages.error(
            request, _("La cohorte est gardée. Les hôpitaux ne peuvent pas être interrogés.")
        )


@login_required
@require_GET
def count(request, ref):
    """A cohort read back, and what each hospital answered."""
    cohort = _read(request.user, ref)
    versions = cohort.versions.select_related("by")
    context = _shown(cohort) | _budget(request.user) | {"versions": versions}
    return render(request, "catalog/count.html", context)


@login_required
@require_GET
def figures_shown(request, ref):
    """The figures alone, for the page that waits for them."""
    return render(request, "catalog/count_figures.html", _shown(_read(request.user, ref)))


def _shown(cohort) -> dict:
    version, asked = cohort.versions.first(), last_count(cohort)
    found = figures(asked) if asked else None
    steps = steps_in_words(asked.definition) if asked else []
    return {
        "cohort": cohort,
        "version": version,
        "definition": json.dumps(version.definition, ensure_ascii=False, indent=1),
        "read": read_back(version.definition),
        "as_it_is": is_as_it_is(version.definition),
        "asked": asked,
        "outdated": asked is not None and asked.version_id != version.pk,
        "figures": found,
        "attrition": found.attrition(steps) if len(steps) > 1 else [],
    }


@login_required
@require_POST
def again(request, ref):
    """Ask the hospitals again, the same ones or all of them."""
    cohort = _read(request.user, ref)
    last = last_count(cohort)
    asked = last.sites if last else None
    sites = list(asked.values_list("establishment", flat=True)) if asked else _everywhere()
    _ask(request, cohort.versions.first(), sites, timezone.now())
    return redirect("catalog:count", ref=cohort.pk)


@login_required
@require_POST
def archive(request, ref):
    """Take a cohort out of the list; its counts stay."""
    archive_cohort(_own(request.user, ref), by=request.user, at=timezone.now())
    messages.success(request, _("Le comptage est retiré de votre liste."))
    return redirect("catalog:counts")


@login_required
@require_GET
def compare(request, ref):
    """Two versions of a cohort side by side: what differs in words, and each hospital's figures."""
    cohort = _read(request.user, ref)
    versions = list(cohort.versions.all())
    if len(versions) < 2:
        raise Http404
    by_number = {str(each.number): each for each in versions}
    new = by_number.get(request.GET.get("avec", ""), versions[0])
    old = by_number.get(request.GET.get("version", ""), versions[1])
    words = [in_words(each.definition) for each in (old, new)]
    counts = counts_by_version([old, new])
    places = Establishment.objects.filter(
        pk__in={place.pk for each in counts.values() for place in each}
    )
    context = {
        "cohort": cohort,
        "versions": versions,
        "old": old,
        "new": new,
        "gone": [each for each in words[0] if each not in words[1]],
        "come": [each for each in words[1] if each not in words[0]],
        "same": [each for each in words[1] if each in words[0]],
        "figures": [(p, counts[old.pk].get(p), counts[new.pk].get(p)) for p in places],
    }
    return render(request, "catalog/count_compare.html", context)


@login_required
@require_GET
def circe(request, ref):
    """The last version as a definition of OHDSI, as it came when it came so; what it cannot say is
    said, and nothing given."""
    cohort = _read(request.user, ref)
    definition = cohort.versions.first().definition
    try:
        kept = is_as_it_is(definition)
        found = definition if kept else to_circe.write(read_definition(definition))
    except CohortError as error:
        for problem in error.problems:
            messages.error(request, problem.sentence(get_language() or "fr"))
        return redirect("catalog:count", ref=cohort.pk)
    response = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="{cohort.pk}-circe.json"'
    return response


@login_required
@require_POST
def unshare(request, ref):
    """Keep a cohort to oneself again."""
    share_cohort(_own(request.user, ref), None, by=request.user, at=timezone.now())
    messages.success(request, _("Le comptage n’est plus partagé."))
    return redirect("catalog:count", ref=ref)


def _everywhere() -> list[str]:
    return list(Establishment.objects.active().values_list("pk", flat=True))


def _own(person, ref) -> SavedCohort:
    return get_object_or_404(SavedCohort, pk=ref, owner=person)


def _read(person, ref) -> SavedCohort:
    found = cohorts_read_by(person, at=timezone.now()).select_related("owner", "case")
    return get_object_or_404(found, pk=ref)


def _budget(person) -> dict:
    return {"left": left_today(person, at=timezone.now()), "a_day": COHORTS_A_DAY}
