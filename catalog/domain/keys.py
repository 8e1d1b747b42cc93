"""The keys of orders and reports: the portal's own, and the public ones of the sites.

The portal signs its orders with the Ed25519 key of the file ``ORDER_KEY_FILE`` (PEM, PKCS #8, read
again at each use so that a rotation takes effect in every worker at once). Each site holds the
public half. A site's own public key is a ``SiteKey``: the private half stays there.
"""

import base64
import binascii
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.db import transaction

from catalog.models import SealingKey, SiteKey, SiteOrder
from catalog.orders import sealing_key_holds

Holds = Callable[[dict, Ed25519PublicKey], bool]


class KeyUnavailable(RuntimeError):
    """There is no usable key to sign orders. The message says what to do, never the key."""


def load_order_key() -> Ed25519PrivateKey:
    """The key that signs orders. Raises KeyUnavailable where it is absent, malformed, or readable
    by others than its owner."""
    path = Path(settings.ORDER_KEY_FILE)
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise KeyUnavailable(
            f"{path} cannot be read ({error.strerror}): `manage.py order_key create` makes it"
        ) from error
    if mode & 0o077:
        raise KeyUnavailable(f"{path} can be read by others: `chmod 600` it")
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnavailable(f"{path} holds no private key in PEM") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnavailable(f"{path} holds a key that is not Ed25519")
    return key


def create_order_key(path: Path | None = None) -> Ed25519PublicKey:
    """Make the portal's order key, its file mode 0600 from its first byte.

    Returns the public half, to be given to each site. Raises FileExistsError.
    """
    path = path or Path(settings.ORDER_KEY_FILE)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = Ed25519PrivateKey.generate()
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return key.public_key()


def encode(key: Ed25519PublicKey) -> str:
    """A public key as ``SiteKey`` keeps it: its 32 bytes in base64."""
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def decode(text: str) -> Ed25519PublicKey:
    """The public key in ``text``; raises ValueError when there is none."""
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except binascii.Error as error:
        raise ValueError(f"not base64: {text[:50]}") from error


def fault_in(said: object, order: SiteOrder, holds: Holds, *, at: datetime) -> str:
    """Why ``said`` is not what the site of ``order`` says of it under a key valid at ``at``:
    ``absent``, ``signature``, ``order``; empty when it is.

    ``holds`` reads its signature: `catalog.orders.manifest_holds` or `certificate_holds`.
    """
    if not isinstance(said, dict):
        return "absent"
    keys = SiteKey.objects.filter(establishment=order.establishment_id).valid(at)
    if not any(holds(said, decode(key.public_key)) for key in keys):
        return "signature"
    about = (said.get("order"), said.get("site"))
    return "" if about == (order.hash, order.establishment_id) else "order"


def ever_signed(said: object, order: SiteOrder, holds: Holds) -> bool:
    """Whether a key of the site of ``order``, of any day, signed ``said``: what came under a key
    replaced since is refused, and is no forgery."""
    keys = SiteKey.objects.filter(establishment=order.establishment_id)
    return any(holds(said, decode(key.public_key)) for key in keys)


@transaction.atomic
def register_site_key(establishment, public_key: str, *, at: datetime) -> SiteKey:
    """Accept from ``at`` on the reports signed under ``public_key`` (base64) for ``establishment``.

    The key it had until then stops counting. The same key again changes nothing. Raises ValueError
    when the text is no Ed25519 public key.
    """
    decode(public_key)
    slug = getattr(establishment, "pk", establishment)
    current = SiteKey.objects.select_for_update().filter(establishment=slug).valid(at)
    found = current.filter(public_key=public_key).first()
    if found is not None:
        return found
    current.update(until=at)
    return SiteKey.objects.create(establishment_id=slug, public_key=public_key, since=at)


@transaction.atomic
def register_sealing_key(establishment, said: str, *, at: datetime) -> SealingKey:
    """Have citizens seal from ``at`` for the key in ``said``: key and signature, both in base64, as
    ``python -m catalog.site SITE --sealing-key`` prints them.

    The key it had until then stops being handed out. The same key again changes nothing. Raises
    ValueError unless one of the site's keys of the day signed it.
    """
    slug = getattr(establishment, "pk", establishment)
    public_key, _space, signature = said.strip().partition(" ")
    try:
        whole = len(base64.b64decode(public_key, validate=True)) == 32
    except binascii.Error as error:
        raise ValueError(f"not base64: {public_key[:50]}") from error
    signed = whole and any(
        sealing_key_holds(public_key, signature, decode(key.public_key), site=slug)
        for key in SiteKey.objects.filter(establishment=slug).valid(at)
    )
    if not signed:
        raise ValueError("the site did not sign this sealing key")
    current = SealingKey.objects.select_for_update().filter(establishment=slug).valid(at)
    found = current.filter(public_key=public_key).first()
    if found is not None:
        return found
    current.update(until=at)
    return SealingKey.objects.create(
        establishment_id=slug, public_key=public_key, signature=signature, since=at
    )
