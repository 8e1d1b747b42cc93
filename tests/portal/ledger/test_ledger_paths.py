"""The ledger's public paths: a whole copy taken through them verifies, and caches hold."""

import subprocess
import sys

import pytest
from django.conf import settings as project
from django.db import transaction

from governance.ledger import tiles
from governance.ledger.leaves import append_leaves
from governance.ledger.signer import integrate
from governance.models.ledger import Tile
from tests.governance.ledger.conftest import AT, ledger_files
from tests.governance.ledger.published_copy import SIGNER, write

__all__ = ["ledger_files"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ledger_files")]

IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.fixture
def signed():
    with transaction.atomic():
        append_leaves([{"kind": "decision", "number": n} for n in range(600)], at=AT)
    return integrate(at=AT)


def test_a_copy_taken_through_the_public_paths_verifies(signed, client, tmp_path):
    copy = tmp_path / "ledger"
    names = [name.path for name in tiles.names_in(600)]
    names += [name.path.replace("0/", "entries/", 1) for name in tiles.names_in(600) if not name[0]]
    for path in ["checkpoint", "vkey", *(f"tile/{name}" for name in names)]:
        answer = client.get(f"/ledger/{path}")
        assert answer.status_code == 200, path
        write(copy, path, answer.content)
    program = client.get("/ledger/verify_ledger.py")
    write(tmp_path, "verify_ledger.py", b"".join(program.streaming_content))
    done = subprocess.run(
        [sys.executable, tmp_path / "verify_ledger.py", copy, "--key", SIGNER.verifier.vkey],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "600 leaves" in done.stdout


def test_full_tiles_are_cached_for_ever_and_the_checkpoint_for_a_moment(signed, client):
    assert client.get("/ledger/tile/0/000")["Cache-Control"] == IMMUTABLE
    assert client.get("/ledger/tile/entries/001")["Cache-Control"] == IMMUTABLE
    assert "immutable" not in client.get("/ledger/tile/0/002.p/88")["Cache-Control"]
    assert client.get("/ledger/checkpoint")["Cache-Control"] == "public, max-age=30"
    assert client.get("/ledger/vkey")["Cache-Control"] == "public, max-age=30"


@pytest.mark.parametrize("path", ["checkpoint", "vkey", "tile/0/000", "tile/entries/002.p/88"])
def test_data_are_served_without_a_cookie_and_to_any_origin(signed, client, path):
    answer = client.get(f"/ledger/{path}")
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    assert answer["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "path", ["0/003", "0/002", "0/002.p/89", "1/000.p/3", "7/000", "entries/x999/999", "0/0", "x"]
)
def test_what_is_not_in_the_signed_tree_is_not_published(signed, client, path):
    answer = client.get(f"/ledger/tile/{path}")
    assert answer.status_code == 404
    assert "immutable" not in answer["Cache-Control"]


def test_leaves_not_yet_signed_are_not_published(signed, client):
    with transaction.atomic():
        append_leaves([{"kind": "decision"}], at=AT)
    assert client.get("/ledger/tile/entries/002.p/89").status_code == 404
    assert client.get("/ledger/tile/entries/002.p/88").status_code == 200


def test_an_older_partial_tile_is_still_answered(signed, client):
    whole = client.get("/ledger/tile/0/002.p/88").content
    assert client.get("/ledger/tile/0/002.p/3").content == whole[: 3 * 32]


def test_a_missing_tile_is_made_again(signed, client):
    whole = client.get("/ledger/tile/1/000.p/2").content
    Tile.objects.all().delete()
    assert client.get("/ledger/tile/1/000.p/2").content == whole


def test_nothing_signed_yet_is_a_plain_absence(client):
    assert client.get("/ledger/checkpoint").status_code == 404
    assert client.get("/ledger/vkey").status_code == 404
    assert client.get("/ledger/verifier").status_code == 200


def test_the_data_can_only_be_read(signed, client):
    assert client.post("/ledger/checkpoint").status_code == 405


def test_a_tile_takes_two_queries(signed, client, django_assert_num_queries):
    with django_assert_num_queries(2):
        client.get("/ledger/tile/0/000")


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_leaf_is_shown_with_its_proof(signed, client, prefix):
    for address in ("/ledger/feuille/417", "/ledger/verifier?index=417"):
        answer = client.get(prefix + address)
        assert answer.status_code == 200
        assert 'data-index="417"' in answer.text
        assert not answer.cookies


@pytest.mark.parametrize("index", ["600", "-1", "x", "9" * 30, "٣", "<b>"])
def test_a_leaf_that_is_not_there_is_explained(signed, client, index):
    answer = client.get("/ledger/verifier", {"index": index})
    assert answer.status_code == 200
    assert "0 à 599" in answer.text
    assert "<b>" not in answer.text.partition('id="index"')[2][:200]


@pytest.mark.parametrize("index", ["", "  "])
def test_no_number_at_all_is_asked_for(signed, client, index):
    answer = client.get("/ledger/verifier", {"index": index})
    assert "Écrivez le numéro de la feuille" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "Écrivez le numéro" not in client.get("/ledger/verifier").text


@pytest.mark.parametrize("index", [600, 10**30])
def test_the_address_of_no_leaf_is_not_found(signed, client, index):
    assert client.get(f"/ledger/feuille/{index}").status_code == 404


def test_the_downloaded_program_is_the_documented_one(client):
    answer = client.get("/ledger/verify_ledger.py")
    documented = project.BASE_DIR / "docs" / "verify" / "verify_ledger.py"
    assert b"".join(answer.streaming_content) == documented.read_bytes()
    assert "attachment" in answer["Content-Disposition"]
