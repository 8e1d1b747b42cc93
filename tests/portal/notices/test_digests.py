"""One summary a working morning for staff, one line a month for holders."""

from datetime import datetime, time, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from governance.charters import digest
from governance.charters.facts import PARIS, today
from governance.models import Decision, FactsBlob
from governance.models.deadline import Deadline
from portal.notices import delivery, digests
from portal.notices.models import Notice
from tests.outbox import run

pytestmark = pytest.mark.django_db


def deadline(request_, **fields):
    end = datetime.combine(today(timezone.now()), time(23, 59, 59), PARIS)
    return Deadline.objects.create(
        case=request_.case,
        **{
            "subject": "state:admissibility",
            "waits_for": "case_officer",
            "with_whom": "us",
            "kind": "promised",
            "started_at": timezone.now() - timedelta(days=9),
            "due_at": end,
        }
        | fields,
    )


def test_a_morning_gathers_all_that_waited_in_one_mail(hand_on, officer):
    for number in range(3):
        asked = number == 0
        delivery.keep(hand_on(officer, quality="staff", cause=f"message:{number}", asked=asked))
    digests.send_digests(at=timezone.now())
    run()
    (sent,) = mail.outbox
    assert sent.to == [officer.email]
    assert sent.subject == "Votre matin : 1 chose attendue de vous"
    assert sent.body.count("Demande 2026-0042") == 3
    assert not Notice.objects.for_digest().exists()


def test_a_morning_asked_twice_is_sent_once(hand_on, officer):
    delivery.keep(hand_on(officer, quality="staff"))
    for _ in range(2):
        digests.send_digests(at=timezone.now())
    run()
    digests.send_digests(at=timezone.now())
    run()
    assert len(mail.outbox) == 1


def test_what_is_due_today_is_said_to_who_it_waits_for(request_, officer):
    deadline(request_)
    deadline(request_, waits_for="dpo", subject="state:x")
    digests.send_digests(at=timezone.now())
    run()
    (sent,) = mail.outbox
    assert "À rendre aujourd'hui" in sent.body
    assert sent.body.count("/demandes/2026-0042") == 1


def test_an_empty_morning_sends_nothing(officer):
    digests.send_digests(at=timezone.now())
    run()
    assert mail.outbox == []


def test_a_holder_reads_once_a_month_where_a_live_request_stands(request_, holder, walked_state):
    walked_state("instruction")
    deadline(request_, subject="state:instruction")
    for _ in range(2):
        digests.send_monthly_lines(at=timezone.now())
        run()
    (sent,) = mail.outbox
    assert sent.to == [holder.email]
    assert "Instruction, Chargé de dossier agit ensuite, au plus tard le" in sent.body


def test_a_request_of_which_a_mail_left_this_month_has_no_line(
    request_, hand_on, holder, walked_state
):
    walked_state("instruction")
    delivery.keep(hand_on(holder))
    run()
    mail.outbox.clear()
    digests.send_monthly_lines(at=timezone.now())
    run()
    assert mail.outbox == []


def test_a_holder_may_decline_the_line(request_, holder, walked_state):
    walked_state("instruction")
    holder.monthly_line = False
    holder.save()
    assert digests.send_monthly_lines(at=timezone.now()) == 0


@pytest.fixture
def walked_state(request_):
    """Bring the request to a state by a decision written by hand: what led there is not looked
    at here."""

    def bring(state):
        case = request_.case
        facts = FactsBlob.objects.create(sha256=digest(b"{}"), bytes=b"{}")
        decision = Decision.objects.create(
            case=case,
            index=1,
            step="admit",
            tone="positive",
            from_state="draft",
            to_state=state,
            acting_as="case_officer",
            at=timezone.now(),
            facts=facts,
        )
        case.state, case.revision, case.last_decision = state, 1, decision
        case.save()

    return bring
