"""What is written between team and CDC tells the other side."""

from governance import outbox
from governance.models import Participation
from projects.models import Message
from projects.notices.acts import page
from projects.notices.people import staff
from projects.notices.told import Told, tell
from projects.permissions import in_team


@outbox.handler("message")
def tell_of_message(payload: dict) -> None:
    """Tell the other side of a message: the handler, or the team."""
    message = Message.objects.select_related("author", "request__case").get(pk=payload["message"])
    request = message.request
    if message.internal:
        return
    key = "question" if message.question else "message"
    address = f"{page('exchanges', request)}#message-{message.pk}"
    if in_team(message.author, request, message.at):
        people = staff("case_officer", request.case.lead_id, request, message.at)
        told = [Told(p, "staff", key, address, asked=message.question) for p in people]
    else:
        parts = Participation.objects.filter(case_id=request.pk, part__in=Participation.TEAM)
        told = [
            Told(
                part.person,
                "holder" if part.part == Participation.Part.HOLDER else "member",
                key,
                address,
                asked=message.question and part.part == Participation.Part.HOLDER,
            )
            for part in parts.valid(message.at).select_related("person")
        ]
    tell(f"message:{message.pk}", told, at=message.at, request=request, but=[message.author])
