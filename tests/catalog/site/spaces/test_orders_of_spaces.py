"""What the portal orders of a space: the highest turn wins, whatever comes, dies or is full."""

import errno
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from catalog.orders import queue_of
from catalog.site import files as site_files
from catalog.site.spaces.door import Refused
from tests.catalog.site.making import EVERYONE, SiteHere
from tests.catalog.site.spaces.making import DAY, LOUISE, MARION, delivered, door, place


def is_in(site, member: str) -> bool:
    try:
        return bool(door(site, member).enter())
    except Refused:
        return False


def test_spaces_do_not_wait_behind_an_extraction(rennes):
    assert queue_of("chu-rennes", "space") == "site.chu-rennes.control"


def test_a_space_is_cut_while_an_extraction_is_under_way(turns, rennes):
    """The ear of a busy site hears the order between two tables."""
    turns.open(MARION)
    cut = turns.order("cut", because="block")
    waiting, extraction = [rennes.envelope(cut)], rennes.body(cohort=EVERYONE)
    open_then_made = []

    def controls():
        open_then_made.append((place(rennes).opened.exists(), rennes.space(extraction).exists()))
        return [waiting.pop()] if waiting else []

    assert rennes.last(extraction, program=rennes.program(controls=controls))["kind"] == "delivered"
    assert open_then_made[:2] == [(True, False), (False, False)]


def test_a_later_order_wins_whatever_order_they_come_in(turns, rennes):
    opening, cut = turns.order("open", MARION), turns.order("cut", because="block")
    assert rennes.last(cut)["kind"] == "space"
    late = rennes.last(opening)
    assert (late["kind"], late["body"]) == ("refused", {"reason": "overtaken", "turn": 2})
    assert not is_in(rennes, MARION)


def test_an_order_sent_again_after_a_later_one_says_its_word_and_does_nothing(turns, rennes):
    opening = turns.order("open", MARION)
    first = rennes.last(opening)
    turns.cut()
    assert rennes.last(opening) == first
    assert not is_in(rennes, MARION)


def test_another_order_of_the_same_turn_is_refused(turns, rennes):
    turns.cut()
    again = turns.order("open", MARION, turn=1)
    assert rennes.last(again)["body"] == {"reason": "overtaken", "turn": 1}
    assert not is_in(rennes, MARION)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"turn": 0}, "turn"),
        ({"turn": True}, "turn"),
        ({"state": "ajar"}, "state"),
        ({"until": "demain"}, "until"),
        ({"members": [{"member": "../x", "until": "2027-01-01T00:00:00Z"}]}, "members"),
        ({"members": [{"member": MARION, "until": None}]}, "members"),
        ({"deliveries": ["../../keys"]}, "deliveries"),
        ({"project": "../keys"}, "project"),
        ({"number": "../keys"}, "number"),
        ({"because": "x" * 41}, "because"),
    ],
)
def test_an_order_that_is_not_well_made_changes_nothing(turns, rennes, changed, field):
    turns.open(MARION)
    last = rennes.last(turns.order("cut", because="block") | changed)
    assert last["body"] == {"reason": "field", "field": field}
    assert is_in(rennes, MARION)


def test_a_forged_order_is_not_read_and_another_site_s_is_refused(turns, rennes):
    turns.open(MARION)
    forged = turns.order("cut", because="block")
    said = rennes.receives(forged, key=Ed25519PrivateKey.generate())[-1]
    assert (said["order"], said["body"]["reason"]) == (None, "unknown_key")
    elsewhere = turns.order("cut", because="block", site="chu-brest")
    assert rennes.receives(elsewhere)[-1]["body"]["reason"] == "site"
    assert is_in(rennes, MARION)


def test_a_project_keeps_its_number(turns, rennes):
    turns.open(MARION)
    other = turns.order("cut", because="block", number="2026-0099")
    assert rennes.last(other)["body"] == {"reason": "number", "number": "2026-0099"}
    assert is_in(rennes, MARION)


def test_what_is_not_delivered_here_does_not_open(turns, rennes):
    absent = "11111111-6b7e-4c1c-9c27-9d3d3f6f0a11"
    last = turns.open(MARION, deliveries=[absent])
    assert last["body"] == {"reason": "delivery", "delivery": absent}


def test_destroyed_twice_is_certified_twice_alike(turns, rennes):
    turns.open(MARION)
    first = turns.destroy()["body"]["certificate"]
    rennes.at += DAY
    second = turns.destroy()["body"]["certificate"]
    assert second["files"] == first["files"] != []
    assert (first["order"] != second["order"], second["bytes"]) == (True, first["bytes"])
    assert not is_in(rennes, MARION)


def test_a_space_destroyed_too_soon_is_made_again_from_the_sealed_dataset(turns, rennes):
    turns.open(MARION)
    turns.destroy()
    turns.open(MARION)
    assert is_in(rennes, MARION)


DIE = """
import json, os, signal, sys
from datetime import datetime
from pathlib import Path
from catalog.site.program import Program
from catalog.site.reports import Answer
from catalog.site.settings import load

folder, envelope, at = sys.argv[1:]
program = Program(
    load(Path(folder).name, folder=Path(folder), environment={}),
    clock=lambda: datetime.fromisoformat(at),
    post=lambda payload, signature: Answer.LATER,
)
program._end = lambda *said: os.kill(os.getpid(), signal.SIGKILL)
program.receive(json.loads(envelope))
"""


def killed_before_the_report(site: SiteHere, body: dict) -> None:
    words = [str(site.folder), json.dumps(site.envelope(body)), site.at.isoformat()]
    done = subprocess.run([sys.executable, "-c", DIE, *words], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL


def test_killed_between_the_cut_and_the_report_it_stays_cut_and_is_said_at_the_rerun(turns, rennes):
    opening = turns.order("open", MARION)
    rennes.receives(opening)
    cut = turns.order("cut", because="block")
    killed_before_the_report(rennes, cut)
    assert not is_in(rennes, MARION)
    # A former order that the broker gives late does not open it in between.
    late = turns.order("open", MARION, turn=1)
    assert rennes.last(late)["body"] == {"reason": "overtaken", "turn": 2}
    said = rennes.last(cut)
    assert (said["kind"], said["body"]["state"]) == ("space", "cut")


def test_killed_between_the_destruction_and_the_report_the_certificate_is_whole(turns, rennes):
    turns.open(MARION)
    held = {str(path) for path in place(rennes).files()}
    destroyed = turns.order("destroyed", because="end_access")
    killed_before_the_report(rennes, destroyed)
    assert place(rennes).files() == []
    certificate = rennes.last(destroyed)["body"]["certificate"]
    assert {each["file"] for each in certificate["files"]} == held


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 4 MB, really full when it is."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("mounting a small disk needs to be root")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def filled(disk):
    """Fill a disk to its last byte; what fills it."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        for size in (65_536, 4_096, 1):
            try:
                while True:
                    os.write(file.fileno(), b"\0" * size)
            except OSError as error:
                assert error.errno == errno.ENOSPC
    return ballast


def test_a_full_disk_keeps_nobody_in_and_the_destruction_is_done_all_the_same(
    small_disk, small_warehouse
):
    """All of the site stands on the disk that is full."""
    site = SiteHere(small_disk / "chu-rennes", small_warehouse)
    turns = delivered(site)
    turns.open(MARION)
    held = {str(path) for path in place(site).files()}
    ballast = filled(small_disk)
    cut = turns.order("cut", because="block")
    with pytest.raises(OSError, match="No space"):
        site.receives(cut)
    assert not is_in(site, MARION)
    ballast.unlink()
    assert site.last(cut)["kind"] == "space"
    turns.open(MARION)
    ballast = filled(small_disk)
    destroyed = turns.order("destroyed", because="end_access")
    with pytest.raises(OSError, match="No space"):
        site.receives(destroyed)
    assert not is_in(site, MARION)
    ballast.unlink()
    certificate = site.last(destroyed)["body"]["certificate"]
    assert {each["file"] for each in certificate["files"]} == held


def test_a_full_disk_opens_nothing_and_says_so(turns, rennes, monkeypatch):
    program = rennes.program()
    opening = turns.order("open", MARION)
    really = site_files.write

    def full(path, content):
        if path.is_relative_to(rennes.settings.workspaces):
            raise OSError(errno.ENOSPC, "No space left on device")
        really(path, content)

    monkeypatch.setattr("catalog.site.spaces.embedded.write", full)
    last = rennes.last(opening, program=program)
    assert (last["kind"], last["body"]["reason"]) == ("failed", "disk_full")
    assert not is_in(rennes, MARION)
    monkeypatch.undo()
    turns.open(MARION)
    assert is_in(rennes, MARION)


def test_a_member_who_cannot_be_taken_out_alone_goes_with_all(turns, rennes, monkeypatch):
    turns.open(MARION, LOUISE)

    def full(_path, _content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("catalog.site.spaces.embedded.write", full)
    assert turns.open(LOUISE)["body"]["reason"] == "disk_full"
    monkeypatch.undo()
    assert [is_in(rennes, each) for each in (MARION, LOUISE)] == [False, False]


def test_two_processes_that_have_one_order_do_it_once(turns, rennes):
    opening = turns.order("open", MARION)
    words = [str(rennes.folder), json.dumps(rennes.envelope(opening)), rennes.at.isoformat()]
    script = DIE.replace("program._end", "_")
    both = [subprocess.Popen([sys.executable, "-c", script, *words]) for _ in range(2)]
    deadline = time.monotonic() + 60
    assert [each.wait(deadline - time.monotonic()) for each in both] == [0, 0]
    assert rennes.last(opening)["kind"] == "space"
    assert is_in(rennes, MARION)
