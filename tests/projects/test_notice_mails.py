"""What the mails of a request's life say, whole: from the decision to the text that is read."""

import pytest
from django.core import mail
from django.utils import timezone

from governance.models.outbox import Message as Outgoing
from portal.notices import delivery
from projects.notices.decisions import tell_of_decision


@pytest.fixture
def mailed(walk):
    """The mails that the last decision of a step sends to its holder, as if taken just now."""

    def of(step: str) -> list:
        Outgoing.objects.all().delete()
        decision = walk.case.decisions.filter(step=step).order_by("-index").first()
        tell_of_decision({"decision": str(decision.pk)})
        mail.outbox.clear()
        for row in Outgoing.objects.filter(kind="notice"):
            delivery.keep(row.payload | {"at": timezone.now().isoformat()})
        for row in Outgoing.objects.filter(kind="mail"):
            delivery.mail(row.payload)
        return [message for message in mail.outbox if message.to == [walk.holder.email]]

    return of


def test_the_receipt_of_a_deposit_is_mailed_whole(walk, mailed):
    walk.submit()
    (sent,) = mailed("submit")
    assert sent.subject.startswith(f"Demande {walk.case.number}")
    assert sent.subject.endswith("Accusé de réception de votre demande")
    assert f"/demandes/{walk.case.number}/recepisse" in sent.body
    assert "la demande est réputée rejetée" in sent.body
