"""Counting patients: a person's cohorts, how one is built, and each hospital's figure as it comes.

A cohort is its owner's; anybody else's does not exist.
"""

import json

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.cohort_words import read
from catalog.domain.cohorts import archive_cohort, read_definition, save_cohort
from catalog.domain.counts import COHORTS_A_DAY, BudgetSpent, NoSite, ask_counts, left_today
from catalog.domain.keys import KeyUnavailable
from catalog.forms.cohort import KINDS, changed, opened
from catalog.models import SavedCohort
from catalog.queries import cohorts_of, figures, last_count
from governance.models import Establishment
from governance.pages.signed_in import forget, kept, signed_in

STORING = ("count", "keep")
"""The buttons that write; the others only change what is on the page."""


@login_required
@require_GET
def mine(request):
    """The person's cohorts, newest first."""
    context = {"cohorts": cohorts_of(request.user), **_budget(request.user)}
    return render(request, "catalog/counts.html", context)


@signed_in
def new(request):
    """Build a cohort."""
    return _build(request, None)


@signed_in
def edit(request, ref):
    """Change a cohort: its next version."""
    return _build(request, _own(request.user, ref))


def _build(request, cohort):
    before = kept(request) if request.method != "POST" else None
    typed = request.POST or before
    if request.method == "POST":
        forget(request)
        built = changed(request.POST)
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
    cohort = _own(request.user, ref)
    return render(request, "catalog/count.html", _shown(cohort) | _budget(request.user))


@login_required
@require_GET
def figures_shown(request, ref):
    """The figures alone, for the page that waits for them."""
    return render(request, "catalog/count_figures.html", _shown(_own(request.user, ref)))


def _shown(cohort) -> dict:
    version, asked = cohort.versions.first(), last_count(cohort)
    return {
        "cohort": cohort,
        "version": version,
        "definition": json.dumps(version.definition, ensure_ascii=False, indent=1),
        "read": read(read_definition(version.definition)),
        "asked": asked,
        "outdated": asked is not None and asked.version_id != version.pk,
        "figures": figures(asked) if asked else None,
    }


@login_required
@require_POST
def again(request, ref):
    """Ask the hospitals again, the same ones or all of them."""
    cohort = _own(request.user, ref)
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


def _everywhere() -> list[str]:
    return list(Establishment.objects.active().values_list("pk", flat=True))


def _own(person, ref) -> SavedCohort:
    return get_object_or_404(SavedCohort, pk=ref, owner=person)


def _budget(person) -> dict:
    return {"left": left_today(person, at=timezone.now()), "a_day": COHORTS_A_DAY}
