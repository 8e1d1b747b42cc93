"""Names for the synthetic persons of a warehouse, kept apart from it as a real site keeps them.

Each person has an identifier that the sites share, as the INS is: made, as that of the social
security is, of the sex, the day of birth and a rank, so that some persons are known at two sites,
of one sex and one day of birth, and nobody twice at one. Names are drawn from it: who is known at
two sites has the same names there. They are common first names and surnames of France: nobody is
named, and an identifier begins by ``SYNTH``.
"""

import zlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.demo_warehouse.generate import NOTICE
from catalog.demo_warehouse.vocabulary import rows

RANKS = 3
"""Persons of one sex born on one day who may be told apart before one is the other's homonym."""


def _names(kind: str) -> list[str]:
    return [row["name"] for row in rows("names") if row["kind"] == kind]


def write_identities(folder: Path, *, warehouse: Path) -> int:
    """Write ``identity.parquet`` into `folder` for the persons of the Parquet files of `warehouse`.

    Returns how many persons are named.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    persons = pq.read_table(
        warehouse / "person.parquet",
        columns=["person_id", "gender_source_value", "birth_datetime"],
    )
    identifiers = _identifiers(persons)
    numbers = np.array([zlib.crc32(said.encode()) for said in identifiers], np.uint64)
    women = np.asarray(pc.equal(persons["gender_source_value"].cast(pa.string()), "F"))
    female, male, surnames = _names("woman"), _names("man"), _names("surname")
    first = np.where(women, _drawn(numbers, 1, female), _drawn(numbers, 2, male))
    second = np.where(women, _drawn(numbers, 3, female), _drawn(numbers, 4, male))
    birth, spouse = _drawn(numbers, 5, surnames), _drawn(numbers, 6, surnames)
    married = women & (_mixed(numbers, 7) % 100 < 45)
    table = pa.table(
        {
            "person_id": persons["person_id"],
            "birth_name": pa.array(birth.tolist()),
            "usual_name": pa.array(np.where(married, spouse, birth).tolist()),
            "first_names": pa.array([f"{a} {b}" for a, b in zip(first, second, strict=True)]),
            "birth_date": persons["birth_datetime"].cast(pa.date32()),
            "identifier": pa.array(identifiers),
        }
    ).replace_schema_metadata({"synthetic": "true", "notice": NOTICE})
    partial = folder / ".identity.partial"
    pq.write_table(table, partial)
    partial.chmod(0o600)
    partial.replace(folder / "identity.parquet")
    return table.num_rows


def _identifiers(persons: pa.Table) -> list[str]:
    """The identifier of each person. Who would be the second of their rank here has one that no
    other site gives: it holds their own number."""
    numbers = persons["person_id"].to_pylist()
    ranks = (_mixed(persons["person_id"].to_numpy(), 8) % RANKS).tolist()
    sexes = persons["gender_source_value"].cast(pa.string()).to_pylist()
    days = persons["birth_datetime"].cast(pa.date32()).to_pylist()
    given: set[str] = set()
    found = []
    for number, rank, sex, day in zip(numbers, ranks, sexes, days, strict=True):
        said = f"SYNTH-{sex}-{day:%Y%m%d}-{rank}"
        if said in given:
            said = f"{said}-{number}"
        given.add(said)
        found.append(said)
    return found


def _drawn(numbers: np.ndarray, draw: int, names: list[str]) -> np.ndarray:
    places = _mixed(numbers, draw) % np.uint64(len(names))
    return np.array(names, dtype=object)[places.astype(np.int64)]


def _mixed(numbers: np.ndarray, draw: int) -> np.ndarray:
    """A number for each person and draw that tells nothing of the person's own (splitmix64)."""
    with np.errstate(over="ignore"):
        mixed = numbers.astype(np.uint64) + np.uint64(draw) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))
