"""Two versions of a charter, clause by clause: what differs, and which is the stricter."""

import re

import pytest

from governance.charters import read_charter
from governance.charters.compare import differences, faults_of_local
from governance.charters.loader import FOLDER

TEXT = (FOLDER / "utilisateur" / "1.toml").read_text(encoding="utf-8")
BASE = read_charter(TEXT, charter="utilisateur", version="1")


def local(old="", new="", *, version="1-chr-orleans"):
    """A version of one establishment: the network's text with one thing replaced."""
    assert old in TEXT
    text = TEXT.replace('version = "1"', f'version = "{version}"', 1).replace(old, new, 1)
    return text, read_charter(text, charter="utilisateur", version=version)


def line_of(text, fragment):
    return text[: text.index(fragment)].count("\n") + 1


def article(code):
    start = TEXT.index(f'[[article]]\ncode = "{code}"')
    end = TEXT.find("[[article]]", start + 1)
    return TEXT[start : end if end > 0 else len(TEXT)]


def test_the_same_text_differs_in_nothing():
    assert differences(BASE, BASE) == ()
    text, same = local()
    assert differences(BASE, same) == ()
    assert faults_of_local(same, BASE, text) == []


def test_codes_in_another_order_say_the_same():
    codes = re.search(r"value = \[(.+), (.+)\]", TEXT)
    _text, same = local(codes[0], f"value = [{codes[2]}, {codes[1]}]")
    assert differences(BASE, same) == ()


# what is replaced, by what; what changes, in which article, in which direction
CHANGES = [
    ("value = 300", "value = 400", ("parameter", "U-03", "stricter")),
    ("value = 300", "value = 200", ("parameter", "U-03", "laxer")),
    ("value = 1500", "value = 2000", ("parameter", "U-03", "laxer")),
    ('"coding_quality", ', "", ("parameter", "U-02", "stricter")),
    (', "harmful_products"]', "]", ("parameter", "U-02", "laxer")),
    (
        'steps = ["to_committee"]',
        'steps = ["admit", "to_committee"]',
        ("steps", "U-04", "stricter"),
    ),
    ('steps = ["submit", "admit"]', 'steps = ["submit"]', ("steps", "U-01", "laxer")),
    ('reserve_at = ["submit"]\n', "", ("reserve_at", "U-01", "stricter")),
    ("Je dis en langage clair", "Je dis très clairement", ("text", "U-03", "text")),
    ("Greatest length", "Longest", ("label", "U-03", "text")),
    ('unit = "characters"', 'unit = "persons"', ("parameter_retyped", "U-03", "other")),
    ('check = "purpose_permitted@1"', 'check = "holder_identified@1"', None),
]


@pytest.mark.parametrize(("old", "new", "expected"), CHANGES[:-1])
def test_each_change_is_named_with_its_direction(old, new, expected):
    _text, changed = local(old, new)
    (change,) = differences(BASE, changed)
    assert (change.what, change.article, change.direction) == expected


@pytest.mark.parametrize(("old", "new", "expected"), CHANGES[:-1])
def test_a_local_version_is_refused_when_laxer_with_the_line_at_fault(old, new, expected):
    text, changed = local(old, new)
    faults = faults_of_local(changed, BASE, text)
    if expected[2] in ("stricter", "text"):
        assert faults == []
    else:
        (fault,) = faults
        assert abs(fault.line - line_of(TEXT, old)) <= 3
        assert expected[1] in fault.say("fr")


def test_an_article_taken_away_is_laxer_and_named():
    text, changed = local(article("U-03"))
    (change,) = differences(BASE, changed)
    assert (change.what, change.article, change.direction) == ("article_removed", "U-03", "laxer")
    (fault,) = faults_of_local(changed, BASE, text)
    assert "U-03" in fault.say("fr")
    assert "absent" in fault.say("en")


def test_an_article_added_is_stricter():
    added = article("U-03").replace("U-03", "U-40")
    text, changed = local(article("U-03"), article("U-03") + added)
    (change,) = differences(BASE, changed)
    assert (change.what, change.article, change.direction) == ("article_added", "U-40", "stricter")
    assert faults_of_local(changed, BASE, text) == []


def test_a_clause_taken_away_from_an_article_is_laxer():
    found = next(a for a in BASE.articles if len(a.clauses) > 1)
    start = article(found.code).rindex("[[article.clause]]")
    text, changed = local(article(found.code)[start:])
    (change,) = differences(BASE, changed)
    assert (change.what, change.direction) == ("clause_removed", "laxer")
    assert change.clause == found.clauses[-1].code


def test_the_value_before_and_after_are_said():
    text, changed = local("value = 300", "value = 200")
    (fault,) = faults_of_local(changed, BASE, text)
    assert "300" in fault.say("fr")
    assert "200" in fault.say("fr")
    assert fault.line == line_of(text, "value = 200")
