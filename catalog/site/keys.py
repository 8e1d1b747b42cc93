"""The keys of a site: what is in its ``keys/`` folder, and how it is made.

- ``site.key``: Ed25519, PEM; signs reports and manifests. Its public half is given to the portal.
- ``site.secret``: 32 random bytes; every project's pseudonym keys are derived from it, and it never
  leaves the site. Lost, the same project would get other pseudonyms; stolen, pseudonyms could be
  recomputed: it is to be kept as patients' identities are.
- ``site.box``: X25519, 32 bytes; opens what citizens seal for this site. Its public half is given
  to the portal, signed under ``site.key``.
- ``portal*.pub``: the portal's verification keys (base64, 32 bytes), more than one during a change.

- ``linkage.secret``: 32 random bytes that all the sites of the network share, and nobody else;
  ``third-party.pub``: the X25519 key of the trusted third party. Both for linked projects only
  (``catalog.linkage``).

All files are 0600; a private one that others can read is refused.
"""

import base64
import binascii
import os
import secrets
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
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from catalog.orders import key_id, sign_sealing_key
from catalog.site.files import private_folder, sync, write


class KeyUnusable(Exception):
    """A key that is absent, malformed, or readable by others; the text says what to do."""


def create(folder: Path) -> Ed25519PublicKey:
    """Make the site's keys and secret in `folder`; those that exist are kept.

    Returns the public key, to be registered at the portal (``encode``).
    """
    private_folder(folder)
    key_file, secret_file = folder / "site.key", folder / "site.secret"
    if not key_file.exists():
        key = Ed25519PrivateKey.generate()
        create_private(
            key_file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
    if not secret_file.exists():
        create_private(secret_file, secrets.token_bytes(32))
    if not (folder / "site.box").exists():
        create_private(folder / "site.box", bytes(PrivateKey.generate()))
    return site_key(folder).public_key()


def create_private(path: Path, content: bytes) -> None:
    """Write a file that must not exist yet, mode 0600 from its first byte."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    sync(path.parent)


def trust_portal(folder: Path, key: Ed25519PublicKey) -> None:
    """Accept orders signed by `key` from now on, beside those accepted already."""
    private_folder(folder)
    path = folder / f"portal-{key_id(key)}.pub"
    if not path.exists():
        create_private(path, encode(key).encode() + b"\n")


def encode(key: Ed25519PublicKey) -> str:
    """A public key as 32 bytes in base64, as the portal registers it."""
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def decode(text: str) -> Ed25519PublicKey:
    """The key that ``encode`` wrote; raises ValueError."""
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text.strip(), validate=True))
    except binascii.Error as error:
        raise ValueError("not base64") from error


def decode_box(text: str) -> PublicKey:
    """The X25519 key in `text` (base64); raises ValueError."""
    try:
        return PublicKey(base64.b64decode(text.strip(), validate=True))
    except (ValueError, TypeError) as error:
        raise ValueError(f"{text[:50]!r} is not an X25519 public key in base64.") from error


def site_key(folder: Path) -> Ed25519PrivateKey:
    """The key that signs this site's reports. Raises KeyUnusable."""
    try:
        key = load_pem_private_key(read_private(folder / "site.key"), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnusable(f"{folder / 'site.key'} holds no private key in PEM.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(f"{folder / 'site.key'} holds a key that is not Ed25519.")
    return key


def site_secret(folder: Path) -> bytes:
    """The secret that pseudonym keys derive from. Raises KeyUnusable."""
    return read_secret(folder / "site.secret")


def box_key(folder: Path) -> PrivateKey:
    """The key that opens what is sealed for this site. Raises KeyUnusable."""
    return PrivateKey(read_secret(folder / "site.box"))


def linkage_secret(folder: Path) -> bytes:
    """The secret of all the sites, for linked projects. Raises KeyUnusable."""
    return read_secret(folder / "linkage.secret")


def third_party_key(folder: Path) -> PublicKey:
    """The key that what goes to the third party is sealed for. Raises KeyUnusable."""
    path = folder / "third-party.pub"
    try:
        return decode_box(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise KeyUnusable(f"{path} holds no X25519 public key in base64.") from error


def make_linkage_secret(folder: Path) -> None:
    """Make the secret of all the sites, at the first of them; the one there is is kept."""
    private_folder(folder)
    if not (folder / "linkage.secret").exists():
        create_private(folder / "linkage.secret", secrets.token_bytes(32))


def share_linkage_secret(folder: Path, sealing: str) -> str:
    """The secret of all the sites sealed (base64) for another one, by the key that its own people
    gave. Raises ValueError when `sealing` is no key, KeyUnusable."""
    box = SealedBox(decode_box(sealing))
    return base64.b64encode(box.encrypt(linkage_secret(folder))).decode()


def take_linkage_secret(folder: Path, sealed: str) -> None:
    """Keep the secret that another site sealed for this one. Raises ValueError, KeyUnusable; a
    secret that is already here is never replaced."""
    try:
        secret = SealedBox(box_key(folder)).decrypt(base64.b64decode(sealed, validate=True))
    except (ValueError, TypeError, CryptoError) as error:
        raise ValueError("This is not sealed for this site.") from error
    if (folder / "linkage.secret").exists():
        if linkage_secret(folder) != secret:
            raise ValueError("This site has another secret already: linkage.secret.")
        return
    create_private(folder / "linkage.secret", secret)


def trust_third_party(folder: Path, public: str) -> None:
    """Seal for the third party whose X25519 key (base64) is `public`. Raises ValueError."""
    decode_box(public)
    write(folder / "third-party.pub", public.encode() + b"\n")


def sealing_key(folder: Path, *, site: str) -> str:
    """The public half of ``site.box`` as the portal registers it: key and signature in base64.

    Signed by the site, so that nobody between it and the portal can put another in its place.
    Raises KeyUnusable.
    """
    public = base64.b64encode(bytes(box_key(folder).public_key)).decode()
    return f"{public} {sign_sealing_key(public, site_key(folder), site=site)}"


def portal_keys(folder: Path) -> dict[str, Ed25519PublicKey]:
    """The portal's keys that are trusted here, by key id. Raises KeyUnusable when there is none."""
    keys = {}
    for path in sorted(folder.glob("portal*.pub")):
        try:
            key = decode(path.read_text(encoding="ascii"))
        except (OSError, ValueError) as error:
            raise KeyUnusable(f"{path} holds no Ed25519 public key in base64.") from error
        keys[key_id(key)] = key
    if not keys:
        raise KeyUnusable(f"{folder} holds no key of the portal (portal*.pub): add it.")
    return keys


def read_secret(path: Path) -> bytes:
    """The 32 bytes of a file that its owner alone can read. Raises KeyUnusable."""
    secret = read_private(path)
    if len(secret) != 32:
        raise KeyUnusable(f"{path} does not hold 32 bytes.")
    return secret


def read_private(path: Path) -> bytes:
    """The content of a file that its owner alone can read. Raises KeyUnusable."""
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise KeyUnusable(f"{path} cannot be read ({error.strerror}).") from error
    if mode & 0o077:
        raise KeyUnusable(f"{path} can be read by others: chmod 600 it.")
    return content
