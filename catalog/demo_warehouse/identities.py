"""Names for the synthetic persons of a warehouse, kept apart from it as a real site keeps them.

Each name is drawn from the person's own number, so that a warehouse has the same names whatever is
generated beside it. They are common first names and surnames of France: nobody is named.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.demo_warehouse.generate import NOTICE
from catalog.demo_warehouse.vocabulary import rows


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
    numbers = persons["person_id"].to_numpy()
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
        }
    ).replace_schema_metadata({"synthetic": "true", "notice": NOTICE})
    partial = folder / ".identity.partial"
    pq.write_table(table, partial)
    partial.chmod(0o600)
    partial.replace(folder / "identity.parquet")
    return table.num_rows


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
