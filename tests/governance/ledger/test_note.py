"""Signed notes, keys and checkpoints, with the example of the signed-note specification."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.ledger.note import (
    CheckpointText,
    NoteError,
    Signer,
    Verifier,
    WrongSignature,
    open_note,
    sign_note,
)

# From the documentation of Go's golang.org/x/mod/sumdb/note.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
GO_NOTE = (
    GO_TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqf"
    "qdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_keys_and_notes_are_those_of_go():
    signer = Signer.parse(GO_SKEY)
    assert signer.verifier.vkey == GO_VKEY
    assert sign_note(GO_TEXT, signer) == GO_NOTE
    assert open_note(GO_NOTE, Verifier.parse(GO_VKEY)) == GO_TEXT


@given(seed=st.binary(min_size=32, max_size=32), size=st.integers(0), root=st.binary(min_size=32))
def test_what_is_signed_is_read_back(seed, size, root):
    signer = Signer("registre.example/ledger", seed)
    said = CheckpointText(signer.name, size, root[:32])
    text = open_note(sign_note(said.text, signer), signer.verifier)
    assert CheckpointText.parse(text) == said
    assert Signer.parse(signer.skey) == signer
    assert Verifier.parse(signer.verifier.vkey) == signer.verifier


def test_a_note_of_another_key_or_text_is_refused():
    other = Signer.generate("PeterNeumann").verifier
    for note, verifier in (
        (GO_NOTE, other),
        (GO_NOTE.replace("answer", "problem"), Verifier.parse(GO_VKEY)),
    ):
        with pytest.raises(WrongSignature):
            open_note(note, verifier)


def test_signatures_of_others_do_not_disturb():
    other = Signer.generate("temoin.example")
    cosigned = GO_NOTE + sign_note(GO_TEXT, other).rpartition("\n\n")[2]
    assert open_note(cosigned, Verifier.parse(GO_VKEY)) == GO_TEXT
    assert open_note(cosigned, other.verifier) == GO_TEXT


@pytest.mark.parametrize("note", ["", "a\n", "a\n\n", "a\n\nb\n", GO_NOTE[:-1], GO_TEXT])
def test_what_is_no_note_is_refused(note):
    with pytest.raises(NoteError):
        open_note(note, Verifier.parse(GO_VKEY))


@pytest.mark.parametrize(
    "vkey", ["", "a+b", GO_VKEY.replace("c74f", "c74e"), GO_VKEY[:-4], "a+00000000+AA==", "+x+AA=="]
)
def test_what_is_no_key_is_refused(vkey):
    with pytest.raises(NoteError):
        Verifier.parse(vkey)


@pytest.mark.parametrize("text", ["", "a\n1\n", "a\n01\nAA==\n", "a\n-1\nAA==\n", "a\n1\nAA==\n"])
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(NoteError):
        CheckpointText.parse(text)


@pytest.mark.parametrize("name", ["", "with space", "with+plus", "tab\t"])
def test_a_name_that_notes_cannot_hold_is_refused(name):
    with pytest.raises(NoteError):
        Signer.generate(name)


def test_a_signing_key_is_never_shown():
    signer = Signer.parse(GO_SKEY)
    assert signer.seed.hex() not in repr(signer)
    assert str(signer.seed) not in repr(signer)
    with pytest.raises(NoteError) as refusal:
        Signer.parse(GO_SKEY[:-4])
    assert GO_SKEY[40:60] not in str(refusal.value)
