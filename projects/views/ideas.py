"""Ideas: one's own, those one answers, from five lines to a draft."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from governance.pages.outcome import accepted, posted
from governance.permissions import may, places_of
from governance.roles import Permission
from projects.domain import ideas
from projects.forms.dossier import IdeaAnswerForm, IdeaForm
from projects.models import Idea
from projects.queries.mine import ideas_of
from projects.queries.overview import ref_of

MOST = 100
"""Ideas shown in a list: those answered long ago are found by the requests they became."""


@login_required
@require_GET
def index(request):
    """One's own ideas; for a data centre, those sent to it, the most urgent first."""
    places = places_of(request.user, Permission.ANSWER_IDEAS)
    received = Idea.objects.none()
    if places:
        received = Idea.objects.exclude(person=request.user).select_related(
            "establishment", "person", "answered_by"
        )
        received = received if None in places else received.filter(establishment__in=places)
    context = {
        "own": list(ideas_of(request.user)[:MOST]),
        "answers": bool(places),
        "waiting": list(received.filter(state="sent").order_by("due_at")[:MOST]),
        "answered": list(received.exclude(state="sent").order_by("-answered_at")[:MOST]),
        "now": timezone.now(),
    }
    return render(request, "projects/ideas.html", context)


@login_required
def new(request):
    """Send an idea."""
    form, sent = IdeaForm(posted(request)), {}
    if accepted(form, lambda: sent.update(idea=_send(request.user, form.cleaned_data))):
        messages.success(request, _("Votre idée est envoyée."))
        return redirect("projects:idea", sent["idea"].pk)
    return render(request, "projects/idea_new.html", {"form": form})


@login_required
def idea(request, pk):
    """One idea: its sender reads the answer, the data centre gives it."""
    found, answers = _visible(request.user, pk)
    form = None
    if answers and found.state != Idea.State.BECAME:
        form = IdeaAnswerForm(
            posted(request), initial={"answer": found.answer, "meeting_at": found.meeting_at}
        )
        if accepted(form, lambda: _answer(found, request.user, form.cleaned_data)):
            messages.success(request, _("Votre réponse est envoyée."))
            return redirect("projects:idea", found.pk)
    context = {"idea": found, "form": form, "own": found.person_id == request.user.pk}
    return render(request, "projects/idea.html", context | {"now": timezone.now()})


@login_required
@require_POST
def make_request(request, pk):
    """*En faire une demande*: a draft that holds all that the idea says."""
    found, _answers = _visible(request.user, pk)
    if found.person_id != request.user.pk:
        raise Http404
    draft = ideas.become_draft(found, by=request.user, at=timezone.now())
    messages.success(request, _("Votre idée est un brouillon : rien n'est à retaper."))
    return redirect("projects:dossier", ref_of(draft))


def _visible(person, pk) -> tuple[Idea, bool]:
    """The idea and whether `person` answers it. Raises Http404 when it is neither theirs nor sent
    to a data centre where they answer."""
    found = (
        Idea.objects.select_related("establishment", "person", "answered_by", "request__case")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    own = found.person_id == person.pk
    answers = not own and may(person, Permission.ANSWER_IDEAS, found.establishment_id)
    if not (own or answers):
        raise Http404
    return found, answers


def _send(person, said) -> Idea:
    return ideas.send(
        said["establishment"],
        said["title"],
        said["question"],
        wanted_by=said["wanted_by"],
        by=person,
        at=timezone.now(),
    )


def _answer(found: Idea, person, said) -> None:
    ideas.answer(found, said["answer"], meeting_at=said["meeting_at"], by=person, at=timezone.now())
