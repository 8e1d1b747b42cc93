"""The examples of docs/developer/rules.md and of its page for jurists, run as they are written:
each block in the file that it is written for."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from governance.charters import (
    find_clause,
    judge,
    load_charter,
    load_charters,
    read_charter,
    text_of,
)
from governance.charters.checks import purpose
from governance.charters.compare import differences
from governance.charters.facts import today
from governance.charters.registry import CHECKS
from governance.process import table
from governance.process.model import Model
from governance.process.proofs import liveness, prove_on
from governance.process.proofs.claim import LIVENESS, family
from governance.process.proofs.mutants import SMALL
from governance.process.proposed import examine
from tests.governance.charters.complete import ABSENT, AT, facts

DOCS = Path(__file__).parents[2] / "docs"
IN_FORCE = {"utilisateur": "1", "producteur": "1", "citoyen": "1"}


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


ARTICLE = blocks("developer/rules.md", "toml")[0]
CHECK, ROWS, STEP, CLAIM, VERSION = blocks("developer/rules.md", "python")


def run(block: str, **names) -> dict:
    """Run a block of the page where `names` are known; all that is known then."""
    exec(block, names)  # noqa: S102 our own documentation
    return names


def version_2(article: str) -> str:
    """The charter of today numbered again, with one article more."""
    text = text_of("utilisateur", "1").replace('version = "1"', 'version = "2"', 1)
    return f"{text}\n{article}"


@pytest.fixture
def checked():
    """The page's check, known as those of its file are."""
    run(CHECK, **vars(purpose) | {"today": today})
    yield
    del CHECKS["period_complete@1"]


def test_the_article_is_read_judged_and_proved(checked):
    text = version_2(ARTICLE)
    found = examine(text, charter="utilisateur", version="2", in_force=IN_FORCE)
    assert [fault.say("fr") for fault in found.faults] == []
    clause = find_clause("U-17", [found.charter])
    for code, changes, holds, key, missing in run(ROWS, ABSENT=ABSENT)["TABLE"]:
        (verdict,) = judge([clause], facts(*changes), AT)
        told = (verdict.clause, verdict.holds, verdict.key, verdict.missing)
        assert told == (code, holds, key, missing), changes


def test_the_version_changes_what_the_page_says(checked):
    def read(text):
        return read_charter(text, charter="utilisateur", version="2")

    names = run(
        VERSION,
        load_charter=load_charter,
        read_charter=read,
        differences=differences,
        VERSION_2=version_2(ARTICLE),
    )
    names["test_version_2_asks_for_complete_data_and_changes_nothing_else"]()


def test_the_step_keeps_every_proof_and_its_claim_falls_without_it():
    claims = []
    added = run(STEP, **vars(table))["HEAR"]
    run(CLAIM, **vars(liveness) | {"claim": family(LIVENESS, claims)})
    (hearing,) = claims
    charters = tuple(load_charters(IN_FORCE))
    before = table.REQUEST
    longer = replace(before, steps=(*before.steps, added))
    held, holds = (
        [proof.claim.code for proof in prove_on(Model(each, charters, SMALL[-1])) if proof.holds]
        for each in (before, longer)
    )
    assert holds == held
    assert list(hearing.check(Model(longer, charters, SMALL[0]))) == []
    assert [fault.words.en for fault in hearing.check(Model(before, charters, SMALL[0]))] == [
        "“hear” is not possible in “instruction”."
    ]


def test_the_article_of_the_page_for_jurists_is_the_one_in_force_and_its_change_is_stricter():
    shown, added = blocks("user/changer-une-regle.md", "toml")
    text = text_of("utilisateur", "1")
    assert shown in text
    text = version_2(added).replace("value = 300", "value = 400", 1)
    found = examine(text, charter="utilisateur", version="2", in_force=IN_FORCE)
    assert found.accepted, [fault.say("fr") for fault in found.faults]
    changes = differences(load_charter("utilisateur", "1"), found.charter)
    assert [(each.article, each.what, each.direction) for each in changes] == [
        ("U-03", "parameter", "stricter"),
        ("U-17", "article_added", "stricter"),
    ]
