"""What is said on a request: messages and questions, internal notes apart, points answered."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance import outbox
from governance.domain import erasures
from projects.models import Message, Point, Request


@transaction.atomic
def write(
    request: Request,
    text: str,
    *,
    by,
    at: datetime,
    section: str = "",
    internal: bool = False,
    question: bool = False,
) -> Message:
    """Write to the other side, or a note for one's own. A question stops nothing."""
    text = text.strip()
    if not text:
        raise ValidationError(_("Écrivez votre message."))
    message = Message.objects.create(
        request=request,
        author=by,
        at=at,
        section=section,
        text=text[:5000],
        internal=internal,
        question=question,
    )
    if not internal:
        outbox.enqueue("message", {"message": message.pk})
    return message


@transaction.atomic
def answer_point(point: Point, text: str, *, at: datetime) -> Point:
    """Say what was done for a point. Raises ValidationError when it is settled or the answer
    empty."""
    if point.state == Point.State.SETTLED:
        raise ValidationError(_("Ce point est déjà réglé."))
    if not text.strip():
        raise ValidationError(_("Dites ce que vous avez changé, ou pourquoi rien n'a changé."))
    point.answer, point.answered_at = text.strip()[:5000], at
    point.state = Point.State.ANSWERED
    point.save()
    return point


@erasures.eraser("reason")
def _erased(decision: str, at: datetime) -> bool:
    """The words of a return's points, and of their answers, go with its own."""
    said = Point.objects.filter(decision=decision).exclude(text="")
    return bool(said.update(text="", why_not_before="", answer=""))
