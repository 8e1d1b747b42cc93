"""Changing the signing key: the old one signs a leaf that names the new one.

The leaf carries the old key's own signature over the new key, so that a verifier who trusts only
an old key follows the chain through the leaves. Safe to repeat at any point: the new key waits in
``<file>.next`` until the old one has signed the tree that announces it.
"""

import base64
from datetime import datetime
from pathlib import Path

from django.db import transaction

from governance.ledger import keys
from governance.ledger.leaves import append_leaf
from governance.ledger.note import Signer, announcement
from governance.ledger.signer import integrate
from governance.models.ledger import SigningKey

KIND = "ledger_key"


def rotate(*, path: Path, at: datetime) -> Signer:
    """Publish a new key and have the old one sign it; the new one is then in ``path``.

    Where ``path`` is the LEDGER_KEY_FILE, the new key signs from now on. Otherwise the operator
    puts it where the settings read it. Raises KeyUnavailable and SigningRefused.
    """
    old = keys.load_signer()
    waiting = path.with_name(path.name + ".next")
    if waiting.exists():
        new = keys.read_key(waiting)
    else:
        new = Signer.generate(old.name)
        keys.write_key(new, waiting)
    integrate(at=at)
    _announce(old, new, at)
    integrate(at=at)
    waiting.replace(path)
    return new


def _announce(old: Signer, new: Signer, at: datetime) -> None:
    vkey = new.verifier.vkey
    with transaction.atomic():
        if SigningKey.objects.filter(vkey=vkey).exists():
            return
        signature = base64.b64encode(old.sign(announcement(vkey))).decode()
        payload = {
            "kind": KIND,
            "old": old.verifier.vkey,
            "new": vkey,
            "signature": signature,
        }
        leaf = append_leaf(payload, at=at)
        SigningKey.objects.create(vkey=vkey, announced_in=leaf, since=at)
