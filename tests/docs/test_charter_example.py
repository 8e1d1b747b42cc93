"""The example of docs/developer/charters.md, run as it is written."""

import json
import shlex
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from governance.models import CharterProposal
from tests.people import person

PAGE = Path(__file__).parents[2] / "docs" / "developer" / "charters.md"
GUICHET = "    ./guichet manage "


def commands():
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix(GUICHET) for line in lines if line.startswith(GUICHET)]


def run(command) -> str:
    words, _, file = command.partition(" > ")
    out = StringIO()
    call_command(*shlex.split(words), stdout=out)
    if file:
        Path(file).write_text(out.getvalue(), encoding="utf-8")
    return out.getvalue()


@pytest.mark.django_db
def test_what_the_page_says_to_type_works(tmp_path, monkeypatch, adopted_charters):
    monkeypatch.chdir(tmp_path)
    export, check, propose = commands()
    person("network_coordinator", email=propose.split("--by ")[1])
    text = run(export) and Path("2.toml").read_text(encoding="utf-8")
    text = text.replace('version = "1"', 'version = "2"', 1).replace("value = 300", "value = 400")
    Path("2.toml").write_text(text, encoding="utf-8")
    assert [c["direction"] for c in json.loads(run(check))["changes"]] == ["stricter"]
    assert json.loads(run(propose))["faults"] == []
    assert CharterProposal.objects.get().version == "2"
