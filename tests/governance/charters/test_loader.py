"""A charter that cannot execute is refused, with the line at fault."""

from datetime import date

import pytest

from governance.charters import CharterError, load_charter, read_charter, versions_in_force
from governance.charters.loader import FOLDER, LARGEST

TEXT = (FOLDER / "utilisateur" / "1.toml").read_text(encoding="utf-8")


def line_of(fragment):
    return TEXT[: TEXT.index(fragment)].count("\n") + 1


def refused(text, charter="utilisateur", version="1"):
    with pytest.raises(CharterError) as caught:
        read_charter(text, charter=charter, version=version, origin="proposed")
    return caught.value


# what is replaced, by what, what the message says
FAULTS = [
    ('check = "purpose_permitted@1"', 'check = "nothing@1"', "unknown check"),
    ('check = "purpose_permitted@1"', 'check = "site_agreed@1"', "does not read a request"),
    ("value = 300", 'value = "300"', "not of type integer"),
    ("value = 300", "value = -1", "out of bounds"),
    ("value = 300", "value = true", "not of type integer"),
    ('stricter = "higher"', 'stricter = "harder"', "stricter must be one of"),
    ('unit = "characters"', 'unit = "words"', "unit must be one of"),
    ('kind = "guard"', 'kind = "wish"', "kind must be one of"),
    ('subject = "request"', 'subject = "moon"', "subject must be one of"),
    ('nature = "fact"', 'nature = "mood"', "nature must be one of"),
    ('code = "U-03"\nnature', 'code = "P-03"\nnature', "two digits"),
    ('reserve_at = ["submit"]', 'reserve_at = ["close"]', "not guarded"),
    ('over = "every"', 'over = "most"', "every or some"),
    ('steps = ["qualify"]', "steps = []", "have steps"),
    ('steps = ["qualify"]', 'steps = "qualify"', "list of codes"),
    ("in_force_from = 2022-09-01", 'in_force_from = "soon"', "must be a date"),
    ('charter = "utilisateur"', 'charter = "citoyen"', "not of the charter"),
    ('version = "1"', 'version = "2"', "not version"),
    ('version = "1"', 'version = "1"\nsecret = 1', "unknown key"),
]


@pytest.mark.parametrize(("old", "new", "message"), FAULTS)
def test_a_faulty_charter_is_refused_at_its_line(old, new, message):
    error = refused(TEXT.replace(old, new, 1))
    assert message in error.message
    assert abs(error.line - line_of(old)) <= (10 if "steps" in message else 1)


def test_a_missing_parameter_is_named():
    start = TEXT.index("[article.clause.parameter.most]")
    end = TEXT.index("[[article]]", start)
    assert "'most'" in refused(TEXT[:start] + TEXT[end:]).message


def test_an_article_written_twice_is_refused():
    start = TEXT.index('[[article]]\ncode = "U-05"')
    end = TEXT.index("[[article]]", start + 1)
    error = refused(TEXT + "\n" + TEXT[start:end])
    assert (error.message, error.line) == ("U-05 is written twice", TEXT.count("\n") + 3)


def test_an_article_without_translation_is_refused():
    start = TEXT.index("text.en")
    error = refused(TEXT[:start] + TEXT[TEXT.index("\n", start) + 1 :])
    assert "fr and en" in error.message


def test_an_article_may_not_stand_on_a_text_that_does_not_apply_yet():
    start = TEXT.index('[[article.source]]\nlabel = { fr = "Engagement du réseau')
    end = TEXT.index("[[article.source]]", start + 1)
    assert "alone" in refused(TEXT[:start] + TEXT[end:]).message


@pytest.mark.parametrize(
    "text",
    ["", "charter = ", "a" * (LARGEST + 1), "x = " + "[" * 3000 + "]" * 3000, "article = 1"],
)
def test_what_is_not_a_charter_is_refused(text):
    assert refused(text).line >= 1


def test_a_syntax_error_names_its_line():
    assert refused(TEXT.replace('nature = "fact"', "nature = fact", 1)).line == line_of(
        'nature = "fact"'
    )


def test_a_syntax_error_is_told_in_the_language_of_the_reader():
    inside = refused(TEXT.replace('nature = "fact"', "nature = fact", 1)).fault
    assert "TOML (colonne 10)." in inside.say("fr")
    assert inside.say("en").startswith("not TOML: Invalid value")
    assert "(fin du fichier)" in refused("charter = ").fault.say("fr")


@pytest.mark.parametrize("version", ["2", "../producteur/1", "1.toml", "", "0", "01"])
def test_only_versions_that_exist_are_loaded(version):
    with pytest.raises(CharterError):
        load_charter("utilisateur", version)


def test_only_charters_that_exist_are_loaded():
    with pytest.raises(CharterError):
        load_charter("checks", "1")


def test_the_version_in_force_depends_on_the_day():
    assert versions_in_force(date(2026, 11, 24)) == {
        "utilisateur": "1",
        "producteur": "1",
        "citoyen": "1",
    }
    assert versions_in_force(date(2022, 8, 31)) == {}
