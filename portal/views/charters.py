"""Versions of the charters on their way: prepared, compared, studied, put before a session, voted.

What a person may not propose is not found.
"""

from dataclasses import replace
from functools import lru_cache, wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from governance.charters import ended_by, load_charter, read_charter, versions_in_force
from governance.charters.versions import base_of, is_local
from governance.domain import proposals, studies
from governance.domain.adoptions import may_record, record_vote
from governance.domain.charter_votes import cast
from governance.domain.committees import SessionRefusal, mandate_of, who_came
from governance.domain.proposals import FaultyText
from governance.models.charter_proposal import CharterProposal
from governance.pages.outcome import accepted, posted
from governance.permissions import may, places_of
from governance.process.impact import Impact
from governance.roles import Permission
from portal.forms.charters import (
    ArticleForm,
    ProposalForm,
    SessionForm,
    StudyForm,
    TextForm,
    VoiceForm,
    VoteForm,
    with_article,
)
from portal.words.charters import affected, changes_asked, changes_between, faulty_lines
from projects.queries.agenda import REFUSALS
from projects.queries.overview import site_names

State = CharterProposal.State
CHIPS = {
    State.PREPARED: "here",
    State.TABLED: "wait",
    State.ADOPTED: "done",
    State.REJECTED: "stop",
    State.WITHDRAWN: "neutral",
}


def of_proposal(view):
    """A view of one proposal, for whoever proposes there; not found for others."""
    return _guarded(view, _proposes)


def for_readers(view):
    """A view of one proposal, for whoever proposes there or sits where it is voted."""
    return _guarded(view, lambda person, found: _proposes(person, found) or _sits(person, found))


def _guarded(view, opens):
    @login_required
    @wraps(view)
    def guarded(request, pk, **kwargs):
        known = CharterProposal.objects.select_related(
            "establishment", "session__body", "adoption", "by"
        )
        found = get_object_or_404(known, pk=pk)
        if not opens(request.user, found):
            raise Http404
        return view(request, found, **kwargs)

    return guarded


def _proposes(person, proposal) -> bool:
    return may(person, Permission.PROPOSE_CHARTERS, proposal.establishment_id)


def _sits(person, proposal) -> bool:
    session = proposal.session
    return session is not None and may(
        person, Permission.READ_SESSIONS, session.body.establishment_id
    )


def _places(request) -> set[str | None]:
    places = places_of(request.user, Permission.PROPOSE_CHARTERS)
    if not places:
        raise Http404
    return places


@login_required
@require_GET
def index(request):
    """The versions in force, those on their way, those voted."""
    places, today = _places(request), timezone.localdate()
    found = CharterProposal.objects.select_related("establishment", "adoption", "session")
    if None not in places:
        found = found.filter(establishment__in=places)
    rows = [(each, CHIPS[each.state]) for each in found]
    in_force = versions_in_force(today)
    context = {
        "open_rows": [row for row in rows if row[0].open],
        "past_rows": [row for row in rows if not row[0].open],
        "in_force": [load_charter(code, version) for code, version in in_force.items()],
    }
    return render(request, "charters/index.html", context)


@login_required
def new(request):
    """Prepare a version: from a file, or from the one in force."""
    places = _places(request)
    form = ProposalForm(posted(request), request.FILES or None, places=places)
    made, faults, text = [], [], ""
    try:
        if accepted(form, lambda: made.append(_propose(request, form.cleaned_data))):
            messages.success(request, _("La version est enregistrée. Ses preuves commencent."))
            return redirect("charter_proposal", made[0].pk)
    except FaultyText as faulty:
        faults, text = faulty.faults, form.cleaned_data["file"]
    context = {"form": form, "lines": faulty_lines(faults, text)}
    return render(request, "charters/new.html", context)


def _propose(request, said) -> CharterProposal:
    now = timezone.now()
    known = {"charter": said["charter"], "establishment": said["place"] or None}
    if said["file"]:
        return proposals.propose(
            text=said["file"], why=said["why"], by=request.user, at=now, **known
        )
    return proposals.start(why=said["why"], by=request.user, at=now, **known)


@for_readers
@require_GET
def show(request, proposal):
    """One version: where it stands, what it changes, what comes next."""
    study = proposal.studies.first()
    context = _frame(proposal) | {
        "changes": changes_between(_before(proposal), _charter(proposal)),
        "lines": faulty_lines(proposals.faults_of(proposal), proposal.text),
        "study": study,
        "study_is_of_it": study is not None and study.text_sha256 == proposal.sha256,
        "studied": proposals.studied(proposal),
        "unchanged": proposal.state == State.PREPARED
        and proposals.says_again(proposal, on=timezone.localdate()),
        "proposes": _proposes(request.user, proposal),
        "records": proposal.session is not None
        and may_record(proposal, request.user, timezone.now()),
        "own": proposal.by_id == request.user.pk,
        "vote_stands": proposals.vote_stands(proposal, on=timezone.localdate()),
        **_own_voice(request.user, proposal),
        "held": proposal.session is not None and proposal.session.opened_at is not None,
    }
    return render(request, "charters/show.html", context)


@for_readers
@require_GET
def file(request, proposal):
    """The version as its file."""
    answer = HttpResponse(proposal.text, content_type="application/toml; charset=utf-8")
    name = f"{proposal.charter}-{proposal.version}.toml"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@of_proposal
def text(request, proposal):
    """Change the date of effect, why, or the whole text by a file."""
    _prepared(proposal)
    charter = _charter(proposal)
    initial = {"in_force_from": charter.in_force_from, "why": proposal.why}
    form = TextForm(posted(request), request.FILES or None, initial=initial)

    def save():
        said = form.cleaned_data
        dated = replace(charter, in_force_from=said["in_force_from"])
        _rewrite(request, proposal, said["file"] or None, dated, said["why"])

    return _edit(request, proposal, form, save, "charters/text.html", {})


@of_proposal
def article(request, proposal, code):
    """Change one article on screen."""
    _prepared(proposal)
    charter = _charter(proposal)
    try:
        found = charter.article(code)
    except KeyError as missing:
        raise Http404 from missing
    form = ArticleForm(posted(request), article=found)

    def save():
        _rewrite(request, proposal, None, with_article(charter, form.changed()), None)

    edited = _edit(request, proposal, form, save, "charters/article.html", {"article": found})
    if edited.status_code == 302 and form.asks_otherwise:
        messages.info(request, _("Un autre contrôle regarde autre chose : relisez ses valeurs."))
        return redirect("charter_article", proposal.pk, code)
    return edited


def _edit(request, proposal, form, save, template: str, more: dict):
    lines = []
    try:
        if accepted(form, save):
            messages.success(request, _("Le texte est enregistré. Ses preuves recommencent."))
            return redirect("charter_proposal", proposal.pk)
    except FaultyText as faulty:
        lines = [(fault.line, fault.say(request.LANGUAGE_CODE)) for fault in faulty.faults]
    context = _frame(proposal) | more | {"form": form, "faults": lines}
    return render(request, template, context)


def _rewrite(request, proposal, text, charter, why) -> None:
    now = timezone.now()
    if text is not None:
        proposals.rewrite(proposal, text=text, why=why, by=request.user, at=now)
    else:
        proposals.rewrite_charter(proposal, charter, why=why, by=request.user, at=now)


@for_readers
def study(request, proposal):
    """The impact study: ask for it, watch it, read it. Who votes reads what it comes to; who
    proposes, request by request."""
    proposes = _proposes(request.user, proposal)
    form = StudyForm(posted(request) if proposes else None)
    found = []
    now = timezone.now()
    if accepted(
        form,
        lambda: found.append(
            studies.ask(proposal, last=form.cleaned_data["last"], by=request.user, at=now)
        ),
    ):
        return redirect("charter_study", proposal.pk)
    last = proposal.studies.filter(text_sha256=proposal.sha256).first()
    context = _frame(proposal) | {"form": form, "study": last}
    if last is not None and last.started_at:
        context |= _results(proposal, last, by_request=proposes)
    live = request.headers.get("HX-Request") == "true"
    return render(request, "charters/study_live.html" if live else "charters/study.html", context)


def _results(proposal, found, *, by_request: bool) -> dict:
    charter, names = _charter(proposal), site_names()
    said = Impact.from_data(found.result["found"])
    shown = {
        "open": said.open,
        "amendments": said.amendments,
        "decided": said.decided,
        "amendments_decided": said.amendments_decided,
    }
    rows = {name: of["rows"] if by_request else [] for name, of in shown.items()}
    titles = {article.code: article for article in (*_before(proposal).articles, *charter.articles)}
    seconds = ((found.finished_at or timezone.now()) - found.started_at).total_seconds()
    asked = changes_asked(row for some in rows.values() for row in some)
    return {
        "found": said,
        "rows": {name: affected(some, charter, names, asked) for name, some in rows.items()},
        "nothing": not any(of["differ"] for of in (*shown.values(), said.drafts)),
        "local": sum(of.get("local", 0) for of in (said.open, said.drafts, said.amendments)),
        "local_decided": sum(of.get("local", 0) for of in (said.decided, said.amendments_decided)),
        "articles": [
            (titles[code].title, counts) for code, counts in sorted(said.articles.items())
        ],
        "establishments": [
            (names.get(slug, slug), count)
            for slug, count in sorted(said.establishments.items(), key=lambda e: -e[1])
        ],
        "seconds": max(1, round(seconds)),
    }


@of_proposal
def table(request, proposal):
    """Put a version on the agenda of a session."""
    if proposal.state != State.PREPARED:
        raise Http404
    sessions = proposals.sessions_for(proposal)
    form = SessionForm(posted(request), sessions=sessions)
    now = timezone.now()
    if accepted(
        form,
        lambda: proposals.table(proposal, form.cleaned_data["session"], by=request.user, at=now),
    ):
        messages.success(request, _("La version est à l'ordre du jour."))
        return redirect("charter_proposal", proposal.pk)
    context = _frame(proposal) | {"form": form, "sessions": sessions}
    return render(request, "charters/table.html", context)


@for_readers
def voice(request, proposal):
    """A member of the session casts their voice, or changes it where votes are open."""
    mandate = _seat(request.user, proposal)
    if mandate is None or proposal.state != State.TABLED:
        raise Http404
    secret = proposal.session.body.secret_votes
    mine = proposal.voices.filter(mandate=mandate).first()
    form = VoiceForm(posted(request), initial={"choice": mine and mine.choice})
    now = timezone.now()

    def act():
        try:
            cast(proposal, mandate, form.cleaned_data["choice"], at=now)
        except SessionRefusal as refusal:
            raise ValidationError(REFUSALS[refusal.code]) from refusal

    if accepted(form, act):
        messages.success(request, _("Votre voix est comptée."))
        return redirect("charter_proposal", proposal.pk)
    context = _frame(proposal) | {"form": form, "secret": secret, "mine": mine}
    return render(request, "charters/voice.html", context)


def _own_voice(person, proposal) -> dict:
    """Whether `person` votes on it, and whether they did."""
    mandate = proposal.state == State.TABLED and _seat(person, proposal)
    voted = bool(mandate) and proposal.voices.filter(mandate=mandate).exists()
    return {"votes": bool(mandate), "voted": voted}


def _seat(person, proposal):
    """Where `person` sits at the session that votes on it; None for who does not, or when none
    does yet."""
    return proposal.session and mandate_of(proposal.session, person)


@for_readers
def vote(request, proposal):
    """Close the vote of the session and record its result."""
    now = timezone.now()
    if proposal.state != State.TABLED or not may_record(proposal, request.user, now):
        raise Http404
    form = VoteForm(posted(request))
    if accepted(
        form,
        lambda: record_vote(
            proposal,
            minutes=form.cleaned_data["minutes"],
            by=request.user,
            at=now,
        ),
    ):
        proposal.refresh_from_db()
        if proposal.state == State.ADOPTED:
            messages.success(request, _("La version est adoptée et inscrite au registre."))
        else:
            messages.success(request, _("Le vote est consigné : la version est rejetée."))
        return redirect("charter_proposal", proposal.pk)
    context = _frame(proposal) | {
        "form": form,
        "came": len(who_came(proposal.session)),
        "cast": proposal.voices.count(),
    }
    return render(request, "charters/vote.html", context)


@of_proposal
def give_up(request, proposal):
    """Take a version off the agenda, or give it up, after a question."""
    if not proposal.open:
        raise Http404
    back, now = reverse("charter_proposal", args=[proposal.pk]), timezone.now()
    tabled = proposal.state == State.TABLED
    if proposals.vote_stands(proposal, on=timezone.localdate()):
        messages.error(request, _("Des membres ont voté : cette version ne se retire plus."))
        return redirect(back)
    if request.method == "POST":
        if tabled:
            proposals.untable(proposal, by=request.user, at=now)
            messages.success(request, _("La version est de nouveau en préparation."))
            return redirect(back)
        proposals.withdraw(proposal, by=request.user, at=now)
        messages.success(request, _("La version est abandonnée."))
        return redirect("charter_proposals")
    context = {"cancel": back, "kind": "danger"}
    if tabled:
        context |= {
            "question": _("Retirer cette version de l'ordre du jour ?"),
            "consequences": [_("Son texte pourra de nouveau changer.")],
            "label": _("Retirer de l'ordre du jour"),
        }
    else:
        context |= {
            "question": _("Abandonner cette version ?"),
            "consequences": [_("Elle reste lisible ici, et ne pourra plus être votée.")],
            "label": _("Abandonner"),
        }
    return render(request, "components/confirm_page.html", context)


def _prepared(proposal) -> None:
    if proposal.state != State.PREPARED:
        raise Http404


def _charter(proposal):
    return _read(proposal.text, proposal.charter, proposal.version)


@lru_cache(maxsize=16)
def _read(text, charter, version):
    return read_charter(text, charter=charter, version=version)


def _before(proposal):
    """The version that this one comes after."""
    if is_local(proposal.version):
        return load_charter(proposal.charter, base_of(proposal.version))
    return load_charter(proposal.charter, str(int(proposal.version) - 1))


def _ended(proposal, charter) -> list[tuple[str, str]]:
    """The establishments whose own version it would end, each with that version."""
    if is_local(proposal.version) or not proposal.open:
        return []
    names = site_names()
    ended = ended_by(charter)
    return [(names.get(each.establishment, each.establishment), each.version) for each in ended]


def _frame(proposal) -> dict:
    charter = _charter(proposal)
    return {
        "ended": _ended(proposal, charter),
        "proposal": proposal,
        "charter": charter,
        "before": _before(proposal),
        "chip": CHIPS[proposal.state],
    }
