"""Facts as canonical bytes (RFC 8785) under their hash, so that they can be judged again.

Canonicalise once, when deciding; afterwards hash and read the stored bytes.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import rfc8785

from governance.charters.later import plain


class NotCanonical(ValueError):
    """The value has no canonical form (not JSON, a number beyond 2^53, a lone surrogate)."""


def canonical_bytes(facts: Mapping[str, Any]) -> bytes:
    """The RFC 8785 bytes of ``facts``. Raises NotCanonical."""
    try:
        return rfc8785.dumps(plain(facts))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise NotCanonical(str(error)) from error


def digest(stored: bytes) -> bytes:
    """SHA-256 of canonical bytes, 32 bytes."""
    return hashlib.sha256(stored).digest()


def facts_from(stored: bytes) -> dict[str, Any]:
    """The facts held by canonical bytes. Raises ValueError when they are not JSON."""
    return json.loads(stored)
