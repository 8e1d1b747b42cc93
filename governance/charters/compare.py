"""What differs between two versions of a charter, clause by clause, and in which direction.

A clause is ``stricter`` when it guards more steps, excuses less, or when a parameter moves in its
stricter direction; ``laxer`` in the other; ``other`` when what executes changes and nothing orders
the two (another check, another subject); ``text`` when only words change. A local version of an
establishment may hold ``stricter`` and ``text`` changes, nothing else: :func:`faults_of_local`
names what it would loosen, with its line.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from governance.charters.clauses import Article, Charter, Clause
from governance.charters.faults import Fault
from governance.charters.lines import Path, line_numbers, line_of
from governance.charters.parameters import STRICTER, Parameter

SAME_OR_STRICTER: Final = ("stricter", "text")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs.

    ``clause`` is empty when it is the article's, ``article`` too when it is the charter's. ``what``
    is the name of what changes (``text``, ``steps``, ``article_added``…), ``name`` a parameter's.
    ``path`` is where it stands in the later text.
    """

    article: str
    clause: str
    what: str
    was: Any
    now: Any
    direction: str
    path: Path
    name: str = ""
    parameter: Parameter | None = None

    @property
    def executes(self) -> bool:
        """Whether what is judged changes, not only what is read."""
        return self.direction != "text"


def differences(before: Charter, after: Charter) -> tuple[Change, ...]:
    """Every difference from ``before`` to ``after``, in the order of the articles of ``after``."""
    return tuple(_charters(before, after))


def _charters(before: Charter, after: Charter) -> Iterator[Change]:
    for what in ("title", "audience"):
        was, now = getattr(before, what), getattr(after, what)
        if dict(was) != dict(now):
            yield Change("", "", what, was, now, "text", (what,))
    earlier = {article.code: article for article in before.articles}
    for index, article in enumerate(after.articles):
        path: Path = ("article", index)
        old = earlier.pop(article.code, None)
        if old is None:
            yield Change(article.code, "", "article_added", None, article, "stricter", path)
        else:
            yield from _articles(old, article, path)
    for old in earlier.values():
        direction = "laxer" if old.clauses else "text"
        yield Change(old.code, "", "article_removed", old, None, direction, ())


def _articles(before: Article, after: Article, path: Path) -> Iterator[Change]:
    for what in ("title", "text", "looks_at", "sources", "nature"):
        was, now = getattr(before, what), getattr(after, what)
        if was != now:
            place = "source" if what == "sources" else what
            yield Change(after.code, "", what, was, now, "text", (*path, place))
    if before.planned != after.planned:
        yield Change(
            after.code, "", "planned", before.planned, after.planned, "text", (*path, "planned")
        )
    earlier = {clause.code: clause for clause in before.clauses}
    for index, clause in enumerate(after.clauses):
        place = (*path, "clause", index)
        old = earlier.pop(clause.code, None)
        if old is None:
            yield Change(after.code, clause.code, "clause_added", None, clause, "stricter", place)
        else:
            yield from _clauses(old, clause, place)
    for old in earlier.values():
        yield Change(after.code, old.code, "clause_removed", old, None, "laxer", path)


def _more(was: tuple, now: tuple) -> str:
    return "stricter" if set(now) >= set(was) else "laxer"


def _fewer(was: tuple, now: tuple) -> str:
    return "stricter" if set(now) <= set(was) else "laxer"


def _truer(was: bool, now: bool) -> str:
    return "stricter" if now else "laxer"


def _over(was: str | None, now: str | None) -> str:
    return {("some", "every"): "stricter", ("every", "some"): "laxer"}.get((was, now), "other")


def _unordered(was: Any, now: Any) -> str:
    return "other"


ORDERS: Final[dict[str, Callable[[Any, Any], str]]] = {
    "kind": _unordered,
    "subject": _unordered,
    "check": _unordered,
    "among": _unordered,
    "over": _over,
    "steps": _more,
    "reserve_at": _fewer,
    "unless": _fewer,
    "continuous": _truer,
}
"""What a clause is made of, parameters apart, and which of two values is the stricter."""


def _clauses(before: Clause, after: Clause, path: Path) -> Iterator[Change]:
    for what, order in ORDERS.items():
        was, now = getattr(before, what), getattr(after, what)
        if set(was) != set(now) if isinstance(was, tuple) else was != now:
            direction = order(was, now)
            yield Change(after.article, after.code, what, was, now, direction, (*path, what))
    for name in dict.fromkeys((*before.parameters, *after.parameters)):
        was, now = before.parameters.get(name), after.parameters.get(name)
        if was is None or now is None or not _alike(was, now):
            yield _parameters(after, name, was, now, (*path, "parameter", name))


def _parameters(
    clause: Clause, name: str, was: Parameter | None, now: Parameter | None, path: Path
) -> Change:
    def change(what: str, direction: str, place: Path = path) -> Change:
        return Change(
            clause.article,
            clause.code,
            what,
            was and was.value,
            now and now.value,
            direction,
            place,
            name,
            now or was,
        )

    if now is None:
        return change("parameter_removed", "laxer", path[:-2])
    if was is None:
        return change("parameter_added", "other")
    if (was.type, was.unit, was.stricter) != (now.type, now.unit, now.stricter):
        return change("parameter_retyped", "other")
    if _same(was, now):
        return change("label", "text", (*path, "label"))
    stricter = STRICTER[was.stricter](now.value, was.value)
    return change("parameter", "stricter" if stricter else "laxer", (*path, "value"))


def _alike(was: Parameter, now: Parameter) -> bool:
    """Whether two parameters say the same: the order of codes says nothing."""
    return was == replace(now, value=was.value) and _same(was, now)


def _same(was: Parameter, now: Parameter) -> bool:
    if was.type == "codes":
        return set(was.value) == set(now.value)
    return was.value == now.value


def as_strict(local: Charter, network: Charter) -> bool:
    """Whether ``local`` asks for at least all that ``network`` does, whichever it was made of."""
    return all(change.direction in SAME_OR_STRICTER for change in differences(network, local))


def faults_of_local(local: Charter, base: Charter, text: str) -> list[Fault]:
    """What the local version ``local``, read from ``text``, would loosen of the network's ``base``.

    Empty when it is at least as strict: every clause of ``base`` is there, with the same check,
    guarding as many steps, excusing no more, each parameter equal or moved in its stricter
    direction.
    """
    lines = line_numbers(text)
    return [
        _loosened(change, base.version, line_of(lines, change.path))
        for change in differences(base, local)
        if change.direction not in SAME_OR_STRICTER
    ]


def _loosened(change: Change, base: str, line: int) -> Fault:
    named = {"clause": change.clause or change.article, "base": base}
    if change.what in ("article_removed", "clause_removed"):
        return Fault("absent_from_local", line, named)
    if change.what == "parameter":
        said = {"name": change.name, "was": say_value(change.was), "now": say_value(change.now)}
        return Fault("laxer_parameter", line, named | said)
    return Fault("laxer", line, named | {"name": change.name or change.what})


def say_value(value: Any) -> Any:
    """A value of a parameter as one writes it."""
    return ", ".join(value) if isinstance(value, tuple | list) else value
