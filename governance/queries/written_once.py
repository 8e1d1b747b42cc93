"""Queries that pages ask all day, alike but for their values: written once, asked many times.

Django takes longer to write such a query as SQL than PostgreSQL to answer it. A function decorated
with `written_once` returns a query; it is called the first time only, with a `Given` in the place
of each of its keyword arguments, and the SQL it makes is kept. Asking then puts the values in it.
Nothing that was asked or answered is kept: the text comes of the code alone.

Its positional arguments say how the query is written (a number of rows, whether a condition is
there). There is a text for each of their values, which are few and come of the code; what is a
person's, a request's or a moment's is a keyword argument. One of a list is said `= AnyOf(list)`.

    @written_once
    def _held(*, people):
        return Handler.objects.filter(person=AnyOf(people))

    _held(people=[person.pk])             # a list of handlers
    _held.asked(people=[person.pk])[:8]   # the first ones; `count()` them, page them
    _held.query(people=[person.pk])       # an ordinary query, to go on from
"""

from collections.abc import Callable
from contextlib import suppress
from copy import copy
from functools import lru_cache, update_wrapper
from inspect import signature

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.backends.postgresql.compiler import SQLCompiler
from django.db.models import QuerySet, Value

TEXTS = 256
"""The texts kept of one query, the last ones asked."""


class Given(Value):
    """A value that is known when the query is asked; `given[key]` is one of a mapping that is."""

    def __init__(self, *path: str):
        super().__init__(None)
        self.path = path

    def __getitem__(self, key: str) -> "Given":
        return Given(*self.path, key)

    def among(self, values: dict):
        for key in self.path:
            values = values[key]
        return values

    def as_sql(self, compiler, connection):
        return "%s", [self]


class AnyOf(Value):
    """One of a list, which may be given when the query is asked: `filter(pk=AnyOf(keys))`."""

    def as_sql(self, compiler, connection):
        return "ANY(%s)", [self.value]


class _Written(SQLCompiler):
    """What writes a query as SQL, once it has: `values` are those it is asked with, `part` the rows
    of it that are."""

    text, params, values, part = "", (), None, ""

    def as_sql(self, with_limits=True, with_col_aliases=False):
        if self.values is None:
            return super().as_sql(with_limits, with_col_aliases)
        given = (p.among(self.values) if isinstance(p, Given) else p for p in self.params)
        return self.text and f"{self.text}{self.part}", tuple(given)


class Asked:
    """A query with its values, read when rows of it are."""

    ordered = True

    def __init__(self, query: QuerySet, written: _Written, values: dict):
        self._query, self._written, self._values = query, written, values

    def __iter__(self):
        return iter(self[:])

    def __getitem__(self, rows: slice) -> list:
        compiler = self._compiler(_limits(rows.start or 0, rows.stop))
        asked = self._query.all()
        asked.query.get_compiler = lambda using: compiler
        return list(asked)

    def count(self) -> int:
        return self.count_to(None)

    def count_to(self, most: int | None) -> int:
        """How many rows there are, `most` at the most."""
        text, params = self._compiler(_limits(0, most)).as_sql()
        if not text:
            return 0
        with connections[self._query.db].cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM ({text}) AS asked", params)
            return cursor.fetchone()[0]

    def _compiler(self, part: str) -> _Written:
        compiler = copy(self._written)
        compiler.connection = connections[self._query.db]
        compiler.values, compiler.part = self._values, part
        return compiler


def _limits(start: int, stop: int | None) -> str:
    limit = "" if stop is None else f" LIMIT {stop - start:d}"
    return f"{limit} OFFSET {start:d}" if start else limit


class written_once:  # noqa: N801
    """See above."""

    def __init__(self, write: Callable[..., QuerySet]):
        update_wrapper(self, write)
        self.query = write
        given = signature(write).parameters.values()
        self._names = [each.name for each in given if each.kind == each.KEYWORD_ONLY]
        self._written = lru_cache(TEXTS)(self._write)

    def __call__(self, *how, **values) -> list:
        return self.asked(*how, **values)[:]

    def asked(self, *how, **values) -> Asked:
        return Asked(*self._written(*how), values)

    def _write(self, *how) -> tuple[QuerySet, _Written]:
        query = self.query(*how, **{name: Given(name) for name in self._names})
        written = _Written(query.query, connections[query.db], query.db)
        # A query that can have no row has no text either: it is not asked.
        with suppress(EmptyResultSet):
            written.text, written.params = written.as_sql()
        written.connection = None  # Each asking has its own.
        return query, written
