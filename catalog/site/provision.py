"""Making a site's folder: keys, settings, trust in the portal. Safe to repeat."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from catalog.site import keys
from catalog.site.files import private_folder, write
from catalog.site.settings import SiteSettings, check_slug


def provision(
    site: str,
    folder: Path,
    *,
    portal_key: Ed25519PublicKey | None = None,
    portal_url: str = "",
    broker_url: str = "",
) -> str:
    """Make what is missing in `folder` for `site` and trust `portal_key`.

    An existing ``settings.toml`` is left as it is. Returns the site's public key in base64, to be
    registered at the portal (``catalog.domain.keys.register_site_key``).
    """
    check_slug(site)
    settings = SiteSettings(site=site, folder=folder)
    # Crossed but not listed by others, like the data folder above it; each folder is private.
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "warehouse").mkdir(exist_ok=True)
    for private in (
        settings.spaces,
        settings.journal,
        settings.spool,
        settings.locks,
        settings.objections,
        folder / "identities",
    ):
        private_folder(private)
    public = keys.create(settings.keys)
    if portal_key is not None:
        keys.trust_portal(settings.keys, portal_key)
    path = folder / "settings.toml"
    if not path.exists():
        write(path, _SETTINGS.format(site=site, portal=portal_url, broker=broker_url).encode())
    return keys.encode(public)


_SETTINGS = """\
# The program of one establishment: python -m catalog.site {site}
# An empty value is taken from the environment (docs/operator/site.md).
site = "{site}"

[portal]
url = "{portal}"

[broker]
url = "{broker}"

[warehouse]
address = "parquet:warehouse"
memory = "1GB"
threads = 1
nice = 10

[identities]
address = "parquet:identities"

[counts]
threshold = 11
rounding = 5
"""
