"""A hospital's own spaces: by a command or a class; what they do not do is said and tried again."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from catalog.orders import certificate_holds
from catalog.site import keys
from catalog.site.settings import SettingsError, load
from catalog.site.spaces.keeping import Keeper
from tests.catalog.site.making import NUMBER
from tests.catalog.site.spaces.making import LOUISE, MARION

PAGE = Path(__file__).parents[4] / "docs/operator/spaces.md"


def example() -> str:
    """The program that the operator's page gives, word for word."""
    _before, _sep, rest = PAGE.read_text(encoding="utf-8").partition("```python\n")
    return rest.partition("\n```")[0] + "\n"


def with_settings(site, text: str) -> None:
    settings = site.folder / "settings.toml"
    settings.write_text(f"{settings.read_text()}\n[spaces]\n{text}\n")
    site.settings = load(site.slug, folder=site.folder, environment={})


def with_command(site, program: str, **more) -> None:
    path = site.folder / "space_program.py"
    path.write_text(program)
    command = json.dumps([sys.executable, str(path)])
    said = "".join(f"{name} = {value}\n" for name, value in more.items())
    provider = 'provider = "catalog.site.spaces.command.Command"'
    with_settings(site, f"{provider}\ncommand = {command}\n{said}")


@pytest.fixture
def hub(rennes, turns, tmp_path, monkeypatch):
    """The example of the operator's page, in the place of the embedded spaces; its folder."""
    monkeypatch.setenv("HUB", str(tmp_path / "hub"))
    with_command(rennes, example())
    return tmp_path / "hub" / NUMBER


def test_the_example_of_the_page_opens_lets_in_cuts_and_reopens(hub, turns, rennes):
    assert turns.open(MARION, LOUISE)["body"]["state"] == "open"
    study = rennes.space(turns.deliveries[0])
    assert [path.resolve() for path in (hub / "data").iterdir()] == [study.resolve()]
    allowed = json.loads((hub / "members.json").read_text())
    assert sorted(allowed) == [MARION, LOUISE]
    assert turns.open(LOUISE)["kind"] == "space"
    assert sorted(json.loads((hub / "members.json").read_text())) == [LOUISE]
    turns.cut()
    assert not (hub / "open").exists()
    turns.open(LOUISE)
    assert (hub / "open").exists()


def test_the_example_certifies_the_work_that_it_destroyed_and_says_who_came(hub, turns, rennes):
    turns.open(MARION)
    work = hub / "work" / "analyse.ipynb"
    work.parent.mkdir(exist_ok=True)
    work.write_text("{}")
    came = {"member": MARION, "at": rennes.at.isoformat()}
    (hub / "visits.jsonl").write_text(json.dumps(came) + "\n")
    program = rennes.program()
    program.spaces.look()
    program.reports.send()
    assert rennes.reports[-1]["body"]["visits"] == [
        {"member": MARION, "day": "2026-03-02", "times": 1, "last": "2026-03-02T09:00:00Z"}
    ]
    certificate = turns.destroy()["body"]["certificate"]
    assert certificate_holds(certificate, keys.decode(rennes.public))
    assert [each["file"] for each in certificate["files"]] == ["work/analyse.ipynb"]
    assert certificate["provider"] == "catalog.site.spaces.command.Command"
    assert not (hub / "work").exists()
    again = turns.destroy()["body"]["certificate"]
    assert again["files"] == certificate["files"]
    # The dataset was the space's to read only.
    assert rennes.space(turns.deliveries[0]).exists()


REFUSES = "import sys\nsys.stderr.write('no such user 0612345678')\nsys.exit(3)\n"


def test_a_provider_that_fails_fails_the_order_and_its_words_stay_at_the_site(turns, rennes):
    with_command(rennes, REFUSES)
    last = turns.open(MARION)
    assert last["kind"] == "failed"
    assert last["body"]["reason"] == "space_provider"
    assert "0612345678" not in json.dumps(rennes.reports)


HANGS = """\
import os, subprocess, sys, time
if sys.argv[-1] == "cut":
    child = subprocess.Popen(["sleep", "600"])
    open("child", "w").write(str(child.pid))
    time.sleep(600)
"""


def test_a_provider_that_hangs_is_ended_with_all_that_it_started(turns, rennes):
    with_command(rennes, HANGS, timeout=3)
    turns.open(MARION)
    began = time.monotonic()
    last = turns.cut()
    assert (last["kind"], last["body"]["reason"]) == ("failed", "space_timeout")
    assert time.monotonic() - began < 15
    child = int((rennes.folder / "child").read_text())
    for _ in range(50):
        if not _alive(child):
            break
        time.sleep(0.1)
    assert not _alive(child)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


FAILS_AT_FIRST = """\
import os, sys
if sys.argv[-1] == "log":
    print('{"visits": []}')
if sys.argv[-1] == "cut" and not os.path.exists("mended"):
    sys.exit(1)
"""


def test_what_could_not_be_cut_is_cut_again_by_the_site_itself_and_said(turns, rennes):
    with_command(rennes, FAILS_AT_FIRST)
    turns.open(MARION)
    assert turns.cut()["kind"] == "failed"
    program = rennes.program()
    program.spaces.look()
    assert not program.spaces.all()[0].done
    (rennes.folder / "mended").touch()
    program.spaces.look()
    program.reports.send()
    said = rennes.reports[-1]
    assert (said["kind"], said["body"]["state"], said["body"]["because"]) == (
        "presence",
        "cut",
        "block",
    )


@pytest.mark.parametrize(
    "answer", ["not JSON", "[1]", '{"files": "all"}', '{"files": [{"file": "x"}]}', "{}"]
)
def test_a_destruction_that_is_not_said_is_not_certified(turns, rennes, answer):
    with_command(rennes, f"import sys\nif sys.argv[-1] == 'destroy': print({answer!r})\n")
    last = turns.destroy()
    assert (last["kind"], last["body"]["reason"]) == ("failed", "space_provider")


OWN = """\
class Spaces:
    def __init__(self, settings):
        self.said = settings.folder / "said.txt"

    def _note(self, *words):
        print("noise on the standard output")
        with self.said.open("a") as file:
            file.write(" ".join(words) + "\\n")

    def open(self, space):
        self._note("open", space.number, *(path.name for path in space.datasets))

    def grant(self, space, member, until):
        self._note("grant", member, until.isoformat())

    def withdraw(self, space, member):
        raise RuntimeError("no such member")

    def reopen(self, space):
        self._note("reopen", space.until.isoformat())
"""


def test_a_class_of_the_hospital_s_own_is_used_by_its_dotted_path(
    turns, rennes, tmp_path, monkeypatch
):
    (tmp_path / "hospital_spaces.py").write_text(OWN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    with_settings(rennes, 'provider = "hospital_spaces.Spaces"')
    turns.open(MARION)
    assert (rennes.folder / "said.txt").read_text().splitlines() == [
        f"open {NUMBER} {rennes.space(turns.deliveries[0]).name}",
        f"grant {MARION} 2027-03-02T09:00:00+00:00",
        "reopen 2027-03-02T09:00:00+00:00",
    ]
    assert turns.open(LOUISE)["body"]["reason"] == "space_provider"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('provider = "no.such.Spaces"', "spaces.provider"),
        ("timeout = 0", "spaces.timeout"),
        ("command = [1]", "spaces.command"),
        ('[spaces.accounts]\nmlegall = "Marion"', "spaces.accounts.mlegall"),
    ],
)
def test_settings_that_cannot_be_used_are_named(rennes, text, said):
    settings = rennes.folder / "settings.toml"
    text = text if text.startswith("[") else f"[spaces]\n{text}"
    settings.write_text(f"{settings.read_text()}\n{text}\n")
    with pytest.raises(SettingsError, match=said):
        rennes.settings = load(rennes.slug, folder=rennes.folder, environment={})
        _ = rennes.program().spaces.provider


def test_the_keeper_looks_again_after_a_look_that_failed(rennes):
    looks = []

    class Spaces:
        settings = rennes.settings.__class__(rennes.slug, rennes.folder, space_every=0.01)

        def look(self):
            looks.append(os.getpid())
            raise ValueError("a bad day")

    keeper = Keeper(Spaces())
    keeper.start()
    deadline = time.monotonic() + 10
    while len(looks) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    keeper.stopping.set()
    keeper.join()
    assert len(looks) >= 3
