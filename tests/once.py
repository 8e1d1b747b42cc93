"""What many tests begin with, really done once in each process: later tests go on where it led.

`@once` marks an act on the database: making the network, drafting a request, one of its steps. The
first test that asks for it does it in a copy of the database it stands in, which is committed and
kept; the tests after it go on in that copy, each in a transaction rolled back at its end. So what
a test reads was written by the real act, and costs it nothing.

An act is done in place, as if it were not marked, once the test has written something or changed a
setting that acts read, under adopted charters, or where transactions commit (`committed_db`).
"""

import io
import itertools
import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.conf import settings
from django.db import connections
from django.db.models import Model
from django.utils import translation

from governance.charters import library
from tests import databases
from tests.caches import forget_cache

OWN = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
"""The database of this process, in which each test begins."""
KEPT_OPEN = 24  # connections to copies, their tables already known to the server
KEPT = 100
"""Copies that a process keeps, those that served last: some 2 GB. Tests that go on where others led
stand near them, so that what is dropped is seldom made again."""
INDIFFERENT = {"DEMONSTRATION"}
"""Settings that pages read, and no act."""
NOT_WRITTEN = "SELECT pg_current_xact_id_if_assigned() IS NULL"


@dataclass(frozen=True)
class Done:
    """Where an act led: the database it left, and the arguments and the answer as it left them."""

    database: str
    left: bytes


_done: dict[tuple, Done] = {}
_ours = {OWN}
_open: dict[str, object] = {}
_shipped = settings._wrapped
_numbers = itertools.count(1)
_acting = False


def once(act: Callable) -> Callable:
    """Have `act` done once in this process for the same arguments, from the same database.

    Its arguments are told apart by what they say: a row of the database by its key, an object that
    moves rows (a `Walk`) by its attributes, anything else by its `repr`.
    """

    @wraps(act)
    def done(*given, **named):
        if not _may_move():
            return act(*given, **named)
        key = (_here(), translation.get_language(), act.__module__, act.__qualname__)
        key += (_said(given), _said(sorted(named.items())))
        known = _rows_of((*given, *named.values()))
        if key in _done:
            _done[key] = _done.pop(key)  # the last to be used, hence to be dropped
            go_to(_done[key].database)
            return _restore(_done[key].left, known)
        _drop_the_oldest()
        return _keep(key, lambda: act(*given, **named), known)

    return done


def _keep(key: tuple, act: Callable, known: list):
    """Do an act in a copy of the database we stand in, and keep what it leaves; its answer."""
    global _acting
    begun_in, database = _here(), f"{OWN}_{next(_numbers)}"
    _leave()
    _open.pop(begun_in).close()  # PostgreSQL copies a database that nobody uses
    databases.clone(begun_in, database)
    _ours.add(database)
    _enter(database)
    promised = list(_connection().run_on_commit)
    _acting = True
    try:
        answer = act()
    finally:
        _acting = False
    # A test never commits: what the act promised for then would not be done by it either.
    _connection().run_on_commit = promised
    _connection().connection.commit()
    _resume()
    _done[key] = Done(database, _dump(answer, known))
    return answer


def _drop_the_oldest() -> None:
    """Make room for another copy. What was done from one that is dropped is forgotten in turn."""
    for key in list(_done):
        if len(_done) < KEPT:
            return
        if _done[key].database == _here():
            continue
        database = _done.pop(key).database
        if (raw := _open.pop(database, None)) is not None:
            raw.close()
        _ours.discard(database)
        databases.drop(database)


def go_to(database: str) -> None:
    """Have this test go on in `database`, one of ours: what it has written is given up."""
    _leave()
    _enter(database)


def back_to_own() -> None:
    """Go back to this process's own database, a test being over: its transaction is rolled back.

    What was cached goes too: rows have the same keys in the test that comes next.
    """
    if _here() in _ours - {OWN}:
        go_to(OWN)
        forget_cache()


# --- Where we stand -----------------------------------------------------------------------------


def _connection():
    return connections["default"]


def _here() -> str:
    return _connection().settings_dict["NAME"]


def _may_move() -> bool:
    """Whether nothing tells the database we stand in from another one with the same content."""
    connection = _connection()
    rolled_back = connection.in_atomic_block and not connection.needs_rollback
    if _acting or not rolled_back or _here() not in _ours:
        return False
    if _changed() - INDIFFERENT or library.adopted():
        return False
    return connection.connection.execute(NOT_WRITTEN).fetchone()[0]


def _changed() -> set[str]:
    """The settings that this test has changed."""
    found, layer = set(), settings._wrapped
    while layer is not _shipped:
        found |= {name for name in vars(layer) if name.isupper()}
        layer = layer.default_settings
    return found


def _leave() -> None:
    """Put the connection aside, its transaction given up."""
    raw = _connection().connection
    if raw is not None:
        raw.rollback()
        _open[_here()] = raw
    _connection().connection = None


def _enter(database: str) -> None:
    """Connect Django to `database`, in the midst of the transaction where it believes it is."""
    connection = _connection()
    connection.settings_dict["NAME"] = database
    connection.connection = _open.pop(database, None)
    if connection.connection is None or connection.connection.closed:
        parameters = connection.get_connection_params()
        connection.connection = connection.get_new_connection(parameters)
        connection.init_connection_state()
    while len(_open) >= KEPT_OPEN:
        _open.pop(next(iter(_open))).close()
    _resume()


def _resume() -> None:
    """Begin on a new transaction what Django began on another one: its savepoints."""
    connection = _connection()
    connection.connection.autocommit = connection.autocommit
    for savepoint in filter(None, connection.savepoint_ids):
        connection.connection.execute(connection.ops.savepoint_create_sql(savepoint))


# --- Arguments and answers ----------------------------------------------------------------------


def _said(value) -> str:
    """What tells an argument from another one."""
    if isinstance(value, Model):
        return f"{value._meta.label}:{value.pk}"
    if isinstance(value, (list, tuple)):
        return ",".join(_said(each) for each in value)
    if hasattr(value, "__dict__") and not callable(value):
        return f"{type(value).__qualname__}({_said(sorted(vars(value).items()))})"
    return repr(value)


def _rows_of(values) -> list:
    """The objects among arguments that an act may change, each row that they hold included."""
    found = [value for value in values if hasattr(value, "__dict__")]
    return found + [row for each in found for row in vars(each).values() if isinstance(row, Model)]


def _dump(answer, known: list) -> bytes:
    """An answer, and the attributes of what is `known`, which is named by its position."""
    positions = {id(each): position for position, each in enumerate(known)}
    file = io.BytesIO()
    pickler = pickle.Pickler(file)
    pickler.persistent_id = lambda each: positions.get(id(each))
    pickler.dump((answer, [vars(each) for each in known]))
    return file.getvalue()


def _restore(left: bytes, known: list):
    """Give what is `known` the attributes that an act left it; its answer."""
    unpickler = pickle.Unpickler(io.BytesIO(left))
    unpickler.persistent_load = known.__getitem__
    answer, attributes = unpickler.load()
    for each, left_with in zip(known, attributes, strict=True):
        vars(each).clear()
        vars(each).update(left_with)
    return answer
