"""Taking a step: its page, made from the table, and what is said when it is refused."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from governance.domain.committees import item_before
from governance.process.outlook import OpenStep
from governance.process.refusals import BadDetails, DifferenceNeeded, Refusal, StaleCase
from governance.process.shape import HOLDER, ORIGIN
from governance.process.table import REQUEST
from projects.domain.steps import decided_since, take, taken_before
from projects.forms.difference import REQUEST_DIFFERS, ask_difference
from projects.forms.step import StepForm
from projects.forms.steps import form_class
from projects.process.refusals import FIELDS, NOT_PERMITTED, refusal_words
from projects.queries.appeals import contested_by
from projects.queries.brief import asked_of, brief_of
from projects.queries.deliveries import last_extraction
from projects.queries.history import title_of
from projects.queries.nonconformities import judged_with
from projects.queries.overview import Line, grouped, page_address, quality_words, track_name
from projects.queries.pieces import pieces_of
from projects.queries.register import told_precedents
from projects.queries.route import route_of
from projects.views.frame import frame_context, visible_request


@login_required
@require_GET
def next_step(request, ref):
    """Lead the reader to what is theirs to do on a request; to its page, when nothing is."""
    demand = visible_request(request, ref)
    action = frame_context(demand, request.user, timezone.now())["action"]
    here = page_address("request", ref)
    nothing = ("", page_address("exchanges", ref))
    return redirect(here if action.href in nothing else action.href)


@login_required
def step(request, ref, code, track=None):
    """The page of one step, for who may take it."""
    demand, rule = visible_request(request, ref), REQUEST.step(code)
    if rule is None:
        raise Http404(code)
    if taken_before(demand, key_of(request), request.user):
        return redirect("projects:request", ref)
    if code == "submit":
        return redirect("projects:check", ref)
    context = frame_context(demand, request.user, timezone.now(), own_action=True)
    found = found_step(context, code, track)
    if found is None or not found.allowed:
        return closed(request, context, rule, found)
    if code == "give_opinion" and (item := item_before(demand.case)) is not None:
        return redirect("projects:item", item.session_id, item.pk)
    form = form_of(request, context, found)
    decision = taken(request, context, found, form)
    if decision is not None:
        return after(request, decision)
    context |= step_context(request, context, found, form)
    return render(request, "projects/step.html", context)


def key_of(request) -> str:
    """The key that the page sent gave itself; nothing when it is not one of ours."""
    try:
        return f"page:{uuid.UUID(request.POST.get('key', ''))}"
    except ValueError:
        return ""


def read_of(request) -> int:
    """The revision that the page sent had read."""
    said = request.POST.get("read", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else -1


def found_step(context: dict, code: str, track: int | None) -> OpenStep | None:
    """The step as it stands open to the person; None when it is not open from here. An address
    that names no track is of the only one on which the step is open."""
    found = [s for s in context["open"] if s.step.code == code]
    if track is None and len(found) == 1:
        return found[0]
    return next((s for s in found if (s.track.pk if s.track else None) == track), None)


def closed(request, context: dict, rule, found: OpenStep | None):
    """A step that is not open, or not to this person: why, for those of its actors; else nothing
    is there."""
    reader = context["reader"]
    if reader.holder and HOLDER in rule.actors:
        concerned = True
    else:
        concerned = bool(reader.roles & set(rule.actors))
    if not concerned:
        raise Http404(rule.code)
    why = NOT_PERMITTED[found.why_not] if found else _("Cette étape n'est pas ouverte aujourd'hui.")
    label = rule.label.say(get_language() or "fr")
    return render(
        request,
        "projects/step_closed.html",
        context | {"title": label, "why": why, "own_action": False},
        status=200 if request.method == "GET" else 409,
    )


def form_of(request, context: dict, found: OpenStep) -> StepForm:
    """The form of the step, filled with what was sent."""
    made = {"demand": context["demand"], "found": found, "outlook": context["outlook"]}
    kind = form_class(found.step.code)
    if request.method != "POST":
        return kind(**made)
    if "more" in request.POST:
        sent = {
            name: values if name in ("library", "articles", "other_articles") else values[-1]
            for name, values in request.POST.lists()
        }
        return kind(initial=sent, **made)
    return kind(request.POST, **made)


def taken(request, context: dict, found: OpenStep, form: StepForm):
    """The decision, when the form was sent and the step taken; None otherwise, the form saying
    why."""
    if not form.is_bound or not form.is_valid():
        return None
    demand = context["demand"]
    try:
        return take(
            demand,
            found.step.code,
            by=request.user,
            at=timezone.now(),
            read=read_of(request),
            key=key_of(request) or f"page:{uuid.uuid4()}",
            track=found.track,
            **form.asked(),
        )
    except BadDetails as refusal:
        for name, errors in refusal.errors.items():
            form.add_error(name if name in form.fields else None, errors)
    except Refusal as refusal:
        context["precedents"] = precedents_shown(refusal, form)
        field = FIELDS.get(refusal.code)
        words = refusal_words(refusal, demand)
        form.add_error(field if field in form.fields else None, words)
        context["stale"] = isinstance(refusal, StaleCase)
    return None


def precedents_shown(refusal: Refusal, form, what=REQUEST_DIFFERS) -> list:
    """The decisions the other way, when the step waits for `what` differs; `form` then asks it."""
    if not isinstance(refusal, DifferenceNeeded):
        return []
    ask_difference(form, required=True, what=what)
    return told_precedents(refusal.precedents)


def after(request, decision):
    """Back to the request, with what was decided and the way to the next work."""
    demand = decision.case.request
    messages.success(request, _("C'est fait : %(what)s.") % {"what": title_of(decision)})
    address = page_address("request", decision.case.number or str(demand.pk))
    return redirect(f"{address}?suivant=1")


def step_context(request, context: dict, found: OpenStep, form: StepForm) -> dict:
    """What the page of a step shows beside the frame."""
    demand, rule, language = context["demand"], found.step, get_language() or "fr"
    since = decided_since(demand, read_of(request), found.track) if context.get("stale") else ()
    formality = found.track is not None and found.track.kind == "formality"
    groups = grouped(demand, context["reader"], found.obstacles)
    route = route_of(demand) if rule.track == "route" or formality else None
    if rule.code == "qualify" and not (route and route["opinion"].dpo_at):
        groups[1].lines.append(Line(_("Pas encore : l'avis écrit du DPO."), "U-07"))
    return {
        "form": form,
        "found": found,
        "title": rule.label.say(language),
        "subject": track_name(found.track) if found.track and found.track.key else "",
        "quality": quality_words(found.standing.acting_as),
        "follows": _follows(demand, found, language),
        "groups": groups,
        "hindered": any(group.lines for group in groups),
        "key": uuid.uuid4(),
        "read": demand.case.revision,
        "decided_since": [(title_of(d), d) for d in since],
        "danger": rule.negative or rule.code in DANGEROUS,
        "route": route,
        "asked": asked_of(demand, found.track) if rule.code == "state_feasibility" else None,
        "standing": last_extraction(found.track) if rule.code in DELIVERING else None,
        "pieces": pieces_of(found.track, demand) if formality else (),
        "contested": contested_by(demand, found.track, rule.code) if _judges(found) else None,
        "piece_track": found.track.pk if formality else None,
        "nonconformities": judged_with(demand) if rule.code in SUSPENDING else (),
    }


def _judges(found: OpenStep) -> bool:
    """Whether the step answers an appeal."""
    return found.track is not None and found.track.kind == "appeal"


DELIVERING = ("deliver", "report_undeliverable")
"""Steps that say what becomes of a site's extraction."""

SUSPENDING = ("block", "confirm_suspension", "resume", "revoke")
"""Steps that suspend a request, or judge its suspension."""

DANGEROUS = ("withdraw", "end_access", "continue_without")
"""Steps that are no refusal, and take something away for good."""


def _follows(demand, found: OpenStep, language: str) -> str:
    """The state the request comes to, when it is one whatever the answer."""
    targets = {a.target for a in found.answers}
    target = targets.pop() if len(targets) == 1 else None
    if target == ORIGIN:
        target = demand.case.origins[-1] if demand.case.origins else None
    return REQUEST.state(target).label.say(language) if target else ""


@login_required
def agreement(request, ref, slug):
    """The establishment's brief, on one screen, and its four answers."""
    demand, now = visible_request(request, ref), timezone.now()
    if taken_before(demand, key_of(request), request.user):
        return redirect("projects:request", ref)
    track = get_object_or_404(
        demand.case.tracks.select_related("establishment"), kind="site", key=slug
    )
    if demand.reader.on_team or not reads_site(demand.reader, slug):
        raise Http404(slug)
    context = frame_context(demand, request.user, now, own_action=True)
    found = found_step(context, "agree", track.pk)
    if found is not None and found.allowed:
        form = form_of(request, context, found)
        decision = taken(request, context, found, form)
        if decision is not None:
            return after(request, decision)
        context |= step_context(request, context, found, form)
    context |= {
        "track": track,
        "brief": brief_of(demand, track, now),
        "open_here": found,
        "own_action": found is not None and found.allowed,
    }
    return render(request, "projects/agreement.html", context)


def reads_site(reader, slug: str) -> bool:
    """Whether a role of the reader is held at that establishment, or for the network."""
    return any(place in (None, slug) for _role, place in reader.grants)
