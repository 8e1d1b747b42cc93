"""Which delivery a file comes from: ``python -m catalog.site NAME --whose FILE``.

What has the form of an identifier (``catalog.site.candidates``) is tried against the mark of each
delivery that the journal knows, destroyed ones too (``catalog.site.marks``). Where no mark is found
persons are looked for: their pseudonyms are the project's, and tell it, not the delivery.

Chance is bounded, not estimated: m of n identifiers bear a foreign mark of b bits with a
probability of at most C(n, m) 2^(-bm), times the number of deliveries that were tried. A delivery
is named beyond LIMIT only.
"""

import math
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from catalog.site import keys, marks
from catalog.site.candidates import candidates
from catalog.site.journal import Entry, Journal
from catalog.site.objections import manifest_in
from catalog.site.pseudonyms import DIGITS, derive, hmac_sql
from catalog.site.settings import SiteSettings
from catalog.warehouse.connection import quoted

TRIED = 50_000
"""Identifiers that are tried, drawn from all those of a file."""
LIMIT = 6
"""A delivery is named when chance would name one in less than a file out of 10^LIMIT."""
MOST_PERSONS = 9
"""No site has 10^9 persons."""


@dataclass(frozen=True)
class Made:
    """A delivery that was made here; `place` is None once it is destroyed."""

    entry: Entry
    manifest: dict
    place: Path | None

    @property
    def words(self) -> str:
        said = self.manifest
        by, day = said.get("launched_by", "?"), said.get("start", "?")[:10]
        gone = "" if self.place else ", destroyed since"
        return (
            f"delivery of {Path(self.entry.space).parent}, order {self.entry.order}, "
            f"launched by {by}, extracted on {day}{gone}"
        )


@dataclass(frozen=True)
class Named:
    """What a file shares with a delivery: `found` of its `tried` identifiers; by chance, less than
    once in 10^`rarity` files."""

    made: Made
    found: int
    tried: int
    rarity: float


def deliveries(settings: SiteSettings) -> list[Made]:
    """Every delivery of persons' data that the site's journal knows."""
    found = []
    for entry in Journal(settings.journal).made():
        place = settings.spaces / entry.space
        said = (entry.final or {}).get("body", {}).get("manifest") or manifest_in(place)
        if said.get("delivery_kind") != "aggregates":
            found.append(Made(entry, said, None if entry.destroyed else place))
    return found


def drawn(identifiers: Iterable[str]) -> list[str]:
    """TRIED of the identifiers, the same for the same file."""
    ordered = sorted(identifiers)
    return ordered if len(ordered) <= TRIED else random.Random(TRIED).sample(ordered, TRIED)


def rarity(found: int, tried: int, known: int) -> float:
    """-log10 of the probability that `found` of `tried` identifiers bear by chance the mark of one
    of `known` deliveries, at most; never under 0."""
    ways = math.lgamma(tried + 1) - math.lgamma(found + 1) - math.lgamma(tried - found + 1)
    said = found * 4 * marks.TAG * math.log10(2) - ways / math.log(10) - math.log10(known)
    return max(0.0, said)


def marked(identifiers: list[str], made: list[Made], *, secret: bytes, site: str) -> list[Named]:
    """The deliveries whose mark some of the identifiers bear, those that chance explains too; the
    most certain first."""
    found = []
    for each in made:
        key = marks.key_of(secret, site=site, order=each.entry.hash)
        number = sum(marks.bears(key, identifier) for identifier in identifiers)
        if number:
            rare = rarity(number, len(identifiers), len(made))
            found.append(Named(each, number, len(identifiers), rare))
    return sorted(found, key=lambda named: -named.rarity)


def of_persons(
    identifiers: list[str], made: list[Made], settings: SiteSettings, *, secret: bytes
) -> list[Named]:
    """The deliveries whose persons some of the identifiers are.

    Those that are here are read. Of the others the persons of the warehouse are, unless they were
    linked: who they were went with the delivery.
    """
    asked = pa.table({"person_id": pa.array(identifiers, pa.string())})
    rare = 4 * DIGITS * math.log10(2) - MOST_PERSONS - math.log10(len(identifiers) * len(made))
    gone = {
        each.manifest["project"]
        for each in made
        if each.place is None and each.manifest and "linkage" not in each.manifest
    }
    numbers = _in_warehouse(asked, gone, settings, secret)
    found = []
    for each in made:
        if each.place is not None:
            number = _in_files(asked, each.place, settings)
        else:
            number = numbers.get(each.manifest.get("project"), 0)
        if number:
            found.append(Named(each, number, len(identifiers), rare))
    return sorted(found, key=lambda named: -named.found)


def _in_files(asked: pa.Table, place: Path, settings: SiteSettings) -> int:
    files = ", ".join(quoted(str(path)) for path in sorted(place.glob("*.parquet")))
    if not files:
        return 0
    with duckdb.connect(config={"memory_limit": settings.memory}) as connection:
        connection.register("asked", asked)
        (number,) = connection.execute(
            f"SELECT count(DISTINCT person_id) FROM read_parquet([{files}], union_by_name=true) "
            "SEMI JOIN asked USING (person_id)"
        ).fetchone()
    return number


def _in_warehouse(
    asked: pa.Table, projects: set[str], settings: SiteSettings, secret: bytes
) -> dict[str, int]:
    """Project -> how many of those asked are persons of the warehouse, by its pseudonyms."""
    from catalog.site.delivery import open_warehouse

    if not projects:
        return {}
    found = {}
    with open_warehouse(settings) as warehouse:
        warehouse.duckdb.register("asked", asked)
        said = f"substr({hmac_sql('person', 'person_id')}, 1, {DIGITS})"
        for project in sorted(projects):
            own = derive(secret, site=settings.site, project=project)
            (found[project],) = warehouse.duckdb.execute(
                f"SELECT count(*) FROM (SELECT {said} AS person_id FROM person) "
                "SEMI JOIN asked USING (person_id)",
                own.parameters("person"),
            ).fetchone()
    return found


def tell(path: Path, settings: SiteSettings) -> tuple[bool, str]:
    """Whether a delivery or a project is named for the file, and the answer in words.

    Raises Unreadable, KeyUnusable, WarehouseError.
    """
    secret = keys.site_secret(settings.keys)
    made, found = deliveries(settings), candidates(path)
    tried = drawn(found.identifiers)
    lines = [f"{path}: {_read(len(found.identifiers), len(tried), found.whole)}"]
    if not tried or not made:
        nothing = "No delivery was made here." if tried else "Nothing can be told of it."
        return False, "\n".join([*lines, nothing])
    by_mark = marked(tried, made, secret=secret, site=settings.site)
    sure = [named for named in by_mark if named.rarity > LIMIT]
    if sure:
        return True, "\n".join([*lines, *_of_marks(sure)])
    lines += _of_chance(by_mark)
    by_person = of_persons(tried, made, settings, secret=secret)
    if by_person:
        return True, "\n".join([*lines, *_of_projects(by_person)])
    nothing = (
        f"Not one of the {len(made)} deliveries of this site is named: the file is of another "
        "site, or of something else, or its identifiers were changed."
    )
    return False, "\n".join([*lines, nothing])


def _read(found: int, tried: int, whole: bool) -> str:
    if not found:
        return f"nothing in it has the form of an identifier ({DIGITS} hexadecimal digits)."
    said = f"{found} different values have the form of an identifier"
    said += f", {tried} of them drawn and tried" if tried < found else ""
    return said + ("." if whole else "; the beginning of the file was read.")


def _of_marks(named: list[Named]) -> Iterator[str]:
    for each in named:
        yield (
            f"It comes from the {each.made.words}: {each.found} of {each.tried} bear its mark. "
            f"By chance: less than once in 10^{int(each.rarity)}."
        )


def _of_chance(named: list[Named]) -> Iterator[str]:
    for each in named:
        yield (
            f"{each.found} of {each.tried} bear the mark of the {each.made.words}: too few "
            "among so many, chance may do as much. Nothing is concluded of it."
        )


def _of_projects(named: list[Named]) -> Iterator[str]:
    yield (
        "No mark of a delivery was found, but persons are known by the pseudonyms of a project. "
        f"By chance: less than once in 10^{int(named[0].rarity)}. The file comes from one of "
        "these, persons alone do not tell which:"
    )
    for each in named:
        where = ""
        if "linkage" in each.made.manifest:
            said = each.made.manifest
            others = ", ".join(site for site in said["linkage"]["sites"] if site != said["site"])
            where = f" (linked: or in that of another site, among {others})"
        yield f"- {each.found} of {each.tried} in the {each.made.words}{where}."
