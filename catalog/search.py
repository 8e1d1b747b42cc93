"""What a reader asks, understood: synonyms added, typing errors mended; and who answers it.

A question is read once (``read``: three queries at most), then asked of datasets, variables and
codes. Each of its words must be found, as it is, by its beginning, or by one of its synonyms
(``reference/synonyms.txt``). A word that no description holds is replaced by the one that looks
most like it, and the page says so.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from django.contrib.postgres.search import SearchQueryField, SearchRank
from django.db.models import BooleanField, F, Func, QuerySet, Value
from django.db.models.functions import Cast

from catalog.models.searched import SpelledWord
from catalog.words import allowed_errors, cuts, distance, fold, is_code, spelled, stem, tokens
from catalog.words import asked as words_of

SYNONYMS = Path(__file__).parent / "reference" / "synonyms.txt"
WORD = re.compile(r"[^\W_]+")
LONGEST = 200
"""Characters of a question that are looked at."""
MOST_WORDS = 12
_LENGTH = 1
"""PostgreSQL: divide the rank by 1 + the logarithm of the length."""
ALIKE = 200
"""Words alike that are compared with a mistyped one."""

Phrase = tuple[str, ...]
"""Stems that must all be found."""


@dataclass(frozen=True)
class Asked:
    """A question as it was understood.

    ``meant``: for each word, or phrase with synonyms, what may answer it. ``typed``: the same,
    without synonyms. ``corrected``: mistyped word → the word looked for instead. ``unknown``: words
    that nothing looks like.
    """

    text: str = ""
    words: tuple[str, ...] = ()
    typed: tuple[Phrase, ...] = ()
    meant: tuple[tuple[Phrase, ...], ...] = ()
    corrected: dict[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    def __bool__(self):
        return bool(self.meant)

    @property
    def suggestion(self) -> str:
        """The question with its typing errors mended; empty when it had none."""
        if not self.corrected:
            return ""
        return WORD.sub(
            lambda word: self.corrected.get(fold(word.group()), word.group()), self.text[:LONGEST]
        )


def read(text: str) -> Asked:
    """What ``text`` asks. No query when it asks nothing, three at most."""
    words = tuple(words_of(text[:LONGEST])[:MOST_WORDS])
    if not words:
        return Asked(text=text)
    corrected, unknown = _spelling(words)
    looked_for = [stem(fold(corrected.get(word, word))) for word in words]
    typed, meant = _meanings(looked_for)
    return Asked(text, words, typed, meant, corrected, unknown)


def matching(queryset: QuerySet, asked: Asked | str) -> QuerySet:
    """The rows that answer every word of the question; all of them when it asks nothing."""
    asked = read(asked) if isinstance(asked, str) else asked
    return queryset.filter(_answers(_query(asked.meant, prefix=True))) if asked else queryset


def best_first(queryset: QuerySet, asked: Asked) -> QuerySet:
    """The same rows, what answers best first: the very words typed before their beginnings and
    their synonyms, a title before a description."""
    if not asked:
        return queryset
    exact = _tsquery(_query(tuple((phrase,) for phrase in asked.typed), prefix=False))
    wide = _tsquery(_query(asked.meant, prefix=True))
    rank = SearchRank(F("search"), exact, normalization=_LENGTH) * 3 + SearchRank(F("search"), wide)
    return queryset.alias(rank=rank).order_by("-rank", *queryset.query.order_by)


def _tsquery(query: str):
    return Cast(Value(query), SearchQueryField())


def _answers(query: str):
    return Func(
        F("search"),
        _tsquery(query),
        template="%(expressions)s",
        arg_joiner=" @@ ",
        output_field=BooleanField(),
    )


def _query(groups: tuple[tuple[Phrase, ...], ...], *, prefix: bool) -> str:
    """A ``tsquery``: every group answered, by one of its phrases. Stems hold no quote."""

    def lexeme(each: str) -> str:
        return f"'{each}':*" if prefix and len(each) > 2 else f"'{each}'"

    return " & ".join(
        "(" + " | ".join(f"({' & '.join(map(lexeme, phrase))})" for phrase in group) + ")"
        for group in groups
    )


def _meanings(stems: list[str]) -> tuple[tuple[Phrase, ...], tuple[tuple[Phrase, ...], ...]]:
    """The stems as typed and with their synonyms, the longest phrases of the list first."""
    typed, meant, place = [], [], 0
    groups = synonyms()
    longest = max(map(len, groups), default=1)
    while place < len(stems):
        for length in range(min(longest, len(stems) - place), 0, -1):
            phrase = tuple(stems[place : place + length])
            if phrase in groups or length == 1:
                typed.append(phrase)
                meant.append(groups.get(phrase, (phrase,)))
                place += length
                break
    return tuple(typed), tuple(meant)


@cache
def synonyms() -> dict[Phrase, tuple[Phrase, ...]]:
    """Phrase → the phrases that mean the same, itself first."""
    found: dict[Phrase, tuple[Phrase, ...]] = {}
    for line in _synonym_lines():
        phrases = [tuple(map(stem, words_of(each))) for each in line.split("=")]
        phrases = [each for each in dict.fromkeys(phrases) if each]
        for each in phrases:
            others = [*found.get(each, (each,)), *phrases]
            found[each] = tuple(dict.fromkeys(others))
    return found


def _spelling(words: tuple[str, ...]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Which of ``words`` are mistyped, with what they should be; which nothing looks like."""
    said = {each for phrase in synonyms() for each in phrase}
    doubtful = [
        word
        for word in dict.fromkeys(words)
        if not is_code(word) and allowed_errors(word) and stem(word) not in said
    ]
    known = _known({stem(word) for word in doubtful})
    doubtful = [word for word in doubtful if stem(word) not in known]
    if not doubtful:
        return {}, ()
    alike = SpelledWord.objects.filter(cuts__overlap=_one_of(set().union(*map(cuts, doubtful))))
    alike = list(alike.order_by("-uses").values_list("word", "shown", "uses")[:ALIKE])
    alike += [(other, shown, 0) for other, shown in _said_alike().items()]
    corrected = {}
    for word in doubtful:
        near = [
            (distance(word, other), other[0] != word[0], -uses, shown)
            for other, shown, uses in alike
            if abs(len(other) - len(word)) <= allowed_errors(word)
            and len(set(other) ^ set(word)) <= 2 * allowed_errors(word)
        ]
        near = [each for each in near if each[0] <= allowed_errors(word)]
        if near:
            corrected[word] = min(near)[-1]
    return corrected, tuple(word for word in doubtful if word not in corrected)


@cache
def _said_alike() -> dict[str, str]:
    """The words of the list of synonyms, which a question may mistype too."""
    return spelled(_synonym_lines())


def _synonym_lines() -> list[str]:
    lines = SYNONYMS.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def _one_of(found: set[str]) -> Func:
    """Cuts to look for, in an array that PostgreSQL does not read when it plans: reading it, it
    expects a quarter of the words to have one of so many, and goes through them all without the
    index, for seconds."""
    kind = SpelledWord._meta.get_field("cuts")
    said = Value(sorted(found), output_field=kind)
    return Func(said, template="(SELECT %(expressions)s)", output_field=kind)


def _known(stems: set[str]) -> set[str]:
    """Those of ``stems`` that begin a word of some description. One query."""
    if not stems:
        return set()
    every = [
        SpelledWord.objects.filter(word__startswith=each)
        .order_by()
        .annotate(of=Value(each))
        .values_list("of")[:1]
        for each in sorted(stems)
    ]
    first, *others = every
    return {of for (of,) in (first.union(*others, all=True) if others else first)}


def without(asked: Asked) -> list[str]:
    """The words of a question one by one, to try each alone when they give nothing together."""
    return [*dict.fromkeys(tokens(asked.text))] if len(asked.words) > 1 else []
