"""A mail that left and came back is said to the case officer, once, and only on a true report."""

import io
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from governance.models import Record
from portal.notices import delivery
from portal.notices.models import Notice
from portal.notices.returned import failed_mails
from projects.domain import assignment, team
from tests.outbox import run

REPORT = """\
From: MAILER-DAEMON@chu.example (Mail Delivery System)
To: guichet@portail.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"
Message-ID: <20261127.1@chu.example>

--B
Content-Type: text/plain; charset=us-ascii

The mail system could not deliver your message.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; chu.example

Final-Recipient: rfc822; marion@chu.example
Action: {action}
Status: {status}

--B
Content-Type: {returned}

From: guichet@portail.example
To: marion@chu.example
Subject: Demande 2026-0042
Message-ID: {mail}

--B--
"""
WHOLE, HEADERS = "message/rfc822", "text/rfc822-headers"
FORGED = REPORT.format(action="failed", status="5.1.1", returned=WHOLE, mail="<notice-1@x>")


def report(sent, *, action="failed", status="5.1.1", returned=WHOLE) -> bytes:
    """What a mail server answers of a mail that was sent."""
    said = {"action": action, "status": status, "returned": returned}
    return REPORT.format(mail=sent.extra_headers["Message-ID"], **said).encode()


def come_back(content: bytes, monkeypatch) -> str:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    out = io.StringIO()
    call_command("bounce", stdout=out)
    return out.getvalue()


@pytest.fixture
def sent(request_, hand_on, holder, officer):
    """The mail of a notice of `holder`, whose request `officer` follows."""
    assignment.hand_over(request_, to=officer, at=timezone.now())
    delivery.keep(hand_on(holder))
    run()
    (found,) = mail.outbox
    return found


@pytest.mark.parametrize("returned", [WHOLE, HEADERS])
def test_a_mail_that_came_back_is_recorded_and_told_once(
    sent, request_, holder, officer, monkeypatch, returned
):
    content = report(sent, returned=returned)
    assert come_back(content, monkeypatch) == "1 of our mails came back.\n"
    come_back(content, monkeypatch)
    run()
    record = Record.objects.get(kind="bounce")
    assert record.case == request_.case and record.data == {"person": str(holder.ref)}
    assert Notice.objects.get(person=holder).refused_at is not None
    assert Notice.objects.get(person=officer).key == "bounce"


def test_an_invitation_that_came_back_is_told_once(request_, holder, officer, monkeypatch):
    assignment.hand_over(request_, to=officer, at=timezone.now())
    team.invite(request_, "invitee@chu.example", "member", by=holder, at=timezone.now())
    run()
    for _twice in range(2):
        come_back(report(mail.outbox[0]), monkeypatch)
    run()
    assert Record.objects.get(kind="bounce").data["invitation"]
    assert Notice.objects.get(person=officer).key == "bounce"


@pytest.mark.parametrize(
    "said",
    [{"action": "delayed", "status": "4.4.1"}, {"action": "delivered"}, {"status": "4.2.2"}],
)
def test_what_is_late_or_was_delivered_did_not_come_back(sent, monkeypatch, said):
    assert come_back(report(sent, **said), monkeypatch).startswith("None of our mails")
    assert not Record.objects.filter(kind="bounce").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\x00" * 500,
        b"Subject: Absence\n\nJe suis en vacances.",
        REPORT.format(
            action="failed", status="5.1.1", returned=WHOLE, mail="<notice-1@x>"
        ).encode(),
        REPORT.replace("Message-ID: {mail}\n", "").encode(),
        b"Content-Type: multipart/report; boundary=B\n\n" + b"--B\n" * 5_000,
    ],
)
def test_another_mail_or_a_forged_report_says_nothing_and_never_fails(sent, monkeypatch, content):
    assert come_back(content, monkeypatch).startswith("None of our mails")
    assert not Record.objects.filter(kind="bounce").exists()
    assert isinstance(failed_mails(content), set)
