"""A proposed version meets the proofs first: what it leaves unguarded is named with its line."""

from functools import cache

import pytest

from governance.charters import load_charters, read_charter
from governance.charters.loader import FOLDER
from governance.process.proposed import HELD, NEEDED, OFFERED, examine, read

IN_FORCE = {"utilisateur": "1", "producteur": "1", "citoyen": "1"}


@cache
def text_of(charter):
    return (FOLDER / charter / "1.toml").read_text(encoding="utf-8")


def version(charter, number="2", old="", new=""):
    text = text_of(charter)
    assert old in text
    text = text.replace('version = "1"', f'version = "{number}"', 1)
    return text.replace(old, new, 1)


def line_of(text, fragment):
    return text[: text.index(fragment)].count("\n") + 1


def article(charter, code):
    text = text_of(charter)
    start = text.index(f'[[article]]\ncode = "{code}"')
    end = text.find("[[article]]", start + 1)
    return text[start : end if end > 0 else len(text)]


def test_the_charters_of_today_numbered_again_are_accepted():
    found = examine(version("utilisateur"), charter="utilisateur", version="2", in_force=IN_FORCE)
    assert found.accepted
    assert found.charter.version == "2"


def test_a_step_that_the_process_does_not_have_is_refused_at_its_line():
    text = version("utilisateur", old='steps = ["qualify"]', new='steps = ["fly"]')
    found = read(text, charter="utilisateur", version="2", in_force=IN_FORCE)
    (fault,) = found.faults
    assert "fly" in fault.say("fr")
    assert fault.line == line_of(text, 'steps = ["fly"]')


@pytest.mark.parametrize(
    ("charter", "clause", "value", "other"),
    [
        ("utilisateur", "U-11d", 18, 12),
        ("producteur", "P-02", 11, 20),
        ("producteur", "P-03", 30, 20),
        ("citoyen", "C-09", 11, 20),
        ("citoyen", "C-03d", 24, 9000),
    ],
)
def test_a_value_that_the_portal_applies_elsewhere_is_not_changed_alone(
    charter, clause, value, other
):
    text = version(charter, old=f"value = {value}\n", new=f"value = {other}\n")
    (fault,) = read(text, charter=charter, version="2", in_force=IN_FORCE).faults
    assert fault.say("fr").startswith(f"{clause}\u00a0: le portail applique {value} ")
    assert fault.line == line_of(text, f"value = {other}\n")


def test_each_value_held_by_the_portal_is_the_one_of_the_charters_of_today():
    clauses = {
        clause.check.partition("@")[0]: clause
        for charter in load_charters(IN_FORCE)
        for clause in charter.clauses
    }
    for (check, name), held in HELD.items():
        assert clauses[check].values[name] == held
    for (check, name), offered in OFFERED.items():
        assert set(clauses[check].values[name]) <= set(offered)


@pytest.mark.parametrize(
    ("charter", "clause", "old", "new"),
    [
        ("utilisateur", "U-02", '"feasibility"]', '"feasibility", "marketing"]'),
        ("utilisateur", "U-11", '"stopped_before_analysis"]', '"no_time"]'),
        ("producteur", "P-12", '"capacity"]', '"capacity", "no_wish"]'),
        ("citoyen", "C-11", '"access_costs"]', '"access_costs", "rows"]'),
    ],
)
def test_a_code_that_nobody_can_answer_is_refused_at_its_line(charter, clause, old, new):
    text = version(charter, old=old, new=new)
    (fault,) = read(text, charter=charter, version="2", in_force=IN_FORCE).faults
    assert fault.key == "unknown_code"
    assert fault.say("fr").startswith(f"{clause}\u00a0: «\u00a0{new.split(chr(34))[-2]}")
    assert fault.line == line_of(text, new)


@pytest.mark.parametrize(
    ("charter", "clause", "old", "new"),
    [
        ("utilisateur", "U-03", 'unit = "characters"', 'unit = "persons"'),
        ("utilisateur", "U-03", 'stricter = "higher"', 'stricter = "lower"'),
        ("producteur", "P-07", 'unit = "hours"', 'unit = "months"'),
        ("citoyen", "C-02", 'unit = "working_days"', 'unit = "months"'),
        ("citoyen", "C-11", 'stricter = "fewer"', 'stricter = "more"'),
    ],
)
def test_a_parameter_is_said_as_it_is_read_and_its_order_is_that_of_its_check(
    charter, clause, old, new
):
    said = article(charter, clause)
    assert old in said
    text = version(charter, old=said, new=said.replace(old, new, 1))
    (fault,) = read(text, charter=charter, version="2", in_force=IN_FORCE).faults
    assert (fault.key, fault.values["clause"][:4]) == ("read_otherwise", clause)
    assert fault.values["read"] == old.split('"')[1]
    assert text.splitlines()[fault.line - 1] == new


def test_a_parameter_that_no_establishment_may_change_is_accepted():
    text = version("utilisateur", old='stricter = "higher"', new='stricter = "fixed"')
    assert read(text, charter="utilisateur", version="2", in_force=IN_FORCE).accepted


def test_the_prohibited_purposes_are_those_that_the_form_asks():
    text = version("utilisateur", old=', "harmful_products"]', new="]")
    (fault,) = read(text, charter="utilisateur", version="2", in_force=IN_FORCE).faults
    assert fault.key == "held_by_the_portal"
    assert "promotion, insurance" in fault.say("fr")


@pytest.mark.parametrize(
    ("charter", "clause", "value", "other"),
    [("producteur", "P-03", 30, 5), ("citoyen", "C-09", 11, 1)],
)
def test_another_code_frees_no_value_that_the_portal_applies(charter, clause, value, other):
    text = version(charter, old=f"value = {value}\n", new=f"value = {other}\n")
    start = text.index(f'[[article.clause]]\ncode = "{clause}"')
    text = text[:start] + text[start:].replace(clause, f"{clause}z", 1)
    faults = read(text, charter=charter, version="2", in_force=IN_FORCE).faults
    assert [fault.key for fault in faults] == ["held_by_the_portal"]


def test_a_clause_that_the_portal_asks_for_stays_under_its_code():
    text = version("utilisateur", old='code = "U-12b"', new='code = "U-12z"')
    (fault,) = read(text, charter="utilisateur", version="2", in_force=IN_FORCE).faults
    assert fault.say("fr").startswith("U-12b manque")
    for charter, codes in NEEDED.items():
        (today,) = load_charters({charter: "1"})
        assert set(codes) <= {clause.code for clause in today.clauses}


def test_a_clause_that_leaves_its_step_leaves_a_state_unguarded():
    clause = 'code = "U-03"\nkind = "guard"\nsubject = "request"\nsteps = ["submit", "admit"]'
    text = version("utilisateur", old=clause, new=clause.replace('"submit", ', ""))
    found = examine(text, charter="utilisateur", version="2", in_force=IN_FORCE)
    fault = next(each for each in found.faults if "U-03" in each.say("fr"))
    assert fault.key == "unguarded"
    assert "recevabilité prononcée" in fault.say("fr")
    assert "No path leads to access" in fault.say("en")
    at = line_of(text, clause.replace('"submit", ', ""))
    assert fault.line == at + 3


@pytest.mark.parametrize("step", ["withdraw", "appeal", "overturn", "return", "refuse", "revoke"])
@pytest.mark.parametrize("number", ["2", "1-chr-orleans"])
def test_no_version_puts_an_article_before_what_is_nobodys_to_deserve(step, number):
    clause = 'code = "U-03"\nkind = "guard"\nsubject = "request"\nsteps = ["submit", "admit"'
    text = version("utilisateur", number, clause, f'{clause}, "{step}"')
    found = examine(text, charter="utilisateur", version=number, in_force=IN_FORCE)
    (fault,) = found.faults
    assert f"Article U-03 can prevent “{step}”" in fault.say("en")
    assert fault.line == line_of(text, f'"{step}"')


def test_an_article_taken_away_is_found_missing_where_it_stood():
    gone = article("producteur", "P-05")
    text = version("producteur", old=gone)
    found = examine(text, charter="producteur", version="2", in_force=IN_FORCE)
    assert not found.accepted
    fault = next(each for each in found.faults if "P-05" in each.say("fr"))
    assert "accord de chaque établissement" in fault.say("fr")
    assert fault.line == line_of(text, '[[article]]\ncode = "P-04"')


def test_a_claim_that_names_no_article_points_at_what_changed():
    text = version("producteur", old='steps = ["authorise"]', new='steps = ["admit"]')
    found = examine(text, charter="producteur", version="2", in_force=IN_FORCE)
    lines = {text.splitlines()[fault.line - 1] for fault in found.faults}
    assert lines == {'steps = ["admit"]'}


def test_what_cannot_be_read_is_one_fault_with_its_line():
    text = version("utilisateur", old='check = "purpose_permitted@1"', new='check = "none@1"')
    found = examine(text, charter="utilisateur", version="2", in_force=IN_FORCE)
    assert found.charter is None
    (fault,) = found.faults
    assert (fault.key, fault.line) == ("unknown_check", line_of(text, 'check = "none@1"'))


def test_a_local_version_that_is_laxer_is_refused_before_the_proofs():
    text = version("utilisateur", "1-chr-orleans", "value = 300", "value = 100")
    found = examine(text, charter="utilisateur", version="1-chr-orleans", in_force=IN_FORCE)
    assert [fault.key for fault in found.faults] == ["laxer_parameter"]


def test_a_local_version_of_a_version_that_is_not_in_force_is_refused():
    text = version("utilisateur", "7-chr-orleans")
    found = read(text, charter="utilisateur", version="7-chr-orleans", in_force=IN_FORCE)
    assert [fault.key for fault in found.faults] == ["base_not_in_force"]


HOSTILE = [
    "a." * 100_000 + "a = 1",
    "[" + "a." * 100_000 + "a]",
    ("a." * 1500 + "a = 1\n") * 100,
    "x = " + "[" * 3000,
    'title = "\\u0000"',
    "\x00",
    "article = [" + "{}," * 50_000 + "]",
    "version = 1\n" * 50_000,
    '"""' * 20_000,
    "\ud800",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_file_is_refused_in_no_time(text):
    found = read(text, charter="utilisateur", version="2", in_force=IN_FORCE)
    assert found.charter is None
    assert found.faults[0].line >= 1
    assert found.faults[0].say("fr")


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\ufeff", "\\u0000"])
def test_invisible_characters_are_refused_in_what_people_sign(hidden):
    text = version("utilisateur", old="Je dis en langage clair", new=f"Je dis{hidden} clair")
    found = read(text, charter="utilisateur", version="2", in_force=IN_FORCE)
    assert found.faults[0].key == "hidden_characters"


def test_a_version_that_names_itself_as_its_base_is_refused():
    text = version("utilisateur", "2-2")
    found = read(text, charter="utilisateur", version="2-2", in_force=IN_FORCE)
    assert found.faults
    assert read_charter(text, charter="utilisateur", version="2-2").version == "2-2"
