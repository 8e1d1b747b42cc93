"""One item of a session: interests, findings, votes, the opinion."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from governance.domain import committees
from governance.domain.committees import SessionRefusal
from governance.pages.outcome import posted
from governance.process.refusals import BadDetails, Refusal
from projects.domain import opinions
from projects.forms.sessions import DeclarationForm, FindingForm, OpinionForm, VoteForm
from projects.process.refusals import FIELDS, refusal_words
from projects.queries.agenda import REFUSALS, Point, item_read_by
from projects.queries.overview import article_titles, ref_of
from projects.views.acts import attempted
from projects.views.steps import precedents_shown


@login_required
@require_GET
def item(request, pk, item):
    """The item as its reader knows it."""
    point = _point(request, pk, item)
    context = {
        "point": point,
        "session": point.session,
        "demand": point.item.case.request,
        "ref": ref_of(point.item.case.request),
        "declaration": DeclarationForm(
            initial={
                "ground": point.declared.ground if point.declared else None,
                "explanation": point.declared.explanation if point.declared else "",
            }
        ),
        "vote": VoteForm(initial={"choice": point.my_vote.choice if point.my_vote else None}),
    }
    live = request.headers.get("HX-Request") == "true"
    return render(request, "sessions/room.html" if live else "sessions/item.html", context)


@login_required
@require_POST
def declare(request, pk, item):
    """A member says what interest they have in the item."""
    point = _point(request, pk, item)
    form = DeclarationForm(request.POST)
    if not point.may_declare:
        raise Http404
    return _done(
        request,
        point,
        form,
        lambda: committees.declare_interest(
            point.item,
            point.hand.mandate,
            form.cleaned_data["ground"],
            explanation=form.cleaned_data["explanation"],
            at=timezone.now(),
        ),
        _("Votre déclaration est enregistrée."),
    )


@login_required
@require_POST
def vote(request, pk, item):
    """A member votes, or changes their vote."""
    point = _point(request, pk, item)
    form = VoteForm(request.POST)
    return _done(
        request,
        point,
        form,
        lambda: committees.vote(
            point.item, point.hand.mandate, form.cleaned_data["choice"], at=timezone.now()
        ),
        _("Votre bulletin est déposé.") if point.secret else _("Votre vote est enregistré."),
    )


@login_required
@require_POST
def close_vote(request, pk, item):
    """The chair, or the secretary, closes the vote."""
    point = _point(request, pk, item)
    if not point.leads:
        raise Http404
    return _done(
        request,
        point,
        None,
        lambda: committees.close_vote(point.item, by=request.user, at=timezone.now()),
        _("Le vote est clos."),
    )


@login_required
@require_POST
def secret(request, pk, item):
    """The chair, or the secretary, has the vote on this item secret, or not."""
    point = _point(request, pk, item)
    if not point.leads:
        raise Http404
    wanted = request.POST.get("act") == "secret"
    return _done(
        request,
        point,
        None,
        lambda: committees.make_secret(
            point.item, secret=wanted, by=request.user, at=timezone.now()
        ),
        _("Le vote sera secret.") if wanted else _("Le vote sera à main levée."),
    )


@login_required
def finding(request, pk, item, clause):
    """The rapporteur, or a member, writes a finding with its reasons."""
    point = _point(request, pk, item)
    found = next((f for f in point.findings() if f["code"] == clause), None)
    if found is None or not point.may_find:
        raise Http404
    grid = found["grid"]
    initial = {"clause": clause}
    initial |= {"finding": grid.finding, "reasons": grid.reasons} if grid else {}
    form = FindingForm(posted(request), initial=initial)
    if form.is_valid():
        return _done(
            request,
            point,
            form,
            lambda: committees.record_finding(
                point.item,
                clause,
                form.cleaned_data["finding"],
                form.cleaned_data["reasons"],
                by=request.user,
                at=timezone.now(),
            ),
            _("Le constat est enregistré."),
        )
    context = {"form": form, "point": point, "session": point.session, "found": found}
    return render(request, "sessions/finding.html", context)


@login_required
@require_POST
def alone(request, pk, item):
    """The chair takes the voie rapide for the item, or gives it back to the session."""
    point = _point(request, pk, item)
    if not point.may_sign:
        raise Http404
    delegated = request.POST.get("act") == "take"
    return _done(
        request,
        point,
        None,
        lambda: committees.mark_delegated(
            point.item, delegated=delegated, by=request.user, at=timezone.now()
        ),
    )


@login_required
def opinion(request, pk, item):
    """The chair signs the opinion that the votes give; it is sent at once."""
    point = _point(request, pk, item)
    if not point.may_sign or not point.outcomes:
        raise Http404
    demand, now = point.item.case.request, timezone.now()
    more = "more" in request.POST
    form = OpinionForm(
        None if more else posted(request),
        outcomes=point.outcomes,
        titles=article_titles(point.item.case, now),
        members=[(m.pk, str(m)) for m in committees.people_who_voted(point.item)],
        initial={"outcome": point.outcomes[0]} | (sent(request) if more else {}),
    )
    context = {}
    if form.is_valid() and _signed(form, point, request.user, now, context):
        messages.success(request, _("L'avis est rendu et envoyé."))
        return redirect("projects:item", pk, item)
    context |= {"form": form, "point": point, "session": point.session, "demand": demand}
    return render(request, "sessions/opinion.html", context)


def _beside(form, name: str) -> str | None:
    """The field beside which a refusal is said."""
    name = {"reservations": "reservation_1"}.get(name, name)
    return name if name in form.fields else None


def sent(request) -> dict:
    """What was written so far, when one more row was asked for: nothing of it is judged yet."""
    return {
        name: values if name == "articles" else values[-1] for name, values in request.POST.lists()
    }


def _signed(form, point, by, at, context) -> bool:
    said = form.cleaned_data
    try:
        opinions.sign(
            point.item,
            said["outcome"],
            reservations=form.reservations(),
            reason=said.get("reason", ""),
            articles=tuple(said.get("articles", ())),
            difference=said.get("difference", ""),
            by=by,
            at=at,
        )
    except BadDetails as refusal:
        for name, errors in refusal.errors.items():
            form.add_error(_beside(form, name), errors)
        return False
    except Refusal as refusal:
        context["precedents"] = precedents_shown(refusal, form)
        field = FIELDS.get(refusal.code)
        words = refusal_words(refusal, point.item.case.request)
        form.add_error(field if field in form.fields else None, words)
        return False
    return True


def _point(request, pk, item) -> Point:
    now = timezone.now()
    found = item_read_by(request.user, pk, item, now)
    if found is None:
        raise Http404
    return Point(found, request.user, now)


def _done(request, point, form, act, said=""):
    """Do it, say it by `said` and go back to the item; say why when it is refused."""
    if form is not None and not form.is_valid():
        messages.error(request, _("Choisissez une réponse."))
    else:
        attempted(request, act, said, refused=SessionRefusal, words=REFUSALS)
    return redirect("projects:item", point.session.pk, point.item.pk)
