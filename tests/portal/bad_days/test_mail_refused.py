"""A mail server that says no, then yes: the mail is kept, and leaves once."""

import socketserver
import threading

import pytest
from django.utils import timezone

from governance import outbox
from governance.models.outbox import Message
from portal.notices import delivery
from portal.notices.models import Notice
from tests.people import person

pytestmark = pytest.mark.django_db


class MailServer(socketserver.StreamRequestHandler):
    """Enough of SMTP to refuse a recipient or to take a mail."""

    def handle(self):
        self._say(220)
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"DATA":
                self._say(354)
                self.server.taken.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                self._say(250)
            elif verb == b"RCPT":
                self._say(self.server.answer)
            else:
                self._say(221 if verb == b"QUIT" else 250)

    def _say(self, code: int) -> None:
        self.wfile.write(b"%d said\r\n" % code)


@pytest.fixture
def server(settings):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), MailServer) as found:
        found.daemon_threads = True
        found.answer, found.taken = 250, []
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = found.server_address
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield found
        found.shutdown()


@pytest.fixture
def mail():
    """The outbox's message of one mail to be sent."""
    delivery.keep(
        {
            "person": person().pk,
            "cause": "idea:1",
            "request": None,
            "quality": "holder",
            "key": "bounce",
            "values": {},
            "address": "/compte/notifications",
            "asked": False,
            "decided": False,
            "due_at": None,
            "at": timezone.now().isoformat(),
        }
    )
    return Message.objects.get(kind="mail")


@pytest.mark.parametrize("refusal", [421, 451, 550])
def test_a_mail_refused_is_kept_and_leaves_once_the_server_takes_it(server, mail, refusal):
    server.answer = refusal
    outbox.deliver("mail")
    mail.refresh_from_db()
    assert (mail.done_at, mail.attempts, server.taken) == (None, 1, [])
    assert Notice.objects.get().mailed_at is None

    server.answer = 250
    Message.objects.update(due_at=timezone.now())
    outbox.deliver("mail")
    outbox.deliver("mail")
    assert len(server.taken) == 1
    assert Notice.objects.get().mailed_at is not None
