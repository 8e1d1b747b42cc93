"""Cosignatures of checkpoints (C2SP tlog-cosignature, ``cosignature/v1`` with Ed25519), pure.

A witness that has verified that a checkpoint continues all it saw before adds to it a signature
line of its own: ``— <name> base64(key's hash ‖ time, 8 bytes, big-endian ‖ signature)``. What it
signs is ``cosignature/v1``, a line ``time <seconds>``, then the text of the checkpoint. It says:
at that time, this is the largest tree of that log that I have seen.
"""

import base64
import struct
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from governance.ledger.note import Verifier, WrongSignature, read_note, signature_by

LENGTH = 4 + 8 + 64
"""Bytes of a cosignature: the key's hash, the time, the signature."""
LATEST = 2**63 - 1
"""The last time that a cosignature may say."""


class Witness(Verifier):
    """The public key of a witness and its name; published with 0x04 as its first byte."""

    algorithm = b"\x04"


def witness_name(origin: str, site: str) -> str:
    """How the witness of an establishment is named, for a log of this origin."""
    return f"{origin}/{site}"


def signed_message(text: str, time: int) -> bytes:
    """What a witness signs of a checkpoint's text."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def cosign(text: str, *, name: str, key: Ed25519PrivateKey, at: datetime) -> str:
    """The signature line of a witness over a checkpoint's text, with its newline."""
    time = int(at.timestamp())
    signature = key.sign(signed_message(text, time))
    hashed = Witness(name, key.public_key().public_bytes_raw()).hash
    blob = base64.b64encode(hashed + struct.pack(">Q", time) + signature).decode()
    return f"— {name} {blob}\n"


def cosigned_at(note: str, witness: Witness) -> int:
    """When a witness cosigned a note, in seconds since 1970.

    Raises WrongSignature where its line is absent or does not hold, NoteError where it is no note.
    """
    text, signatures = read_note(note)
    blob = signature_by(witness, signatures).blob
    if len(blob) != LENGTH:
        raise WrongSignature(f"the cosignature of {witness.name} is not of {LENGTH} bytes")
    (time,) = struct.unpack(">Q", blob[4:12])
    if time > LATEST or not witness.verify(signed_message(text, time), blob[12:]):
        raise WrongSignature(f"the cosignature of {witness.name} does not hold")
    return time
