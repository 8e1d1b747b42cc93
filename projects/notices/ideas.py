"""An idea tells those who answer, its answer who had it."""

from django.urls import reverse

from governance import outbox
from governance.queries.people import people_with_role
from governance.roles import Permission, roles_with
from projects.models import Idea
from projects.notices.told import Told, tell


@outbox.handler("idea_sent")
def tell_of_idea(payload: dict) -> None:
    """Tell those who answer ideas at the establishment."""
    idea = Idea.objects.select_related("person").get(pk=payload["idea"])
    people = people_with_role(
        roles_with(Permission.ANSWER_IDEAS), idea.establishment_id, idea.sent_at
    )
    address = reverse("projects:idea", args=[idea.pk])
    told = [
        Told(p, "staff", "idea_sent", address, {"idea": idea.pk}, asked=True, due_at=idea.due_at)
        for p in people
    ]
    tell(f"idea:{idea.pk}", told, at=idea.sent_at, but=[idea.person])


@outbox.handler("idea_answered")
def tell_of_answer(payload: dict) -> None:
    """Tell the person who had the idea."""
    idea = Idea.objects.select_related("person", "answered_by").get(pk=payload["idea"])
    address = reverse("projects:idea", args=[idea.pk])
    told = [Told(idea.person, "other", "idea_answered", address, {"idea": idea.pk}, asked=True)]
    tell(f"idea-answered:{idea.pk}", told, at=idea.answered_at, but=[idea.answered_by])
