"""The rules, drawn from what executes them: the process's table and the charters' files."""

from django.core.cache import cache
from django.db.models import Max
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.views.decorators.http import require_GET

from governance.charters import (
    guards_of,
    load_charters,
    versions_in_force,
)
from governance.disclosure import LEAST as DISCLOSED
from governance.models.decision import Attestation
from governance.pages.public_page import public_page
from governance.process.amendments import AMENDMENT
from governance.process.measured import LEAST, UNKNOWN
from governance.process.proofs import CLAIMS
from governance.process.proofs.recorded import recorded
from governance.process.table import REQUEST
from governance.queries import nights
from portal.figures.kept import KEPT_SECONDS, delays_measured
from portal.figures.process_diagram import diagram
from portal.templatetags.guichet import parameter_words, say
from portal.words import judged as judged_words
from portal.words import process as process_words
from portal.words.charters import versions_shown
from portal.words.proofs import claims_told
from projects.queries import register
from projects.queries.alike import Blocked, blocked, cut_off
from projects.queries.bodies import compositions

PRECEDENTS = 5
"""Decisions that the page of an article shows; the others are one click away."""

EQUAL = "P-04"
"""The article of equal treatment: its page lists what departs from it."""

DEPARTURES = 20
"""Decisions that depart from alike cases that its page lists: the last ones."""

SEEN_AT = {"C-10": ("public:incidents", gettext_lazy("Les incidents publiés"))}
"""Where what an article looks at is published, by its code: a page and its name."""


def _in_force():
    """The version of each charter in force today, by the charter's code."""
    today = timezone.localdate()
    return {charter.code: charter for charter in load_charters(versions_in_force(today))}


def _charter(code):
    found = _in_force().get(code)
    if found is None:
        raise Http404
    return found


@require_GET
@public_page(seconds=3600)
def index(request):
    """The door to the rules."""
    return render(request, "public/rules.html")


@require_GET
@public_page(seconds=3600)
def committee(request):
    """What the scientific and ethics committee is, who sits by seat, and how it decides."""
    context = {"compositions": compositions(timezone.now())}
    return render(request, "public/committee.html", context)


@require_GET
@public_page(seconds=3600)
def charters(request):
    """The three charters and their articles."""
    return render(request, "public/charters.html", {"charters": _in_force().values()})


@require_GET
@public_page(seconds=3600)
def charter(request, code):
    """One charter, whole, as people sign it."""
    return render(request, "public/charter.html", {"charter": _charter(code)})


@require_GET
@public_page(seconds=3600)
def charter_versions(request, code):
    """The versions of a charter, the last one first: since when, by which vote, what changed."""
    _charter(code)
    context = {"charter": code, "versions": versions_shown(code, timezone.localdate())}
    return render(request, "public/charter_versions.html", context)


def _blocked():
    """How often each article blocked: kept until the next decision, so that it never says otherwise
    than the list of decisions under it."""
    last = Attestation.objects.aggregate(leaf=Max("leaf_index"))["leaf"]
    return cache.get_or_set(
        f"articles-blocked:{last}", lambda: blocked(REQUEST, at=timezone.now()), KEPT_SECONDS
    )


def _cut_off(article):
    """How often it cut an access while data were in use; None for one that is not judged then."""
    if not any(clause.continuous for clause in article.clauses):
        return None
    found = cache.get_or_set("articles-cut-off", lambda: cut_off(at=timezone.now()), KEPT_SECONDS)
    return found.get(article.code, Blocked(0, 0))


def _departures():
    """The last published decisions that depart from alike cases, each with what differs there."""
    return register.told(register.public_decisions(number=DEPARTURES, departing=True))


@require_GET
@public_page(seconds=3600)
def article(request, code, article):
    """One article: its text, what it looks at, the steps it guards, its sources, how often it
    blocked, the last published decisions that rest on it."""
    found = _charter(code)
    try:
        shown = found.article(article)
    except KeyError as missing:
        raise Http404 from missing
    codes = dict.fromkeys(step for clause in shown.clauses for step in clause.steps)
    steps = [process_words.step_words(step) for step in codes if REQUEST.step(step)]
    of_amendments = [AMENDMENT.step(step) for step in codes if not REQUEST.step(step)]
    parameters = [
        (say(each.label), parameter_words(each))
        for clause in shown.clauses
        for each in clause.parameters.values()
    ]
    found_by_night = nights.of_article(shown, timezone.now())
    context = {
        "charter": found,
        "article": shown,
        "steps": steps,
        "of_amendments": [step.label.say(get_language()) for step in of_amendments],
        "parameters": list(dict.fromkeys(parameters)),
        "judges": judged_words.judges(shown),
        "whole": judged_words.answers(found_by_night.whole),
        "night": found_by_night,
        "departures": _departures() if shown.code == EQUAL else None,
        "deadline": any(clause.kind == "deadline" for clause in shown.clauses),
        "seen_at": SEEN_AT.get(shown.code),
        "blocked": _blocked().get(shown.code),
        "cut_off": _cut_off(shown),
        "least": DISCLOSED,
        "precedents": register.told(
            register.public_decisions(number=PRECEDENTS, article=shown.code)
        ),
    }
    return render(request, "public/article.html", context)


@require_GET
@public_page(seconds=3600)
def process(request):
    """The life of a request, drawn from the table that executes it."""
    language = get_language()
    drawn = diagram(language, delays_measured())
    context = {"diagram": drawn, "states": drawn.rows, "families": claims_told(language)}
    return render(request, "public/process.html", context)


@require_GET
@public_page(seconds=3600)
def proofs(request):
    """What is proved of every request, whatever anybody does: each claim in a sentence, how it is
    proved, what it rests on.

    No version of the portal goes out unless all of them hold (``manage.py process``).
    """
    context = {
        "families": claims_told(get_language()),
        "total": len(CLAIMS),
        "found": recorded(),
    }
    return render(request, "public/proofs.html", context)


@require_GET
@public_page(seconds=3600)
def delays(request):
    """What is promised for each moment of a request, beside what is measured."""
    found = delays_measured()
    rows = [
        (promise, found.get(promise.clock, UNKNOWN))
        for promise in process_words.promises(get_language())
    ]
    return render(request, "public/delays.html", {"rows": rows, "least": LEAST})


@require_GET
@public_page(seconds=3600)
def step(request, code):
    """One step: who takes it, from where to where, how long, which articles guard it."""
    found = REQUEST.step(code)
    if found is None:
        raise Http404
    charters, lasting = _in_force(), delays_measured()
    guards = [
        charters[clause.charter].article(clause.article)
        for clause in guards_of(code, charters.values())
    ]
    articles = list({article.code: article for article in guards}.values())
    context = {
        "step": process_words.step_words(code),
        "articles": articles,
        "measured": [
            (promise, lasting.get(promise.clock, UNKNOWN))
            for promise in process_words.promises(get_language())
            if promise.clock in process_words.clocks_of(found)
        ],
        "least": LEAST,
    }
    return render(request, "public/step.html", context)
