"""The document of a decision: stored once, its hash attested by a leaf of its own.

The document is never rendered again to be verified: its stored bytes are hashed, and the hash is
that of the leaf.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from governance.domain import files
from governance.ledger.leaves import append_leaf
from governance.models import Decision, Document, Leaf

PDF = "application/pdf"


@transaction.atomic
def make_document(
    decision: Decision,
    render: Callable[[], bytes],
    *,
    name: str,
    template_version: int,
    at: datetime,
) -> Document:
    """Render, store and attest the document of a decision; the first one when it is there.

    Of two callers at once the second is refused by the database, and finds the first one's when it
    tries again. Side effects: a stored file, a leaf `document` (index of the decision's leaf,
    SHA-256 of the bytes, template's version), appended last.
    """
    made = Document.objects.filter(decision=decision).select_related("file").first()
    if made is not None:
        return made
    content = render()
    file = files.keep(content, name=name, media_type=PDF, by=None, at=at)
    leaf = append_leaf(
        {
            "kind": "document",
            "decision": decision.attestation.leaf_index,
            "sha256": hashlib.sha256(content).hexdigest(),
            "template": template_version,
        },
        at=at,
    )
    return Document.objects.create(
        decision=decision,
        file=file,
        template_version=template_version,
        leaf_index=leaf.index,
        rendered_at=at,
    )


def is_as_attested(document: Document) -> bool:
    """Whether the stored bytes have the hash that the document's leaf attests."""
    leaf = Leaf.objects.get(pk=document.leaf_index)
    digest = hashlib.sha256(files.read(document.file)).hexdigest()
    return f'"sha256":"{digest}"' in bytes(leaf.bytes).decode()
