"""A hostile file is read in a process of its own, ended beyond its limits."""

import io
import zipfile

from projects.airlock import archives
from projects.airlock.apart import examine_apart
from tests.projects.airlock.files import workbook

UNREADABLE = [{"rule": "unreadable", "places": [], "count": 1}]


def test_a_file_is_examined_apart_and_shown_within_bounds():
    said = examine_apart("t.xlsx", workbook([["sexe", "n"], ["F", "3"]]), "frequencies")
    assert said == {
        "findings": [{"rule": "small_cell", "places": ["Feuille1!B2"], "count": 1}],
        "tables": [{"name": "Feuille1", "rows": [["sexe", "n"], ["F", "3"]]}],
        "text": "",
    }


def test_a_bomb_is_unreadable():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/workbook.xml", b" " * (archives.LARGEST_PART + 10))
    assert examine_apart("t.xlsx", out.getvalue(), "text")["findings"] == UNREADABLE


def test_a_file_that_takes_too_long_is_ended_and_found_unreadable():
    endless = b"sexe;n\n" + b"a;3\n" * 3_000_000
    assert examine_apart("t.csv", endless, "text", seconds=0)["findings"] == UNREADABLE
