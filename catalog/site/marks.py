"""The mark of a delivery: what makes each copy of a file say which delivery it comes from.

The pseudonym of a visit or of a record is a *body*, the first BODY digits of its HMAC under the
project's key (``catalog.site.pseudonyms``), then a *tag*: the first TAG digits of
SHA-256(key || body), under a key of the delivery,

    HKDF-SHA256(the site's secret, salt = its name, info = ``guichet mark v1|the order's hash``)

of KEY bytes, so that key and body, always of one length, are one block of SHA-256. Without the key
a tag is a number like another; with it, one identifier alone tells its delivery, wherever it is.
The body stays equal from one delivery of a project to the next: that is what joins them. Nothing
else is marked: no value, no date, no row, no order. See docs/decisions/watermark.md, and
``catalog.site.whose`` for who finds a file.
"""

import hashlib
from dataclasses import replace

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from catalog.site.pseudonyms import DIGITS, ProjectKeys, hmac_sql

BODY, TAG = 24, 8
"""Hexadecimal digits: 96 bits, of which two in 1.3 billion meet once in 90 billion warehouses; then
32 bits, that one stranger in 4 billion has."""
KEY = 24

assert BODY + TAG == DIGITS


def key_of(secret: bytes, *, site: str, order: str) -> bytes:
    """The key of the delivery of an order (its hash) at `site`, from the site's secret."""
    info = f"guichet mark v1|{order}".encode()
    return HKDF(algorithm=SHA256(), length=KEY, salt=site.encode(), info=info).derive(secret)


def with_mark(own: ProjectKeys, secret: bytes, *, site: str, order: str) -> ProjectKeys:
    """The project's `own` keys and that of one delivery."""
    return replace(own, keys=own.keys | {"mark": key_of(secret, site=site, order=order)})


def tag(key: bytes, body: str) -> str:
    """The tag of a body; the plain form of what ``marked_sql`` computes."""
    return hashlib.sha256(key + body.encode()).hexdigest()[:TAG]


def bears(key: bytes, identifier: str) -> bool:
    """Whether an identifier bears the mark of this key."""
    return tag(key, identifier[:BODY]) == identifier[BODY:]


def parameters(keys: ProjectKeys, purpose: str) -> dict[str, bytes]:
    """The parameters of ``marked_sql``."""
    return keys.parameters(purpose) | {"mark": keys.keys["mark"]}


def marked_sql(purpose: str, identifier: str) -> str:
    """SQL of the marked pseudonym of `identifier` (an SQL expression); NULL where it is.

    Nothing of it stands in a CASE, where the engine would compute the body twice.
    """
    body = f"substr({hmac_sql(purpose, identifier)}, 1, {BODY})"
    return f"{body} || substr(sha256($mark::BLOB || encode({body})), 1, {TAG})"
