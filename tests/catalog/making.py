"""What tests of the catalogue make in a line: persons, sites with their keys, signed reports."""

import base64
import fcntl
import json
import uuid
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.contrib.auth import get_user_model

from catalog.domain.keys import create_order_key, encode, register_site_key
from catalog.orders import canonical, instant, sign_report
from governance.models import Establishment

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STEMI = {"period": {"from": "2017-01-01", "to": "2025-12-31"}, "all": [{"condition": ["I21.*"]}]}


def person(name: str = "ines"):
    return get_user_model().objects.create_user(f"{name}@example.org")


def order_key(folder: Path, settings) -> None:
    """The portal's signing key, in a file of this test."""
    settings.ORDER_KEY_FILE = str(folder / "order.key")
    create_order_key()


def ensure_order_key() -> None:
    """Have the portal's signing key where it is by default, made by the process that asks first."""
    path = Path(settings.ORDER_KEY_FILE)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            create_order_key()


class Site:
    """An establishment and the private key that its program would hold."""

    def __init__(self, slug: str, *, name: str = "", position: int = 0, since=NOW):
        self.slug = slug
        self.place = Establishment.objects.create(
            slug=slug, name=name or slug, short_name=name or slug, kind="chu", position=position
        )
        self.key = Ed25519PrivateKey.generate()
        register_site_key(self.place, encode(self.key.public_key()), at=since)

    def report(self, order, kind: str, sequence: int = 0, *, at=NOW, **body) -> dict:
        """Keyword arguments of ``receive_report`` for a report of this site."""
        said = {
            "site": self.slug,
            "order": str(order if isinstance(order, uuid.UUID) else order.pk),
            "sequence": sequence,
            "at": instant(at),
            "kind": kind,
            "body": body,
        }
        payload = canonical(said)
        return {
            "payload": payload,
            "site": self.slug,
            "signature": sign_report(payload, self.key),
            "at": at,
        }


class Broker:
    """The queues of this test process in the real Redis."""

    def __init__(self, application):
        self.connection = application.connection_for_read()

    def waiting(self, queue: str) -> list[tuple[str, dict]]:
        """The messages of ``queue``, oldest first, left where they are: (task, its argument)."""
        client = self.connection.default_channel.client
        found = []
        # kombu puts the process's prefix before the keys of the few commands it uses itself.
        for raw in reversed(client.lrange(client.global_keyprefix + queue, 0, -1)):
            message = json.loads(raw)
            arguments, *_rest = json.loads(base64.b64decode(message["body"]))
            found.append((message["headers"]["task"], *arguments))
        return found

    def empty(self) -> None:
        """Forget every message of every queue of this process."""
        client = self.connection.default_channel.client
        for key in client.scan_iter(f"{client.global_keyprefix}site.*"):
            client.delete(key.decode().removeprefix(client.global_keyprefix))
