"""A list of codes is loaded from a file, whole or not at all, with its version and its source."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from catalog.cohort import parse
from catalog.models import CodeList, Concept
from catalog.queries import concepts, labels_of, narrower

pytestmark = pytest.mark.django_db


def load(path, *more):
    out = StringIO()
    told = ("--version", "2026", "--source", "ATIH", *more)
    call_command("codes", "load", "CIM-10", str(path), *told, stdout=out)
    return out.getvalue().strip()


@pytest.fixture
def file(tmp_path):
    def write(content: str | bytes):
        path = tmp_path / "liste.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_a_list_is_loaded_and_its_version_and_source_kept(file):
    said = load(file("code,label_fr,label_en\nI21,Infarctus aigu,Acute infarction\n\n"))
    assert said == "CIM-10: 1 codes loaded, 0 retired."
    kept = CodeList.objects.get()
    assert (kept.terminology, kept.version, kept.source, kept.codes) == (
        "CIM-10",
        "2026",
        "ATIH",
        1,
    )
    assert [each.code for each in concepts("CIM-10", "infarctus")] == ["I21"]


def test_a_file_without_a_first_line_is_read_by_the_numbers_of_its_columns(file):
    path = file("A00.0|0|Choléra à Vibrio\nA01|0|Fièvre typhoïde\n".encode("cp1252"))
    assert load(path, "--columns", "code=1", "label_fr=3").startswith("CIM-10: 2 codes")
    assert Concept.objects.get(code="A00.0").label_fr == "Choléra à Vibrio"


def test_the_file_of_the_atih_is_read_with_the_dots_that_warehouses_write(file):
    """Its shape: padded codes without a dot, short and whole labels, extensions of the French."""
    lines = (
        "I21     |0|0|101|Infarctus aigu du myocarde|Infarctus aigu du myocarde",
        "I2140   |0|0|101|Inf. ss-endoc. aigu|Infarctus sous-endocardique aigu, soins initiaux",
        "B24+0   |0|0|101|VIH, SAI|Immunodéficience humaine virale",
        "T84.5   |0|0|101|Inf. prothèse|Infection due à une prothèse articulaire",
    )
    path = file("\n".join(lines).encode("cp1252"))
    assert load(path, "--columns", "code=1", "label_fr=6").startswith("CIM-10: 4 codes")
    kept = set(Concept.objects.values_list("code", flat=True))
    assert kept == {"I21", "I21.40", "B24.+0", "T84.5"}
    picked = {"all": [{"condition": sorted(kept)}, {"condition": ["I21.*"]}]}
    assert parse(picked).steps, "each may be picked in a cohort"
    assert narrower(["CIM-10"], ["I21"]) == {"I21": 1}


def test_a_code_that_a_newer_list_lacks_is_retired_and_still_read_back(file):
    load(file("code,label_fr\nI21,Infarctus\nI22,Récidive\n"))
    assert load(file("code,label_fr\nI21,Infarctus aigu\n")).endswith("1 retired.")
    assert concepts("CIM-10", "récidive") == []
    assert ("CIM-10", "I22") in labels_of([("CIM-10", "I22")])
    assert load(file("code,label_fr\nI21,Infarctus aigu\nI22,Récidive\n")).endswith("0 retired.")
    assert len(concepts("CIM-10", "récidive")) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "liste.csv is empty."),
        (b"\0\1", "liste.csv is not a text file."),
        ("a;b\n1;2\n", "liste.csv has no column code"),
        ("code,label_fr\nI21,\n", "line 2: label_fr is empty"),
        ("code,label_fr\nI21.4,un\nI214,deux\n", "line 3: I21.4 was given another label above"),
        ("code,label_fr\nI21,un\nI21,deux\n", "line 3: I21 was given another label above"),
        (f"code,label_fr\n{'x' * 21},un\n", "line 2: code is over 20 characters"),
        ("code,label_fr\n\n", "liste.csv holds no code."),
    ],
)
def test_a_file_that_is_not_a_list_is_refused_and_nothing_changes(file, content, said):
    load(file("code,label_fr\nI21,Infarctus\n"))
    with pytest.raises(CommandError, match=said):
        load(file(content))
    assert [each.label_fr for each in Concept.objects.offered()] == ["Infarctus"]


def test_a_file_that_is_not_there_and_a_column_that_is_none_of_ours_are_said(tmp_path, file):
    with pytest.raises(CommandError, match="No such file"):
        load(tmp_path / "rien.csv")
    with pytest.raises(CommandError, match="libelle is none of ours"):
        load(file("code,label_fr\nI21,x\n"), "--columns", "libelle=2")
    assert not CodeList.objects.exists()


def test_the_lists_loaded_are_listed(file):
    load(file("code,label_fr\nI21,Infarctus\n"))
    out = StringIO()
    call_command("codes", "list", stdout=out)
    assert out.getvalue().startswith("CIM-10\t2026\t1 codes")
