"""``manage.py qualify FILE…``: its lines, its statuses, wrong input."""

import io
import json

import pytest
from django.core.management import call_command

from governance.management.commands.qualify import LARGEST
from tests.governance.qualification.test_rules import CASES, HOSPITAL


@pytest.fixture
def qualify(tmp_path):
    """Runs the command on contents; gives its lines and its exit status."""

    def run(*contents, language="fr"):
        paths = []
        for index, content in enumerate(contents):
            path = tmp_path / f"{index}.json"
            raw = content if isinstance(content, bytes) else json.dumps(content).encode()
            path.write_bytes(raw)
            paths.append(str(path))
        return lines_of(*paths, language=language)

    return run


def lines_of(*paths, language="fr"):
    out, status = io.StringIO(), 0
    try:
        call_command("qualify", *paths, language=language, stdout=out)
    except SystemExit as left:
        status = left.code
    return [json.loads(line) for line in out.getvalue().splitlines()], status


def test_each_file_has_its_line_in_order(qualify):
    answers = [json.loads(path.read_text(encoding="utf-8")) for path in CASES]
    lines, status = qualify(*(each["answers"] for each in answers))
    assert status == 0
    assert [(line["qualification"], line["formality"]) for line in lines] == [
        (each["expected"]["qualification"], each["expected"]["formality"]) for each in answers
    ]


def test_a_line_holds_what_the_contract_says(qualify):
    [line], _ = qualify(HOSPITAL)
    assert list(line) == ["qualification", "formality", "because", "evidence", "conditions"]
    assert {tuple(each) for each in line["because"]} == {("question", "answer", "source")}
    assert {tuple(each) for each in line["evidence"]} == {("code", "label", "source")}


def test_a_prohibited_purpose_says_what_stops_it(qualify):
    [line], status = qualify({"prohibited_purpose": True})
    assert (line["formality"], line["stopped_by"], status) == (None, "U-02", 0)


def test_a_doubt_says_whom_to_ask(qualify):
    [line], status = qualify(HOSPITAL | {"intervention": "unclear"})
    assert (line["qualification"], line["formality"], status) == ("A_TRANCHER", None, 0)
    assert line["to_ask"]


def test_an_answer_that_matters_is_missing(qualify):
    answers = {key: value for key, value in HOSPITAL.items() if key != "informed"}
    assert qualify(answers) == ([{"missing": ["informed"]}], 2)


def test_the_status_is_the_worst(qualify):
    lines, status = qualify(HOSPITAL, {}, HOSPITAL)
    assert (len(lines), status) == (3, 2)
    assert lines[1] == {"missing": ["prohibited_purpose", "purpose"]}


def test_an_unknown_key_and_an_unknown_value_are_errors(qualify):
    [line], status = qualify(HOSPITAL | {"colour": "red", "nir": 1})
    assert status == 2
    assert [(each["key"], each["problem"]) for each in line["errors"]] == [
        ("nir", "unknown_value"),
        ("colour", "unknown_key"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"research"',
        b"\xff\xfe\x00",
        b'{"nir": NaN}',
        b'{"nir": true, "nir": false}',
        b"[" * 100_000,
        b" " * (LARGEST + 1),
    ],
)
def test_a_file_that_is_no_object_of_answers_is_an_error(qualify, content):
    [line], status = qualify(content)
    assert (list(line), status) == (["errors"], 2)


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    lines, status = lines_of(str(tmp_path / "absent.json"), str(tmp_path))
    assert ([list(line) for line in lines], status) == ([["errors"], ["errors"]], 2)


def test_labels_are_said_in_the_language_asked(qualify):
    [french], _ = qualify(HOSPITAL)
    [english], _ = qualify(HOSPITAL, language="en")
    assert french["evidence"][-1]["label"] == "La note d'information"
    assert english["evidence"][-1]["label"] == "The information notice"
