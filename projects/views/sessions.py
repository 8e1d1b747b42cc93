"""The committee's sessions: the calendar, one session, its agenda and its attendance."""

from dataclasses import replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from governance.charters.facts import today
from governance.domain import committees, session_feeds
from governance.domain.committees import SessionRefusal
from governance.models import Body, Case, Session
from governance.pages.outcome import accepted, posted
from governance.permissions import may, may_somewhere
from governance.queries.committees import bodies_read_by, members_at, sessions_of
from governance.roles import Permission
from projects.documents.session_calendar import calendar_of
from projects.forms.sessions import AloneForm, RapporteurForm, SessionForm
from projects.queries import agenda
from projects.queries.convocations import calling_of
from projects.queries.minutes import minutes_hand_of, shown_to
from projects.views.acts import attempted

PAST_A_PAGE = 20


@login_required
@require_GET
def index(request):
    """The sessions to come, and those that were held."""
    now = timezone.now()
    bodies = _bodies(request, now)
    found = sessions_of(bodies)
    coming = list(found.filter(closed_at__isnull=True).order_by("starts_at"))
    past = found.filter(closed_at__isnull=False).order_by("-starts_at")
    page = Paginator(past, PAST_A_PAGE).get_page(request.GET.get("page"))
    for session in (*coming, *page):
        session.status = agenda.status_of(session, now)
    context = {
        "coming": coming,
        "page_obj": page,
        "composed": _composed(request.user, bodies, now),
        "follows": session_feeds.follows(request.user, at=now),
    }
    return render(request, "sessions/index.html", context)


@login_required
def new(request):
    """Call a session."""
    now = timezone.now()
    composed = _composed(request.user, _bodies(request, now), now)
    if not composed:
        raise Http404
    bodies = Body.objects.filter(pk__in=[body.pk for body in composed])
    form = SessionForm(posted(request), bodies=bodies, initial={"hour": "14:00"})
    made = {}
    if accepted(form, lambda: made.update(session=_call(form, request.user, now))):
        messages.success(request, _("La séance est convoquée ; son ordre du jour est prêt."))
        return redirect("projects:session", made["session"].pk)
    return render(request, "sessions/new.html", {"form": form})


@login_required
@require_GET
def session(request, pk):
    """One session: agenda, attendance, convocation."""
    now = timezone.now()
    found = _session(request, pk, now)
    hand = agenda.hand_of(found, request.user, now)
    seats = agenda.seats_of(found)
    calling = calling_of(found, request.user, hand, [s.mandate for s in seats], at=now)
    seats = [replace(seat, called=calling.called[seat.mandate.pk]) for seat in seats]
    present = agenda.counted_in(seats, found.body)
    context = {
        "session": found,
        "status": agenda.status_of(found, now),
        "hand": hand,
        "agenda": agenda.agenda_of(found, request.user, hand, now),
        "seats": seats,
        "present": present,
        "short": max(0, found.body.quorum - len(present)),
        "rules": agenda.rules_of(found.body),
        "early": agenda.REFUSALS["too_early"] if today(now) < today(found.starts_at) else "",
        "calling": calling,
        "minutes": shown_to(found, minutes_hand_of(found, request.user, now))
        if found.closed_at
        else None,
    }
    return render(request, "sessions/session.html", context)


@login_required
@require_GET
def calendar(request, pk):
    """The session as a calendar's file."""
    found = _session(request, pk, timezone.now())
    address = request.build_absolute_uri(reverse("projects:session", args=[found.pk]))
    return HttpResponse(
        calendar_of(found, address, timezone.now()),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="seance-{found.pk}.ics"'},
    )


@login_required
@require_POST
def add(request, pk):
    """Put a dossier that waits on the agenda."""
    found, now = _composing(request, pk)
    case = get_object_or_404(Case, pk=request.POST.get("case"), process="request")
    return _done(request, pk, lambda: committees.add_item(found, case, by=request.user, at=now))


@login_required
@require_POST
def arrange(request, pk, item):
    """Move an item up or down, or take it off."""
    found, now = _composing(request, pk)
    chosen = get_object_or_404(found.items, pk=item)
    match request.POST.get("act"):
        case "up" | "down" as way:
            return _done(
                request,
                pk,
                lambda: committees.move_item(chosen, earlier=way == "up", by=request.user, at=now),
            )
        case "remove":
            return _done(
                request, pk, lambda: committees.remove_item(chosen, by=request.user, at=now)
            )
    raise Http404


@login_required
def rapporteur(request, pk, item):
    """Name who studies an item."""
    found, now = _composing(request, pk)
    chosen = get_object_or_404(found.items.select_related("case__request"), pk=item)
    form = RapporteurForm(
        posted(request),
        people=agenda.possible_rapporteurs(found, now),
        initial={"rapporteur": chosen.rapporteur_id},
    )
    if form.is_valid():
        person = agenda.person_of(form.cleaned_data["rapporteur"])
        return _done(
            request,
            pk,
            lambda: committees.name_rapporteur(chosen, person, by=request.user, at=now),
        )
    return render(
        request, "sessions/rapporteur.html", {"form": form, "session": found, "item": chosen}
    )


@login_required
@require_POST
def open_(request, pk):
    """Open the session: its agenda closes."""
    found, now = _composing(request, pk)
    return _done(request, pk, lambda: committees.open_session(found, at=now))


@login_required
def close(request, pk):
    """Close the session, after a question that says what is left."""
    found, now = _composing(request, pk)
    if found.opened_at is None or found.closed_at is not None:
        raise Http404
    if request.method == "POST":
        return _done(request, pk, lambda: committees.close_session(found, at=now))
    hand = agenda.hand_of(found, request.user, now)
    left = agenda.agenda_of(found, request.user, hand, now).undecided
    consequences = [
        _("%(number)s, %(title)s, n'a pas d'avis : ce point passe à la séance suivante.")
        % {"number": row.item.case.number, "title": row.request}
        for row in left
    ]
    context = {
        "question": _("Clore cette séance ?"),
        "consequences": consequences or [_("Tous les points ont leur avis.")],
        "label": _("Clore la séance"),
        "cancel": reverse("projects:session", args=[pk]),
    }
    return render(request, "components/confirm_page.html", context)


@login_required
@require_POST
def attend(request, pk, mandate):
    """Write that a member is there, or has gone."""
    found, now = _composing(request, pk)
    seat = get_object_or_404(members_at(found), pk=mandate)
    act = request.POST.get("act")
    if act == "leave":
        return _done(
            request, pk, lambda: committees.leave_session(_attendance(found, seat), at=now)
        )
    return _done(request, pk, lambda: committees.attend(found, seat, remote=act == "afar", at=now))


@login_required
def alone(request, body):
    """Record the committee's standing delegation to its chair."""
    now = timezone.now()
    found = get_object_or_404(bodies_read_by(request.user, now), pk=body)
    if not may(request.user, Permission.COMPOSE_SESSIONS, found.establishment_id, at=now):
        raise Http404
    initial = {
        "since": found.chair_alone_since,
        "until": found.chair_alone_until,
        "act": found.chair_alone_act,
    }
    form = AloneForm(posted(request), initial=initial)
    if accepted(
        form,
        lambda: committees.delegate_to_chair(found, **form.cleaned_data, by=request.user, at=now),
    ):
        messages.success(request, _("La délégation du comité à son président est enregistrée."))
        return redirect("projects:sessions")
    return render(request, "sessions/alone.html", {"form": form, "body": found})


def _bodies(request, now):
    if not may_somewhere(request.user, Permission.READ_SESSIONS, at=now):
        raise Http404
    return bodies_read_by(request.user, now)


def _composed(person, bodies, now) -> list[Body]:
    return [
        b for b in bodies if may(person, Permission.COMPOSE_SESSIONS, b.establishment_id, at=now)
    ]


def _session(request, pk, now) -> Session:
    bodies = _bodies(request, now)
    return get_object_or_404(Session.objects.select_related("body"), pk=pk, body__in=bodies)


def _composing(request, pk):
    """The session, when the person composes it; and now."""
    now = timezone.now()
    found = _session(request, pk, now)
    if not may(request.user, Permission.COMPOSE_SESSIONS, found.body.establishment_id, at=now):
        raise Http404
    return found, now


def _attendance(session, mandate):
    """The last stay of a member: gone already, they go no further."""
    last = session.attendances.filter(mandate=mandate).order_by("-arrived_at", "-pk").first()
    if last is None:
        raise Http404
    return last


def _call(form, by, at):
    return committees.call_session(form.cleaned_data["body"], **form.call(), by=by, at=at)


def _done(request, pk, act):
    """Do it and go back to the session; say why when it is refused."""
    attempted(request, act, refused=SessionRefusal, words=agenda.REFUSALS)
    return redirect("projects:session", pk)
