"""What a witness decides of a register, and what the portal believes of a witness."""

import base64
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from governance.ledger import merkle, tiles
from governance.ledger.continuity import Finding, TileAbsent, judge
from governance.ledger.cosignature import Witness, cosign, cosigned_at, signed_message, witness_name
from governance.ledger.leaves import append_leaves
from governance.ledger.note import (
    CheckpointText,
    NoteError,
    Signer,
    Verifier,
    WrongSignature,
    open_note,
    sign_note,
)
from governance.ledger.signer import integrate
from governance.ledger.witnesses import (
    SILENCE,
    State,
    StatementRefused,
    cosigned_note,
    open_contradictions,
    past_contradictions,
    record,
    standings,
)
from governance.models import Contradiction, Cosignature, Message
from tests.governance.ledger.conftest import AT
from tests.governance.ledger.published_copy import ORIGIN, SIGNER
from tests.people import establishment

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(64, 96)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
SITE = "chu-rennes"
MINUTE = timedelta(minutes=1)


def witness_of(key=KEY, site=SITE):
    return Witness(witness_name(ORIGIN, site), key.public_key().public_bytes_raw())


# --- the decision, on any register -------------------------------------------------------------


class Log:
    """A register in memory: what its signed checkpoint says and how its tiles read."""

    def __init__(self, leaves):
        self.size = len(leaves)
        self.subtree = merkle.from_leaf_hashes([merkle.leaf_hash(leaf) for leaf in leaves])
        self.said = CheckpointText(ORIGIN, self.size, merkle.root(self.size, self.subtree))

    def tile(self, level, number):
        width = tiles.width_at(level, number, self.size)
        first = number * tiles.WIDTH
        return b"".join(self.subtree(8 * level, first + place) for place in range(width))


LEAVES = st.lists(st.binary(max_size=4), max_size=40)
SIZES = st.integers(min_value=0, max_value=700)


def numbered(count, mark=b""):
    return [b"%s%d" % (mark, number) for number in range(count)]


@given(first=LEAVES, more=LEAVES)
def test_a_register_that_only_grew_is_attested(first, more):
    before, now = Log(first), Log(first + more)
    assert judge(before.said, now.said, now.tile) == Finding.AGREES


@given(leaves=st.lists(st.binary(max_size=4), min_size=1, max_size=40), data=st.data())
def test_a_register_of_which_anything_seen_was_changed_is_refused(leaves, data):
    """Changed, removed or moved, whatever was added behind."""
    forged = list(leaves)
    place = data.draw(st.integers(0, len(leaves) - 1))
    act = data.draw(st.sampled_from(["change", "insert", "remove", "swap"]))
    if act == "change":
        forged[place] += b"!"
    elif act == "insert":
        forged.insert(place, b"inserted")
    elif act == "remove":
        del forged[place]
    else:
        other = data.draw(st.integers(0, len(leaves) - 1))
        forged[place], forged[other] = forged[other], forged[place]
    forged += data.draw(LEAVES)
    before, now = Log(leaves), Log(forged)
    found = judge(before.said, now.said, now.tile)
    if forged[: len(leaves)] == leaves:
        assert found == Finding.AGREES
    else:
        assert found == (Finding.SHORTENED if now.size < before.size else Finding.FORKED)


@given(leaves=st.lists(st.binary(max_size=4), min_size=1, max_size=40), data=st.data())
def test_a_register_that_lost_its_end_is_refused(leaves, data):
    before = Log(leaves)
    now = Log(leaves[: data.draw(st.integers(0, len(leaves) - 1))])
    assert judge(before.said, now.said, now.tile) == Finding.SHORTENED


@given(old=SIZES, more=SIZES, place=st.integers(0, 699))
def test_it_holds_across_tiles_and_levels(old, more, place):
    leaves = numbered(old + more)
    before, now = Log(leaves[:old]), Log(leaves)
    assert judge(before.said, now.said, now.tile) == Finding.AGREES
    if place < old:
        leaves[place] = b"forged"
        now = Log(leaves)
        assert judge(before.said, now.said, now.tile) == Finding.FORKED


def test_tiles_that_are_not_those_of_the_root_prove_nothing_and_accuse_nobody():
    before, now, other = Log(numbered(300)), Log(numbered(520)), Log(numbered(520, b"x"))
    assert judge(before.said, now.said, other.tile) == Finding.UNPROVED

    def absent(level, number):
        raise TileAbsent

    assert judge(before.said, now.said, absent) == Finding.UNPROVED
    assert judge(before.said, now.said, lambda level, number: b"") == Finding.UNPROVED


def test_the_first_register_seen_is_attested_unless_it_cannot_be():
    log = Log(numbered(3))
    assert judge(None, log.said, log.tile) == Finding.AGREES
    impossible = CheckpointText(ORIGIN, 0, bytes(32))
    assert judge(None, impossible, log.tile) == Finding.UNPROVED
    assert judge(Log([]).said, impossible, log.tile) == Finding.FORKED


# --- the format --------------------------------------------------------------------------------


def test_the_example_of_the_specification_is_read_as_it_says():
    """Its time; its keys are not published, so that its signature says nothing to us."""
    blob = base64.b64decode(
        "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZ"
        "qhf5nNo0xUe+mbIUBkBIfZ+qnA=="
    )
    assert len(blob) == 76
    assert int.from_bytes(blob[4:12], "big") == 1679315147


def test_a_cosignature_is_a_line_of_the_note_under_a_key_of_its_own_kind():
    text = CheckpointText(ORIGIN, 3, bytes(32)).text
    note = sign_note(text, SIGNER) + cosign(text, name=witness_of().name, key=KEY, at=AT)
    assert cosigned_at(note, witness_of()) == int(AT.timestamp())
    assert open_note(note, SIGNER.verifier) == text
    assert Witness.parse(witness_of().vkey) == witness_of()
    assert base64.b64decode(witness_of().vkey.split("+", 2)[2])[0] == 4
    with pytest.raises(NoteError):
        Verifier.parse(witness_of().vkey)
    with pytest.raises(NoteError):
        Witness.parse(SIGNER.verifier.vkey)


@given(place=st.integers(0, 75), bit=st.integers(0, 7))
def test_a_cosignature_of_which_one_bit_was_changed_does_not_hold(place, bit):
    text = CheckpointText(ORIGIN, 3, bytes(32)).text
    line = cosign(text, name=witness_of().name, key=KEY, at=AT)
    blob = bytearray(base64.b64decode(line.split(" ")[2]))
    blob[place] ^= 1 << bit
    forged = f"— {witness_of().name} {base64.b64encode(bytes(blob)).decode()}\n"
    with pytest.raises(WrongSignature):
        cosigned_at(sign_note(text, SIGNER) + forged, witness_of())


# --- what the portal keeps ---------------------------------------------------------------------

database = pytest.mark.usefixtures("db", "ledger_files", "rennes")


@pytest.fixture
def rennes(db):
    return establishment(SITE)


def grown(count, mark="decision"):
    """A signed checkpoint over that many leaves more."""
    with transaction.atomic():
        append_leaves([{"kind": mark, "number": number} for number in range(count)], at=AT)
    return integrate(at=AT)


def signed(size, root, signer=SIGNER, origin=ORIGIN):
    return sign_note(CheckpointText(origin, size, root).text, signer)


def cosigned(note, *, at=AT, key=KEY, site=SITE):
    text = note.rpartition("\n\n")[0] + "\n"
    return note + cosign(text, name=witness_name(ORIGIN, site), key=key, at=at)


def says(statement, *, at=AT, key=KEY, site=SITE):
    record(
        statement,
        establishment=site,
        witnesses=[witness_of(key, site)],
        said_at=at,
        at=at,
    )


def attests(checkpoint, *, at=AT):
    says({"says": "agrees", "checkpoint": cosigned(checkpoint.note, at=at)}, at=at)


def refused(statement, **options):
    with pytest.raises(StatementRefused) as caught:
        says(statement, **options)
    assert not Cosignature.objects.exists() and not Contradiction.objects.exists()
    return caught.value.reason


@database
def test_an_attestation_is_kept_with_its_key_and_published_with_the_checkpoint():
    checkpoint = grown(3)
    attests(checkpoint)
    kept = Cosignature.objects.get()
    assert (kept.size, kept.key, kept.said_at) == (3, witness_of().vkey, AT)
    note = cosigned_note(checkpoint)
    assert cosigned_at(note, witness_of()) == int(AT.timestamp())
    assert open_note(note, SIGNER.verifier)


@database
def test_the_latest_attestation_of_a_size_stays_whatever_the_order_they_come_in():
    checkpoint = grown(3)
    for minutes in (0, 20, 10):
        attests(checkpoint, at=AT + minutes * MINUTE)
    assert Cosignature.objects.get().said_at == AT + 20 * MINUTE


@database
@pytest.mark.parametrize(
    ("reason", "lie"),
    [
        ("cosignature", lambda note: note),
        ("cosignature", lambda note: cosigned(note, key=OTHER_KEY)),
        ("cosignature", lambda note: cosigned(note, site="ico")),
        ("cosignature", lambda note: cosigned(note)[:-41] + "\n"),
        ("future", lambda note: cosigned(note, at=AT + 6 * MINUTE)),
        ("origin", lambda note: cosigned(signed(3, bytes(32), origin="another/log"))),
        ("log_signature", lambda note: cosigned(signed(3, bytes(32), Signer.generate(ORIGIN)))),
        ("log_signature", lambda note: cosigned(note.replace("\n3\n", "\n4\n"))),
        ("malformed", lambda note: "no note"),
        ("malformed", lambda note: "\n" * 9000),
        ("malformed", lambda note: 3),
        ("malformed", lambda note: None),
    ],
)
def test_a_witness_that_lies_is_refused_and_nothing_is_kept(reason, lie):
    checkpoint = grown(3)
    told = lie(checkpoint.note)
    assert refused({"says": "agrees", "checkpoint": told}) == reason


@database
def test_a_time_that_no_calendar_has_is_refused():
    note = grown(3).note
    text = note.rpartition("\n\n")[0] + "\n"
    time = 2**62
    blob = witness_of().hash + time.to_bytes(8, "big") + KEY.sign(signed_message(text, time))
    line = f"— {witness_of().name} {base64.b64encode(blob).decode()}\n"
    assert refused({"says": "agrees", "checkpoint": note + line}) == "future"


@database
@pytest.mark.parametrize(
    "statement",
    [
        {},
        {"says": "agrees"},
        {"says": "agrees", "checkpoint": "x", "more": "x"},
        {"says": "loves", "kept": "x", "shown": "x"},
        {"says": ["forked"], "kept": "x", "shown": "x"},
        {"says": "forked", "shown": "x"},
        {"says": "forked", "kept": "x", "shown": "x"},
        {"says": "other_key", "kept": "", "shown": "junk"},
    ],
)
def test_what_is_no_statement_is_refused(statement):
    grown(3)
    assert refused(statement) == "malformed"


@database
def test_an_accusation_without_two_signed_checkpoints_that_contradict_is_refused():
    first, second = grown(3), grown(2)
    honest = {"kept": first.note, "shown": second.note}
    assert refused({"says": "forked", **honest}) == "unfounded"
    assert refused({"says": "shortened", **honest}) == "unfounded"
    back = {"kept": second.note, "shown": first.note}
    assert refused({"says": "shortened", **back}) == "unfounded"
    assert refused({"says": "other_key", **honest}) == "unfounded"
    forged = signed(5, bytes(32), Signer.generate(ORIGIN))
    assert refused({"says": "forked", "kept": first.note, "shown": forged}) == "log_signature"
    assert refused({"says": "forked", "kept": forged, "shown": first.note}) == "log_signature"
    late = {"says": "other_key", "kept": first.note, "shown": forged}
    with pytest.raises(StatementRefused):
        record(late, establishment=SITE, witnesses=[], said_at=AT + 6 * MINUTE, at=AT)
    assert not Contradiction.objects.exists()


@database
@pytest.mark.parametrize(
    ("reason", "kept", "shown"),
    [
        ("forked", (3, b"a"), (3, None)),
        ("forked", (3, None), (4, b"a")),
        ("shortened", (9, b"a"), (3, None)),
        ("unproved", (3, None), (9, b"a")),
    ],
)
def test_an_accusation_that_holds_is_kept_with_both_checkpoints(reason, kept, shown):
    checkpoint = grown(3)

    def note(size, seed):
        return checkpoint.note if seed is None else signed(size, seed * 32)

    statement = {"says": reason, "kept": note(*kept), "shown": note(*shown)}
    says(statement)
    says(statement, at=AT + 10 * MINUTE)
    found = Contradiction.objects.get()
    assert (found.reason, found.kept, found.shown) == tuple(statement.values())
    assert (found.since, found.last_said_at) == (AT, AT + 10 * MINUTE)
    loud = reason != "unproved"
    assert [each.pk for each in open_contradictions()] == ([found.pk] if loud else [])
    assert Message.objects.filter(kind="register_contradicted").count() == loud
    assert standings(AT).each[0].state == (State.CONTRADICTS if loud else State.UNPROVED)


@database
def test_an_attestation_of_what_we_no_longer_have_is_its_own_proof():
    """The register's key signed it, and the database, restored from a copy, says otherwise."""
    checkpoint = grown(3)
    for root, size, reason in ((b"a" * 32, 2, "forked"), (b"b" * 32, 7, "shortened")):
        note = cosigned(signed(size, root))
        says({"says": "agrees", "checkpoint": note})
        found = Contradiction.objects.get(reason=reason)
        assert (found.kept, found.shown) == (note, checkpoint.note)
    assert not Cosignature.objects.exists()


@database
def test_a_register_signed_by_a_key_unknown_is_told_even_by_a_witness_that_had_seen_none():
    grown(3)
    shown = signed(3, bytes(32), Signer.generate(ORIGIN))
    says({"says": "other_key", "kept": "", "shown": shown})
    assert open_contradictions()[0].reason == "other_key"


@database
def test_a_contradiction_ends_when_its_witness_attests_again_and_is_not_forgotten():
    checkpoint = grown(3)
    fork = {"says": "forked", "kept": signed(3, bytes(32)), "shown": checkpoint.note}
    says(fork, at=AT)
    attests(checkpoint, at=AT - MINUTE)
    assert open_contradictions()
    attests(checkpoint, at=AT + MINUTE)
    assert not open_contradictions()
    assert past_contradictions()[0].ended_at == AT + MINUTE
    says(fork, at=AT)
    assert not open_contradictions(), "what was said before it attested came late"


@database
def test_each_witness_is_said_to_agree_to_be_late_silent_or_absent():
    sites = ["chu-brest", "chu-nantes", "ico"]
    for slug in sites:
        establishment(slug)
    first = grown(3)
    now = AT + 3 * SILENCE
    for site, at in (("chu-brest", AT), ("chu-nantes", now)):
        note = cosigned(first.note, at=at, site=site)
        says({"says": "agrees", "checkpoint": note}, at=at, site=site)
    second = grown(1)
    attests(second, at=now)
    found = {each.establishment.pk: each for each in standings(now).each}
    assert [found[slug].state for slug in (SITE, *sites)] == [
        State.AGREES,
        State.SILENT,
        State.LATE,
        State.ABSENT,
    ]
    together = standings(now)
    assert (len(together.agreeing), together.size, together.said_at) == (1, 4, now)
    assert not together.unanimous


@database
def test_standings_take_three_queries_however_many_they_are(django_assert_num_queries):
    for slug in ("chu-brest", "ico"):
        establishment(slug)
    attests(grown(3))
    with django_assert_num_queries(3):
        standings(AT)
