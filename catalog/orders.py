"""Orders from the portal to a site's program, and the reports that come back.

Both ends import this module; it knows neither Django nor Celery. Whatever one end signs is bytes:
canonical JSON (RFC 8785) under Ed25519, with a context line in front so that a signature made for
an order can never pass for a report. A site reads nothing of an order before its signature holds;
the portal reads nothing of a report before its own does.

Transport: the Celery task ``site.order`` with the envelope as its only argument, on
``queue_of(site, kind)``. Reports: ``POST {portal}/api/v1/site/reports``, body = the canonical
bytes, headers ``X-Site`` and ``X-Signature``. A report is identified by (order, sequence): the
portal refuses a second one with the same pair and another body.

``docs/developer/site.md`` describes the formats field by field.
"""

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

VERSION = 1
TASK = "site.order"
ORDER_KINDS = ("count", "extract", "cancel", "destroy", "object", "quality", "space")
DELIVERY_KINDS = ("aggregates", "pseudonymised")
REPORT_KINDS = (
    "accepted",
    "progress",
    "count",
    "delivered",
    "refused",
    "failed",
    "cancelled",
    "heartbeat",
    "destroyed",
    "objection",
    "quality",
    "witness",
    "space",
    "presence",
)
FINAL_REPORTS = frozenset(
    {
        "count",
        "delivered",
        "refused",
        "failed",
        "cancelled",
        "destroyed",
        "objection",
        "quality",
        "space",
    }
)
"""After one of these an order has nothing more to say."""

THRESHOLD = 11
"""Fewest persons a figure may stand for (C-09, P-02). No site goes below, whatever is asked."""
ROUNDING = 5
"""Width of the classes that counts are published in (docs/decisions/masked-counts.md)."""

MOST_ASKERS = 500
"""Persons of one circle that an order to count names."""

LONGEST_SEALED = 4_096
"""Longest text of an order to object: a sealed box in base64, or a receipt number."""

SPACE_STATES = ("open", "cut", "destroyed")
"""What an order asks of a working space."""
MOST_MEMBERS = 500
"""Members whom an order lets into a space."""
LONGEST_CODE = 40
"""Characters of the code that says why a space is cut."""

MAXIMUM_BYTES = 1_000_000
"""Longest order or report that is looked at."""

_NotCanonical = rfc8785.CanonicalizationError

_ORDER_CONTEXT = b"guichet order v1\n"
_REPORT_CONTEXT = b"guichet report v1\n"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NUMBER = re.compile(r"[0-9]{4}-[0-9]{4,6}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class OrderRefused(Exception):
    """An order that the site does not carry out.

    ``reason`` is a stable code: ``malformed``, ``unknown_key``, ``signature``, ``version``,
    ``kind``, ``site``, ``expired``, ``field``; ``values`` says more, in data.
    ``order`` is the order's id once the signature held, None before: an unsigned claim is not
    repeated as a fact.
    """

    def __init__(self, reason: str, order: str | None = None, **values: Any):
        super().__init__(reason, values)
        self.reason = reason
        self.order = order
        self.values = values

    def __str__(self) -> str:
        details = ", ".join(f"{key}={value}" for key, value in self.values.items())
        return f"{self.reason} ({details})" if details else self.reason


class ReportRefused(Exception):
    """A report that does not hold: ``reason`` is ``malformed``, ``signature``, ``site``, ``kind``
    or ``too_long``; or, of what a witness says, one of ``witnesses.StatementRefused``."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Order:
    """A verified order: what it says, and the hash of the bytes that were signed."""

    body: dict
    hash: str
    key: str

    @property
    def id(self) -> str:
        return self.body["order"]

    @property
    def kind(self) -> str:
        return self.body["kind"]


def canonical(value: Any) -> bytes:
    """The bytes of `value` under RFC 8785, which are what is signed and hashed."""
    return rfc8785.dumps(value)


def instant(at: datetime) -> str:
    """`at` (aware) as RFC 3339 UTC to the second, as in every order and report."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_instant(text: str) -> datetime:
    """The aware datetime of an RFC 3339 text; raises ValueError when it has no offset."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"no UTC offset: {text}")
    return at


def key_id(key: Ed25519PublicKey) -> str:
    """The short name of a public key: 16 hexadecimal digits of the SHA-256 of its 32 bytes."""
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def queue_of(site: str, kind: str) -> str:
    """The queue an order of this kind travels on.

    A cancellation has a queue of its own, which a busy site reads between two tables; the others
    would wait behind the very extraction they mean to stop. So has what opens and cuts a working
    space: a suspension does not wait for an extraction.
    """
    return f"site.{site}.control" if kind in ("cancel", "space") else f"site.{site}"


def order_hash(payload: bytes) -> str:
    """SHA-256 (hex) of an order's canonical bytes: its identity in manifests, locks and ledger."""
    return hashlib.sha256(payload).hexdigest()


def sign_order(payload: bytes, private_key: Ed25519PrivateKey) -> dict[str, str]:
    """The envelope that travels: ``{"order", "signature", "key"}``, base64 and the key's id.

    `payload` is ``canonical(body)``.
    """
    return {
        "order": base64.b64encode(payload).decode(),
        "signature": base64.b64encode(private_key.sign(_ORDER_CONTEXT + payload)).decode(),
        "key": key_id(private_key.public_key()),
    }


def verify_order(
    envelope: Any, keys: dict[str, Ed25519PublicKey], *, site: str, at: datetime
) -> Order:
    """The order in `envelope`, if one of `keys` (by key id) signed it for `site` and it is valid
    `at` that instant.

    Raises OrderRefused, in this order: shape of the envelope, key, signature, version, kind, site,
    validity, fields.
    """
    if not isinstance(envelope, dict):
        raise OrderRefused("malformed")
    try:
        encoded, signature = envelope["order"], envelope["signature"]
        if len(encoded) > MAXIMUM_BYTES * 4 // 3 + 4:
            raise OrderRefused("malformed", bytes=len(encoded))
        payload = base64.b64decode(encoded, validate=True)
        signature = base64.b64decode(signature, validate=True)
        key_name = str(envelope["key"])
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise OrderRefused("malformed") from error
    key = keys.get(key_name)
    if key is None:
        raise OrderRefused("unknown_key", key=key_name[:32])
    try:
        key.verify(signature, _ORDER_CONTEXT + payload)
    except InvalidSignature as error:
        raise OrderRefused("signature", key=key_name) from error
    try:
        body = json.loads(payload)
        same = isinstance(body, dict) and canonical(body) == payload
    except (ValueError, RecursionError, _NotCanonical) as error:
        raise OrderRefused("malformed") from error
    if not same:
        raise OrderRefused("malformed")
    _check_body(body, site=site, at=at)
    return Order(body=body, hash=order_hash(payload), key=key_name)


def _check_body(body: dict, *, site: str, at: datetime) -> None:
    name = body.get("order")
    order = name if isinstance(name, str) and _UUID.fullmatch(name) else None
    if order is None:
        raise OrderRefused("field", field="order")
    if body.get("version") != VERSION:
        raise OrderRefused("version", order, version=body.get("version"))
    if body.get("kind") not in ORDER_KINDS:
        raise OrderRefused("kind", order, kind=str(body.get("kind"))[:32])
    if body.get("site") != site:
        raise OrderRefused("site", order, site=str(body.get("site"))[:64], here=site)
    try:
        issued = read_instant(body["issued"])
        valid_until = read_instant(body["valid_until"])
    except (KeyError, TypeError, ValueError) as error:
        raise OrderRefused("field", order, field="valid_until") from error
    if at > valid_until:
        raise OrderRefused("expired", order, valid_until=body["valid_until"])
    if issued > valid_until:
        raise OrderRefused("field", order, field="issued")
    for field in _missing(body):
        raise OrderRefused("field", order, field=field)


def _missing(body: dict) -> list[str]:
    """The fields of an order of this kind that are absent or not of their type."""
    kind = body["kind"]
    wrong = []
    number = body.get("number")
    if number is not None and not (isinstance(number, str) and _NUMBER.fullmatch(number)):
        wrong.append("number")
    for field in ("threshold", "rounding"):
        value = body.get(field)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            wrong.append(field)
    if kind in ("cancel", "destroy"):
        target = body.get("target")
        if not (isinstance(target, str) and _UUID.fullmatch(target)):
            wrong.append("target")
    if kind in ("count", "extract") and not isinstance(body.get("cohort"), dict):
        wrong.append("cohort")
    if kind == "count" and not _askers(body.get("askers", [])):
        wrong.append("askers")
    if kind == "extract":
        if number is None:
            wrong.append("number")
        project = body.get("project")
        if not (isinstance(project, str) and _UUID.fullmatch(project)):
            wrong.append("project")
        if body.get("delivery_kind") not in DELIVERY_KINDS:
            wrong.append("delivery_kind")
        if not isinstance(body.get("variables"), list):
            wrong.append("variables")
        if not isinstance(body.get("period"), dict):
            wrong.append("period")
        if not isinstance(body.get("true_dates"), bool):
            wrong.append("true_dates")
        if not isinstance(body.get("exception_examined", False), bool):
            wrong.append("exception_examined")
        launched_by = body.get("launched_by")
        if not (isinstance(launched_by, str) and 0 < len(launched_by) <= 100):
            wrong.append("launched_by")
        try:
            read_instant(body["objections_before"])
        except (KeyError, TypeError, ValueError):
            wrong.append("objections_before")
        if not _names(body.get("objections", [])):
            wrong.append("objections")
        if not isinstance(body.get("linkage", {}), dict):
            wrong.append("linkage")
    if kind == "object":
        wrong += _missing_of_objection(body)
    if kind == "space":
        wrong += _missing_of_space(body)
    return wrong


def _missing_of_space(body: dict) -> list[str]:
    wrong = [] if body.get("number") is not None else ["number"]
    project, turn, because = (body.get(name) for name in ("project", "turn", "because"))
    if not _names([project]):
        wrong.append("project")
    if isinstance(turn, bool) or not isinstance(turn, int) or turn < 1:
        wrong.append("turn")
    if body.get("state") not in SPACE_STATES:
        wrong.append("state")
    if not isinstance(because, str) or len(because) > LONGEST_CODE:
        wrong.append("because")
    if "until" not in body or not (body["until"] is None or _is_instant(body["until"])):
        wrong.append("until")
    members = body.get("members")
    if not (
        isinstance(members, list)
        and len(members) <= MOST_MEMBERS
        and all(isinstance(each, dict) for each in members)
        and _names([each.get("member") for each in members])
        and all(_is_instant(each.get("until")) for each in members)
    ):
        wrong.append("members")
    if not _names(body.get("deliveries")):
        wrong.append("deliveries")
    return wrong


def _is_instant(value: Any) -> bool:
    try:
        read_instant(value)
    except (TypeError, ValueError):
        return False
    return True


def _missing_of_objection(body: dict) -> list[str]:
    if body.get("act") == "compare":
        after = body.get("after", "")
        return [] if after is None or _names([after]) else ["after"]
    wrong = [] if _names([body.get("objection")]) else ["objection"]
    receipt = body.get("receipt")
    if not (isinstance(receipt, str) and _DIGEST.fullmatch(receipt)):
        wrong.append("receipt")
    if body.get("act") not in ("object", "lift"):
        wrong.append("act")
    said = "sealed" if body.get("act") == "object" else "said"
    if not (isinstance(body.get(said), str) and len(body[said]) <= LONGEST_SEALED):
        wrong.append(said)
    return wrong


def _names(value: Any) -> bool:
    """Whether `value` is a list of UUIDs."""
    return isinstance(value, list) and all(
        isinstance(each, str) and _UUID.fullmatch(each) for each in value
    )


def _askers(value: Any) -> bool:
    """Whether `value` is a list of references of who asks, none of them a name."""
    return (
        isinstance(value, list)
        and len(value) <= MOST_ASKERS
        and all(isinstance(each, str) and _DIGEST.fullmatch(each) for each in value)
    )


def sign_report(payload: bytes, private_key: Ed25519PrivateKey) -> str:
    """The value of ``X-Signature`` for a report's canonical bytes."""
    return base64.b64encode(private_key.sign(_REPORT_CONTEXT + payload)).decode()


def verify_report(
    payload: bytes, signature: str, public_key: Ed25519PublicKey, *, site: str
) -> dict[str, Any]:
    """The report in `payload`, if `public_key` (that of `site`, from ``X-Site``) signed it.

    Raises ReportRefused. Replays are the caller's to refuse, on (order, sequence).
    """
    if len(payload) > MAXIMUM_BYTES:
        raise ReportRefused("too_long")
    try:
        raw = base64.b64decode(signature, validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise ReportRefused("signature") from error
    try:
        public_key.verify(raw, _REPORT_CONTEXT + payload)
    except InvalidSignature as error:
        raise ReportRefused("signature") from error
    try:
        report = json.loads(payload)
        if not isinstance(report, dict) or canonical(report) != payload:
            raise ReportRefused("malformed")
        read_instant(report["at"])
    except (KeyError, TypeError, ValueError, RecursionError, _NotCanonical) as error:
        raise ReportRefused("malformed") from error
    if report.get("site") != site or not _SLUG.fullmatch(site):
        raise ReportRefused("site")
    if report.get("kind") not in REPORT_KINDS:
        raise ReportRefused("kind")
    order, sequence, body = report.get("order"), report.get("sequence"), report.get("body")
    if order is not None and not (isinstance(order, str) and _UUID.fullmatch(order)):
        raise ReportRefused("malformed")
    if isinstance(sequence, bool) or not isinstance(sequence, int) or sequence < 0:
        raise ReportRefused("malformed")
    if not isinstance(body, dict):
        raise ReportRefused("malformed")
    return report


def mask(persons: int, *, threshold: int = THRESHOLD, rounding: int = ROUNDING) -> dict[str, Any]:
    """A count as it may leave a site: ``{"persons": n or None, "masked": bool}``.

    Under `threshold` (never less than THRESHOLD; zero included) nothing but the fact that it is
    under. Otherwise rounded *up* to a multiple of `rounding`: 11 to 15 persons read 15, so that
    every figure shown stands for exactly `rounding` possible counts, the first one included.
    """
    least = max(threshold, THRESHOLD)
    step = max(rounding, ROUNDING)
    if persons < least:
        return {"persons": None, "masked": True}
    return {"persons": -(-persons // step) * step, "masked": False}


_MANIFEST_CONTEXT = b"guichet manifest v1\n"
_CERTIFICATE_CONTEXT = b"guichet certificate v1\n"


def sign_manifest(manifest: dict, private_key: Ed25519PrivateKey) -> dict:
    """`manifest` with the site's key id and signature, over all the rest in canonical form."""
    return _signed(_MANIFEST_CONTEXT, manifest, private_key)


def manifest_holds(manifest: dict, public_key: Ed25519PublicKey) -> bool:
    """Whether `manifest`, as delivered, carries a valid signature of the site."""
    return _holds(_MANIFEST_CONTEXT, manifest, public_key)


def sign_certificate(certificate: dict, private_key: Ed25519PrivateKey) -> dict:
    """What a site certifies destroyed, with its key id and signature, likewise."""
    return _signed(_CERTIFICATE_CONTEXT, certificate, private_key)


def certificate_holds(certificate: dict, public_key: Ed25519PublicKey) -> bool:
    """Whether `certificate` carries a valid signature of the site."""
    return _holds(_CERTIFICATE_CONTEXT, certificate, public_key)


def _signed(context: bytes, said: dict, private_key: Ed25519PrivateKey) -> dict:
    named = said | {"key": key_id(private_key.public_key())}
    signature = private_key.sign(context + canonical(named))
    return named | {"signature": base64.b64encode(signature).decode()}


def _holds(context: bytes, said: dict, public_key: Ed25519PublicKey) -> bool:
    named = {name: value for name, value in said.items() if name != "signature"}
    try:
        signature = base64.b64decode(said["signature"], validate=True)
        public_key.verify(signature, context + canonical(named))
    except (KeyError, TypeError, ValueError, InvalidSignature, _NotCanonical):
        return False
    return True


_SEALING_CONTEXT = b"guichet sealing key v1\n"


def sign_sealing_key(public: str, private_key: Ed25519PrivateKey, *, site: str) -> str:
    """The site's signature, in base64, of the key (base64) for which citizens seal."""
    said = canonical({"key": public, "site": site})
    return base64.b64encode(private_key.sign(_SEALING_CONTEXT + said)).decode()


def sealing_key_holds(
    public: str, signature: str, public_key: Ed25519PublicKey, *, site: str
) -> bool:
    """Whether `site` signed `public` as its sealing key."""
    said = canonical({"key": public, "site": site})
    try:
        raw = base64.b64decode(signature, validate=True)
        public_key.verify(raw, _SEALING_CONTEXT + said)
    except (ValueError, InvalidSignature):
        return False
    return True
