"""Words as the catalogue looks for them: folded, cut into tokens, each brought to its stem.

The same recipe reads what is described and what is asked, so that accents, capitals, plurals and
feminines do not matter. It needs nothing of the database: the servers that we ship have neither
``unaccent`` nor ``pg_trgm``. Pure functions; ``catalog.search`` asks the database.
"""

import re
import unicodedata
from collections.abc import Iterable

LONGEST_TOKEN = 60
"""Characters of a token that are kept."""
HEAD = 8
"""A typing error is looked for in the first letters of a word."""

EMPTY_WORDS = frozenset(
    (  # noqa: SIM905
        "a au aux avec ce ces d dans de des du elle en et il l la le les leur leurs n ne ou par "
        "pas pour qu que qui s sa sans se ses son sur un une y the of and or in"
    ).split()
)
"""Words that say nothing of what is looked for."""

_TOKEN = re.compile(r"[^\W_]+(?:[.\-/][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")


def fold(text: str) -> str:
    """``text`` in lower case, without accents, with ``œ`` and ``æ`` spelled out."""
    spelled = text.lower().replace("œ", "oe").replace("æ", "ae").replace("’", "'")
    decomposed = unicodedata.normalize("NFKD", spelled)
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def tokens(text: str) -> list[str]:
    """The words of ``text``, folded, in order; what holds a digit (``718-7``, ``I21.0``) is kept
    whole, as a code."""
    found = []
    for match in _TOKEN.finditer(fold(text)):
        token = match.group()[:LONGEST_TOKEN]
        found += [token] if _DIGIT.search(token) else _PART.findall(token)
    return found


def is_code(token: str) -> bool:
    """Whether a token is a code or a number rather than a word."""
    return _DIGIT.search(token) is not None


def stem(token: str) -> str:
    """What the forms of one French word share: ``médicaux`` and ``médicale``, ``aigu`` and
    ``aiguës``. After Savoy's minimal stemmer; codes are left as they are."""
    if is_code(token) or len(token) <= 3:
        return token
    if token.endswith("eaux"):
        return token[:-1]
    if token.endswith("aux"):
        return token[:-2] + "l"
    found = token.rstrip("sx")
    if len(found) > 4:
        found = found.removesuffix("e")
    if len(found) > 4:
        found = found.removesuffix("e")
    if len(found) > 4 and found[-1] == found[-2]:
        found = found[:-1]
    return found


def indexed(text: str) -> list[str]:
    """The stems under which ``text`` is found; a code also under its parts."""
    found = []
    for token in tokens(text):
        found.append(stem(token))
        if is_code(token):
            found += [stem(part) for part in re.split(r"[./]", token) if part != token]
    return [each for each in found if each and each not in EMPTY_WORDS]


def asked(text: str) -> list[str]:
    """The tokens of a question that count; all of them when every one is an empty word."""
    every = tokens(text)
    return [each for each in every if each not in EMPTY_WORDS] or every


def as_vector(*parts: tuple[str, str]) -> str:
    """A ``tsvector`` of ``parts``, pairs (text, weight): what a search column stores. The first
    place of a stem is the one kept, so that what weighs most is to come first."""
    places: dict[str, str] = {}
    for text, weight in parts:
        for each in indexed(text):
            if each not in places:
                places[each] = f"'{each}':{min(len(places) + 1, 16_000)}{weight}"
    return " ".join(places.values())


def spelled(texts: Iterable[str]) -> dict[str, str]:
    """The words of ``texts`` that can be mistyped: folded → as it is written, in lower case."""
    found: dict[str, str] = {}
    for text in texts:
        for match in _PART.finditer(text.lower()):
            word = match.group()
            folded = fold(word)
            if len(folded) > 3 and not is_code(folded) and folded not in EMPTY_WORDS:
                found.setdefault(folded[:LONGEST_TOKEN], word[:LONGEST_TOKEN])
    return found


def allowed_errors(word: str) -> int:
    """Typing errors that are forgiven: none in a very short word, two in a long one."""
    return 0 if len(word) < 4 else 1 if len(word) < 8 else 2


def cuts(word: str) -> set[str]:
    """The head of ``word`` with up to its allowed errors letters taken out: two words that differ
    by so few errors share one of them."""
    found = last = {word[:HEAD]}
    for _round in range(allowed_errors(word)):
        last = {each[:place] + each[place + 1 :] for each in last for place in range(len(each))}
        found = found | last
    return found


def distance(one: str, other: str) -> int:
    """Letters to add, drop, change or swap with the next, from ``one`` to ``other``."""
    before, above = [], list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, facing in enumerate(other, start=1):
            cost = min(row[j - 1] + 1, above[j] + 1, above[j - 1] + (letter != facing))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == facing:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]
