"""What was said on a request, as pages show it: by whom, on which side, about what."""

from dataclasses import dataclass

from django.db.models import QuerySet

from governance.models import Participation
from projects.dossier.form import SECTIONS
from projects.models import Message, Point, Request

TITLES = {section.code: section.title for section in SECTIONS}


@dataclass(frozen=True)
class Said:
    """A message, the side it comes from (the team's or the CDC's), whether it waits."""

    message: Message
    from_team: bool
    section: str
    waits: bool


def messages_of(request: Request, *, internal: bool, section: str = "") -> list[Said]:
    """The messages of a request (or its internal notes), newest first. Two queries.

    A question waits until the other side writes after it, on the same section.
    """
    team = set(
        Participation.objects.filter(case_id=request.pk, part__in=Participation.TEAM).values_list(
            "person_id", flat=True
        )
    )
    found = request.messages.filter(internal=internal).select_related("author")
    if section in TITLES:
        found = found.filter(section=section)
    said, answered = [], set()
    for message in reversed(found):
        from_team = message.author_id in team
        waits = message.question and (message.section, not from_team) not in answered
        answered.add((message.section, from_team))
        said.append(Said(message, from_team, TITLES.get(message.section, ""), waits))
    return said


def points_of(request: Request) -> QuerySet[Point]:
    """The points asked by returns, those that are settled last."""
    return request.points.select_related("decision").order_by("state", "-pk")
