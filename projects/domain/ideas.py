"""An idea: sent in five lines, answered by a named person, made a draft in one click."""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance import outbox
from governance.charters.facts import today
from governance.models import Establishment
from governance.permissions import require
from governance.process.clocks import due
from governance.process.shape import WORKING_DAYS, Delay
from governance.roles import Permission
from projects.domain import drafts
from projects.models import AskedSite, Idea, Request

ANSWER_DELAY = Delay(5, WORKING_DAYS)


@transaction.atomic
def send(
    establishment: Establishment,
    title: str,
    question: str,
    *,
    wanted_by: date | None = None,
    by,
    at: datetime,
) -> Idea:
    """Send an idea to an establishment's CDC; it has 5 working days to answer.

    Raises ValidationError for words that lack or a date that is past.
    """
    errors = {}
    if not title.strip():
        errors["title"] = _("Donnez un titre à votre idée.")
    if not question.strip():
        errors["question"] = _("Écrivez votre question.")
    if wanted_by is not None and wanted_by < today(at):
        errors["wanted_by"] = _("Cette date est passée.")
    if errors:
        raise ValidationError(errors)
    idea = Idea.objects.create(
        person=by,
        establishment=establishment,
        title=title.strip(),
        question=question.strip(),
        wanted_by=wanted_by,
        sent_at=at,
        due_at=due(ANSWER_DELAY, at),
    )
    outbox.enqueue("idea_sent", {"idea": idea.pk})
    return idea


@transaction.atomic
def answer(idea: Idea, text: str, *, meeting_at: datetime | None = None, by, at: datetime) -> Idea:
    """Answer an idea under one's name, with an appointment when one is offered.

    Raises PermissionDenied for who does not answer the ideas of that establishment, or sent this
    one; ValidationError for an empty answer or an appointment that is past.
    """
    require(by, Permission.ANSWER_IDEAS, idea.establishment_id, at=at)
    if by.pk == idea.person_id:
        raise PermissionDenied("own idea")
    errors = {}
    if not text.strip():
        errors["answer"] = _("Écrivez votre réponse.")
    if meeting_at is not None and meeting_at <= at:
        errors["meeting_at"] = _("Ce rendez-vous est déjà passé.")
    if errors:
        raise ValidationError(errors)
    idea = Idea.objects.select_for_update().get(pk=idea.pk)
    idea.answer, idea.meeting_at = text.strip(), meeting_at
    idea.answered_by, idea.answered_at = by, at
    if idea.state == Idea.State.SENT:
        idea.state = Idea.State.ANSWERED
    idea.save()
    outbox.enqueue("idea_answered", {"idea": idea.pk})
    return idea


@transaction.atomic
def become_draft(idea: Idea, *, by, at: datetime) -> Request:
    """Make the idea a draft, nothing typed twice; the same draft when asked again.

    Raises PermissionDenied for anybody but who sent it.
    """
    idea = Idea.objects.select_for_update().get(pk=idea.pk)
    if by.pk != idea.person_id:
        raise PermissionDenied("idea")
    if idea.request_id is not None:
        return idea.request
    request = drafts.create(by=by, at=at, title=idea.title)
    request.sections.filter(code="protocol").update(answers={"objective_primary": idea.question})
    if idea.wanted_by:
        request.sections.filter(code="calendar").update(
            answers={"wanted_on": idea.wanted_by.isoformat()}
        )
    AskedSite.objects.create(request=request, establishment=idea.establishment, leads=True)
    idea.request, idea.state = request, Idea.State.BECAME
    idea.save()
    return request
