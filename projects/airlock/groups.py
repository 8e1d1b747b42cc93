"""Groups that two tables cut otherwise: what is one group here is several there.

Three ways in which a group is known to be several others put together: it is a range of numbers
that theirs follow each other in (« 20-29 », where they say « 20-24 » and « 25-29 »); its name joins
theirs (« nord et sud »); it is all that is left, where every other group bears the same name
(« autres »).
"""

import math
import re
from collections.abc import Collection, Iterable

Span = tuple[float, float]
"""A range of whole numbers: its first, and the one after its last."""
MOST_SPANS = 200
"""Ranges of one line that are compared with those of another."""
_UNITS = re.compile(
    r"\b(?:ans?|years?|yo|old|jours?|days?|mois|months?|semaines?|weeks?|kg|cm|age[sd]?|de)\b"
)
_BELOW = re.compile(r"(<=|≤|<|moins|under|below|less than|jusqu a|au plus|up to|at most) ?(\d+)")
_ABOVE = re.compile(r"(>=|≥|>|plus|over|more than|above|a partir|au moins|from|at least) ?(\d+)")
_AND_MORE = re.compile(r"(\d+) ?(?:\+|et plus|ou plus|and over|and more|or more|or over)")
_BETWEEN = re.compile(r"(\d+) (?:(?:a|to|et|and) )?(\d+)")
_ONE = re.compile(r"\d+")
_OPEN = ("<", "moins", "under", "below", "less than", ">", "plus", "over", "more than", "above")
"""The words that leave their number out."""
_JOINS = {"et", "ou", "and", "or", "+", "plus"}


def spans(names: Iterable[str]) -> dict[str, Span]:
    """The names that are ranges of numbers, with what they hold. Where one ends on the number on
    which another begins, ends are left out (« 20-25 », « 25-30 »)."""
    found, between = {}, {}
    for name in names:
        plain = " ".join(_UNITS.sub(" ", name).split())
        if told := _BETWEEN.fullmatch(plain):
            low, high = int(told[1]), int(told[2])
            if low < high:
                between[name] = (low, high)
        elif (span := _half_bounded(plain)) is not None:
            found[name] = span
    starts = {low for low, _high in (*between.values(), *found.values())}
    left_out = any(high in starts for _low, high in between.values())
    found |= {name: (low, high + (not left_out)) for name, (low, high) in between.items()}
    return found if len(found) <= MOST_SPANS else {}


def _half_bounded(plain: str) -> Span | None:
    if told := _BELOW.fullmatch(plain):
        return -math.inf, int(told[2]) + (told[1] not in _OPEN)
    if told := _ABOVE.fullmatch(plain):
        return int(told[2]) + (told[1] in _OPEN), math.inf
    if told := _AND_MORE.fullmatch(plain):
        return int(told[1]), math.inf
    return (int(plain), int(plain) + 1) if _ONE.fullmatch(plain) else None


def whole(found: Iterable[Span]) -> bool:
    """Whether ranges follow each other from the first number to the last there may be."""
    ordered = sorted(found)
    follow = all(one[1] == next_[0] for one, next_ in zip(ordered, ordered[1:], strict=False))
    return bool(ordered) and follow and ordered[0][0] <= 0 and ordered[-1][1] == math.inf


def put_together(theirs: Collection[str], mine: Collection[str]) -> dict[str, list[str]]:
    """Of `theirs`, the groups whose name says that they are several of `mine` put together:
    which."""
    if len(mine) < 2 or all(name in mine for name in theirs):
        return {}
    found = _ranges(theirs, mine) | _joined(theirs, mine)
    return {name: parts for name, parts in found.items() if name not in mine}


def _ranges(theirs: Collection[str], mine: Collection[str]) -> dict[str, list[str]]:
    begins = {span[0]: (name, span[1]) for name, span in spans(mine).items()}
    found = {}
    for name, (low, high) in spans(theirs).items():
        parts, at = [], low
        while at in begins and at < high and len(parts) <= MOST_SPANS:
            part, at = begins[at]
            parts.append(part)
        if at == high and len(parts) > 1:
            found[name] = parts
    return found


def _joined(theirs: Collection[str], mine: Collection[str]) -> dict[str, list[str]]:
    known = {tuple(name.replace("+", " + ").split()): name for name in mine}
    found = {}
    for name in theirs:
        words = name.replace("+", " + ").split()
        parts = _cut(words, known)
        if len(parts) > 1:
            found[name] = parts
    return found


def _cut(words: list[str], known: dict[tuple[str, ...], str]) -> list[str]:
    """The known names that words are, one after the other, whatever joins them; none when they are
    something else."""
    parts, at = [], 0
    while at < len(words):
        ends = range(len(words), at, -1)
        end = next((end for end in ends if tuple(words[at:end]) in known), None)
        if end is not None:
            parts.append(known[tuple(words[at:end])])
            at = end
        elif parts and words[at] in _JOINS:
            at += 1
        else:
            return []
    return parts if len(set(parts)) == len(parts) else []


def left_over(theirs: Collection[str], mine: Collection[str]) -> dict[str, list[str]]:
    """The one group of `theirs` that is all those of `mine` that they do not name, if it is so."""
    alone = [name for name in theirs if name not in mine]
    left = [name for name in mine if name not in theirs]
    shared = len(mine) - len(left)
    return {alone[0]: left} if len(alone) == 1 and len(left) > 1 and shared else {}
