"""``manage.py process`` prints the table and its proofs, and needs neither server nor database."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import call_command

from governance.management.commands import process as command
from governance.process.table import REQUEST
from portal.servers.places import CHECKOUT


def test_the_whole_table_is_proved_without_a_database_in_a_process_of_its_own(tmp_path):
    environment = {
        **os.environ,
        "DATABASE_URL": "postgres://nobody@localhost:1/none",
        "GUICHET_DATA": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "process", "--language", "en"],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert [state["code"] for state in said["states"]] == [s.code for s in REQUEST.states]
    assert [step["code"] for step in said["steps"]] == [s.code for s in REQUEST.steps]
    assert all(proof["holds"] for proof in said["proofs"])
    assert {proof["family"] for proof in said["proofs"]} == {"safety", "liveness", "separation"}
    assert said["proofs"][0]["claim"].startswith("No path leads to access without an admission")
    assert "3 establishments, 2 formalities" in said["proofs"][0]["because"]


def test_the_guards_printed_are_those_that_the_articles_write(monkeypatch):
    monkeypatch.setattr(command, "prove", lambda process, charters: [])
    out = StringIO()
    call_command("process", stdout=out)
    guards = {step["code"]: step["guards"] for step in json.loads(out.getvalue())["steps"]}
    assert guards["submit"] == ["U-01", "U-02", "U-03", "C-12"]
    assert guards["open_access"] == ["U-06", "U-08", "C-02", "C-03"]
    assert guards["withdraw"] == []


def test_a_table_in_which_a_claim_is_false_makes_the_command_fail_and_say_which(monkeypatch):
    steps = tuple(step for step in REQUEST.steps if step.code not in ("withdraw", "admit"))
    monkeypatch.setattr(command, "REQUEST", replace(REQUEST, steps=steps))
    out = StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("process", stdout=out)
    assert left.value.code == 1
    failed = [p for p in json.loads(out.getvalue())["proofs"] if not p["holds"]]
    assert "an_end_by_the_office" not in [p["code"] for p in failed]
    assert "withdraw" in next(p["because"] for p in failed if p["code"] == "a_move")
