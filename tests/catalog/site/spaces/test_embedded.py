"""The embedded space: who comes in and when, what is handed, what is written, what is left."""

import io
import json
import os
import stat
import subprocess
import sys
from datetime import timedelta

import pytest

from catalog.orders import canonical, certificate_holds, instant
from catalog.site import keys
from catalog.site.spaces import chain
from catalog.site.spaces.door import PIECE, Door, Refused, caller
from tests.catalog.site.making import EVERYONE, NUMBER, files
from tests.catalog.site.spaces.making import DAY, LOUISE, MARION, Turns, door, place


def refused(*words, to, **options) -> str:
    with pytest.raises(Refused) as error:
        to(*words, **options)
    return error.value.reason


def test_a_space_opened_at_the_delivery_lets_nobody_in(turns, rennes):
    assert turns.open()["body"] == {
        "turn": 1,
        "state": "open",
        "because": "",
        "provider": "catalog.site.spaces.embedded.Embedded",
    }
    assert refused(to=door(rennes, MARION).enter) == "unknown"


def test_a_member_let_in_reads_the_very_files_that_were_delivered(turns, rennes):
    turns.open(MARION)
    study = rennes.space(turns.deliveries[0])
    held = [str(path) for path in door(rennes, MARION).enter()]
    assert held == [f"{study.name}/{path.name}" for path in sorted(study.iterdir())]
    for name, content in files(study, data_only=False).items():
        out = io.BytesIO()
        door(rennes, MARION).take(f"{study.name}/{name}", out)
        assert out.getvalue() == content


def test_files_are_for_reading_and_the_folder_for_the_site_alone(turns, rennes):
    turns.open(MARION)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in place(rennes).data.rglob("*.parquet")}
    assert modes == {0o400}
    for folder in (rennes.settings.workspaces, place(rennes).folder, place(rennes).data):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_member_who_is_no_more_in_the_order_is_out_and_the_other_stays(turns, rennes):
    turns.open(MARION, LOUISE)
    turns.open(LOUISE)
    assert refused(to=door(rennes, MARION).enter) == "unknown"
    assert door(rennes, LOUISE).enter() != []


def test_a_suspension_puts_everybody_out_and_resuming_lets_in_who_is_in_order(turns, rennes):
    turns.open(MARION, LOUISE)
    turns.cut("block")
    assert [refused(to=door(rennes, each).enter) for each in (MARION, LOUISE)] == ["cut", "cut"]
    turns.open(MARION)
    assert door(rennes, MARION).enter() != []
    assert refused(to=door(rennes, LOUISE).enter) == "unknown"


def test_what_is_cut_stops_in_the_middle_of_a_file(turns, rennes):
    turns.open(MARION)
    large = place(rennes).data / rennes.space(turns.deliveries[0]).name / "large.bin"
    large.write_bytes(os.urandom(3 * PIECE))

    class CutAfterAPiece(io.BytesIO):
        def write(self, piece):
            place(rennes).opened.unlink(missing_ok=True)
            return super().write(piece)

    out = CutAfterAPiece()
    assert refused(f"{large.parent.name}/{large.name}", out, to=door(rennes, MARION).take) == "cut"
    assert len(out.getvalue()) == PIECE


def test_the_period_closes_the_space_whatever_the_portal_says(turns, rennes):
    turns.open(MARION, until=instant(rennes.at + 10 * DAY))
    rennes.at += 10 * DAY
    assert refused(to=door(rennes, MARION).enter) == "over"
    program = rennes.program()
    program.spaces.look()
    program.reports.send()
    said = rennes.reports[-1]
    assert (said["kind"], said["order"]) == ("presence", rennes.reports[-2]["order"])
    assert (said["body"]["state"], said["body"]["because"]) == ("cut", "over")
    assert not place(rennes).opened.exists()
    before = len(rennes.reports)
    program.spaces.look()
    program.reports.send()
    assert len(rennes.reports) == before


def test_a_member_s_own_term_closes_it_to_them_alone(turns, rennes):
    soon, late = instant(rennes.at + 5 * DAY), instant(rennes.at + 50 * DAY)
    members = [{"member": MARION, "until": soon}, {"member": LOUISE, "until": late}]
    turns.open(members=members)
    rennes.at += 5 * DAY
    assert refused(to=door(rennes, MARION).enter) == "lapsed"
    rennes.program().spaces.look()
    assert sorted(place(rennes).granted()) == [LOUISE]
    assert door(rennes, LOUISE).enter() != []


def test_what_is_not_in_the_space_is_not_handed(turns, rennes):
    turns.open(MARION)
    for name in ("../members.json", "../../../keys/site.secret", "/etc/passwd", "absent.parquet"):
        assert refused(name, io.BytesIO(), to=door(rennes, MARION).take) == "file"


def test_each_act_is_a_line_of_a_log_that_shows_what_was_changed(turns, rennes):
    turns.open(MARION)
    held = door(rennes, MARION).enter()
    door(rennes, MARION).take(str(held[0]), io.BytesIO())
    refused(to=door(rennes, LOUISE, "lkermor").enter)
    path = place(rennes).log
    assert [(line["act"], line["member"]) for line in chain.read(path)] == [
        ("entered", MARION),
        ("taken", MARION),
        ("refused", LOUISE),
    ]
    content = path.read_bytes()
    for number, changed in (
        (1, content.replace(b'"entered"', b'"refused"', 1)),
        (2, content.split(b"\n", 1)[0] + b"\n" + content.split(b"\n", 2)[2]),
    ):
        path.write_bytes(changed)
        with pytest.raises(chain.Broken) as broken:
            chain.read(path)
        assert broken.value.line in (number, number + 1)
    path.write_bytes(content[:-9])
    chain.add(path, rennes.at, "entered", member=MARION)
    assert [line["act"] for line in chain.read(path)] == ["entered", "taken", "entered"]


def test_nothing_is_handed_when_the_log_cannot_be_written(turns, rennes):
    turns.open(MARION)
    place(rennes).log.mkdir()
    out = io.BytesIO()
    with pytest.raises(OSError, match="directory"):
        door(rennes, MARION).take(str(place(rennes).files()[0]), out)
    assert out.getvalue() == b""


def test_who_came_is_told_by_day_and_member_and_never_what_they_read(turns, rennes):
    turns.open(MARION, LOUISE)
    program = rennes.program()
    door(rennes, MARION).enter()
    rennes.at += timedelta(hours=2)
    door(rennes, MARION).take(str(place(rennes).files()[0]), io.BytesIO())
    rennes.at += DAY
    door(rennes, LOUISE).enter()
    program.spaces.look()
    program.reports.send()
    body = rennes.reports[-1]["body"]
    assert body["visits"] == [
        {"member": MARION, "day": "2026-03-02", "times": 2, "last": "2026-03-02T11:00:00Z"},
        {"member": LOUISE, "day": "2026-03-03", "times": 1, "last": "2026-03-03T11:00:00Z"},
    ]
    assert body["log"] == {"lines": 3, "head": chain.head(place(rennes).log).hash}
    assert "parquet" not in json.dumps(body)
    before = len(rennes.reports)
    program.spaces.look()
    program.reports.send()
    assert len(rennes.reports) == before


def test_who_came_while_the_program_was_stopped_is_told_when_it_starts_again(turns, rennes):
    turns.open(MARION)
    program = rennes.program()
    door(rennes, MARION).enter()
    program.spaces.look()
    rennes.at += 10 * DAY
    door(rennes, MARION).enter()
    rennes.at += 20 * DAY
    program = rennes.program()
    program.spaces.look()
    program.reports.send()
    days = [visit["day"] for visit in rennes.reports[-1]["body"]["visits"]]
    assert days == ["2026-03-12"]


def test_an_order_that_comes_after_the_period_is_the_last_word(turns, rennes):
    turns.open(MARION, until=instant(rennes.at + 10 * DAY))
    rennes.at += 10 * DAY
    program = rennes.program()
    program.spaces.look()
    turns.cut("end_access")
    program.spaces.look()
    program.reports.send()
    # Reports under two orders leave in any order: the turn says which word is the last.
    last = max(each["body"]["turn"] for each in rennes.reports if "turn" in each["body"])
    said = [each["kind"] for each in rennes.reports if each["body"].get("turn") == last]
    assert said == ["space"]


def test_a_state_that_cannot_be_read_opens_nothing_and_closes_all_the_same(turns, rennes):
    turns.open(MARION)
    (kept,) = rennes.settings.kept_spaces.glob("*.json")
    kept.write_text("{")
    assert turns.open(MARION)["kind"] == "failed"
    assert turns.cut()["kind"] == "space"
    assert refused(to=door(rennes, MARION).enter) == "cut"


def test_a_destruction_leaves_nothing_but_the_log_and_says_what_it_was(turns, rennes):
    turns.open(MARION)
    door(rennes, MARION).take(str(place(rennes).files()[0]), io.BytesIO())
    study = rennes.space(turns.deliveries[0])
    last = turns.destroy()
    certificate = last["body"]["certificate"]
    assert certificate_holds(certificate, keys.decode(rennes.public))
    assert not certificate_holds(certificate | {"handed": 0}, keys.decode(rennes.public))
    manifest = json.loads((study / "manifest.json").read_bytes())
    hashes = {f"{study.name}/{table['file']}": table["sha256"] for table in manifest["tables"]}
    destroyed = {each["file"]: each["sha256"] for each in certificate["files"]}
    assert hashes.items() <= destroyed.items()
    assert certificate["bytes"] == sum(path.stat().st_size for path in study.iterdir())
    assert (certificate["handed"], certificate["number"]) == (1, NUMBER)
    assert certificate["log"] == {"lines": 1, "head": chain.head(place(rennes).log).hash}
    left = sorted(path.name for path in place(rennes).folder.iterdir())
    assert left == ["contents.json", "log.jsonl"]
    # The dataset sealed at the site is not the space's: it stays until its own term.
    assert files(study) != {}


def test_a_copy_made_again_takes_the_place_of_the_former_one(turns, rennes):
    turns.open(MARION)
    former = rennes.space(turns.deliveries[0]).name
    again = rennes.body(cohort=EVERYONE)
    rennes.receives(again)
    turns.deliveries = [again]
    turns.open(MARION)
    held = {path.parts[0] for path in door(rennes, MARION).enter()}
    assert held == {rennes.space(again).name}
    assert former not in held


def test_destroying_a_dataset_takes_it_out_of_its_space_first(turns, rennes):
    turns.open(MARION)
    body = turns.deliveries[0]
    last = rennes.last(rennes.body("destroy", target=body["order"]))
    assert certificate_holds(last["body"]["says"], keys.decode(rennes.public))
    assert place(rennes).files() == []


def test_another_disk_gets_a_copy(rennes, turns, tmp_path, monkeypatch):
    def across(*_paths):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", across)
    turns.open(MARION)
    study = rennes.space(turns.deliveries[0])
    assert files(place(rennes).data / study.name) == files(study)


@pytest.fixture
def as_a_process(rennes):
    """The door's command, run at the site's folder."""

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess:
        own = {"SITE_FOLDER": str(rennes.folder), "PATH": os.environ["PATH"], **environment}
        command = [sys.executable, "-m", "catalog.site.spaces.door", "chu-rennes", NUMBER, *words]
        return subprocess.run(command, capture_output=True, env=own, timeout=60, check=False)

    return run


def test_the_command_hands_to_the_account_that_called_sudo_and_to_no_other(
    turns, rennes, as_a_process
):
    turns.open(MARION)
    nobody = "65534"
    settings = rennes.folder / "settings.toml"
    refused = as_a_process(SUDO_UID=nobody)
    assert (refused.returncode, refused.stdout) == (1, b"")
    assert "Ce compte" in refused.stderr.decode()
    account = caller(rennes.settings, {"SUDO_UID": nobody}).account
    settings.write_text(f'{settings.read_text()}\n[spaces.accounts]\n"{account}" = "{MARION}"\n')
    held = as_a_process(SUDO_UID=nobody)
    assert held.returncode == 0
    name = held.stdout.decode().splitlines()[0]
    taken = as_a_process("--take", name, SUDO_UID=nobody)
    assert taken.stdout == (place(rennes).data / name).read_bytes()
    # Neither another's name nor the log are for who came through sudo.
    assert as_a_process("--for", LOUISE, SUDO_UID=nobody).returncode == 1
    assert as_a_process("--log", SUDO_UID=nobody).returncode == 1
    shown = as_a_process("--log")
    assert "chaîne intacte" in shown.stdout.decode()
    assert as_a_process("--for", LOUISE).returncode == 1
    turns.cut()
    assert "fermé" in as_a_process("--take", name, SUDO_UID=nobody).stderr.decode()


def test_two_requests_have_two_spaces(rennes):
    other = "2026-0043"
    for number, project in ((NUMBER, "5f1d0c52-6b7e-4c1c-9c27-9d3d3f6f0a11"), (other, LOUISE)):
        body = rennes.body(cohort=EVERYONE, number=number, project=project)
        rennes.receives(body)
        Turns(rennes, body).open(MARION, number=number, project=project)
    assert Door(place(rennes), MARION, "", clock=lambda: rennes.at).enter() != []
    rennes.last(rennes.body("space", **_cut(rennes, other)))
    assert door(rennes, MARION).enter() != []


def _cut(site, number: str) -> dict:
    said = {"project": LOUISE, "number": number, "turn": 2, "state": "cut", "because": "block"}
    assert canonical(said)
    return said | {"until": None, "members": [], "deliveries": []}
