"""The site's part in recognising one person at several sites (``catalog.linkage``).

In an order that carries a grant, the persons to deliver are looked up in the site's identities, the
common identifier of each is made a stage-1 value under the sites' key of the project, the values
are sorted (an order that tells nothing) and sealed for the third party, and what comes back is each
person's *link*: the pseudonym and the shift of the delivery derive from it. Who has no common
identifier keeps a pseudonym of the site's own. Names are not compared: two persons taken for one
would be worse than one not recognised.

``links/<order>.parquet`` keeps who has which link for as long as the delivery is here, so that who
objects is found in it (``namer``).
"""

import base64
import hashlib
import hmac
import json
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from nacl.public import Box

from catalog.linkage import (
    GRANT_HEADER,
    MOST,
    PATH,
    SITE_HEADER,
    VALUE,
    VERSION,
    Grant,
    LinkageRefused,
    key_for,
    seal,
    unseal,
)
from catalog.orders import canonical
from catalog.site import keys
from catalog.site.failures import Failed
from catalog.site.files import private_folder, sync
from catalog.site.identities import identifiers
from catalog.site.pseudonyms import ProjectKeys, derive, with_links
from catalog.site.settings import SiteSettings

Ask = Callable[[str, str, dict, bytes], bytes]
"""Send a request to the third party: its address, this site, the grant's envelope, the box."""

TIMEOUT = 120
"""Seconds given to the third party for one answer."""


def normalised(identifier: str) -> str:
    """An identifier as every site writes it before it is hashed."""
    return "".join(unicodedata.normalize("NFKC", identifier).upper().split())


@dataclass(frozen=True)
class Linkage:
    """What a linked order needs: the grant with its envelope, the keys, how to ask."""

    settings: SiteSettings
    grant: Grant
    envelope: dict
    ask: Ask

    def links(self, persons: list[int]) -> pa.Table:
        """``(person_id, link)`` of all `persons`; the link is in hexadecimal, null where a person
        has no common identifier.

        Raises LinkageRefused, Failed (``third_party``), KeyUnusable, WarehouseError.
        """
        known = identifiers(self.settings, persons)
        secret = keys.linkage_secret(self.settings.keys)
        key = key_for(secret, purpose="identity", project=self.grant.project)
        staged = {
            person: hmac.digest(key, normalised(said).encode(), hashlib.sha256)
            for person, said in known.items()
            if normalised(said)
        }
        values = sorted(set(staged.values()))
        second = dict(zip(values, self._second(values), strict=True))
        links = [second[staged[p]].hex() if p in staged else None for p in persons]
        return pa.table(
            {"person_id": pa.array(persons, pa.int64()), "link": pa.array(links, pa.string())}
        )

    def _second(self, values: list[bytes]) -> list[bytes]:
        if not values:
            return []
        if len(values) > MOST:
            raise LinkageRefused("too_many_persons")
        box = Box(keys.box_key(self.settings.keys), keys.third_party_key(self.settings.keys))
        said = {
            "version": VERSION,
            "says": "stage1",
            "project": self.grant.project,
            "grant": self.grant.hash,
        }
        sealed = seal(box, said, values)
        answer = self.ask(self.settings.third_party, self.settings.site, self.envelope, sealed)
        header, links = unseal(box, answer)
        expected = {"version": VERSION, "says": "stage2", "grant": self.grant.hash}
        if header != expected or len(links) != len(values):
            raise LinkageRefused("malformed")
        return links


def ask_by_http(address: str, site: str, envelope: dict, sealed: bytes) -> bytes:
    """Ask the third party at `address`. Raises LinkageRefused with its reason, or Failed
    (``third_party``) when it does not answer."""
    request = urllib.request.Request(
        f"{address.rstrip('/')}{PATH}",
        data=sealed,
        headers={
            "Content-Type": "application/octet-stream",
            SITE_HEADER: site,
            GRANT_HEADER: base64.b64encode(canonical(envelope)).decode(),
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            return answer.read(MOST * VALUE + 4_096)
    except urllib.error.HTTPError as error:
        raise _refused(error) from error
    except (OSError, ValueError) as error:
        raise Failed("third_party") from error


def _refused(error: urllib.error.HTTPError) -> Exception:
    try:
        return LinkageRefused(json.loads(error.read(4_096))["reason"])
    except (OSError, ValueError, KeyError, TypeError):
        return Failed("third_party")


def linked_keys(settings: SiteSettings, own: ProjectKeys, project: str) -> ProjectKeys:
    """The site's keys of a linked project. Raises KeyUnusable."""
    return with_links(own, keys.linkage_secret(settings.keys), project=project)


def register(connection: duckdb.DuckDBPyConnection, links: pa.Table) -> None:
    """Make the temporary table ``links`` in the warehouse's own connection."""
    connection.register("links_said", links)
    connection.execute("CREATE OR REPLACE TEMP TABLE links AS SELECT * FROM links_said")
    connection.unregister("links_said")


def keep(settings: SiteSettings, order_hash: str, links: pa.Table) -> Path:
    """Write who has which link in the delivery of an order; gives the file."""
    path = _path(settings, order_hash)
    partial_file = path.with_suffix(".partial")
    private_folder(path.parent)
    pq.write_table(links, partial_file)
    partial_file.chmod(0o600)
    sync(partial_file)
    partial_file.replace(path)
    sync(path.parent)
    return path


def forget(settings: SiteSettings, order_hash: str) -> None:
    """Remove what ``keep`` wrote; nothing when it did not."""
    _path(settings, order_hash).unlink(missing_ok=True)


def _path(settings: SiteSettings, order_hash: str) -> Path:
    return settings.links / f"{order_hash}.parquet"


def namer(settings: SiteSettings, secret: bytes, manifest: dict) -> Callable[[int], str]:
    """What gives the pseudonym that each person has in the delivery of `manifest`.

    Raises Failed (``links``) when a linked delivery's links are no longer here: who objects could
    not be found in it, and must not be said to be absent.
    """
    own = derive(secret, site=settings.site, project=manifest["project"])
    if "linkage" not in manifest:
        return partial(own.pseudonym, "person")
    try:
        table = pq.read_table(_path(settings, manifest["order"]))
    except FileNotFoundError as error:
        raise Failed("links") from error
    links = dict(zip(table["person_id"].to_pylist(), table["link"].to_pylist(), strict=True))
    known = linked_keys(settings, own, manifest["project"])
    return lambda person: known.of_person(person, links.get(person))[0]
