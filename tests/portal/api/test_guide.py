"""The guide's examples, run one after the other against a real server, answer what it shows."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.wsgi import get_wsgi_application
from django.utils import timezone

from portal.accounts.tokens import issue_token
from projects.demonstration import network
from tests.catalog.making import order_key
from tests.live_server import live_server

GUIDE = Path(__file__).parents[3] / "docs/developer/api.md"
EXAMPLES = re.findall(r"```sh\n(.*?)```\n```json\n(.*?)```", GUIDE.read_text(), re.S)
MARK = "\x1e"


@pytest.fixture
def address(committed_db, clean_cache, tmp_path, settings):
    settings.ATTACHMENTS_ROOT = tmp_path / "attachments"
    order_key(tmp_path, settings)
    network.establish()
    with live_server(lambda _handler: get_wsgi_application()) as found:
        yield found


@pytest.fixture
def token(address):
    at = timezone.now()
    someone = network.person("Marion Le Gall", at=at)
    _row, plain = issue_token(
        person=someone, name="guide", scopes=["read", "write"], days=1, by=someone, at=at
    )
    return plain


def shown_in(expected, said, place="answer"):
    """Fail when ``said`` has not the names that the guide shows; a list's first item is a pattern
    of those of any."""
    if isinstance(expected, dict):
        assert isinstance(said, dict), (place, said)
        for name, inner in expected.items():
            assert name in said, (place, name, said)
            shown_in(inner, said[name], f"{place}.{name}")
    elif isinstance(expected, list):
        assert isinstance(said, list), (place, said)
        if expected and isinstance(expected[0], dict):
            assert said, place
            for inner in said:
                shown_in(dict.fromkeys(expected[0], "…"), inner, place)
        elif expected:
            assert said == expected, place
    elif expected != "…" and not (expected == "holder" and "mender" in place):
        assert said == expected, (place, said)


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not on this machine")
def test_every_example_of_the_guide_answers_what_it_shows(address, token, tmp_path):
    script = "".join(f"{code}\nprintf '{MARK}'\n" for code, _expected in EXAMPLES)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "URL": address, "TOKEN": token},
        timeout=120,
        check=False,
    )
    answers = done.stdout.split(MARK)[:-1]
    assert done.returncode == 0, (done.stderr, answers[-1:])
    assert len(answers) == len(EXAMPLES) == 9
    for (code, expected), answer in zip(EXAMPLES, answers, strict=True):
        shown_in(json.loads(expected), json.loads(answer), code.splitlines()[0])
