"""Synthetic persons with plausible French distributions, drawn a table at a time.

Everything comes from one generator seeded by (seed, site), drawn in a fixed order, so that the same
seed gives the same bytes with the same versions of numpy and pyarrow. A person has lasting
diagnoses, drawn by age and sex, which come back at each visit with what treats them and moves their
laboratory values; a visit adds passing ones. Columns are made whole (no loop over persons): that is
what keeps it above a million rows a second.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.cohort.codes import CATEGORIES
from catalog.demo_warehouse.concepts import numbers, tables
from catalog.demo_warehouse.concepts import units as numbers_of_units
from catalog.demo_warehouse.notes import Phrases
from catalog.demo_warehouse.vocabulary import coverage, rows

FIRST_YEAR, LAST_DAY = 2012, np.datetime64("2025-12-31")
NOTICE = "Données SYNTHÉTIQUES : aucune de ces personnes n'existe. SYNTHETIC data: nobody is real."
NOTICE_FILE = "SYNTHETIQUE.txt"
EHR = 32817
"""OHDSI's concept of what is observed through a hospital's records."""
BLOCK = 50_000
"""Persons drawn at a time."""

_AGE_EDGES = np.array([1, 5, 15, 25, 35, 45, 55, 65, 75, 85])
# Shares of the persons seen at a French hospital by band of age (the edges above), a rounded shape.
_AGE_SHARES = np.array([4, 5, 8, 9, 10, 10, 12, 14, 14, 10, 4]) / 100
_LEAST_AGES = np.array([0, 1, 5, 15, 25, 35, 45, 55, 65, 75, 85])
_WIDTHS = np.array([1, 4, 10, 10, 10, 10, 10, 10, 10, 10, 16])


@dataclass
class _Draw:
    """What the tables of one site are drawn from: the generator and the site's number space."""

    rng: np.random.Generator
    site: str
    offset: int


def generate(
    folder: Path, *, site: str, persons: int, seed: int, compression: str = "zstd"
) -> dict[str, int]:
    """Write the Parquet tables of `site` into `folder` (made if absent), replacing those there.

    Returns table -> rows. `persons` is how many synthetic persons; `seed` any integer. Persons are
    drawn in blocks of BLOCK, so that memory does not grow with their number.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mark = zlib.crc32(site.encode())
    writers: dict[str, pq.ParquetWriter] = {}
    counts: dict[str, int] = {}
    for block in range(max(1, -(-persons // BLOCK))):
        seeds = np.random.SeedSequence([abs(seed), mark, block])
        offset = (mark % 900 + 100) * 10**9 + block * 10**7
        draw = _Draw(np.random.Generator(np.random.PCG64(seeds)), site, offset)
        for name, columns in _block(draw, min(BLOCK, persons - block * BLOCK)):
            table = pa.table(columns)
            if name not in writers:
                schema = table.schema.with_metadata({"synthetic": "true", "notice": NOTICE})
                writers[name] = pq.ParquetWriter(
                    folder / f".{name}.partial", schema, compression=compression
                )
            writers[name].write_table(table, row_group_size=500_000)
            counts[name] = counts.get(name, 0) + table.num_rows
    for name, table in tables().items():
        schema = table.schema.with_metadata({"synthetic": "true", "notice": NOTICE})
        writers[name] = pq.ParquetWriter(folder / f".{name}.partial", schema)
        writers[name].write_table(table)
        counts[name] = table.num_rows
    for name, writer in writers.items():
        writer.close()
        (folder / f".{name}.partial").replace(folder / f"{name}.parquet")
    (folder / NOTICE_FILE).write_text(NOTICE + "\n", encoding="utf-8")
    return counts


def made_before(folder: Path) -> dict[str, int]:
    """Table -> rows of the synthetic warehouse that stands whole in `folder`; empty if none."""
    if not (folder / NOTICE_FILE).exists():  # written last
        return {}
    return {file.stem: pq.read_metadata(file).num_rows for file in folder.glob("*.parquet")}


def _block(draw: _Draw, persons: int) -> Iterator[tuple[str, dict]]:
    """The tables of one block, in the fixed order they are drawn in."""
    population = _population(draw, persons)
    visits = _visits(draw, population)
    conditions = _conditions(draw, population, visits)
    yield "person", population.columns
    yield "visit_occurrence", visits.columns
    yield "observation_period", _observed(draw, visits)
    yield "condition_occurrence", conditions.columns
    yield "drug_exposure", _linked(draw, visits, conditions, "drugs")
    yield "procedure_occurrence", _linked(draw, visits, conditions, "procedures")
    yield "measurement", _measurements(draw, visits, conditions)
    yield "note", _notes(draw, visits, conditions)
    yield "death", _deaths(population, visits)
    yield from _wishes(draw, population).items()


@dataclass
class _Population:
    ids: np.ndarray
    born: np.ndarray  # datetime64[D]
    female: np.ndarray
    weight: np.ndarray  # how often a person comes, relative
    columns: dict


def _population(draw: _Draw, persons: int) -> _Population:
    rng = draw.rng
    band = rng.choice(len(_AGE_SHARES), size=persons, p=_AGE_SHARES)
    if draw.site == "ico":
        band = np.maximum(band, rng.integers(4, 9, size=persons))
    age = _LEAST_AGES[band] + rng.random(persons) * _WIDTHS[band]
    age = np.where(band == 10, 85 + rng.exponential(4.0, persons).clip(0, 20), age)
    born = np.datetime64("2019-01-01") - (age * 365.25).astype("timedelta64[D]")
    female = rng.random(persons) < np.where(age > 80, 0.62, 0.525)
    ids = draw.offset + rng.permutation(persons).astype(np.int64) + 1
    years = born.astype("datetime64[Y]").astype(int) + 1970
    months = born.astype("datetime64[M]").astype(int) % 12 + 1
    days = (born - born.astype("datetime64[M]").astype("datetime64[D]")).astype(int) + 1
    numbers = pa.array(ids)
    columns = {
        "person_id": numbers,
        "gender_concept_id": pa.array(np.where(female, 8532, 8507).astype(np.int32)),
        "year_of_birth": pa.array(years.astype(np.int32)),
        "month_of_birth": pa.array(months.astype(np.int32)),
        "day_of_birth": pa.array(days.astype(np.int32)),
        "birth_datetime": pa.array(born.astype("datetime64[us]")),
        "gender_source_value": _choices(np.where(female, 0, 1), ["F", "M"]),
        "person_source_value": pc.binary_join_element_wise("SYNTH", numbers.cast(pa.string()), "-"),
        "location_id": pa.array(rng.integers(1, 400, persons)),
    }
    weight = 0.5 + age / 60 + rng.exponential(0.6, persons)
    return _Population(ids, born, female, weight, columns)


@dataclass
class _Visits:
    ids: np.ndarray
    person: np.ndarray  # index of the person
    start: np.ndarray
    nights: np.ndarray
    kind: np.ndarray  # 0 stay, 1 consultation, 2 emergency
    died: np.ndarray
    columns: dict

    def __len__(self) -> int:
        return len(self.ids)


_ENTRIES = ["domicile", "urgences", "transfert", "mutation"]
_EXITS = ["domicile", "transfert", "SMR", "EHPAD", "décès"]


def _visits(draw: _Draw, population: _Population) -> _Visits:
    rng = draw.rng
    per_person = 1 + rng.poisson(population.weight * 1.6)
    person = np.repeat(np.arange(len(population.ids)), per_person)
    total = len(person)
    first = np.maximum(
        np.datetime64(f"{FIRST_YEAR}-01-01"), population.born.astype("datetime64[D]")
    )[person]
    span = (LAST_DAY - first).astype(int).clip(0)
    # More recent years hold more: the square root leans towards the end of the span.
    start = first + (np.sqrt(rng.random(total)) * span).astype("timedelta64[D]")
    order = np.lexsort((start, person))
    start = start[order]
    kind = rng.choice(3, size=total, p=[0.42, 0.40, 0.18]).astype(np.int8)
    nights = np.where(kind == 0, rng.geometric(0.19, total) - 1, 0).clip(0, 120)
    nights = np.minimum(nights, (LAST_DAY - start).astype(int))
    minutes = rng.integers(6 * 60, 22 * 60, total).astype("timedelta64[m]")
    ids = draw.offset + np.arange(1, total + 1, dtype=np.int64)
    end = start + nights.astype("timedelta64[D]")
    # Death ends the last visit of a person, when it is a stay, and no other.
    leaving = rng.choice(4, total, p=[0.86, 0.06, 0.06, 0.02])
    last = np.concatenate([person[1:] != person[:-1], [True]])
    leaving[last & (kind == 0) & (rng.random(total) < 0.06)] = 4
    columns = {
        "visit_occurrence_id": pa.array(ids),
        "person_id": pa.array(population.ids[person]),
        "visit_concept_id": pa.array(np.array([9201, 9202, 9203], np.int32)[kind]),
        "visit_start_date": pa.array(start),
        "visit_start_datetime": pa.array((start + minutes).astype("datetime64[us]")),
        "visit_end_date": pa.array(end),
        "admitted_from_source_value": _choices(
            rng.choice(4, total, p=[0.62, 0.27, 0.07, 0.04]), _ENTRIES
        ),
        "discharged_to_source_value": _choices(leaving, _EXITS),
    }
    return _Visits(ids, person, start, nights, kind, leaving == 4, columns)


def _observed(draw: _Draw, visits: _Visits) -> dict:
    """A person is observed from their first visit to the end of their last."""
    first = np.flatnonzero(np.concatenate([[True], visits.person[1:] != visits.person[:-1]]))
    end = visits.start + visits.nights.astype("timedelta64[D]")
    total = len(first)
    return {
        "observation_period_id": pa.array(draw.offset + np.arange(1, total + 1)),
        "person_id": visits.columns["person_id"].take(pa.array(first)),
        "observation_period_start_date": pa.array(visits.start[first]),
        "observation_period_end_date": pa.array(
            np.maximum.reduceat(end.astype(np.int64), first).astype("datetime64[D]")
        ),
        "period_type_concept_id": pa.array(np.full(total, EHR, np.int32)),
    }


@dataclass
class _Conditions:
    visit: np.ndarray  # index of the visit
    code: np.ndarray  # index in conditions.csv
    columns: dict


def _weights() -> tuple[np.ndarray, np.ndarray]:
    """For each of 22 groups (band of age × sex), the weight of each condition; and who is chronic.

    A normal density over age, times frequency, times the share of the sex.
    """
    listed = rows("conditions")
    middle = _LEAST_AGES + _WIDTHS / 2
    age = np.array([float(r["age"]) for r in listed])
    spread = np.maximum(np.array([float(r["spread"]) for r in listed]), 1.0)
    frequency = np.array([float(r["weight"]) for r in listed])
    female = np.array([float(r["female"]) for r in listed])
    density = np.exp(-(((middle[:, None] - age) / spread) ** 2) / 2) * frequency + frequency * 1e-4
    by_sex = np.stack([density * (1 - female), density * female], axis=1)
    return by_sex.reshape(-1, len(listed)), np.array([r["chronic"] == "1" for r in listed])


def _draw_codes(rng: np.random.Generator, group: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """A condition for each of `group`, by the weights of its row."""
    cumulated = np.cumsum(weights, axis=1)
    cumulated /= cumulated[:, -1:]
    # One search for all groups: each group's scale is moved by its number.
    flat = (cumulated + np.arange(len(weights))[:, None]).ravel()
    place = np.searchsorted(flat, group + rng.random(len(group)), side="right")
    return np.minimum(place - group * weights.shape[1], weights.shape[1] - 1).astype(np.int16)


def _conditions(draw: _Draw, population: _Population, visits: _Visits) -> _Conditions:
    rng = draw.rng
    weights, chronic = _weights()
    if draw.site == "ico":
        tumours = np.array(
            [r["code"][0] == "C" or r["code"] == "Z51.1" for r in rows("conditions")]
        )
        weights = weights * np.where(tumours, 30.0, 1.0)
    lasting, passing = weights * chronic + 1e-12, weights * ~chronic + 1e-12
    age = (np.datetime64("2019-01-01") - population.born).astype(int) / 365.25
    group = np.digitize(age, _AGE_EDGES) * 2 + population.female
    how_many = np.minimum(rng.poisson((age / 42).clip(0.05)), 5)
    owner = np.repeat(np.arange(len(age)), how_many)
    owned = _draw_codes(rng, group[owner], lasting)
    # What each visit recalls of its person's lasting diagnoses (nine times in ten).
    first = np.concatenate([[0], np.cumsum(how_many)])
    recalled = how_many[visits.person]
    visit = np.repeat(np.arange(len(visits)), recalled)
    within = np.arange(len(visit)) - np.repeat(np.cumsum(recalled) - recalled, recalled)
    code = owned[first[visits.person[visit]] + within]
    kept = rng.random(len(visit)) < 0.9
    new = np.where(visits.kind == 0, 1 + rng.poisson(0.6, len(visits)), 1)
    visit_new = np.repeat(np.arange(len(visits)), new)
    code_new = _draw_codes(rng, group[visits.person[visit_new]], passing)
    visit = np.concatenate([visit[kept], visit_new])
    code = np.concatenate([code[kept], code_new])
    # A diagnosis stands once in a visit.
    pair = np.unique(visit.astype(np.int64) * 1000 + code)
    visit, code = pair // 1000, (pair % 1000).astype(np.int16)
    total = len(visit)
    main = np.concatenate([[True], visit[1:] != visit[:-1]])
    columns = {
        "condition_occurrence_id": pa.array(draw.offset + np.arange(1, total + 1)),
        "person_id": pa.array(population.ids[visits.person[visit]]),
        "condition_start_date": pa.array(visits.start[visit]),
        "condition_source_value": _choices(code, [r["code"] for r in rows("conditions")]),
        "condition_source_concept_id": _numbers(code, numbers("condition")),
        "condition_status_source_value": _choices(np.where(main, 0, 1), ["DP", "DAS"]),
        "visit_occurrence_id": pa.array(visits.ids[visit]),
    }
    return _Conditions(visit, code, columns)


def _pairs(name: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """For each condition: where its `name` (drugs or procedures) begin in the flat list, how many,
    and the flat list as indices in ``name.csv``."""
    codes = [row["code"] for row in rows(name)]
    number = {code: place for place, code in enumerate(codes)}
    lists = [[number[c] for c in row[name].split()] for row in rows("conditions")]
    lengths = np.array([len(one) for one in lists])
    flat = np.array([place for one in lists for place in one], dtype=np.int16)
    return lengths, flat, codes


def _linked(draw: _Draw, visits: _Visits, conditions: _Conditions, name: str) -> dict:
    """Drugs or acts that go with the conditions of a visit, eight times in ten for a drug, half
    the times for an act."""
    rng = draw.rng
    lengths, flat, codes = _pairs(name)
    first = np.cumsum(lengths) - lengths
    many = lengths[conditions.code]
    visit = np.repeat(conditions.visit, many)
    condition = np.repeat(conditions.code, many)
    within = np.arange(len(visit)) - np.repeat(np.cumsum(many) - many, many)
    code = flat[first[condition] + within]
    kept = rng.random(len(visit)) < (0.8 if name == "drugs" else 0.45)
    visit, code = visit[kept], code[kept]
    total = len(visit)
    nights = visits.nights[visit]
    start = visits.start[visit] + (rng.random(total) * (nights + 1)).astype("timedelta64[D]")
    ids = pa.array(draw.offset + np.arange(1, total + 1))
    person = visits.columns["person_id"].take(pa.array(visit))
    stay = pa.array(visits.ids[visit])
    if name == "procedures":
        return {
            "procedure_occurrence_id": ids,
            "person_id": person,
            "procedure_date": pa.array(start),
            "procedure_source_value": _choices(code, codes),
            "procedure_source_concept_id": _numbers(code, numbers("procedure")),
            "quantity": pa.array(np.ones(total, np.int32)),
            "visit_occurrence_id": stay,
        }
    listed = rows("drugs")
    routes = sorted({row["route"] for row in listed})
    route = np.array([routes.index(row["route"]) for row in listed], np.int8)
    days = np.array([int(row["days"]) for row in listed], np.int32)[code]
    end = np.minimum(start + days.astype("timedelta64[D]"), LAST_DAY)
    return {
        "drug_exposure_id": ids,
        "person_id": person,
        "drug_exposure_start_date": pa.array(start),
        "drug_exposure_end_date": pa.array(end),
        "drug_source_value": _choices(code, codes),
        "drug_source_concept_id": _numbers(code, numbers("drug")),
        "quantity": pa.array(days * 1.0),
        "days_supply": pa.array(days),
        "route_source_value": _choices(route[code], routes),
        "visit_occurrence_id": stay,
    }


def _measurements(draw: _Draw, visits: _Visits, conditions: _Conditions) -> dict:
    """A panel at each stay and emergency, now and then at a consultation; once more every third
    night of a stay."""
    rng = draw.rng
    listed = rows("measurements")
    share = np.array([float(row["share"]) for row in listed])
    rounds = np.where(visits.kind == 1, rng.random(len(visits)) < 0.3, 1 + visits.nights // 4)
    rounds = np.minimum(rounds, 8)
    panel_visit = np.repeat(np.arange(len(visits), dtype=np.int32), rounds)
    done = rng.random((len(panel_visit), len(listed)), dtype=np.float32) < share * 0.62
    panel, test = np.nonzero(done)
    visit = panel_visit[panel]
    mean = np.array([float(row["mean"]) for row in listed])
    spread = np.array([float(row["spread"]) for row in listed])
    # How far the diagnoses of a visit move its tests.
    number = {row["code"]: place for place, row in enumerate(listed)}
    effect = np.zeros((len(rows("conditions")), len(listed)), np.float32)
    for place, row in enumerate(rows("conditions")):
        for written in row["tests"].split():
            code, shift = written.rsplit(":", 1)
            effect[place, number[code]] = float(shift)
    moved = np.zeros((len(visits), len(listed)), np.float32)
    touched = np.nonzero(effect.any(axis=1))[0]
    for place in touched:
        moved[conditions.visit[conditions.code == place]] += effect[place]
    total = len(visit)
    shift = moved[visit, test] * rng.gamma(4.0, 0.25, total)
    value = mean[test] + spread[test] * rng.standard_normal(total, dtype=np.float32) + shift
    scale = np.array([10.0 ** int(row["decimals"]) for row in listed])[test]
    floor = np.array([float(row["mean"]) * 0.1 for row in listed])[test]
    value = np.round(np.maximum(value, floor) * scale) / scale
    code_of = [row["code"] for row in listed]
    percent = np.isin(code_of, ["2708-6"])[test]
    value = np.where(percent, np.minimum(value, 100), value)
    night = (rng.random(total, dtype=np.float32) * (visits.nights[visit] + 1)).astype(np.int32)
    day = visits.start[visit] + night.astype("timedelta64[D]")
    units = sorted({row["unit"] for row in listed})
    unit = np.array([units.index(row["unit"]) for row in listed], np.int8)
    low, high = (np.array([float(row[name]) for row in listed]) for name in ("low", "high"))
    return {
        "measurement_id": pa.array(draw.offset + np.arange(1, total + 1)),
        "person_id": visits.columns["person_id"].take(pa.array(visit)),
        "measurement_date": pa.array(day),
        "value_as_number": pa.array(value),
        "range_low": pa.array(low[test]),
        "range_high": pa.array(high[test]),
        "measurement_source_value": _choices(test, code_of),
        "measurement_source_concept_id": _numbers(test, numbers("measurement")),
        "unit_source_value": _choices(unit[test], units),
        "unit_concept_id": _numbers(unit[test], numbers_of_units(units)),
        "visit_occurrence_id": pa.array(visits.ids[visit]),
    }


# How often a visit of each kind (stay, consultation, emergency) has a document of a category.
_DOCUMENTS = {
    "hospitalisation": (0.95, 0, 0.05),
    "consultation": (0.05, 0.95, 0),
    "operatoire": (0.18, 0.01, 0),
    "prescription": (0.8, 0.4, 0.4),
    "urgences": (0.2, 0, 0.97),
    "laboratoire": (0.7, 0.25, 0.6),
    "infirmier": (0.75, 0.02, 0.2),
    "pmsi": (0.98, 0, 0),
    "anatomopathologie": (0.12, 0.04, 0),
    "imagerie": (0.5, 0.15, 0.35),
    "genomique": (0.015, 0.01, 0),
    "chimiotherapie": (0.05, 0.01, 0),
    "odontologie": (0.004, 0.03, 0.004),
}


def _notes(draw: _Draw, visits: _Visits, conditions: _Conditions) -> dict:
    rng = draw.rng
    since = coverage(draw.site)
    names = list(CATEGORIES)
    chance = np.array([_DOCUMENTS[name] for name in names], np.float32).T[visits.kind]
    if draw.site == "ico":
        for name in ("anatomopathologie", "chimiotherapie", "genomique"):
            chance[:, names.index(name)] *= 4
    first_year = np.array([since.get(name, 9999) for name in names])
    year = visits.start.astype("datetime64[Y]").astype(int) + 1970
    drawn = rng.random(chance.shape, dtype=np.float32) < chance
    visit, category = np.nonzero(drawn & (year[:, None] >= first_year))
    # The first diagnosis of a visit is what its documents speak of.
    main = np.zeros(len(visits), np.int64)
    main[conditions.visit[::-1]] = conditions.code[::-1]
    phrases = Phrases([row["label_fr"] for row in rows("conditions")], names)
    text = phrases.choose(rng, category, main[visit])
    total = len(visit)
    return {
        "note_id": pa.array(draw.offset + np.arange(1, total + 1)),
        "person_id": visits.columns["person_id"].take(pa.array(visit)),
        "note_date": pa.array(visits.start[visit]),
        "note_source_value": _choices(category, names),
        "note_title": _choices(category, [CATEGORIES[name][0].capitalize() for name in names]),
        "note_text": _choices(text, phrases.texts),
        "visit_occurrence_id": pa.array(visits.ids[visit]),
    }


def _deaths(population: _Population, visits: _Visits) -> dict:
    """Those whose last visit ended in death."""
    visit = np.nonzero(visits.died)[0]
    end = visits.start[visit] + visits.nights[visit].astype("timedelta64[D]")
    return {
        "person_id": pa.array(population.ids[visits.person[visit]]),
        "death_date": pa.array(end),
        "cause_source_value": pa.nulls(len(visit), pa.string()),
    }


def _wishes(draw: _Draw, population: _Population) -> dict[str, dict]:
    """Who objected (about 6 in 1 000), who was individually informed (about 97 in 100)."""
    rng = draw.rng
    total = len(population.ids)
    objected = np.nonzero(rng.random(total) < 0.006)[0]
    since = np.datetime64("2020-01-01") + rng.integers(0, 2100, len(objected)).astype("m8[D]")
    informed = np.nonzero(rng.random(total) < 0.97)[0]
    on = np.datetime64("2018-06-01") + rng.integers(0, 2700, len(informed)).astype("m8[D]")
    channel = rng.choice(3, len(informed), p=[0.55, 0.35, 0.1])
    return {
        "objection": {
            "person_id": pa.array(population.ids[objected]),
            "since": pa.array(since),
        },
        "information": {
            "person_id": pa.array(population.ids[informed]),
            "informed_on": pa.array(on),
            "channel": _choices(channel, ["courrier", "livret d'accueil remis", "courriel"]),
        },
    }


def _numbers(indices: np.ndarray, values: list[int]) -> pa.Array:
    """A column of numbers of concepts, likewise."""
    return pa.DictionaryArray.from_arrays(
        pa.array(np.asarray(indices, np.int32)), pa.array(values, pa.int32())
    )


def _choices(indices: np.ndarray, values: list[str]) -> pa.Array:
    """A column of texts of which only the indices were drawn."""
    return pa.DictionaryArray.from_arrays(
        pa.array(np.asarray(indices, np.int32)), pa.array(values, pa.string())
    )
