"""A file that is found names its delivery, whatever was done to its rows and columns."""

import csv
import gzip
import random
import uuid

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.site import candidates as reading
from catalog.site import marks, whose
from catalog.site.__main__ import main
from catalog.site.candidates import Unreadable
from tests.catalog.site.making import STUDY, SiteHere, variable
from tests.catalog.site.oracle import rows

OTHER_PROJECT = "0f1d0c52-6b7e-4c1c-9c27-9d3d3f6f0a11"
WITH_RECORDS = [*STUDY, variable("measurement.measurement_id")]


class Deliveries:
    """Two deliveries of one project, one of another, and one of another site."""

    def __init__(self, folder, warehouse):
        self.site = SiteHere(folder / "chu-rennes", warehouse)
        self.elsewhere = SiteHere(folder / "chu-brest", warehouse, slug="chu-brest")
        self.bodies = {
            "one": self.site.body(variables=WITH_RECORDS),
            "two": self.site.body(variables=WITH_RECORDS),
            "other": self.site.body(number="2026-0043", project=OTHER_PROJECT),
        }
        for body in self.bodies.values():
            assert self.site.last(body)["kind"] == "delivered"
        self.bodies["elsewhere"] = self.elsewhere.body()
        assert self.elsewhere.last(self.bodies["elsewhere"])["kind"] == "delivered"

    def rows(self, name: str, table: str) -> list[dict]:
        site = self.elsewhere if name == "elsewhere" else self.site
        return rows(site.space(self.bodies[name]), table)

    def tell(self, path) -> tuple[bool, str]:
        return whose.tell(path, self.site.settings)

    def names(self, path) -> set[str]:
        """The deliveries that the answer names."""
        named, said = self.tell(path)
        found = {name for name, body in self.bodies.items() if body["order"] in said}
        assert named is bool(found), said
        return found


@pytest.fixture(scope="module")
def made(tmp_path_factory, small_warehouse):
    return Deliveries(tmp_path_factory.mktemp("whose"), small_warehouse)


def write(path, content: list[dict], *, delimiter: str = ",", encoding: str = "utf-8"):
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, content[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(content)
    return path


def only(content: list[dict], *columns: str) -> list[dict]:
    return [{f"V{n}": row[name] for n, name in enumerate(columns)} for row in content]


def test_the_same_visit_has_one_body_in_a_project_and_a_tag_a_delivery(made):
    one, two = (
        {row["visit_occurrence_id"] for row in made.rows(name, "visit_occurrence")}
        for name in ("one", "two")
    )
    assert {name[: marks.BODY] for name in one} == {name[: marks.BODY] for name in two}
    assert not one & two
    known = {row["visit_occurrence_id"] for row in made.rows("one", "measurement")} - {None}
    assert known and known <= one
    persons = [{row["person_id"] for row in made.rows(name, "person")} for name in ("one", "two")]
    assert persons[0] == persons[1]


def test_a_file_of_a_delivery_without_stays_names_it(tmp_path, small_warehouse):
    site = SiteHere(tmp_path / "chu-rennes", small_warehouse)
    asked = [variable("condition_occurrence.condition_source_value")]
    bodies = [
        site.body(variables=asked, project=name) for name in (OTHER_PROJECT, str(uuid.uuid4()))
    ]
    for body in bodies:
        assert site.last(body)["kind"] == "delivered"
    leaked = rows(site.space(bodies[0]), "condition_occurrence")
    named, said = whose.tell(write(tmp_path / "a.csv", leaked[:1]), site.settings)
    assert named
    assert bodies[0]["order"] in said and bodies[1]["order"] not in said


def test_a_delivery_that_does_not_bear_its_mark_is_not_given(made, monkeypatch):
    right = marks.parameters
    wrong = {"mark": bytes(marks.KEY)}
    monkeypatch.setattr(marks, "parameters", lambda *asked: right(*asked) | wrong)
    body = made.site.body()
    last = made.site.last(body)
    assert (last["kind"], last["body"]["check"]) == ("failed", "marks")
    assert not made.site.space(body).exists() and not made.site.left_behind()


def test_a_file_names_its_delivery_whatever_was_done_to_it(made, tmp_path):
    measured, visits = made.rows("one", "measurement"), made.rows("two", "visit_occurrence")
    random.Random(3).shuffle(measured)
    few = measured[:20]
    foreign = [
        {"V0": each["visit_occurrence_id"]} for each in made.rows("elsewhere", "visit_occurrence")
    ]
    mixed = foreign + only(visits[:5], "visit_occurrence_id") + foreign
    upper = [{"x": str(uuid.UUID(row["measurement_id"])).upper()} for row in few]
    files = {
        "sorted": write(tmp_path / "a.csv", sorted(measured, key=lambda row: str(row.values()))),
        "twenty rows, in UTF-16": write(tmp_path / "b.tsv", few, delimiter="\t", encoding="utf-16"),
        "one column, renamed": write(tmp_path / "c.csv", only(measured, "measurement_id")),
        "written otherwise": write(tmp_path / "d.csv", upper),
        "one row": write(tmp_path / "e.csv", only(few[:1], "person_id", "measurement_id")),
    }
    files["compressed"] = tmp_path / "f.csv.gz"
    files["compressed"].write_bytes(gzip.compress(files["sorted"].read_bytes()))
    nested = {"in": [[row["measurement_id"]] for row in few]}
    pq.write_table(pa.table(nested), tmp_path / "g.parquet")
    files["in lists of a Parquet"] = tmp_path / "g.parquet"
    for what, path in files.items():
        assert made.names(path) == {"one"}, what
    assert made.names(write(tmp_path / "h.csv", mixed)) == {"two"}
    both = only(few, "measurement_id") + only(visits, "visit_occurrence_id")
    assert made.names(write(tmp_path / "i.csv", both)) == {"one", "two"}
    named, said = made.tell(files["one row"])
    assert named and "1 of 2 bear its mark. By chance: less than once in 10^8." in said
    assert "delivery of 2026-0042" in said and "extracted on 2026-03-02" in said


def test_a_file_of_another_project_or_site_or_of_nothing_is_not_named_for_ours(made, tmp_path):
    other = only(made.rows("other", "condition_occurrence"), "visit_occurrence_id")
    assert made.names(write(tmp_path / "a.csv", other)) == {"other"}
    elsewhere = made.rows("elsewhere", "visit_occurrence")
    assert made.names(write(tmp_path / "b.csv", elsewhere)) == set()
    assert "Not one of the 3 deliveries" in made.tell(tmp_path / "b.csv")[1]
    plain = only(made.rows("one", "measurement"), "measurement_source_value", "value_as_number")
    assert "nothing in it has the form" in made.tell(write(tmp_path / "c.csv", plain))[1]
    assert made.names(tmp_path / "c.csv") == set()


def test_persons_alone_name_the_project_after_its_deliveries_are_destroyed_too(
    tmp_path, small_warehouse
):
    made = Deliveries(tmp_path, small_warehouse)
    path = write(tmp_path / "a.csv", only(made.rows("one", "person"), "person_id")[:7])
    visits = write(tmp_path / "b.csv", only(made.rows("one", "measurement"), "measurement_id"))
    named, said = made.tell(path)
    assert named and "No mark of a delivery was found" in said
    assert said.count("7 of 7 in the delivery of 2026-0042") == 2
    for name in ("one", "two"):
        destroyed = made.site.last(made.site.body("destroy", target=made.bodies[name]["order"]))
        assert destroyed["kind"] == "destroyed"
    assert made.tell(path)[1].count("destroyed since") == 2
    assert made.names(path) == {"one", "two"}
    assert made.names(visits) == {"one"}


def test_a_mark_that_chance_explains_names_nobody(made, tmp_path):
    """One identifier among so many that a stranger may bear a mark."""
    drawing = random.Random(8)
    crowd = [{"id": f"{drawing.getrandbits(128):032x}"} for _ in range(20_000)]
    own = only(made.rows("one", "visit_occurrence")[:1], "visit_occurrence_id")[0]["V0"]
    named, said = made.tell(write(tmp_path / "a.csv", [*crowd, {"id": own}]))
    assert not named
    assert "1 of 20001 bear the mark" in said and "chance may do as much" in said
    assert "Not one of the 3 deliveries" in said
    assert whose.rarity(1, 50_000, 100_000) == 0
    assert whose.rarity(2, 2, 1) == pytest.approx(19.27, abs=0.01)


def test_what_cannot_be_read_is_said_and_what_is_huge_is_read_at_its_beginning(
    made, tmp_path, monkeypatch, capsys
):
    damaged, archive = tmp_path / "a.parquet", tmp_path / "b.xlsx"
    damaged.write_bytes(b"PAR1" + bytes(90) + b"PAR1")
    archive.write_bytes(b"PK\x03\x04" + bytes(90))
    cut = tmp_path / "c.csv.gz"
    cut.write_bytes(gzip.compress(random.Random(1).randbytes(9_000))[:4_000])
    for path in (damaged, archive, cut, tmp_path, tmp_path / "absent.csv"):
        with pytest.raises(Unreadable, match=path.name):
            made.tell(path)
    visits = only(made.rows("one", "visit_occurrence"), "visit_occurrence_id")
    monkeypatch.setattr(reading, "PIECE", 37)
    path = write(tmp_path / "d.csv", visits)
    assert len(reading.candidates(path).identifiers) == len({row["V0"] for row in visits})
    monkeypatch.setattr(reading, "MOST", 20)
    monkeypatch.setattr(whose, "TRIED", 10)
    named, said = made.tell(path)
    assert named and "10 of 10 bear its mark" in said and "beginning of the file" in said
    # The command itself.
    monkeypatch.setenv("SITE_FOLDER", str(made.site.folder))
    assert main(["chu-rennes", "--whose", str(path)]) == 0
    assert made.bodies["one"]["order"] in capsys.readouterr().out
    assert main(["chu-rennes", "--whose", str(archive)]) == 2
    assert "workbook" in capsys.readouterr().err
