"""A notice is kept once, sent as its quality wants, tried again when it is refused."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from governance import outbox
from governance.models import Record
from governance.models.outbox import Message
from portal.notices import delivery
from portal.notices.models import Notice
from projects.domain import assignment, exchanges, team
from tests.outbox import run

pytestmark = pytest.mark.django_db


def test_a_holder_gets_one_mail_a_cause_however_often_it_is_handed_on(hand_on, holder):
    for _ in range(2):
        delivery.keep(hand_on(holder))
        run()
    assert [message.to for message in mail.outbox] == [[holder.email]]
    assert Notice.objects.get().mailed_at is not None


def test_a_mail_done_twice_is_sent_once(hand_on, holder):
    delivery.keep(hand_on(holder))
    notice = Notice.objects.get()
    for _ in range(2):
        delivery.mail({"notice": notice.pk})
    assert len(mail.outbox) == 1


def test_staff_wait_for_their_summary(hand_on, officer):
    delivery.keep(hand_on(officer, quality="staff", asked=True))
    run()
    assert mail.outbox == []
    assert Notice.objects.for_digest().get().person == officer


@pytest.mark.parametrize(
    ("choice", "decided", "way"),
    [
        ("all", False, "now"),
        ("decisions", False, "none"),
        ("decisions", True, "now"),
        ("none", True, "none"),
    ],
)
def test_a_member_is_told_what_they_chose(hand_on, holder, choice, decided, way):
    holder.member_notices = choice
    holder.save()
    delivery.keep(hand_on(holder, quality="member", decided=decided))
    assert Notice.objects.get().way == way


def test_what_happened_long_ago_is_kept_read_and_not_sent(hand_on, holder):
    long_ago = timezone.now() - timedelta(days=8)
    delivery.keep(hand_on(holder, at=long_ago.isoformat()))
    run()
    assert mail.outbox == []
    assert Notice.objects.get().read_at is not None


def test_a_mail_contains_the_message_its_request_and_its_link(request_, holder, officer, settings):
    settings.SITE_URL = "https://guichet.example"
    said = exchanges.write(
        request_, "Le plan <b>manque</b>.", by=officer, at=timezone.now(), question=True
    )
    run()
    (sent,) = mail.outbox
    html = sent.alternatives[0][0]
    assert sent.subject == "Demande 2026-0042 (Iatrogénie) : Anne Le Goff vous pose une question"
    assert "Le plan <b>manque</b>." in sent.body
    assert "Le plan &lt;b&gt;manque&lt;/b&gt;." in html
    link = f"https://guichet.example/demandes/2026-0042/echanges#message-{said.pk}"
    assert link in sent.body and link in html
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_mail_is_in_the_language_of_its_reader(hand_on, holder):
    holder.language = "en"
    holder.save()
    delivery.keep(hand_on(holder))
    run()
    assert mail.outbox[0].extra_headers["Content-Language"] == "en"
    assert '<html lang="en">' in mail.outbox[0].alternatives[0][0]


def test_a_subject_cannot_be_broken_into_headers(request_, hand_on, holder):
    request_.title = "Deux\nlignes"
    request_.save()
    delivery.keep(hand_on(holder))
    run()
    assert "\n" not in mail.outbox[0].subject


@pytest.fixture
def refused(settings):
    """A mail server that is not there."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1


def try_all(kind: str) -> None:
    for _ in range(delivery.MAIL_ATTEMPTS):
        Message.objects.filter(kind=kind, failed_at=None).update(due_at=timezone.now())
        outbox.deliver("mail")


def test_a_mail_refused_is_kept_and_sent_when_the_server_is_back(
    hand_on, holder, refused, settings
):
    delivery.keep(hand_on(holder))
    run()
    assert Notice.objects.get().mailed_at is None
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Message.objects.filter(kind="mail").update(due_at=timezone.now())
    run()
    assert len(mail.outbox) == 1


def test_a_mail_given_up_is_recorded_and_told_to_the_case_officer(
    request_, hand_on, holder, officer, refused
):
    assignment.hand_over(request_, to=officer, at=timezone.now())
    delivery.keep(hand_on(holder))
    try_all("mail")
    run()
    record = Record.objects.get(kind="bounce")
    assert record.case == request_.case and record.data == {"person": str(holder.ref)}
    assert Notice.objects.get(person=holder).refused_at is not None
    assert Notice.objects.get(person=officer).key == "bounce"


def test_an_invitation_carries_its_secret_to_its_address_and_nowhere_else(request_, holder):
    _invitation, secret = team.invite(
        request_, "invitee@chu.example", "member", by=holder, at=timezone.now()
    )
    run()
    (sent,) = mail.outbox
    assert sent.to == ["invitee@chu.example"]
    assert f"/invitations/{secret}" in sent.body
    assert not Message.objects.filter(payload__has_key="secret").exists()


def test_an_invitation_refused_is_told_to_the_case_officer(request_, holder, officer, refused):
    assignment.hand_over(request_, to=officer, at=timezone.now())
    team.invite(request_, "invitee@chu.example", "member", by=holder, at=timezone.now())
    try_all("invitation")
    run()
    assert Record.objects.get(kind="bounce").data["invitation"]
    assert Notice.objects.get(person=officer).key == "bounce"


def test_notices_are_forgotten_after_a_year(hand_on, holder):
    delivery.keep(hand_on(holder))
    now = timezone.now()
    assert delivery.forget_notices(at=now + timedelta(days=300)) == 0
    assert delivery.forget_notices(at=now + timedelta(days=366)) == 1
