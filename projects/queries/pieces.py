"""The pieces that a formality asks: those given, those that lack, what each must say."""

from dataclasses import dataclass

from django.utils.translation import get_language

from governance.models.case import Track
from governance.qualification import Piece, evidence_of, piece_is_valid, source_label
from projects.models import Evidence, Request


@dataclass(frozen=True)
class PieceGiven:
    """A piece that is asked, what was given of it, and whether that is enough."""

    piece: Piece
    label: str
    source: str
    given: Evidence | None
    valid: bool


def pieces_of(track: Track, request: Request) -> list[PieceGiven]:
    """The pieces of a formality in the order of its declaration. One query."""
    language = "en" if (get_language() or "").startswith("en") else "fr"
    route = getattr(request, "qualification", None)
    given = {e.code: e for e in track.evidence.select_related("file", "given_by")}
    return [
        PieceGiven(
            piece,
            piece.label[language],
            source_label(piece.source, language),
            given.get(piece.code),
            piece.code in given and piece_is_valid(piece, given[piece.code].values),
        )
        for piece in evidence_of(track.key, (route and route.set_qualification) or None)
    ]
