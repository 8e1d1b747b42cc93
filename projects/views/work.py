"""*Mon travail*, the list of requests, and who holds them."""

from dataclasses import replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from catalog.queries.descriptions import waiting_for
from governance.pages.outcome import accepted, posted
from governance.pages.roles_held import roles_held
from governance.queries.incidents import awaited_at
from governance.roles import Permission, roles_with
from projects.domain import assignment
from projects.forms.work import ACTS, HandOverForm, RequestsFilter, WorkFilter
from projects.queries import news
from projects.queries.desk import Desk, desk_of
from projects.queries.listing import counted, listed, told
from projects.queries.minutes import minutes_waiting
from projects.queries.nonconformities import rows_of as rows_of_nonconformities
from projects.queries.nonconformities import to_mend
from projects.queries.work import cases_told, rows_of, to_decide, waiting_rows
from projects.views.frame import frame_context, handler_of, visible_request
from projects.views.paging import MOST, CappedPaginator

A_GROUP, A_PAGE = 8, 20
"""Rows of each group when all are shown; of a page of one group, or of the list."""


@login_required
@require_GET
def work(request):
    """What waits for me, by kind of act; `?acte=` shows one kind alone, whole."""
    now = timezone.now()
    desk = desk_of(request.user, now, grants=roles_held(request))
    if not desk.grants:
        return redirect("projects:my_requests")
    form = WorkFilter(request.GET or None, roles=desk.staff_roles)
    desk = _narrowed(desk, form.chosen())
    since = news.last_visit(request.user, now)
    act = form.chosen().get("acte", "")
    context = {
        "form": form,
        "act": act,
        "tabs": _tabs(request, act),
        "narrowed": any(form.chosen().get(name) for name in ("role", "site", "tous")),
        "since": since,
        "now": now,
        "reads_requests": _reads_requests(desk),
        "reads_objected": bool(_places(desk, Permission.READ_OBJECTED)),
    }
    return render(request, "projects/work.html", context | _groups(request, desk, act, since))


def _tabs(request, act: str) -> list[dict]:
    """The kinds of act, as tabs that keep the filters."""
    kept = request.GET.copy()
    for name in ("acte", "page"):
        kept.pop(name, None)
    found = []
    for code, label in ACTS:
        query = kept.copy()
        if code:
            query["acte"] = code
        found.append({"label": label, "href": f"?{query.urlencode()}", "current": code == act})
    return found


def _narrowed(desk: Desk, chosen: dict) -> Desk:
    return replace(
        desk,
        role=chosen.get("role", ""),
        site=chosen.get("site", ""),
        everybody=bool(chosen.get("tous")),
    )


def _groups(request, desk: Desk, act: str, since) -> dict:
    """The groups shown, each a page of rows."""
    found = {}
    if act in ("", "decider"):
        found["decide"] = _page(request, to_decide(desk, MOST), act)
        found["incidents"] = awaited_at(_places(desk, Permission.READ_INCIDENTS), desk.at)
        found["minutes"] = minutes_waiting(desk)
        found["ideas"] = news.ideas_to_answer(desk, _places(desk, Permission.ANSWER_IDEAS), A_GROUP)
        found["findings"] = list(news.findings_to_answer(desk)[:A_GROUP])
        reading = _places(desk, Permission.EDIT_CATALOGUE)
        found["descriptions"] = list(waiting_for(desk.person, desk.at, places=reading)[:A_GROUP])
        found["harvests"] = list(news.harvests_to_examine(desk)[:A_GROUP])
        found["nonconformities"] = rows_of_nonconformities(to_mend(desk, A_GROUP))
    if act in ("", "lire"):
        asked = news.to_read.asked(person=desk.person.pk, held=desk.held)
        found["read"] = _page(request, asked, act)
    if act in ("", "relances"):
        asked = news.reminders.asked(held=desk.held, since=since)
        found["reminders"] = _page(request, asked, act)
    if act in ("", "attente"):
        deciding = list(_deciding(desk, found.get("decide")))
        found["waiting"] = _page(request, news.awaited(held=desk.held, deciding=deciding), act)
    if not act:
        found["moved"] = news.moved(desk, since, A_GROUP)
    return found | _rows(found)


def _rows(groups: dict) -> dict:
    """What is to be decided and what is awaited in words, their cases read together."""
    decide, waiting = list(groups.get("decide", ())), list(groups.get("waiting", ()))
    cases = cases_told({case for case, *_rest in decide} | set(waiting))
    return {"rows": rows_of(decide, cases), "waiting_rows": waiting_rows(waiting, cases)}


def _deciding(desk: Desk, decide) -> set:
    """The cases, of those the person holds, in which they have something to decide: off the list
    that the page shows when it is whole."""
    known = decide.paginator.object_list if decide is not None else None
    if known is None or len(known) == MOST:
        known = to_decide(replace(desk, among=desk.held))
    return {case for case, *_rest in known}


def _page(request, found, act: str):
    """A page of what was found. Among other groups it is the first: what fits in it is read at
    once, not counted before."""
    if act:
        return Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    read = found[: A_GROUP + 1]
    page = Paginator(read if len(read) <= A_GROUP else found, A_GROUP).get_page(1)
    page.object_list = read[:A_GROUP]
    return page


def _places(desk: Desk, permission: Permission) -> set[str | None]:
    """Where a role of the person opens `permission`."""
    opening = roles_with(permission)
    return {where for role, where in desk.grants if role in opening}


@login_required
@require_GET
def following(request):
    """*Suivant*: the next thing that waits for me, another request than the one just left."""
    desk = desk_of(request.user, timezone.now())
    left = request.GET.get("apres", "")
    for row in rows_of(to_decide(desk, A_GROUP)):
        if row.case.number != left:
            return redirect(row.href)
    messages.info(request, _("Rien d'autre ne vous attend pour l'instant."))
    return redirect("projects:work")


def _reads_requests(desk: Desk) -> bool:
    reading = roles_with(Permission.READ_REQUESTS) | roles_with(Permission.READ_SESSIONS)
    return any(role in reading for role, _place in desk.grants)


@login_required
@require_GET
def requests(request):
    """The requests one's roles read: searched, filtered, a page at a time."""
    now = timezone.now()
    desk = desk_of(request.user, now, grants=roles_held(request))
    if not _reads_requests(desk):
        raise Http404
    form = RequestsFilter(request.GET or None)
    asked = (desk, form.chosen())
    paginator = CappedPaginator(listed(*asked), A_PAGE, counted=counted(*asked))
    page = paginator.get_page(request.GET.get("page"))
    page.object_list = told(page.object_list, now)
    context = {"form": form, "page_obj": page, "now": now, "most": MOST}
    return render(request, "projects/requests.html", context)


@login_required
def assign(request, ref):
    """Take a request, or hand it over to a colleague."""
    demand, now = visible_request(request, ref), timezone.now()
    if not demand.reader.may(Permission.ASSIGN_REQUESTS):
        raise Http404
    current = handler_of(demand)
    form = HandOverForm(
        posted(request),
        demand=demand,
        by=request.user,
        at=now,
        initial={"to": str(current.person.ref) if current else ""},
    )
    if accepted(form, lambda: _hand_over(demand, form.cleaned_data["to"], request.user, now)):
        messages.success(
            request,
            _("La demande est suivie par %(person)s.") % {"person": form.cleaned_data["to"]},
        )
        return redirect("projects:request", ref)
    context = frame_context(demand, request.user, now, own_action=True)
    return render(request, "projects/assign.html", context | {"form": form})


def _hand_over(demand, to, by, at):
    return assignment.hand_over(demand, to=to, by=by, at=at)
