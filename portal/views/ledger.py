"""The public ledger over HTTP: its published paths, and the page where anyone verifies it.

No view here reads a session: what they answer is the same for everyone, and cacheable as the format
says. Any origin may read the data (CORS), so that verifiers may live elsewhere.
"""

from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from catalog.domain.witnesses import witness_keys
from governance.ledger import tiles, tree
from governance.ledger.proofs import proof_for
from governance.ledger.signer import published_checkpoint
from governance.ledger.witnesses import (
    cosigned_note,
    open_contradictions,
    past_contradictions,
    standings,
)
from governance.models.ledger import Leaf
from governance.pages.public_page import cookie_free

FULL = "public, max-age=31536000, immutable"
PARTIAL = "public, max-age=3600"
CHANGING = "public, max-age=30"
ABSENT = "public, max-age=5"
"""What is absent now may be signed in a moment."""

VERIFIER = Path(settings.BASE_DIR) / "docs" / "verify" / "verify_ledger.py"
LONGEST_INDEX = 18
"""Digits of an index: more would not fit the database's integers."""


@require_safe
@cookie_free
def vkey(request):
    """The key that verifies the published checkpoint."""
    checkpoint = published_checkpoint()
    return _text(checkpoint and checkpoint.key.vkey + "\n")


@require_safe
@cookie_free
def checkpoint(request):
    """The last signed checkpoint, with the signatures of the hospitals that attest it so far."""
    published = published_checkpoint()
    return _text(published and cosigned_note(published))


@require_safe
@cookie_free
def witness_list(request):
    """The keys that verify the hospitals' signatures, one a line."""
    keys = witness_keys(timezone.now()).values()
    return _text("".join(f"{key.vkey}\n" for each in keys for key in each))


@require_safe
@cookie_free
def tile(request, path):
    """A tile of hashes or a bundle of entries, of the signed tree."""
    try:
        name = tiles.parse_path(path)
    except ValueError as error:
        return _absent(str(error))
    published = published_checkpoint()
    size = published.size if published else 0
    if name.width > tiles.width_at(name.level or 0, name.number, size):
        return _absent("This tile is not in the signed tree.")
    if name.level is None:
        content = tree.entries(name.number, name.width)
    else:
        content = tree.tile(name.level, name.number, name.width)
    cached = FULL if name.width == tiles.WIDTH else PARTIAL
    return _open(HttpResponse(content, content_type="application/octet-stream"), cached)


@require_safe
@cookie_free
def verifier(request):
    """The program that verifies a whole copy, to download."""
    answer = FileResponse(
        VERIFIER.open("rb"), as_attachment=True, content_type="text/x-python; charset=utf-8"
    )
    return _open(answer, PARTIAL)


@require_safe
@cookie_free
@cache_control(public=True, max_age=30)
def verify(request):
    """*Vérifier le registre*: one leaf, proved in the reader's browser."""
    asked = request.GET.get("index", "").strip()
    proof = _proof(asked)
    return render(
        request,
        "public/ledger/verify.html",
        {
            "asked": asked,
            "proof": proof,
            "unproved": "index" in request.GET and proof is None,
            "checkpoint": published_checkpoint(),
            "witnesses": standings(timezone.now()),
            "contradictions": open_contradictions(),
        },
    )


@require_safe
@cookie_free
@cache_control(public=True, max_age=30)
def witnesses(request):
    """The hospitals that watch the register: what each attests, since when, or contradicts."""
    return render(
        request,
        "public/ledger/witnesses.html",
        {
            "checkpoint": published_checkpoint(),
            "witnesses": standings(timezone.now()),
            "contradictions": open_contradictions(),
            "past": past_contradictions(),
        },
    )


@require_safe
@cookie_free
@cache_control(public=True, max_age=30)
def leaf(request, index):
    """One leaf and its proof: the address that a decision's page cites."""
    proof = _proof(str(index))
    if proof is None:
        raise Http404(f"leaf {index}")
    return render(
        request,
        "public/ledger/leaf.html",
        {
            "proof": proof,
            "checkpoint": published_checkpoint(),
            "contradictions": open_contradictions(),
        },
    )


def _proof(asked):
    if not (asked.isascii() and asked.isdigit() and len(asked) <= LONGEST_INDEX):
        return None
    try:
        return proof_for(int(asked))
    except Leaf.DoesNotExist:
        return None


def _text(content):
    if not content:
        return _absent("Nothing was signed yet.")
    return _open(HttpResponse(content, content_type="text/plain; charset=utf-8"), CHANGING)


def _absent(why):
    answer = HttpResponse(why + "\n", content_type="text/plain; charset=utf-8", status=404)
    return _open(answer, ABSENT)


def _open(answer, cached):
    answer["Cache-Control"] = cached
    answer["Access-Control-Allow-Origin"] = "*"
    return answer
