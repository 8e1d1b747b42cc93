"""The door through the real ``sudo``: the account that calls is the one that is let in, whatever it
says of itself. Its rule is written in a space of mounts of its own: the machine keeps nothing of
it."""

import os
import shutil
import subprocess
import sys

import pytest

from catalog.site.spaces import chain
from catalog.site.spaces.embedded import ENTERED, REFUSED, TAKEN
from portal.servers.install import CHECKOUT, install_debian
from tests.catalog.site.making import NUMBER
from tests.catalog.site.spaces.making import LOUISE, MARION, place

MEMBER, STRANGER = "nobody", "daemon"
"""Accounts that every Debian has."""
AS = 'mount --bind "$0" /etc/sudoers.d && exec setpriv --reuid="$1" --clear-groups -- "${@:2}"'

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not (shutil.which("sudo") or install_debian("sudo")),
    reason="only root installs sudo and writes its rules",
)


@pytest.fixture
def espace(rennes, tmp_path):
    """`sudo espace …` typed by an account: docs/operator/spaces.md, with this folder's names."""
    script, rules = tmp_path / "espace", tmp_path / "sudoers.d"
    script.write_text(
        f"#!/bin/sh\nexport SITE_FOLDER={rennes.folder}\ncd {CHECKOUT} && "
        f'exec {sys.executable} -m catalog.site.spaces.door chu-rennes "$@"\n'
    )
    script.chmod(0o755)
    rules.mkdir()
    rule = rules / "espace"
    rule.write_text(f"{MEMBER}, {STRANGER} ALL=(root) NOPASSWD: {script}\n")
    rule.chmod(0o440)

    def typed(account: str, *words: str, command=str(script), **environment: str):
        said = ["unshare", "--mount", "bash", "-c", AS, str(rules), account]
        said += ["sudo", "-n", "-u", "root", command, *words]
        own = {"PATH": os.environ["PATH"], **environment}
        return subprocess.run(said, capture_output=True, env=own, cwd="/", timeout=60, check=False)

    return typed


def test_sudo_tells_who_calls_and_who_calls_says_nothing_of_it(turns, rennes, espace):
    turns.open(MARION, LOUISE)
    settings = rennes.folder / "settings.toml"
    settings.write_text(f'{settings.read_text()}\n[spaces.accounts]\n{MEMBER} = "{MARION}"\n')

    held = espace(MEMBER, NUMBER)
    assert held.returncode == 0, held.stderr
    name = held.stdout.decode().splitlines()[0]
    taken = espace(MEMBER, NUMBER, "--take", name)
    assert taken.stdout == (place(rennes).data / name).read_bytes()

    stranger = espace(STRANGER, NUMBER, "--take", name)
    assert (stranger.returncode, stranger.stdout) == (1, b"")
    assert "Ce compte" in stranger.stderr.decode()
    # What the caller sets is not what the door reads: not who they are, nor where the site is.
    forged = {"SUDO_UID": "0", "SUDO_USER": "root", "SITE_FOLDER": "/nowhere", "PYTHONPATH": "/tmp"}
    for words in (["--log"], ["--for", LOUISE]):
        refused = espace(MEMBER, NUMBER, *words, **forged)
        assert (refused.returncode, refused.stdout) == (1, b"")
    assert espace(STRANGER, NUMBER, "--take", name, **forged).stdout == b""
    assert espace(MEMBER, NUMBER, "--take", name, **forged).stdout == taken.stdout
    # Nothing else runs as the site.
    assert espace(MEMBER, command="/bin/cat").returncode != 0

    turns.cut()
    closed = espace(MEMBER, NUMBER, "--take", name)
    assert (closed.returncode, closed.stdout) == (1, b"")
    assert "fermé" in closed.stderr.decode()
    accounts = [line["account"] for line in log_of(rennes)]
    assert set(accounts) == {MEMBER, STRANGER}


def log_of(rennes) -> list[dict]:
    """The lines of those who came to the door."""
    return [
        line for line in chain.read(place(rennes).log) if line["act"] in (ENTERED, REFUSED, TAKEN)
    ]
