"""A network of sites with a trusted third party, each in a folder of its own, as tests make it."""

import hashlib
import hmac
import os
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from catalog.linkage import key_for, sign_grant
from catalog.orders import instant
from catalog.site import keys
from catalog.site.pseudonyms import derive
from catalog.third_party import keys as third_party_keys
from tests.catalog.site.making import EVERYONE, NOW, NUMBER, PROJECT, SiteHere, variable
from tests.catalog.site.oracle import rows

WHO = [
    variable("person.gender_source_value"),
    variable("visit_occurrence.visit_start_date"),
    variable("visit_occurrence.visit_end_date"),
]
DECISION = "d" * 64


class Network:
    """Sites, each with its own folder, and a third party with its own; one portal's key."""

    def __init__(self, folder: Path, slugs):
        self.folder, self.portal = folder, Ed25519PrivateKey.generate()
        self.sites: dict[str, SiteHere] = {}
        self.slugs = list(slugs)
        self.place = folder / "third-party"
        keys.trust_portal(self.place / "keys", self.portal.public_key())
        self.public = third_party_keys.create(self.place)
        self.address = ""
        self.server = None

    def add(self, slug: str, warehouse: Path) -> SiteHere:
        site = SiteHere(self.folder / slug, warehouse, slug=slug, portal=self.portal)
        folder = site.settings.keys
        sealing = keys.sealing_key(folder, site=slug).split()[0]
        third_party_keys.know_site(self.place, slug, sealing)
        keys.trust_third_party(folder, self.public)
        first = next(iter(self.sites.values()), None)
        if first is None:
            keys.make_linkage_secret(folder)
        else:
            sealed = keys.share_linkage_secret(first.settings.keys, sealing)
            keys.take_linkage_secret(folder, sealed)
        self.sites[slug] = site
        return site

    def start(self) -> None:
        """Run the third party's program, with nothing of the portal's or a site's around it."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        environment = {
            "PATH": os.environ["PATH"],
            "THIRD_PARTY_FOLDER": str(self.place),
            "THIRD_PARTY_LISTEN": f"127.0.0.1:{port}",
        }
        self.server = subprocess.Popen(
            [sys.executable, "-m", "catalog.third_party"],
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        for site in self.sites.values():
            site.settings = replace(site.settings, third_party=self.address)
        deadline = time.monotonic() + 20
        while True:
            try:
                with urllib.request.urlopen(f"{self.address}/health", timeout=2):
                    return
            except OSError:
                assert time.monotonic() < deadline, "the third party does not start"
                time.sleep(0.05)

    def grant(self, slug: str, *, key=None, **changed) -> dict:
        said = {
            "version": 1,
            "grant": str(uuid.uuid4()),
            "number": NUMBER,
            "project": PROJECT,
            "decision": DECISION,
            "sites": self.slugs,
            "site": slug,
            "issued": instant(NOW),
            "valid_until": instant(NOW + timedelta(days=9_000)),
        }
        return sign_grant(said | changed, key or self.portal)

    def delivery(self, slug: str, *, linked: bool, **changed) -> tuple[dict, dict, Path]:
        site = self.sites[slug]
        said = {"cohort": EVERYONE, "variables": WHO} | changed
        if linked:
            said |= {"linkage": self.grant(slug, project=said.get("project", PROJECT))}
        body = site.body(**said)
        last = site.last(body)
        assert last["kind"] == "delivered", last
        return body, last["body"]["manifest"], site.space(body)

    def link(self, identifier: str, project: str) -> str:
        """Stage 2 of an identifier, worked out with both secrets."""
        shared_secret = keys.linkage_secret(next(iter(self.sites.values())).settings.keys)
        first = key_for(shared_secret, purpose="identity", project=project)
        network = third_party_keys.network_secret(self.place)
        second = key_for(network, purpose="network", project=project)
        staged = hmac.new(first, identifier.encode(), hashlib.sha256).digest()
        return hmac.new(second, staged, hashlib.sha256).hexdigest()

    def pseudonym(self, identifier: str, project: str = PROJECT) -> str:
        secret = keys.linkage_secret(next(iter(self.sites.values())).settings.keys)
        common = derive(secret, site="network", project=project)
        return common.pseudonym("person", self.link(identifier, project))


def persons(folder: Path) -> set[str]:
    return {row["person_id"] for row in rows(folder, "person")}


def shared_between(deliveries: dict[str, Path]) -> set[str]:
    """The pseudonyms that two sites or more delivered."""
    seen: set[str] = set()
    twice: set[str] = set()
    for folder in deliveries.values():
        twice |= seen & persons(folder)
        seen |= persons(folder)
    return twice
