"""The demonstration's sites are provisioned in one call, and again without losing their keys."""

import hashlib
from pathlib import Path

import duckdb
import pytest

from catalog.domain.demonstration_sites import (
    NotDemonstration,
    persons_of,
    provision_demonstration,
)
from catalog.domain.keys import load_order_key
from catalog.models import SiteKey
from catalog.orders import key_id
from catalog.site import keys
from catalog.third_party.keys import box_key, key_of_site
from tests.catalog.making import NOW
from tests.people import establishment

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(tmp_path, settings):
    settings.SITES_ROOT = tmp_path / "sites"
    for slug in ("chu-rennes", "ico"):
        establishment(slug)
    return settings.SITES_ROOT


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*.parquet"))
    }


def test_each_establishment_there_is_gets_its_folder_its_keys_and_its_warehouse(root):
    made = provision_demonstration(at=NOW, patients=1_200)
    assert sorted(made) == ["chu-rennes", "ico"]
    for slug in made:
        public = keys.encode(keys.site_key(root / slug / "keys").public_key())
        assert SiteKey.objects.valid(NOW).get(establishment=slug).public_key == public
        portal = load_order_key().public_key()
        assert list(keys.portal_keys(root / slug / "keys")) == [key_id(portal)]
        found = duckdb.read_parquet(str(root / slug / "warehouse/person.parquet"))
        assert found.aggregate("count(*)").fetchone() == (persons_of(slug, 1_200),)


def test_two_sites_hold_other_keys_and_other_persons(root):
    provision_demonstration(at=NOW, patients=1_200)
    rennes, ico = root / "chu-rennes", root / "ico"
    assert keys.site_secret(rennes / "keys") != keys.site_secret(ico / "keys")
    shared = duckdb.sql(
        f"SELECT count(*) FROM read_parquet('{rennes}/warehouse/person.parquet') AS one "
        f"JOIN read_parquet('{ico}/warehouse/person.parquet') AS other USING (person_id)"
    )
    assert shared.fetchone() == (0,)


def test_provisioning_again_changes_no_key_and_no_byte(root):
    provision_demonstration(at=NOW, patients=1_200)
    before = digests(root / "ico/warehouse")
    secret = keys.site_secret(root / "ico/keys")
    provision_demonstration(at=NOW, patients=1_200)
    assert digests(root / "ico/warehouse") == before
    assert keys.site_secret(root / "ico/keys") == secret
    assert SiteKey.objects.count() == 2


def test_another_seed_makes_other_persons(root):
    provision_demonstration(at=NOW, patients=1_200, sites=["ico"])
    before = digests(root / "ico/warehouse")
    provision_demonstration(at=NOW, patients=1_200, sites=["ico"], seed=7)
    assert digests(root / "ico/warehouse") != before


def test_a_warehouse_that_stands_whole_may_be_kept(root):
    made = provision_demonstration(at=NOW, patients=1_200, sites=["ico"])
    before = digests(root / "ico/warehouse")
    assert provision_demonstration(at=NOW, sites=["ico"], seed=7, keep=True) == made
    assert digests(root / "ico/warehouse") == before
    (root / "ico/warehouse/SYNTHETIQUE.txt").unlink()
    provision_demonstration(at=NOW, patients=1_200, sites=["ico"], seed=7, keep=True)
    assert digests(root / "ico/warehouse") != before


def test_production_makes_no_synthetic_warehouse(root, settings):
    settings.PRODUCTION = True
    with pytest.raises(NotDemonstration):
        provision_demonstration(at=NOW)
    assert not root.exists()


def test_the_third_party_and_the_sites_know_each_other_and_share_no_secret(root):
    provision_demonstration(at=NOW, patients=1_200)
    place = root.parent / "third-party"
    secrets = {slug: keys.linkage_secret(root / slug / "keys") for slug in ("chu-rennes", "ico")}
    assert secrets["chu-rennes"] == secrets["ico"]
    network = (place / "keys/network.secret").read_bytes()
    assert network not in secrets.values()
    for slug in secrets:
        box = keys.box_key(root / slug / "keys").public_key
        assert bytes(key_of_site(place, slug)) == bytes(box)
        assert bytes(keys.third_party_key(root / slug / "keys")) == bytes(box_key(place).public_key)
    provision_demonstration(at=NOW, patients=1_200, keep=True)
    assert keys.linkage_secret(root / "ico" / "keys") == secrets["ico"]
    assert (place / "keys/network.secret").read_bytes() == network
