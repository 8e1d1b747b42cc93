"""What is in the third party's ``keys/`` folder and in ``sites/``, and how it is made.

- ``network.secret``: 32 random bytes; the key of each project derives from it. Lost, the same
  project would get other links; stolen, it gives nothing without the sites' own key.
- ``third-party.box``: X25519; what sites seal for. Its public half is given to each site.
- ``portal*.pub``: the portal's keys, which sign grants.
- ``sites/<site>.pub``: the X25519 key of each site (``python -m catalog.site SITE --sealing-key``),
  that the site's own people gave, never the portal.
"""

import base64
import re
import secrets
from pathlib import Path

from nacl.public import PrivateKey, PublicKey

from catalog.site.files import private_folder, write
from catalog.site.keys import KeyUnusable, create_private, decode_box, read_secret

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def create(folder: Path) -> str:
    """Make the secret and the box in ``folder/keys``; those that exist are kept. Returns the public
    key in base64, which each site installs."""
    keys = private_folder(folder / "keys")
    if not (keys / "network.secret").exists():
        create_private(keys / "network.secret", secrets.token_bytes(32))
    if not (keys / "third-party.box").exists():
        create_private(keys / "third-party.box", bytes(PrivateKey.generate()))
    private_folder(folder / "sites")
    return base64.b64encode(bytes(box_key(folder).public_key)).decode()


def network_secret(folder: Path) -> bytes:
    """The secret that each project's key derives from. Raises KeyUnusable."""
    return read_secret(folder / "keys" / "network.secret")


def box_key(folder: Path) -> PrivateKey:
    """The key that opens what sites seal. Raises KeyUnusable."""
    return PrivateKey(read_secret(folder / "keys" / "third-party.box"))


def know_site(folder: Path, site: str, public: str) -> None:
    """Answer to `site` from now on when it seals under `public` (base64). Raises ValueError."""
    if not _SLUG.fullmatch(site):
        raise ValueError(f"{site!r} is no name of an establishment, as chu-rennes.")
    decode_box(public)
    write(private_folder(folder / "sites") / f"{site}.pub", public.encode() + b"\n")


def key_of_site(folder: Path, site: str) -> PublicKey | None:
    """The key of a site, None where it is not known here. Raises KeyUnusable."""
    path = folder / "sites" / f"{site}.pub"
    if not _SLUG.fullmatch(site) or not path.is_file():
        return None
    try:
        return decode_box(path.read_text(encoding="ascii"))
    except ValueError as error:
        raise KeyUnusable(f"{path} holds no X25519 public key in base64.") from error
