"""Whatever a check can say has words in both languages."""

import ast
from datetime import date
from pathlib import Path

from governance.charters import (
    CHARTERS,
    MENDERS,
    SECTIONS,
    Verdict,
    checks,
    label,
    load_charters,
    sentence,
)
from governance.charters.sentences import catalogue, check_words, codes_words, say_date
from governance.process.proposed import codes_offered

CHECKS = sorted(Path(checks.__file__).parent.glob("*.py"))


def constants(names):
    for path in CHECKS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield argument.value


def test_every_key_has_a_sentence():
    assert set(constants({"fails", "waits"})) - set(catalogue()["sentence"]) == set()


def test_every_missing_fact_has_a_name():
    assert set(constants({"lacks"})) - set(catalogue()["missing"]) == set()


def test_every_mender_and_section_has_a_name():
    assert all(label("mender", code) != code for code in MENDERS)
    assert set(catalogue()["section"]) == set(SECTIONS)


def test_every_check_has_a_name_in_words():
    named = {name.partition("@")[0] for name in checks.CHECKS}
    assert named == set(catalogue()["check"])
    assert check_words("delays_kept@1", "en") == "Delays kept"
    assert check_words("delays_kept@2") == "Les délais tenus (2)"


def test_every_code_that_a_list_may_hold_has_words():
    held = {
        (parameter.name, code)
        for charter in load_charters(dict.fromkeys(CHARTERS, "1"))
        for clause in charter.clauses
        for parameter in clause.parameters.values()
        if parameter.type == "codes"
        for code in codes_offered(clause.check, parameter)
    }
    words = catalogue()["word"]
    assert ("delegated_routes", "DEVICE") in held
    assert [(n, c) for n, c in held if f"{n}.{c}" not in words and c not in words] == []
    assert codes_words("fields", ["rows", "who"]) == "nombre de lignes et par qui"
    assert codes_words("fields", []) == "aucun"


def test_every_entry_is_in_both_languages():
    for table in catalogue().values():
        for code, entry in table.items():
            assert {"fr", "en"} <= set(entry), code


def test_what_lacks_and_where_is_said_in_the_active_voice():
    verdict = Verdict(
        "U-05",
        "U-05",
        "1",
        False,
        "missing",
        {"section": "protocol"},
        ("protocol.statistical_plan",),
    )
    assert sentence(verdict) == (
        "Il manque\u00a0: le plan statistique. Complétez la section Protocole."
    )
    assert sentence(verdict, "en") == (
        "Missing: the statistical plan. Complete the section Protocol."
    )


def test_who_mends_it_is_named_or_spoken_to():
    verdict = Verdict("U-09", "U-09", "1", False, "missing", {}, ("destinations",), "holder")
    assert sentence(verdict).endswith("À fournir par\u00a0: le porteur.")
    assert sentence(verdict, yours=True).endswith("À fournir par\u00a0: vous.")
    assert sentence(verdict, "en", yours=True).endswith("To be provided by: you.")


def test_a_code_that_means_two_things_is_said_by_the_value_it_stands_for():
    pending = Verdict("U-07b", "U-07", "1", False, "formality_pending", {"formality": "none"})
    assert "formalité interne à l'établissement est attendue" in sentence(pending)
    assert "fee" not in sentence(pending, "en")


def test_one_and_several_are_said_differently():
    said = [
        sentence(Verdict("C-03", "C-03", "1", False, "objections_overdue", {"count": n}), "en")
        for n in (1, 2)
    ]
    assert said == [
        "One objection waits to be applied.",
        "2 objections wait to be applied.",
    ]


def test_a_reserve_says_that_a_person_will_examine_it():
    verdict = Verdict("U-01", "U-01", "1", None, "no_local_referent", {"section": "team"})
    assert sentence(verdict).endswith("sous réserve.")


def test_a_value_that_holds_braces_is_said_as_it_is():
    verdict = Verdict("P-06", "P-06", "1", False, "delivery_kind_unknown", {"kind": "{missing}"})
    assert "{missing}" in sentence(verdict)


def test_a_key_of_a_later_version_is_said_as_its_key():
    assert sentence(Verdict("U-99", "U-99", "9", False, "not_known_here")) == "not_known_here"


def test_dates_are_said_in_the_readers_language():
    assert say_date(date(2027, 1, 1)) == "1er janvier 2027"
    assert say_date(date(2026, 12, 12), "en") == "12 December 2026"
