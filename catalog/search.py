"""Words folded so that case, accents and ligatures do not matter, and looked for as such."""

import unicodedata

from django.db.models import Q, QuerySet

LONGEST = 200
"""Characters of a query that are looked at."""


def fold(text: str) -> str:
    """``text`` in lower case, without accents, with ``œ`` and ``æ`` spelled out."""
    spelled = text.lower().replace("œ", "oe").replace("æ", "ae").replace("’", "'")
    decomposed = unicodedata.normalize("NFKD", spelled)
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def matching(queryset: QuerySet, text: str) -> QuerySet:
    """The rows whose ``search`` column holds every word of ``text``; all of them when it is empty.

    A final s or x is left aside, so that a plural finds its singular.
    """
    wanted = Q()
    for word in fold(text[:LONGEST].replace("\0", "")).split():
        wanted &= Q(search__contains=word.rstrip("sx") if len(word) > 3 else word)
    return queryset.filter(wanted)
