"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint), with Ed25519 keys, pure.

A verifier key is ``<name>+<8 hex digits>+<base64(0x01 ‖ 32-byte public key)>``; a signer key, as
Go's ``note`` package writes it, is ``PRIVATE+KEY+<name>+<8 hex digits>+<base64(0x01 ‖ seed)>``.
The hex digits are the first 4 bytes of SHA-256(name ‖ "\\n" ‖ 0x01 ‖ public key).
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import ClassVar, NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
PRIVATE = "PRIVATE+KEY+"
NAME = re.compile(r"[^\s+]+")
SIGNATURE_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)")


class NoteError(ValueError):
    """A key, note or checkpoint is not written as its specification says."""


class WrongSignature(NoteError):
    """A note bears no valid signature of the key."""


@dataclass(frozen=True)
class Verifier:
    """A public key and its name. ``algorithm`` is the first byte of the key as published."""

    algorithm: ClassVar[bytes] = ED25519

    name: str
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Read a verifier key. Raises NoteError."""
        name, public = _parse_key(vkey, cls.algorithm)
        verifier = cls(name, public)
        if verifier.vkey != vkey:
            raise NoteError("the key's hash is not that of its name and bytes")
        return verifier

    @property
    def hash(self) -> bytes:
        """The 4 bytes by which signatures name this key."""
        return sha256(self.name.encode() + b"\n" + self.algorithm + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """The key as published."""
        return f"{self.name}+{self.hash.hex()}+{_base64(self.algorithm + self.public)}"

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Signer:
    """A private key and its name. Its repr does not show the seed."""

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls, name: str) -> "Signer":
        """A new random key. Raises NoteError where the name is empty or has a space or a plus."""
        if not NAME.fullmatch(name):
            raise NoteError("a key's name is not empty and has neither space nor plus")
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, skey: str) -> "Signer":
        """Read a signer key. Raises NoteError, which never shows the key."""
        if not skey.startswith(PRIVATE):
            raise NoteError("a signing key begins with PRIVATE+KEY+")
        signer = cls(*_parse_key(skey.removeprefix(PRIVATE)))
        if signer.skey != skey:
            raise NoteError("the signing key's hash is not that of its name and bytes")
        return signer

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self._private.public_key().public_bytes_raw())

    @property
    def skey(self) -> str:
        """The key as kept in its file: a secret."""
        return f"{PRIVATE}{self.name}+{self.verifier.hash.hex()}+{_base64(ED25519 + self.seed)}"

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the Ed25519 signature."""
        return self._private.sign(message)


@dataclass(frozen=True)
class CheckpointText:
    """What a checkpoint says: of the log ``origin``, the first ``size`` leaves have this root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The signed text, up to and with its last newline."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> "CheckpointText":
        """Read the text of a note. Raises NoteError; lines after the third are allowed, unread."""
        lines = text.split("\n")
        if len(lines) < 4 or not lines[0]:
            raise NoteError("a checkpoint has an origin, a size and a root")
        if not re.fullmatch(r"0|[1-9]\d*", lines[1], re.ASCII):
            raise NoteError("a checkpoint's size is a decimal number")
        root = _unbase64(lines[2])
        if len(root) != 32:
            raise NoteError("a checkpoint's root has 32 bytes")
        return cls(lines[0], int(lines[1]), root)


def sign_note(text: str, signer: Signer) -> str:
    """The signed note: the text, an empty line, one signature."""
    signature = signer.sign(text.encode())
    return f"{text}\n— {signer.name} {_base64(signer.verifier.hash + signature)}\n"


def open_note(note: str, verifier: Verifier) -> str:
    """The text of a note, once the key's signature is found and holds.

    Raises WrongSignature, or NoteError where it is no note. Signatures of other keys are ignored.
    """
    text, signatures = read_note(note)
    signature = signature_by(verifier, signatures)
    if not verifier.verify(text.encode(), signature.blob[4:]):
        raise WrongSignature(f"the signature of {verifier.name} does not hold")
    return text


class Signature(NamedTuple):
    """A signature line of a note: as written, whose it says it is, and its bytes (key's hash
    first)."""

    line: str
    name: str
    blob: bytes


def read_note(note: str) -> tuple[str, list[Signature]]:
    """The text of a note and its signature lines, none of them verified. Raises NoteError."""
    text, separator, lines = note.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise NoteError("a note is a text, an empty line and signatures")
    signatures = []
    for line in lines.splitlines():
        match = SIGNATURE_LINE.fullmatch(line)
        if match is None:
            raise NoteError("a line after the empty one is not a signature")
        signatures.append(Signature(line, match[1], _unbase64(match[2])))
    return text + "\n", signatures


def signature_by(verifier: Verifier, signatures: list[Signature]) -> Signature:
    """The line that a key is said to have signed, unverified. Raises WrongSignature."""
    for signature in signatures:
        if signature.name == verifier.name and signature.blob[:4] == verifier.hash:
            return signature
    raise WrongSignature(f"no signature of {verifier.name}+{verifier.hash.hex()}")


def announcement(vkey: str) -> bytes:
    """The message by which a key signs over to the next one, in a ``ledger_key`` leaf."""
    return f"guichet-ledger-key-v1\n{vkey}\n".encode()


def unverified_text(note: str) -> str:
    """The text of a note whose signature the caller has no need to check (its own file)."""
    text, separator, _ = note.rpartition("\n\n")
    if not separator:
        raise NoteError("a note is a text, an empty line and signatures")
    return text + "\n"


def _parse_key(key: str, algorithm: bytes = ED25519) -> tuple[str, bytes]:
    # The base64 part may hold pluses, the name may not.
    parts = key.split("+", 2)
    if len(parts) != 3 or not NAME.fullmatch(parts[0]):
        raise NoteError("a key is its name, its hash and its bytes, joined by pluses")
    content = _unbase64(parts[2])
    if len(content) != 33 or content[:1] != algorithm:
        raise NoteError(f"a key has 33 bytes, of which the first is 0x{algorithm.hex()}")
    return parts[0], content[1:]


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("base64 was expected") from error
