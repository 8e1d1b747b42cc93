"""What readers see of the witnesses: who attests, who is silent, and a contradiction, loudly."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from catalog.domain.keys import encode, register_site_key
from governance import outbox
from governance.ledger.cosignature import Witness, cosigned_at
from governance.ledger.leaves import append_leaves
from governance.ledger.signer import integrate
from governance.ledger.witnesses import record
from portal.notices.models import Notice
from tests.governance.ledger.conftest import AT, ledger_files
from tests.governance.ledger.test_witnesses import KEY, SITE, cosigned, signed, witness_of
from tests.people import establishment, person

__all__ = ["ledger_files"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ledger_files")]

PAGES = ("/ledger/verifier", "/ledger/temoins", "/ledger/feuille/1")


@pytest.fixture
def checkpoint():
    """A signed register, and two hospitals of which one has a key."""
    establishment(SITE)
    establishment("ico")
    register_site_key(SITE, encode(KEY.public_key()), at=AT)
    with transaction.atomic():
        append_leaves([{"kind": "decision", "number": n} for n in range(3)], at=AT)
    return integrate(at=AT)


def rennes_says(says, *, at=None, **notes):
    at = at or timezone.now()
    record({"says": says, **notes}, establishment=SITE, witnesses=[witness_of()], said_at=at, at=at)


def rennes_attests(checkpoint, *, at=None):
    at = at or timezone.now()
    rennes_says("agrees", at=at, checkpoint=cosigned(checkpoint.note, at=at))


def test_how_many_hospitals_attest_is_said_in_a_sentence(checkpoint, client):
    rennes_attests(checkpoint)
    for page in PAGES[:2]:
        said = " ".join(client.get(page).text.split())
        assert "1 hôpital sur 2 atteste ce registre" in said
        assert "contredit" not in said
    assert "Jamais entendu" in client.get("/ledger/temoins").text


def test_a_hospital_heard_no_more_is_said_to_be_silent(checkpoint, client):
    rennes_attests(checkpoint, at=timezone.now() - timedelta(hours=2))
    said = client.get("/ledger/temoins").text
    assert "Silencieux" in said
    assert "0 hôpital sur 2" in said


def test_a_contradiction_is_loud_wherever_the_register_is_read(checkpoint, client):
    rennes_attests(checkpoint, at=timezone.now() - timedelta(minutes=5))
    rennes_says("forked", kept=signed(3, bytes(32)), shown=checkpoint.note)
    for page in PAGES:
        said = client.get(page).text
        assert 'role="alert"' in said
        assert "un hôpital contredit ce registre" in said
        assert "ne commence plus par ce qui avait été vu" in said
    assert checkpoint.note.splitlines()[2] in client.get("/ledger/temoins").text
    rennes_attests(checkpoint, at=timezone.now() + timedelta(seconds=2))
    for page in PAGES:
        assert 'role="alert"' not in client.get(page).text
    assert "Contradictions levées" in client.get("/ledger/temoins").text


def test_what_cannot_be_verified_is_said_without_accusing(checkpoint, client):
    rennes_says("unproved", kept=checkpoint.note, shown=signed(9, bytes(32)))
    said = client.get("/ledger/temoins").text
    assert "Ne peut pas vérifier" in said
    assert 'role="alert"' not in said


def test_the_checkpoint_bears_the_signatures_and_the_keys_are_published(checkpoint, client):
    rennes_attests(checkpoint)
    (vkey,) = client.get("/ledger/witnesses").text.splitlines()
    assert cosigned_at(client.get("/ledger/checkpoint").text, Witness.parse(vkey))


def test_administrators_are_told_at_once_by_mail(checkpoint, client):
    told = [person(("administrator", SITE)), person("administrator"), person("network_coordinator")]
    person(("administrator", "ico"))
    rennes_says("forked", kept=signed(3, bytes(32)), shown=checkpoint.note)
    for lane in ("main", "mail"):
        outbox.deliver(lane)
    assert {notice.person_id for notice in Notice.objects.all()} == {each.pk for each in told}
    assert len(mail.outbox) == 3
    assert "contredit le registre public" in mail.outbox[0].subject
    assert "/ledger/temoins" in mail.outbox[0].body


def test_the_page_takes_as_many_queries_however_many_hospitals(
    checkpoint, client, django_assert_max_num_queries
):
    rennes_attests(checkpoint)
    for slug in ("chu-brest", "chu-nantes", "chu-angers"):
        establishment(slug)
    with django_assert_max_num_queries(6):
        client.get("/ledger/temoins")


@pytest.mark.parametrize("page", PAGES)
def test_a_register_that_nobody_watches_yet_has_its_pages(page, client, db, ledger_files):
    with transaction.atomic():
        append_leaves([{"kind": "decision"}] * 2, at=AT)
    integrate(at=AT)
    assert client.get(page).status_code == 200
