"""An idea: sent in five lines, answered by a named person, made a draft in one click."""

from datetime import datetime

from django.db import transaction

from governance import outbox
from governance.models import Establishment
from governance.process.clocks import due
from governance.process.shape import WORKING_DAYS, Delay
from projects.domain import drafts
from projects.models import AskedSite, Idea, Request

ANSWER_DELAY = Delay(5, WORKING_DAYS)


@transaction.atomic
def send(
    establishment: Establishment, title: str, question: str, *, wanted_by=None, by, at: datetime
) -> Idea:
    """Send an idea to an establishment's CDC; it has 5 working days to answer."""
    idea = Idea.objects.create(
        person=by,
        establishment=establishment,
        title=title,
        question=question,
        wanted_by=wanted_by,
        sent_at=at,
        due_at=due(ANSWER_DELAY, at),
    )
    outbox.enqueue("idea_sent", {"idea": idea.pk})
    return idea


@transaction.atomic
def answer(idea: Idea, text: str, *, meeting_at=None, by, at: datetime) -> Idea:
    """Answer an idea under one's name, with an appointment when one is offered."""
    idea.answer, idea.meeting_at = text, meeting_at
    idea.answered_by, idea.answered_at = by, at
    if idea.state == Idea.State.SENT:
        idea.state = Idea.State.ANSWERED
    idea.save()
    outbox.enqueue("idea_answered", {"idea": idea.pk})
    return idea


@transaction.atomic
def become_draft(idea: Idea, *, by, at: datetime) -> Request:
    """Make the idea a draft, nothing typed twice; the same draft when asked again."""
    idea = Idea.objects.select_for_update().get(pk=idea.pk)
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
