"""Charters and training belong to the person, once for all requests."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from governance.domain.commitments import (
    NO_REIDENTIFICATION,
    add_training,
    digest_of,
    sign_charter,
    version_in_force,
)
from governance.models.commitment import CharterSignature, Training
from governance.queries.commitments import commitments_of
from tests.people import DAY, NOW, person

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def test_a_signature_keeps_the_digest_of_the_text_and_is_made_once():
    signer = person()
    version = version_in_force("utilisateur", TODAY)
    first = sign_charter(person=signer, charter="utilisateur", version=version, by=signer, at=NOW)
    again = sign_charter(
        person=signer, charter="utilisateur", version=version, by=signer, at=NOW + DAY
    )
    assert first == again
    assert (first.signed_at, first.text_sha256) == (NOW, digest_of("utilisateur", version))
    assert len(first.text_sha256) == 64


def test_only_the_version_in_force_is_signed_and_only_by_oneself():
    signer = person()
    with pytest.raises(ValidationError):
        sign_charter(person=signer, charter="utilisateur", version="0", by=signer, at=NOW)
    with pytest.raises(ValidationError):
        sign_charter(person=signer, charter="autre", version="1", by=signer, at=NOW)
    with pytest.raises(PermissionDenied):
        sign_charter(person=signer, charter="utilisateur", version="1", by=person(), at=NOW)
    assert CharterSignature.objects.count() == 0


def test_a_training_counts_as_long_as_the_charter_says():
    holder = person()
    training = add_training(
        person=holder, title="RGPD", obtained_on=date(2026, 2, 28), by=holder, at=NOW
    )
    assert training.expires_on == date(2029, 2, 28)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"obtained_on": TODAY + DAY}, "obtained_on"),
        ({"obtained_on": date(2023, 3, 9)}, "obtained_on"),
        ({"title": " "}, "title"),
    ],
)
def test_a_training_of_tomorrow_or_of_long_ago_is_refused(wrong, field):
    holder = person()
    answers = {"title": "RGPD", "obtained_on": TODAY, "by": holder, "at": NOW} | wrong
    with pytest.raises(ValidationError) as refused:
        add_training(person=holder, **answers)
    assert list(refused.value.error_dict) == [field]


def test_a_certificate_is_typed_by_its_content(settings, tmp_path):
    settings.ATTACHMENTS_ROOT = settings.FILES_ROOT = tmp_path
    holder = person()
    trick = SimpleUploadedFile("attestation.pdf", b"#!/bin/sh\necho non\n")
    with pytest.raises(ValidationError):
        add_training(
            person=holder, title="RGPD", obtained_on=TODAY, certificate=trick, by=holder, at=NOW
        )
    assert Training.objects.count() == 0


def test_in_order_is_all_charters_the_commitment_and_a_valid_training():
    holder = person()
    assert not commitments_of(holder, NOW).in_order
    for charter in ("utilisateur", NO_REIDENTIFICATION):
        version = version_in_force(charter, TODAY)
        sign_charter(person=holder, charter=charter, version=version, by=holder, at=NOW)
    assert not commitments_of(holder, NOW).in_order
    add_training(person=holder, title="RGPD", obtained_on=TODAY, by=holder, at=NOW)
    assert commitments_of(holder, NOW).in_order
    assert not commitments_of(holder, NOW + 1200 * DAY).in_order


def test_who_supplies_data_signs_the_producer_charter_too():
    codes = [
        each.charter.code for each in commitments_of(person(("producer", "ico")), NOW).charters
    ]
    assert codes == ["utilisateur", "producteur"]


def test_reading_them_takes_three_queries(django_assert_num_queries):
    holder = person(("researcher", "ico"))
    with django_assert_num_queries(3):
        commitments_of(holder, NOW)
