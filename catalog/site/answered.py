"""What a site has told of its patients, and what it may still tell: no difference of answers stands
for fewer persons than the threshold.

The audit of statistical queries of F. Y. Chin and G. Özsoyoğlu (*Auditing and inference control in
statistical databases*, IEEE Transactions on Software Engineering 8(6), 1982), held for small groups
rather than for single persons. For each asker the site keeps the groups of persons it has told of.
A group that is, but for fewer persons than the threshold, a linear combination of those told is
answered by that combination: nothing is told that they do not say, and nothing of the few that
differ. Not refused: a refusal would itself tell that there are some (K. Kenthapadi, N. Mishra and
K. Nissim, *Simulatable auditing*, PODS 2005).

Why no small group is isolated. Say a combination of told groups is a small group, and take the one
told last: it is a combination of the others but for that small group, so it was not told: a
contradiction. A group under the threshold is the same case, of the combination of none.

The groups of one asker are all those told to the circle of askers the order names. Whoever asks, a
group within the threshold of one told to anybody is answered as that one: by the earliest, so that
neither two teams, nor the same question once a few patients were added, tell them.

A group is kept as a vector of PLACES numbers, each the sum of the weights of its persons that fall
there; place and weight are drawn from the person's number under a key of the site. Combinations of
groups are those of vectors, and one person changes one number: vectors that differ in n places come
from groups that differ by n persons at least. No person can be read from it. The combination is
looked for by least squares reweighted towards few errors (R. Chartrand and W. Yin, *Iteratively
reweighted algorithms for compressive sensing*, ICASSP 2008), then verified place by place.
"""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from catalog.site.files import private_folder

PLACES = 2_048
FOLDED = 256
"""Length of the shorter vector that groups told to anybody are compared by."""
MOST = 300
"""Groups told to one circle of askers in KEPT; then only what follows from them is answered."""
SHARE = 4
"""…and no more than one for SHARE persons that they hold: beyond, everything follows from them."""
KEPT = timedelta(days=365)
"""How long what was told is remembered."""
PATIENCE = 60
"""Seconds to wait for another count of this site to be written."""

UNIT = 2.0**20
TURNS, STARTS = 20, 12
"""Turns of a search, and how many searches, all but the first from weights that are drawn: when
several small groups were told together, one may end beside."""
MOSTLY, LITTLE = 0.6, 0.05
"""Share of the places that a combination explains, and how nearly, to look for it again."""
NOTHING = 1e-4
"""Under this, a place is not changed: a person's weight is from 0.5 to 1.5."""

_TABLES = """
CREATE TABLE IF NOT EXISTS told (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, persons INTEGER NOT NULL,
    folded BLOB NOT NULL, vector BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS heard (
    asker TEXT NOT NULL, told INTEGER NOT NULL REFERENCES told, PRIMARY KEY (asker, told)
);
"""


class Spent(Exception):
    """The circle was told of as many groups as is safe, and this one does not follow from them."""


class Answered:
    """The memory of one site, a file. `least` is the site's threshold."""

    def __init__(self, path: Path, secret: bytes, *, site: str, least: int):
        info = b"guichet answered v1"
        key = HKDF(algorithm=SHA256(), length=32, salt=site.encode(), info=info).derive(secret)
        self.path, self.least = path, least
        self._keys = np.frombuffer(key, dtype=np.uint64)

    def say_all(self, groups: list[np.ndarray], *, askers: list[str], at: datetime) -> list[int]:
        """How many persons to say that each group has: exact, or as it follows from what was told.

        A group is its persons' numbers; `askers` who asks, then the others of the same circle.
        To be masked and rounded still. Raises Spent, and then none is told.
        """
        with self._open(at) as store:
            heard = _Heard(store, askers)
            return [self._say(store, heard, group, at=at) for group in groups]

    def _say(self, store: sqlite3.Connection, heard: "_Heard", group: np.ndarray, *, at) -> int:
        vector, size = self.vector(group), len(group)
        if np.count_nonzero(vector) < self.least:
            return 0
        near = self._near(store, vector)
        number = None
        if near is not None:
            number, vector, size = near
        if number in heard.numbers:
            return size
        if heard.numbers:
            told = np.array(heard.vectors)
            follows = combination(told, vector, least=self.least)
            if follows is not None:
                return max(0, round(float(follows @ np.array(heard.sizes, dtype=float))))
            held = np.count_nonzero(np.any(told, axis=0) | (vector != 0))
            if len(told) >= min(MOST, held // SHARE):
                raise Spent
        if number is None:
            number = store.execute(
                "INSERT INTO told (at, persons, folded, vector) VALUES (?, ?, ?, ?)",
                (_said(at), size, _packed(_fold(vector)), _packed(vector)),
            ).lastrowid
        heard.add(number, size, vector)
        return size

    def vector(self, persons: np.ndarray) -> np.ndarray:
        """The vector of a group."""
        mixed = persons.astype(np.uint64)
        for key in self._keys:
            mixed = _mix(mixed ^ key)
        places = (mixed % np.uint64(PLACES)).astype(np.int64)
        weights = (mixed >> np.uint64(44)).astype(float) / UNIT + 0.5
        return np.bincount(places, weights=weights, minlength=PLACES)

    def _near(self, store: sqlite3.Connection, vector: np.ndarray):
        """The earliest group told that differs from it by less than the threshold, if any."""
        rows = store.execute("SELECT id, folded FROM told ORDER BY id").fetchall()
        if not rows:
            return None
        folded = np.array([_unpacked(row[1]) for row in rows])
        apart = np.count_nonzero(np.abs(folded - _fold(vector)) > NOTHING, axis=1)
        for place in np.flatnonzero(apart < self.least):
            number = rows[place][0]
            size, kept = store.execute(
                "SELECT persons, vector FROM told WHERE id = ?", (number,)
            ).fetchone()
            other = _unpacked(kept)
            if np.count_nonzero(np.abs(other - vector) > NOTHING) < self.least:
                return number, other, size
        return None

    @contextmanager
    def _open(self, at: datetime) -> Iterator[sqlite3.Connection]:
        """The memory, held by one count at a time; written whole, or not at all."""
        private_folder(self.path.parent)
        if not self.path.exists():
            self.path.touch(mode=0o600)
        with closing(sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)) as store:
            store.executescript(_TABLES)
            store.execute("BEGIN IMMEDIATE")
            old = (_said(at - KEPT),)
            store.execute("DELETE FROM heard WHERE told IN (SELECT id FROM told WHERE at < ?)", old)
            store.execute("DELETE FROM told WHERE at < ?", old)
            try:
                yield store
            except BaseException:
                store.execute("ROLLBACK")
                raise
            store.execute("COMMIT")


class _Heard:
    """What a circle of askers was told, as it grows: numbers, sizes and vectors of groups."""

    def __init__(self, store: sqlite3.Connection, askers: list[str]):
        marks = ", ".join("?" * len(askers))
        rows = store.execute(
            "SELECT DISTINCT id, persons, vector FROM told JOIN heard ON told = id"
            f" WHERE asker IN ({marks}) ORDER BY id",
            askers,
        ).fetchall()
        self.store, self.asker = store, askers[0]
        self.numbers = [row[0] for row in rows]
        self.sizes = [row[1] for row in rows]
        self.vectors = [_unpacked(row[2]) for row in rows]

    def add(self, number: int, size: int, vector: np.ndarray) -> None:
        """Tell `asker` of one more group."""
        self.store.execute("INSERT INTO heard VALUES (?, ?)", (self.asker, number))
        self.numbers.append(number)
        self.sizes.append(size)
        self.vectors.append(vector)


def combination(told: np.ndarray, vector: np.ndarray, *, least: int) -> np.ndarray | None:
    """The coefficients by which the rows of `told` make `vector`, but in fewer than `least` places;
    None when none was found."""
    held = np.any(told, axis=0) | (vector != 0)
    rows, asked = told[:, held].T, vector[held]
    draw = np.random.default_rng(0)
    for start in range(STARTS):
        weights = draw.exponential(size=len(asked)) ** 3 if start else np.ones(len(asked))
        for turn in range(TURNS):
            found = _weighted(rows, asked, weights)
            left = np.abs(asked - rows @ found)
            weights = (left**2 + max(10.0 ** (-turn / 3 - 2 * bool(start)), 1e-7)) ** -0.9
        alike = left < LITTLE
        if alike.mean() < MOSTLY:
            return None
        found = _weighted(rows[alike], asked[alike], np.ones(alike.sum()))
        if np.count_nonzero(np.abs(asked - rows @ found) > NOTHING) < least:
            return found
    return None


def _weighted(rows: np.ndarray, asked: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The coefficients of the weighted least squares."""
    scaled = rows * weights[:, None]
    normal = rows.T @ scaled
    normal[np.diag_indices_from(normal)] += 1e-12 * np.trace(normal) / len(normal)
    return np.linalg.solve(normal, scaled.T @ asked)


def _mix(numbers: np.ndarray) -> np.ndarray:
    """The finaliser of SplitMix64: every bit of a number changes half of those it becomes."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def _fold(vector: np.ndarray) -> np.ndarray:
    return vector.reshape(-1, FOLDED).sum(axis=0)


def _packed(vector: np.ndarray) -> bytes:
    return zlib.compress(np.round(vector * UNIT).astype(np.int64).tobytes(), 1)


def _unpacked(content: bytes) -> np.ndarray:
    return np.frombuffer(zlib.decompress(content), dtype=np.int64) / UNIT


def _said(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
