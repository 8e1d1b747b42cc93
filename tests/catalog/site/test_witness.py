"""A site as a witness of the public register: what it cosigns, what it refuses, what it says."""

import dataclasses
import shutil
import time
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import pytest
from django.db import transaction
from django.utils import timezone

from catalog.domain.witnesses import witness_keys
from catalog.site import witness as module
from catalog.site.keys import decode
from catalog.site.program import Program
from catalog.site.reports import Answer
from catalog.site.settings import load
from governance.ledger import rotation
from governance.ledger.cosignature import Witness, cosigned_at, witness_name
from governance.ledger.leaves import append_leaves
from governance.ledger.note import Signer
from governance.ledger.signer import integrate
from governance.ledger.witnesses import State, cosigned_note, open_contradictions, standings
from governance.models import Contradiction
from tests.catalog.site.making import NOW
from tests.catalog.site.test_worker import portal, sites, worker
from tests.forged_register import forge, shorten
from tests.governance.ledger.conftest import AT, ledger_files
from tests.governance.ledger.published_copy import ORIGIN, SIGNER, leaves_of, write_copy

__all__ = ["ledger_files", "portal", "sites"]

MINUTE = timedelta(minutes=1)
WAIT = 90  # seconds; the machine of a test may be busy


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments):
        pass


@pytest.fixture
def register(tmp_path):
    """A register served as files, which a test writes as it wants: ``(write, address)``."""
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def publish(leaves, **options):
        shutil.rmtree(folder / "ledger", ignore_errors=True)
        return write_copy(folder / "ledger", leaves, **options)

    try:
        yield publish, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def site(rennes, register):
    """A site whose portal is the register served here."""
    rennes.settings = dataclasses.replace(rennes.settings, portal_url=register[1])
    return rennes


def look(site, *, after=timedelta()):
    """One look of a process just started; what it found, and what it said."""
    site.at += after
    before = len(site.reports)
    program = site.program()
    found = program.witness().look()
    program.reports.send()
    return found, [report["body"] for report in site.reports[before:]]


def test_a_register_that_grows_is_cosigned_each_time(site, register):
    publish, _address = register
    key = Witness(witness_name(ORIGIN, site.slug), decode(site.public).public_bytes_raw())
    for size in (0, 1, 300, 70_000 // 100, 1025):
        publish(leaves_of(size))
        found, (said,) = look(site)
        assert found == said["says"] == "agrees"
        assert cosigned_at(said["checkpoint"], key) == int(NOW.timestamp())
        assert said["checkpoint"].startswith(f"{ORIGIN}\n{size}\n")
    journal = (site.settings.journal / "journal.jsonl").read_text()
    assert journal.count('"act": "checkpoint"') == 5
    assert not site.settings.journal.joinpath("ledger.json").stat().st_mode & 0o077


def test_what_does_not_change_is_said_again_every_ten_minutes_only(site, register):
    register[0](leaves_of(5))
    assert len(look(site)[1]) == 1
    assert look(site, after=MINUTE) == ("agrees", [])
    assert len(look(site, after=9 * MINUTE)[1]) == 1


@pytest.mark.parametrize("size", [300, 301, 900])
def test_a_forged_register_is_refused_and_told_at_once_with_both_checkpoints(site, register, size):
    publish, _address = register
    honest = publish(leaves_of(300)).joinpath("checkpoint").read_text()
    look(site)
    forged = leaves_of(size)
    forged[17] = b'{"kind":"decision","number":"another"}'
    shown = publish(forged).joinpath("checkpoint").read_text()
    assert look(site) == ("forked", [{"says": "forked", "kept": honest, "shown": shown}])
    assert look(site, after=MINUTE) == ("forked", [])
    # It grows on the forged branch: the witness still holds to what it saw.
    publish([*forged, b"{}"])
    assert look(site, after=10 * MINUTE)[1][0]["kept"] == honest
    publish(leaves_of(900))
    found, (said,) = look(site)
    assert found == said["says"] == "agrees"


def test_a_shortened_register_is_told_once_no_cache_can_explain_it(site, register):
    publish, _address = register
    publish(leaves_of(300))
    look(site)
    publish(leaves_of(299))
    assert look(site) == ("shortened", [])
    assert look(site, after=MINUTE) == ("shortened", [])
    found, (said,) = look(site, after=MINUTE)
    assert found == said["says"] == "shortened"


def test_a_stale_checkpoint_for_a_moment_accuses_nobody(site, register):
    publish, _address = register
    publish(leaves_of(300))
    look(site)
    publish(leaves_of(299))
    assert look(site) == ("shortened", [])
    publish(leaves_of(300))
    assert look(site, after=MINUTE) == ("agrees", [])
    publish(leaves_of(299))
    assert look(site, after=2 * MINUTE) == ("shortened", [])


def test_a_register_that_hides_its_tiles_is_not_cosigned(site, register):
    publish, _address = register
    publish(leaves_of(300))
    look(site)
    folder = publish(leaves_of(600))
    shutil.rmtree(folder / "tile")
    assert look(site) == ("unproved", [])
    found, (said,) = look(site, after=2 * MINUTE)
    assert found == said["says"] == "unproved"


def test_a_register_signed_by_another_key_is_told(site, register):
    publish, _address = register
    publish(leaves_of(3))
    look(site)
    publish(leaves_of(4), signer=Signer(ORIGIN, bytes(range(1, 33))))
    found, (said,) = look(site)
    assert found == said["says"] == "other_key"


def test_a_key_given_to_the_site_by_other_means_is_the_only_one_it_trusts(site, register):
    other = Signer(ORIGIN, bytes(range(1, 33)))
    (site.settings.keys / "ledger.vkey").write_text(other.verifier.vkey + "\n")
    register[0](leaves_of(3))
    found, (said,) = look(site)
    assert found == said["says"] == "other_key"
    assert said["kept"] == ""


@pytest.mark.parametrize("content", [b"", b"<html>hello</html>", b"\xff\xfe", b"a\n1\n\n" * 5000])
def test_what_is_no_register_is_neither_cosigned_nor_an_accusation(site, register, content):
    folder = register[0](leaves_of(3))
    folder.joinpath("checkpoint").write_bytes(content)
    assert look(site) == ("unreadable", [])
    folder.joinpath("checkpoint").unlink()
    assert look(site) == ("unreadable", [])


def test_a_portal_that_is_away_is_waited_for(site, register):
    site.settings = dataclasses.replace(site.settings, portal_url="http://127.0.0.1:9")
    assert look(site) == ("unreadable", [])


def test_a_damaged_memory_is_never_taken_for_a_first_day(site, register):
    publish, _address = register
    publish(leaves_of(300))
    look(site)
    (site.settings.journal / "ledger.json").write_text("{")
    publish([b"forged", *leaves_of(300)])
    assert look(site) == ("unreadable", [])


def test_what_is_cosigned_is_on_the_disk_before_it_is_said(site, register, monkeypatch):
    publish, _address = register
    publish(leaves_of(3))
    look(site)
    publish(leaves_of(4))
    with monkeypatch.context() as patch:
        patch.setattr(module, "cosign", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            look(site)
    publish([*leaves_of(3), b"forged"])
    assert look(site)[0] == "forked"
    publish(leaves_of(4))
    found, said = look(site)
    assert found == "agrees" and len(said) == 1


def test_only_the_last_word_waits_for_a_portal_that_does_not_take_reports(site, register):
    publish, _address = register
    site.answer = Answer.LATER
    for size in range(1, 5):
        publish(leaves_of(size))
        look(site)
    assert len(list(site.settings.spool.iterdir())) == 1
    site.answer = Answer.TAKEN
    site.program().reports.send()
    (report,) = site.reports
    assert report["body"]["checkpoint"].startswith(f"{ORIGIN}\n4\n")


# --- the real program, the real portal ---------------------------------------------------------


@pytest.fixture
def ledger(committed_db, ledger_files):
    """A register of 600 signed leaves in the portal's database."""
    grow(600)
    return ledger_files


def grow(count):
    with transaction.atomic():
        append_leaves([{"kind": "decision", "number": n} for n in range(count)], at=AT)
    return integrate(at=timezone.now())


def until(sites, true):
    """Wait for something of the portal's to become true."""
    deadline = time.monotonic() + WAIT
    while not (found := true()):
        if time.monotonic() > deadline:
            pytest.fail((sites / "ico.log").read_text()[-3000:])
        time.sleep(0.2)
    return found


def states():
    return {each.establishment.pk: each.state for each in standings(timezone.now()).each}


def look_often(sites):
    for slug in ("ico", "chu-rennes"):
        with (sites / slug / "settings.toml").open("a") as file:
            file.write("\n[witness]\nevery = 1\n")


def test_hospitals_attest_the_register_and_tell_when_it_is_forged(sites, portal, ledger):
    look_often(sites)
    with worker(sites, "ico", portal), worker(sites, "chu-rennes", portal):
        until(sites, lambda: set(states().values()) == {State.AGREES})
        checkpoint = grow(3)
        until(sites, lambda: cosigned_note(checkpoint).count("— ") == 3)
        with urlopen(f"{portal}/ledger/checkpoint") as answer:
            note = answer.read().decode()
        for slug, (key,) in witness_keys(timezone.now()).items():
            assert cosigned_at(note, key) <= time.time(), slug

        forge(417)
        until(sites, lambda: set(states().values()) == {State.CONTRADICTS})
        assert {each.reason for each in open_contradictions()} == {"forked"}
    accused = Contradiction.objects.first()
    assert accused.kept.startswith(f"{ORIGIN}\n603\n") and accused.shown != accused.kept


def test_hospitals_tell_when_the_register_is_cut(sites, portal, ledger):
    look_often(sites)
    with worker(sites, "ico", portal):
        until(sites, lambda: states()["ico"] == State.AGREES)
    shorten(500)
    settings = load("ico", environment={"SITE_FOLDER": str(sites / "ico")})
    late = Program(
        dataclasses.replace(settings, portal_url=portal),
        clock=lambda: timezone.now() + module.PATIENCE,
    )
    assert Program(late.settings).witness().look() == "shortened"
    assert not open_contradictions()
    assert late.witness().look() == "shortened"
    assert late.reports.send()
    assert [each.reason for each in open_contradictions()] == ["shortened"]


def test_a_key_that_changed_is_followed_by_the_chain_of_signatures(sites, portal, ledger, settings):
    look_often(sites)
    with worker(sites, "ico", portal):
        until(sites, lambda: states()["ico"] == State.AGREES)
        rotation.rotate(path=Path(settings.LEDGER_KEY_FILE), at=timezone.now())
        checkpoint = grow(300)
        assert checkpoint.key.vkey != SIGNER.verifier.vkey
        until(sites, lambda: cosigned_note(checkpoint).count("— ") == 2)
    assert not open_contradictions()
