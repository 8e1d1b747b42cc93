"""Commitments: provable when opened, silent once erased."""

import pytest
from django.db import IntegrityError, transaction

from governance.ledger.commitments import commit_to, commitment, erase, open_commitment
from governance.models.ledger import Opening
from tests.governance.ledger.conftest import AT

pytestmark = pytest.mark.django_db


def test_an_opened_commitment_is_computed_again():
    digest = commit_to(b"person:42")
    assert open_commitment(digest)[1] == b"person:42"
    assert commitment(*open_commitment(digest)) == digest


def test_the_same_content_is_never_committed_to_alike():
    assert commit_to(b"person:42") != commit_to(b"person:42")


def test_an_erased_commitment_can_no_longer_be_opened():
    digest = commit_to(b"person:42")
    assert erase(digest, at=AT)
    assert open_commitment(digest) is None
    assert not erase(digest, at=AT)
    stored = Opening.objects.get(commitment=digest)
    assert (stored.salt, stored.content, stored.erased_at) == (None, None, AT)


def test_an_unknown_commitment_opens_nothing():
    assert open_commitment("0" * 64) is None


def test_a_half_erased_opening_is_refused_by_the_database():
    digest = commit_to(b"person:42")
    with pytest.raises(IntegrityError), transaction.atomic():
        Opening.objects.filter(commitment=digest).update(salt=None)


def test_a_salt_has_32_bytes():
    with pytest.raises(ValueError):
        commitment(b"short", b"")
