"""Before a session: members are called, answer, read its papers; it may move."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from governance.domain import convocations, session_documents
from governance.domain.committees import SessionRefusal
from governance.models import Convocation, Session
from governance.pages.outcome import posted
from governance.pages.stored_file import hand_over
from governance.queries.committees import bodies_read_by
from projects.forms.convocations import AnswerForm, DocumentForm, MoveForm
from projects.queries.agenda import REFUSALS, hand_of
from projects.queries.convocations import documents_for
from projects.views.acts import attempted, taken

TOLD = {"refused": SessionRefusal, "words": REFUSALS}


@login_required
def answer(request, pk):
    """The member says whether they come."""
    session, hand, now = _session(request, pk)
    found = get_object_or_404(
        Convocation.objects.select_related("session", "mandate"),
        session=session,
        mandate__person=request.user,
    )
    if session.opened_at is not None:
        return redirect("projects:session", pk)
    form = AnswerForm(posted(request), initial={"answer": found.answer})
    if taken(
        request,
        form,
        lambda: convocations.answer(found, form.cleaned_data["answer"], by=request.user, at=now),
        _("Votre réponse est enregistrée."),
        **TOLD,
    ):
        return redirect("projects:session", pk)
    items = session.items.select_related("case__request").order_by("position", "pk")
    context = {
        "form": form,
        "session": session,
        "items": items,
        "documents": documents_for(session, request.user, hand),
    }
    return render(request, "sessions/answer.html", context)


@login_required
@require_POST
def call(request, pk):
    """The secretary calls the members without waiting for the day."""
    session, now = _composing(request, pk)
    return _done(
        request,
        pk,
        lambda: convocations.call_now(session, by=request.user, at=now),
        _("Les membres qui ne l'étaient pas encore sont convoqués."),
    )


@login_required
def move(request, pk):
    """Give the session another day, hour or place."""
    session, now = _composing(request, pk)
    if session.opened_at is not None:
        raise Http404
    form = MoveForm(posted(request), session=session)
    if taken(
        request,
        form,
        lambda: convocations.move_session(session, **form.call(), by=request.user, at=now),
        _moved_words(set(form.changed_data)),
        **TOLD,
    ):
        return redirect("projects:session", pk)
    return render(request, "sessions/move.html", {"form": form, "session": session})


def _moved_words(changed: set[str]) -> str:
    """What is said of a session whose form `changed`: its members are not called again for the
    last day to be put on its agenda."""
    if changed & {"day", "hour", "place"}:
        return _("La séance est changée ; les membres déjà convoqués en sont prévenus.")
    return _("La séance est changée.") if changed else _("Rien n'est changé.")


@login_required
def add_document(request, pk):
    """Give a paper to the members."""
    session, now = _composing(request, pk)
    if session.closed_at is not None:
        raise Http404
    items = list(session.items.select_related("case__request").order_by("position", "pk"))
    form = DocumentForm(posted(request), request.FILES or None, items=items)
    if taken(
        request,
        form,
        lambda: _add(session, form.cleaned_data, items, request.user, now),
        _("Le document est donné aux membres."),
        **TOLD,
    ):
        return redirect("projects:session", pk)
    return render(request, "sessions/document_new.html", {"form": form, "session": session})


@login_required
@require_GET
def document(request, pk, document):
    """One paper, for those to whom it is given."""
    session, hand, now = _session(request, pk)
    found = next(
        (each for each in documents_for(session, request.user, hand) if each.pk == document), None
    )
    if found is None:
        raise Http404
    return hand_over(
        request, found.file, at=now, subject_type="session_document", subject_ref=found.pk
    )


@login_required
def withdraw_document(request, pk, document):
    """Withdraw a paper, after a question."""
    session, now = _composing(request, pk)
    found = get_object_or_404(session_documents.standing(session), pk=document)
    if session.closed_at is not None:
        raise Http404
    if request.method == "POST":
        return _done(
            request,
            pk,
            lambda: session_documents.withdraw_document(found, by=request.user, at=now),
            _("Le document est retiré."),
        )
    context = {
        "question": _("Retirer « %(title)s » ?") % {"title": found.title},
        "consequences": [_("Les membres ne le liront plus ; le fichier est effacé.")],
        "label": _("Retirer"),
        "kind": "danger",
        "cancel": reverse("projects:session", args=[pk]),
    }
    return render(request, "components/confirm_page.html", context)


def _add(session, said, items, by, at):
    chosen = next((each for each in items if each.pk == said["item"]), None)
    return session_documents.add_document(
        session, said["file"], title=said["title"], item=chosen, by=by, at=at
    )


def _session(request, pk):
    """The session, what the person may do of it, and now."""
    now = timezone.now()
    session = get_object_or_404(
        Session.objects.select_related("body"), pk=pk, body__in=bodies_read_by(request.user, now)
    )
    return session, hand_of(session, request.user, now), now


def _composing(request, pk):
    """The session, when the person composes it; and now."""
    session, hand, now = _session(request, pk)
    if not hand.composes:
        raise Http404
    return session, now


def _done(request, pk, act, said):
    attempted(request, act, said, **TOLD)
    return redirect("projects:session", pk)
