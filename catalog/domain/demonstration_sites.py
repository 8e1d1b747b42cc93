"""The sites of the demonstration network on one machine: their folders, keys and warehouses.

In production a site is installed at its establishment, by its own people, and only its public key
comes here (``docs/operator/site.md``).
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings

from catalog.demo_warehouse.generate import generate, made_before
from catalog.demo_warehouse.identities import write_identities
from catalog.demo_warehouse.sites import SITES
from catalog.domain.keys import (
    create_order_key,
    load_order_key,
    register_sealing_key,
    register_site_key,
)
from catalog.site import keys
from catalog.site.provision import provision
from catalog.third_party import keys as third_party_keys
from governance.models import Establishment

SEED = 2019


class NotDemonstration(Exception):
    """Synthetic warehouses are not made where real ones may stand."""


def provision_demonstration(
    *,
    at: datetime,
    patients: int | None = None,
    seed: int = SEED,
    sites: Iterable[str] | None = None,
    keep: bool = False,
) -> dict[str, int]:
    """Make the folder, the keys and the synthetic warehouse of each establishment there is.

    ``patients`` is how many synthetic persons the whole network has, shared out in the proportions
    of ``SITES``; ``sites`` the slugs, all of ``SITES`` when None. The portal's order key is made
    where it is missing, and each site's public keys are accepted from ``at``; a trusted third party
    stands beside them. Safe to repeat: keys
    and settings that exist are kept, warehouses written again, unless told to ``keep`` those that
    stand. Returns site -> rows.

    Raises NotDemonstration in production.
    """
    if settings.PRODUCTION:
        raise NotDemonstration("This is production: synthetic warehouses are not made here.")
    if not Path(settings.ORDER_KEY_FILE).exists():
        create_order_key()
    portal_key = load_order_key().public_key()
    wanted = SITES if sites is None else {slug: SITES[slug] for slug in sites}
    present = set(Establishment.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    made = {}
    for slug in wanted:
        if slug not in present:
            continue
        folder = settings.SITES_ROOT / slug
        public = provision(slug, folder, portal_key=portal_key)
        register_site_key(slug, public, at=at)
        sealing = keys.sealing_key(folder / "keys", site=slug)
        register_sealing_key(slug, sealing, at=at)
        warehouse, persons = folder / "warehouse", persons_of(slug, patients)
        tables = (keep and made_before(warehouse)) or generate(
            warehouse, site=slug, persons=persons, seed=seed
        )
        made[slug] = sum(tables.values())
        write_identities(folder / "identities", warehouse=warehouse)
    provision_third_party(list(made))
    return made


def third_party_folder() -> Path:
    """Where the trusted third party of the demonstration stands, beside the sites."""
    return settings.SITES_ROOT.parent / "third-party"


def provision_third_party(slugs: list[str]) -> None:
    """Make the folder of the trusted third party, known to the sites `slugs` and knowing them, and
    have these share their secret. Safe to repeat.

    In production it is installed elsewhere, by other people (``docs/operator/third-party.md``).
    """
    place = third_party_folder()
    keys.trust_portal(place / "keys", load_order_key().public_key())
    public = third_party_keys.create(place)
    folders = {slug: settings.SITES_ROOT / slug / "keys" for slug in slugs}
    known = [each for each in folders.values() if (each / "linkage.secret").exists()]
    for slug, folder in folders.items():
        sealing = keys.sealing_key(folder, site=slug).split()[0]
        third_party_keys.know_site(place, slug, sealing)
        keys.trust_third_party(folder, public)
        if not known:
            keys.make_linkage_secret(folder)
            known.append(folder)
        keys.take_linkage_secret(folder, keys.share_linkage_secret(known[0], sealing))


def persons_of(site: str, patients: int | None = None) -> int:
    """How many synthetic persons ``site`` has, when the whole network has ``patients``."""
    if patients is None:
        return SITES[site]
    return max(1, round(patients * SITES[site] / sum(SITES.values())))
