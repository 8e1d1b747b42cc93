"""Pseudonyms and date shifts: keys proper to a project and a site, and what they make.

From the site's secret S, HKDF-SHA256 (RFC 5869) derives for each project and purpose a key of 32
bytes: salt = the site's name, info = ``guichet pseudonym v1 | purpose | project``. A person's
pseudonym is the first 128 bits of HMAC-SHA256(key "person", the identifier in decimal), in
hexadecimal; a visit's and a record's likewise under keys of their own, but for their last digits,
which are the mark of one delivery (``catalog.site.marks``). The days of a person's shift are drawn
from HMAC-SHA256(key "shift", identifier): the first 60 bits, modulo 730, give one of -365…-1,
1…365; never 0. Without S none of it can be computed or inverted; two projects, or two sites, share
nothing.

In a project that was authorised to link (``catalog.linkage``), a person's pseudonym and shift are
those of the *link* instead of the identifier, under keys "linked_person" and "linked_shift" that
derive in the same way from a secret of all the sites, with the salt ``network``: one person has the
same at each site, and intervals hold between sites. Visits and records stay the site's own.

HMAC is computed by the engine itself over distinct identifiers (``hmac_sql``), from the two padded
keys of RFC 2104, which are passed as parameters: no key ever stands in the text of a query.
"""

import hashlib
import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PURPOSES = ("person", "visit", "record", "shift")
DIGITS = 32
NETWORK = "network"
SHIFT = 365
"""Greatest shift, in days, either way."""


@dataclass(frozen=True)
class ProjectKeys:
    """The keys of one project at one site, by purpose."""

    keys: dict[str, bytes]

    def pseudonym(self, purpose: str, identifier: int | str) -> str:
        """The pseudonym of an identifier; the plain form of what ``hmac_sql`` computes."""
        digest = hmac.digest(self.keys[purpose], str(identifier).encode(), hashlib.sha256)
        return digest.hex()[:DIGITS]

    def of_person(self, person: int, link: str | None) -> tuple[str, int]:
        """The pseudonym and the shift of a person, by their `link` where they have one."""
        if link is None:
            return self.pseudonym("person", person), self.shift(person)
        return self.pseudonym("linked_person", link), self.shift(link, "linked_shift")

    def shift(self, person: int | str, purpose: str = "shift") -> int:
        """The days by which every date of `person` is moved."""
        digest = hmac.digest(self.keys[purpose], str(person).encode(), hashlib.sha256)
        drawn = int(digest.hex()[:15], 16) % (2 * SHIFT)
        return drawn - SHIFT if drawn < SHIFT else drawn - SHIFT + 1

    def parameters(self, purpose: str) -> dict[str, bytes]:
        """The parameters ``inner`` and ``outer`` of ``hmac_sql``."""
        padded = self.keys[purpose].ljust(64, b"\0")
        return {
            f"{purpose}_inner": bytes(byte ^ 0x36 for byte in padded),
            f"{purpose}_outer": bytes(byte ^ 0x5C for byte in padded),
        }


def derive(secret: bytes, *, site: str, project: str) -> ProjectKeys:
    """The keys of `project` (its random reference) at `site`, from the site's secret."""

    def key(purpose: str) -> bytes:
        info = f"guichet pseudonym v1|{purpose}|{project}".encode()
        return HKDF(algorithm=SHA256(), length=32, salt=site.encode(), info=info).derive(secret)

    return ProjectKeys({purpose: key(purpose) for purpose in PURPOSES})


def with_links(own: ProjectKeys, secret: bytes, *, project: str) -> ProjectKeys:
    """The site's `own` keys and, from the `secret` of all the sites, those of links."""
    common = derive(secret, site=NETWORK, project=project).keys
    linked = {f"linked_{purpose}": common[purpose] for purpose in ("person", "shift")}
    return ProjectKeys(own.keys | linked)


def hmac_sql(purpose: str, identifier: str) -> str:
    """SQL of the 64 hexadecimal digits of HMAC-SHA256 of `identifier` (an SQL expression)."""
    inner = f"sha256(${purpose}_inner::BLOB || encode(({identifier})::VARCHAR))"
    return f"sha256(${purpose}_outer::BLOB || unhex({inner}))"


def shift_sql(digits: str) -> str:
    """SQL of the shift in days from the HMAC under the key "shift" (an SQL expression)."""
    drawn = f"(('0x' || substr({digits}, 1, 15))::BIGINT % {2 * SHIFT})"
    past, future = f"{drawn} - {SHIFT}", f"{drawn} - {SHIFT} + 1"
    return f"CASE WHEN {drawn} < {SHIFT} THEN {past} ELSE {future} END::INTEGER"
