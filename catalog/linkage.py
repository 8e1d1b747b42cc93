"""Recognising one person at several sites, in a project that was authorised to: what is common.

Two keys, held apart, make the link between a person and a project (a two-stage HMAC):

    stage 1, at the site           HMAC(the sites' key for the project, the person's identifier)
    stage 2, at the third party    HMAC(the third party's key for the project, stage 1)

The sites have no network key, the third party neither the sites' key nor an identity, and the
portal has nothing at all: a site and the third party speak to each other, sealed both ways (X25519,
``nacl.public.Box``). Delivered pseudonyms and shifts derive from stage 2 under the sites' key once
more, so that the third party would not know them either.

The portal gives the right to it: a *grant*, canonical JSON signed under its order key behind a
context line of its own, for one site of one project and one extraction. It travels in the order
that the site receives, and the third party answers to nothing else. This module knows neither
Django nor HTTP; both ends import it. ``docs/decisions/linkage.md`` says why.
"""

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl.exceptions import CryptoError
from nacl.public import Box

from catalog.orders import canonical, key_id, read_instant

VERSION = 1
VALUE = 32
"""Bytes of a value of either stage."""
MOST = 4_000_000
"""Persons of one request to the third party."""
PATH = "/links"
GRANT_HEADER = "X-Grant"
SITE_HEADER = "X-Site"

_CONTEXT = b"guichet linkage v1\n"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER = re.compile(r"[0-9]{4}-[0-9]{4,6}")
_LONGEST_GRANT = 40_000

REASONS = {
    "no_grant": "the request comes without an authorisation",
    "malformed": "the authorisation, or the request, cannot be read",
    "unknown_key": "the authorisation is signed by a key that is not trusted here",
    "signature": "the signature of the authorisation does not hold",
    "version": "the authorisation is of another version",
    "field": "the authorisation lacks a field",
    "expired": "the authorisation is no longer valid",
    "site": "the authorisation is not for this site",
    "not_in_project": "this site is not of the project",
    "project": "the authorisation is for another project",
    "unknown_site": "this site is not known to the third party",
    "sealed": "the request is not sealed by this site for this third party",
    "replayed": "the authorisation has served already, for other persons",
    "too_many_persons": "the request names more persons than can be answered at once",
}
"""Why no link is made -> what it means."""


class LinkageRefused(Exception):
    """A link that is not made: ``reason`` is a key of REASONS."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.reason}: {REASONS[self.reason]}"


@dataclass(frozen=True)
class Grant:
    """A verified grant: what it says, and the hash of the bytes that were signed."""

    body: dict
    hash: str

    @property
    def project(self) -> str:
        return self.body["project"]


def sign_grant(body: dict, private_key: Ed25519PrivateKey) -> dict[str, str]:
    """The envelope of a grant. `body` says ``version``, ``grant`` (a UUID), ``number``,
    ``project``, ``decision`` (the hash of the authorisation), ``sites`` (all of the project's),
    ``site``, ``issued``, ``valid_until``."""
    payload = canonical(body)
    return {
        "grant": base64.b64encode(payload).decode(),
        "signature": base64.b64encode(private_key.sign(_CONTEXT + payload)).decode(),
        "key": key_id(private_key.public_key()),
    }


def grant_hash(envelope: dict) -> str:
    """The hash by which a manifest names the grant in `envelope`, one that we signed."""
    return hashlib.sha256(base64.b64decode(envelope["grant"])).hexdigest()


def verify_grant(
    envelope: Any, keys: dict[str, Ed25519PublicKey], *, site: str, at: datetime
) -> Grant:
    """The grant in `envelope`, if one of `keys` (by key id) signed it for `site` and it is valid
    `at` that instant.

    Raises LinkageRefused, in this order: ``no_grant``, shape, key, signature, version, fields,
    validity, site, ``not_in_project``.
    """
    if envelope is None:
        raise LinkageRefused("no_grant")
    try:
        if len(envelope["grant"]) > _LONGEST_GRANT:
            raise LinkageRefused("malformed")
        payload = base64.b64decode(envelope["grant"], validate=True)
        signature = base64.b64decode(envelope["signature"], validate=True)
        key = keys.get(str(envelope["key"]))
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise LinkageRefused("malformed") from error
    if key is None:
        raise LinkageRefused("unknown_key")
    try:
        key.verify(signature, _CONTEXT + payload)
        body = json.loads(payload)
    except InvalidSignature as error:
        raise LinkageRefused("signature") from error
    except ValueError as error:
        raise LinkageRefused("malformed") from error
    _check(body, site=site, at=at)
    return Grant(body, hashlib.sha256(payload).hexdigest())


def _check(body: Any, *, site: str, at: datetime) -> None:
    if not isinstance(body, dict) or body.get("version") != VERSION:
        raise LinkageRefused("version")
    sites = body.get("sites")
    whole = (
        all(_matches(_UUID, body.get(name)) for name in ("grant", "project"))
        and _matches(_NUMBER, body.get("number"))
        and isinstance(body.get("decision"), str)
        and isinstance(sites, list)
        and all(isinstance(each, str) for each in sites)
    )
    try:
        until = read_instant(body["valid_until"])
    except (KeyError, TypeError, ValueError) as error:
        raise LinkageRefused("field") from error
    if not whole:
        raise LinkageRefused("field")
    if at > until:
        raise LinkageRefused("expired")
    if body.get("site") != site:
        raise LinkageRefused("site")
    if site not in sites:
        raise LinkageRefused("not_in_project")


def _matches(pattern: re.Pattern, value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def key_for(secret: bytes, *, purpose: str, project: str) -> bytes:
    """The 32 bytes that `secret` gives for a project: HKDF-SHA256."""
    info = f"guichet linkage v1|{purpose}|{project}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)


def seal(box: Box, header: dict, values: list[bytes]) -> bytes:
    """What one end says to the other: a line that says what it is, then the values end to end."""
    return bytes(box.encrypt(canonical(header) + b"\n" + b"".join(values)))


def unseal(box: Box, sealed: bytes) -> tuple[dict, list[bytes]]:
    """What ``seal`` made. Raises LinkageRefused (``sealed``, ``malformed``,
    ``too_many_persons``)."""
    try:
        said = box.decrypt(sealed)
    except (CryptoError, ValueError, TypeError) as error:
        raise LinkageRefused("sealed") from error
    line, _newline, content = said.partition(b"\n")
    try:
        header = json.loads(line)
    except ValueError as error:
        raise LinkageRefused("malformed") from error
    if not isinstance(header, dict) or len(content) % VALUE:
        raise LinkageRefused("malformed")
    if len(content) > MOST * VALUE:
        raise LinkageRefused("too_many_persons")
    return header, [content[n : n + VALUE] for n in range(0, len(content), VALUE)]
