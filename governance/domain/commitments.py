"""What a person binds themselves to, once for all their requests: charters and training.

U-06 asks for the user charter signed in its version in force and a valid training; U-08 for the
commitment never to reidentify, signed apart from the charter so that nobody signs it unread.
Each has the person's requests judged again: who became in order finds their accesses open at once.
"""

import hashlib
from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance.charters import Charter, load_charter, versions_in_force
from governance.charters.facts import months_later, today
from governance.domain.audit import record
from governance.domain.bound import SUPPLIERS, USER_CHARTER, local_versions_for
from governance.domain.files import store
from governance.domain.watching import facts_changed
from governance.models.commitment import CharterSignature, Training
from governance.queries.people import roles_of

NO_REIDENTIFICATION = "non_reidentification"
"""The code under which the commitment of U-08 is signed; its versions are the user charter's."""


@transaction.atomic
def sign_charter(
    *, person, charter: str, version: str, establishment: str | None = None, by, at: datetime
) -> CharterSignature:
    """Sign ``charter`` (or ``NO_REIDENTIFICATION``) in ``version``, with the digest of its text:
    the network's, or that of an ``establishment`` (its slug).

    Already signed: gives that signature. Raises ValidationError when the version is not the one in
    force, which is what the person read on the page; PermissionDenied for somebody else, and for
    who is not bound by that establishment's. Audited as ``charter.signed``.
    """
    if by.pk != person.pk:
        raise PermissionDenied("charter")
    if establishment is None:
        in_force = version_in_force(charter, today(at))
    else:
        in_force = _local_version_for(person, charter, establishment, at)
    if version != in_force:
        raise ValidationError(_("Cette charte a changé depuis : relisez-la avant de signer."))
    signature, created = CharterSignature.objects.get_or_create(
        person=person,
        charter=charter,
        version=version,
        defaults={"signed_at": at, "text_sha256": digest_of(charter, version)},
    )
    if created:
        record(
            "charter.signed",
            by=by,
            at=at,
            subject_type="person",
            subject_ref=person.ref,
            details={"charter": charter, "version": version, "text": signature.text_sha256},
        )
        facts_changed(person=person)
    return signature


@transaction.atomic
def add_training(
    *, person, title: str, obtained_on: date, certificate=None, by, at: datetime
) -> Training:
    """Note a data-protection training, valid as long as U-06 says from the day it was obtained.

    ``certificate`` is the uploaded file, stored once the rest is right. Raises ValidationError on
    a future day, one so old that the training no longer counts, an empty title or a refused file;
    PermissionDenied for somebody else. Audited as ``training.added``.
    """
    if by is not None and by.pk != person.pk:
        raise PermissionDenied("training")
    errors = {}
    if not title.strip():
        errors["title"] = _("Indiquez l'intitulé de la formation.")
    expires_on = months_later(obtained_on, training_months(today(at)))
    if obtained_on > today(at):
        errors["obtained_on"] = _("Cette date est dans l'avenir.")
    elif expires_on < today(at):
        errors["obtained_on"] = _("Cette formation n'est plus valable : il faut la renouveler.")
    if errors:
        raise ValidationError(errors)
    document = store(certificate, by=person, at=at) if certificate else None
    training = Training.objects.create(
        person=person,
        title=title.strip(),
        obtained_on=obtained_on,
        expires_on=expires_on,
        document=document,
    )
    record(
        "training.added",
        by=by,
        at=at,
        subject_type="person",
        subject_ref=person.ref,
        details={"training": training.pk, "expires": expires_on.isoformat()},
    )
    facts_changed(person=person)
    return training


def version_in_force(charter: str, on: date) -> str:
    """The version of ``charter`` (or of the U-08 commitment) in force on the day ``on``.

    Raises ValidationError for a charter that does not exist.
    """
    code = USER_CHARTER if charter == NO_REIDENTIFICATION else charter
    version = versions_in_force(on).get(code)
    if version is None:
        raise ValidationError(_("Cette charte n'existe pas."))
    return version


def _local_version_for(person, charter: str, establishment: str, at: datetime) -> str:
    for each, place in local_versions_for(person, roles_of(person, at), at):
        if (each.charter, place.pk) == (charter, establishment):
            return each.version
    raise PermissionDenied("charter")


def digest_of(charter: str, version: str) -> str:
    """SHA-256, in hexadecimal, of the French text that is signed: codes, titles, texts."""
    if charter == NO_REIDENTIFICATION:
        articles = [load_charter(USER_CHARTER, version).article("U-08")]
    else:
        articles = load_charter(charter, version).articles
    lines = [f"{a.code}\n{a.title['fr']}\n{a.text['fr']}\n" for a in articles]
    return hashlib.sha256("\n".join([f"{charter}/{version}", *lines]).encode()).hexdigest()


def charters_for(roles: set[str], on: date) -> list[Charter]:
    """The charters that bind a person: the user's for all, the producer's for those who supply."""
    codes = [USER_CHARTER]
    if not roles.isdisjoint(SUPPLIERS):
        codes.append("producteur")
    versions = versions_in_force(on)
    return [load_charter(code, versions[code]) for code in codes if code in versions]


def training_months(on: date) -> int:
    """How long a training counts, in months: the parameter of U-06 in force on that day."""
    charter = load_charter(USER_CHARTER, versions_in_force(on)[USER_CHARTER])
    return charter.article("U-06").clauses[0].values["training_valid"]
