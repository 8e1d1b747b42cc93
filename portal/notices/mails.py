"""Writing and sending mails: text and simple HTML, in the reader's language.

A mail says which request, what is asked, until when, and the message itself; its one link is the
address where one acts. Its Message-ID is drawn from what it is about, so that a mail sent twice
(a worker killed after the sending) is one mail for the reader's program.
"""

from collections.abc import Iterable

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import salted_hmac

from portal.notices.attached import Attached, attached_to
from portal.notices.models import Notice
from portal.notices.sentences import Said, say_all
from projects.models import Invitation

LONGEST_WORDS = 4000
"""Characters of a message that a mail carries; the rest is read in the portal."""


def absolute(address: str) -> str:
    """An address of the portal as a mail writes it."""
    return f"{settings.SITE_URL}{address}"


def send_notice(notice: Notice) -> None:
    """Send the mail of one notice. Raises what the mail server refuses (OSError, SMTPException)."""
    with translation.override(notice.person.language):
        (said,) = say_all([notice])
        context = {"said": said, "link": absolute(notice.address), "words": shortened(said)}
        send(
            notice.person.email,
            said.subject,
            "notice",
            context,
            about=about_notice(notice),
            attached=attached_to(notice),
        )


def about_notice(notice: Notice) -> str:
    """What the Message-ID of a notice's mail is drawn from."""
    return f"notice-{notice.pk}"


def about_invitation(invitation: Invitation) -> str:
    """As `about_notice`, of an invitation: one sent again is another mail."""
    return f"invitation-{invitation.token_sha256}"


def shortened(said: Said) -> str:
    """The words of a notice, cut where they are very long."""
    if len(said.words) <= LONGEST_WORDS:
        return said.words
    return said.words[:LONGEST_WORDS].rsplit(" ", 1)[0] + " […]"


def send(
    to: str,
    subject: str,
    template: str,
    context: dict,
    *,
    about: str,
    attached: Iterable[Attached] = (),
) -> None:
    """Send one mail made of ``mail/<template>.txt`` and ``.html``, in the active language."""
    context = {**context, "settings_link": absolute(reverse("notice_choices")), "subject": subject}
    message = EmailMultiAlternatives(
        subject=" ".join(subject.split())[:200],
        body=render_to_string(f"mail/{template}.txt", context),
        to=[to],
        headers={
            "Message-ID": message_id(about),
            "Auto-Submitted": "auto-generated",
            "Content-Language": translation.get_language(),
        },
    )
    message.attach_alternative(render_to_string(f"mail/{template}.html", context), "text/html")
    for each in attached:
        message.attach(each.name, each.content, each.media_type)
    message.send()


def message_id(about: str) -> str:
    """The Message-ID of the mail about that: the same each time, and drawn by nobody else."""
    drawn = salted_hmac("portal.notices.mails", about, algorithm="sha256").hexdigest()[:40]
    return f"<{drawn}@{_domain()}>"


def _domain() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
