"""A site's program as the portal meets it: the key it signs with, what it reports."""

import uuid

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from catalog.domain.keys import encode, register_site_key
from catalog.domain.reports import receive_report
from catalog.orders import canonical, instant, sign_certificate, sign_manifest, sign_report

CHECKS = {
    "identifiers_absent": True,
    "keys_proper": True,
    "dates_shifted": True,
    "objectors_absent": True,
    "not_informed_absent": True,
    "columns_exact": True,
    "period_exact": True,
    "persons_exact": True,
}


class SiteProgram:
    """The program of the establishment `slug`, whose key the portal knows since `at`."""

    def __init__(self, slug: str, *, at):
        self.slug, self.at = slug, at
        self.key = Ed25519PrivateKey.generate()
        self.sequences = {}
        register_site_key(slug, encode(self.key.public_key()), at=at)

    def says(self, order, kind: str, *, at=None, **body):
        """Send a signed report on `order`."""
        at = at or self.at
        sequence = self.sequences.get(order.pk, -1) + 1
        self.sequences[order.pk] = sequence
        payload = canonical(
            {
                "site": self.slug,
                "order": str(order.pk if not isinstance(order, uuid.UUID) else order),
                "sequence": sequence,
                "at": instant(at),
                "kind": kind,
                "body": body,
            }
        )
        return receive_report(
            payload, site=self.slug, signature=sign_report(payload, self.key), at=at
        )

    def manifest(self, order, /, *, at=None, **changed) -> dict:
        """The signed manifest of a delivery that is in order, but for what is `changed`."""
        at = at or self.at
        said = {
            "number": order.body["number"],
            "site": self.slug,
            "order": order.hash,
            "software": {"guichet": "1.0"},
            "query": "SELECT …",
            "objection_list": instant(at),
            "tables": [
                {"name": "person", "rows": 120, "columns": ["person_id"], "sha256": "0" * 64}
            ],
            "start": instant(at),
            "end": instant(at),
            "launched_by": order.body["launched_by"],
            "checks": CHECKS,
        }
        return sign_manifest(said | changed, self.key)

    def delivers(self, order, /, *, at=None, **changed):
        """Report the delivery of `order` with its manifest."""
        manifest = self.manifest(order, at=at, **changed)
        return self.says(order, "delivered", at=at, manifest=manifest)

    def keeps(self, order, /, *, at=None, **more):
        """Report that the space of `order` is what it says; with a certificate when destroyed."""
        said = {name: order.body[name] for name in ("turn", "state", "because")}
        said |= {"provider": "catalog.site.spaces.embedded.Embedded"}
        if order.body["state"] == "destroyed":
            said["certificate"] = self.certificate(order, at=at)
        return self.says(order, "space", at=at, **(said | more))

    def certificate(self, order, /, *, at=None, **changed) -> dict:
        """The signed certificate that the space of `order` is destroyed, but for what is
        `changed`."""
        said = {
            "version": 1,
            "kind": "space",
            "site": self.slug,
            "number": order.body.get("number", ""),
            "order": order.hash,
            "files": [{"file": "1f3c/person.parquet", "bytes": 4096, "sha256": "0" * 64}],
            "unlisted": 0,
            "bytes": 4096,
            "handed": 0,
            "destroyed": instant(at or self.at),
            "program": "0.1.0",
            "provider": "catalog.site.spaces.embedded.Embedded",
        }
        return sign_certificate(said | changed, self.key)

    def tells(self, order, /, *visits, at=None, **more):
        """Report who came in the space of `order`: (person, day, times)."""
        at = at or self.at
        said = [
            {"member": str(who.ref), "day": day, "times": times, "last": f"{day}T10:00:00Z"}
            for who, day, times in visits
        ]
        told = {"turn": order.body["turn"], "state": "open", "because": "", "visits": said}
        return self.says(order, "presence", at=at, **(told | more))
