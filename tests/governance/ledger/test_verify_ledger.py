"""verify_ledger.py, run as a reader runs it, on whole copies and on every forgery."""

import ast
import base64
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from governance.ledger import tiles
from governance.ledger.cosignature import Witness, cosign
from governance.ledger.note import Signer, announcement
from tests.governance.ledger.published_copy import ORIGIN, SIGNER, leaves_of, write, write_copy

PROGRAM = Path(__file__).parents[3] / "docs" / "verify" / "verify_ledger.py"
OTHER = Signer(ORIGIN, bytes(range(1, 33)))


def verify(folder, *options):
    """Exit code, and the lines said."""
    done = subprocess.run(
        [sys.executable, "-I", PROGRAM, folder, *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout.splitlines()


def kinds(lines):
    return {line.partition(":")[0] for line in lines}


@pytest.fixture
def copy(tmp_path):
    return write_copy(tmp_path / "ledger", leaves_of(600))


def reflow(folder, leaves, size=600):
    """Put other leaves in the bundles, tiles untouched."""
    for number in range(-(-size // 256)):
        width = min(256, size - 256 * number)
        end = None if width < 256 else 256 * (number + 1)
        content = tiles.bundle(leaves[256 * number : end])
        write(folder, f"tile/{tiles.TileName(None, number, width).path}", content)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 600])
def test_a_whole_copy_is_said_to_be_whole(tmp_path, size):
    folder = write_copy(tmp_path, leaves_of(size))
    code, lines = verify(folder, "--key", SIGNER.verifier.vkey)
    assert code == 0
    (said,) = lines
    assert f"{size} leaves" in said


def test_two_whole_levels_of_tiles_are_read(tmp_path):
    folder = write_copy(tmp_path, leaves_of(66_000))
    assert (folder / "tile/2/000.p/1").exists()
    assert verify(folder)[0] == 0


def test_a_growing_register_continues_its_earlier_checkpoint(copy, tmp_path):
    before = write_copy(tmp_path / "before", leaves_of(300))
    code, lines = verify(copy, "--since", before / "checkpoint")
    assert code == 0
    assert "continues" in lines[0]


def test_a_changed_leaf_is_named(copy):
    leaves = leaves_of(600)
    leaves[417] = b'{"kind":"decision","number":-1}'
    reflow(copy, leaves)
    assert verify(copy) == (1, ["changed: leaf 417 is not the one that was signed"])


def test_a_leaf_of_one_other_byte_is_named(copy):
    path = copy / "tile/entries/000"
    content = bytearray(path.read_bytes())
    content[40] ^= 1
    path.write_bytes(content)
    code, lines = verify(copy)
    assert (code, kinds(lines)) == (1, {"changed"})


def test_a_removed_leaf_is_named(copy):
    leaves = leaves_of(600)
    del leaves[10]
    reflow(copy, leaves)
    assert verify(copy) == (1, ["removed: leaf 10 is no longer in the register"])


def test_an_added_leaf_is_named(copy):
    leaves = leaves_of(600)
    leaves.insert(10, b'{"kind":"decision","number":9999}')
    reflow(copy, leaves)
    assert verify(copy) == (1, ["added: leaf 10 was never signed"])


def test_two_reordered_leaves_are_named(copy):
    leaves = leaves_of(600)
    leaves[3], leaves[500] = leaves[500], leaves[3]
    reflow(copy, leaves)
    assert verify(copy) == (
        1,
        ["reordered: leaf 3 is not at its place", "reordered: leaf 500 is not at its place"],
    )


def test_missing_last_leaves_are_a_truncation(copy):
    shutil.rmtree(copy / "tile/entries/002.p")
    code, lines = verify(copy)
    assert code == 1
    assert lines == ["truncated: leaves 512 to 599 are not in the copy"]


def test_a_bundle_cut_short_of_its_last_leaf_is_a_truncation(copy):
    reflow(copy, leaves_of(599))
    assert verify(copy) == (1, ["truncated: leaf 599 is no longer in the register"])


def test_an_absent_bundle_in_the_middle_is_a_removal(copy):
    (copy / "tile/entries/001").unlink()
    assert verify(copy) == (1, ["removed: leaves 256 to 511 are not in the copy"])


def test_a_whole_register_rewritten_by_its_own_key_is_a_fork(copy, tmp_path):
    leaves = leaves_of(600)
    leaves[5] = b'{"kind":"decision","number":-5}'
    forked = write_copy(tmp_path / "forked", leaves)
    assert verify(forked)[0] == 0
    assert verify(forked, "--since", copy / "checkpoint") == (
        1,
        ["forked: the first 600 leaves are not those that were signed earlier"],
    )


def test_a_shorter_register_signed_by_its_own_key_is_a_truncation(copy, tmp_path):
    shorter = write_copy(tmp_path / "shorter", leaves_of(400))
    assert verify(shorter, "--since", copy / "checkpoint") == (
        1,
        ["truncated: 600 leaves were signed earlier, 400 now"],
    )


def test_another_key_is_a_wrong_signature(copy, tmp_path):
    forged = write_copy(tmp_path / "forged", leaves_of(600), signer=OTHER)
    code, lines = verify(forged, "--key", SIGNER.verifier.vkey)
    assert (code, kinds(lines)) == (1, {"wrongly signed"})


@pytest.mark.parametrize("line", [0, 1, 2, 4])
def test_a_checkpoint_edited_on_any_line_is_wrongly_signed(copy, line):
    lines = (copy / "checkpoint").read_text().split("\n")
    edited = {
        0: "autre.example/ledger",
        1: "599",
        2: base64.b64encode(bytes(32)).decode(),
        4: lines[4][:-6] + ("AAAA==" if not lines[4].endswith("AAAA==") else "BBBB=="),
    }
    lines[line] = edited[line]
    (copy / "checkpoint").write_text("\n".join(lines))
    code, said = verify(copy, "--key", SIGNER.verifier.vkey)
    assert code == 1
    assert "wrongly signed" in kinds(said)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"a\nb\nc\n\n", b"o\n1e3\nAA==\n\n\xe2\x80\x94 o AA==\n"]
)
def test_a_checkpoint_that_is_no_note_is_refused(copy, content):
    (copy / "checkpoint").write_bytes(content)
    code, lines = verify(copy)
    assert (code, kinds(lines)) == (1, {"wrongly signed"})


def test_a_checkpoint_that_claims_a_boundless_size_is_answered_soon(copy):
    lines = (copy / "checkpoint").read_text().split("\n")
    lines[1] = "9" * 18
    (copy / "checkpoint").write_text("\n".join(lines))
    code, said = verify(copy)
    assert code == 1
    assert {"truncated", "wrongly signed"} <= kinds(said)


@pytest.mark.parametrize("path", ["tile/0/000", "tile/0/002.p/88", "tile/1/000.p/2"])
def test_a_changed_tile_is_named(copy, path):
    content = bytearray((copy / path).read_bytes())
    content[0] ^= 1
    (copy / path).write_bytes(content)
    code, lines = verify(copy)
    assert (code, kinds(lines)) == (1, {"changed"})


@pytest.mark.parametrize("path", ["tile/0/000", "tile/0/002.p/88", "tile/1/000.p/2"])
def test_an_absent_tile_is_named(copy, path):
    (copy / path).unlink()
    code, lines = verify(copy)
    assert (code, kinds(lines)) == (1, {"removed"})


def test_a_leaf_changed_with_all_its_tiles_is_named(copy, tmp_path):
    leaves = leaves_of(600)
    leaves[300] = b"{}"
    forged = write_copy(tmp_path / "forged", leaves)
    shutil.copy(copy / "checkpoint", forged / "checkpoint")
    code, lines = verify(forged)
    assert (code, kinds(lines)) == (1, {"changed"})


def test_neighbours_reordered_with_all_their_tiles_are_named(tmp_path):
    leaves = leaves_of(100)
    whole = write_copy(tmp_path / "whole", leaves)
    leaves[41], leaves[42] = leaves[42], leaves[41]
    forged = write_copy(tmp_path / "forged", leaves)
    shutil.copy(whole / "checkpoint", forged / "checkpoint")
    assert verify(forged) == (1, ["reordered: leaves 41 and 42 changed places"])


def test_leaves_beyond_the_signed_size_are_named(copy):
    write(copy, "tile/entries/002.p/89", tiles.bundle(leaves_of(601)[512:]))
    code, lines = verify(copy)
    assert (code, kinds(lines)) == (1, {"added"})


def test_a_partial_tile_may_vanish_once_its_full_tile_exists(tmp_path):
    folder = write_copy(tmp_path / "ledger", leaves_of(300))
    later = write_copy(tmp_path / "later", leaves_of(600))
    for kind in ("entries", "0"):
        shutil.rmtree(folder / f"tile/{kind}/001.p")
        shutil.copy(later / f"tile/{kind}/001", folder / f"tile/{kind}/001")
    assert verify(folder)[0] == 0


def test_who_trusts_an_old_key_follows_its_rotation(tmp_path):
    vkey = OTHER.verifier.vkey
    signature = base64.b64encode(SIGNER.sign(announcement(vkey))).decode()
    leaf = rfc8785.dumps(
        {
            "kind": "ledger_key",
            "old": SIGNER.verifier.vkey,
            "new": vkey,
            "signature": signature,
        }
    )
    before = write_copy(tmp_path / "before", leaves_of(3))
    after = write_copy(tmp_path / "after", [*leaves_of(3), leaf], signer=OTHER)
    trusted = ["--key", SIGNER.verifier.vkey]
    assert verify(after, *trusted, "--since", before / "checkpoint")[0] == 0
    assert verify(after, "--since", before / "checkpoint")[0] == 0
    forged = write_copy(
        tmp_path / "forged",
        [*leaves_of(3), leaf.replace(b'"signature":"', b'"signature":"AA')],
        signer=OTHER,
    )
    assert kinds(verify(forged, *trusted)[1]) == {"wrongly signed"}


@pytest.mark.parametrize("options", [["--key", "junk"], ["--since", "/nowhere/checkpoint"]])
def test_a_question_badly_put_is_told_from_a_fault(copy, options):
    assert verify(copy, *options)[0] == 2


def test_it_needs_only_the_standard_library_of_python_3_9():
    tree = ast.parse(PROGRAM.read_text(), feature_version=(3, 9))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module.partition(".")[0])
    assert names <= sys.stdlib_module_names


WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(range(64, 96)))
WITNESS_NAME = f"{ORIGIN}/chu-rennes"
WITNESS_KEY = Witness(WITNESS_NAME, WITNESS.public_key().public_bytes_raw()).vkey


def cosign_copy(copy, *, at=None, key=WITNESS):
    """Add the line of a witness to a copy's checkpoint."""
    note = copy.joinpath("checkpoint").read_text()
    text = note.rpartition("\n\n")[0] + "\n"
    line = cosign(text, name=WITNESS_NAME, key=key, at=at or datetime.now(UTC))
    copy.joinpath("checkpoint").write_text(note + line)


def test_the_witnesses_are_counted_and_their_keys_may_be_given(copy):
    code, (said,) = verify(copy, "--witness", WITNESS_KEY)
    assert code == 0
    assert f"0 of 1 witnesses cosigned it, not yet: {WITNESS_NAME}." in said
    cosign_copy(copy)
    code, (said,) = verify(copy, "--witness", WITNESS_KEY)
    assert (code, said.endswith("; 1 of 1 witnesses cosigned it.")) == (0, True)
    write(copy, "witnesses", f"{WITNESS_KEY}\n".encode())
    code, (said,) = verify(copy)
    assert code == 0
    assert "1 of 1 witnesses cosigned it (their keys being those published with it)" in said


@pytest.mark.parametrize(
    ("lie", "named"),
    [
        ({"key": Ed25519PrivateKey.generate()}, "not yet"),
        ({"at": datetime(2100, 1, 1, tzinfo=UTC)}, "time to come"),
    ],
)
def test_a_cosignature_of_another_key_or_of_tomorrow_is_not_counted(copy, lie, named):
    cosign_copy(copy, **lie)
    code, lines = verify(copy, "--witness", WITNESS_KEY)
    assert code == (named == "time to come")
    assert named in lines[0]


def test_a_cosignature_of_another_tree_is_a_fault(copy, tmp_path):
    cosign_copy(copy)
    line = copy.joinpath("checkpoint").read_text().splitlines()[-1]
    other = write_copy(tmp_path / "other", leaves_of(601))
    other.joinpath("checkpoint").open("a").write(line + "\n")
    code, lines = verify(other, "--witness", WITNESS_KEY)
    assert code == 1
    assert f"the cosignature of {WITNESS_NAME} does not hold" in lines[0]


def test_a_key_of_a_register_is_not_a_key_of_a_witness(copy):
    assert verify(copy, "--witness", SIGNER.verifier.vkey)[0] == 2
    assert verify(copy, "--key", WITNESS_KEY)[0] == 2
