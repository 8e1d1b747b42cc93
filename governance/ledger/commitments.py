"""Salted commitments: what a leaf may attest without telling it.

The commitment is SHA-256("guichet-commitment-v1" ‖ 0x0A ‖ salt ‖ content), with a random salt of
32 bytes. It can be opened later (salt and content shown: anyone computes it again), or never: once
``erase`` has blanked both, nothing can be learnt from it, even by trying every person.
"""

import secrets
from datetime import datetime
from hashlib import sha256

from governance.models.ledger import Opening

PREFIX = b"guichet-commitment-v1\n"


def commitment(salt: bytes, content: bytes) -> str:
    """The commitment of a content under a salt of 32 bytes, in hexadecimal. Raises ValueError."""
    if len(salt) != 32:
        raise ValueError("a salt has 32 bytes")
    return sha256(PREFIX + salt + content).hexdigest()


def commit_to(content: bytes) -> str:
    """Commit to a content: keeps its opening, returns the commitment to put in a leaf."""
    salt = secrets.token_bytes(32)
    opening = Opening.objects.create(
        commitment=commitment(salt, content), salt=salt, content=content
    )
    return opening.commitment


def open_commitment(digest: str) -> tuple[bytes, bytes] | None:
    """The salt and content behind a commitment; None where it is unknown or was erased."""
    opening = Opening.objects.filter(commitment=digest, erased_at=None).first()
    return opening and (bytes(opening.salt), bytes(opening.content))


def erase(digest: str, *, at: datetime) -> bool:
    """Blank what a commitment hides, for ever. True where there was something to blank."""
    found = Opening.objects.filter(commitment=digest, erased_at=None)
    return bool(found.update(salt=None, content=None, erased_at=at))
