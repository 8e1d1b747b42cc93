#!/usr/bin/env python3
"""Verify a whole copy of a public ledger, with nothing but Python (3.9 or later).

    python3 verify_ledger.py SOURCE [--since CHECKPOINT] [--key VKEY] [--witness VKEY]...

SOURCE is an address ending in /ledger, or a folder with the same paths. CHECKPOINT is a file (or an
address) with a checkpoint kept earlier: the register must still begin with what it signed. VKEY is
the verifier key that you trust; without it, the one found at SOURCE is used, and it is said. Each
--witness is the key of a hospital that cosigns the register, got from that hospital; without any,
those found at SOURCE are used, and it is said.

Checked: the size, the root, the signature, every leaf, every tile, consistency with the earlier
checkpoint. Exit 0 and a sentence; or exit 1 and each fault named, one a line: changed, removed,
added, reordered, truncated, forked, wrongly signed. Exit 2: the question is badly put.

Formats: C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-tiles; the tree of
RFC 6962 and RFC 9162; Ed25519 of RFC 8032, written out below after the RFC's own text. This file
stands alone on purpose: it shares no code with the program that it checks.
"""

import argparse
import base64
import binascii
import collections
import hashlib
import http.client
import json
import pathlib
import re
import struct
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

WIDTH = 256
MOST_NAMED = 20  # faults of one kind named one by one; the rest is counted
LARGEST = WIDTH * 65537  # bytes: a bundle of leaves of the greatest length
MOST_ABSENT = 64  # absent tiles in a row after which the rest is not asked for
LOG, WITNESS = b"\x01", b"\x04"  # first byte of a key: whose signatures it verifies
SKEW = 300  # seconds a witness's clock may be ahead of this one


# Ed25519 (RFC 8032, section 5.1), verification only ---------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)


def point_add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def point_times(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        scalar >>= 1
    return result


def same_point(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def decode_point(content):
    """The point that 32 bytes encode, or None."""
    y = int.from_bytes(content, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else (0, y, 1, 0)
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_MINUS_1 % P
    if (x * x - square) % P:
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_verify(public, message, signature):
    """Whether the 64-byte signature of the message is that of the 32-byte public key."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, commitment = decode_point(public), decode_point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    return same_point(point_times(scalar, BASE), point_add(commitment, point_times(challenge, key)))


# Keys, notes, checkpoints -----------------------------------------------------------------------


class Malformed(ValueError):
    """A key, a checkpoint, a bundle or a tile is not written as it should."""


def decode64(text):
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("base64 was expected") from None


Key = collections.namedtuple("Key", "name hash public vkey")
Checkpoint = collections.namedtuple("Checkpoint", "origin size root text signatures")


def parse_key(vkey, kind=LOG):
    parts = vkey.strip().split("+", 2)
    if len(parts) != 3 or not parts[0]:
        raise Malformed("a verifier key reads name+hash+bytes")
    content = decode64(parts[2])
    if len(content) != 33 or content[:1] != kind:
        whose = "of a register" if kind == LOG else "of a witness"
        raise Malformed(f"the verifier key is not an Ed25519 key {whose}")
    hashed = hashlib.sha256(parts[0].encode() + b"\n" + content).digest()[:4]
    if hashed.hex() != parts[1]:
        raise Malformed("the verifier key's hash is not that of its name and bytes")
    return Key(parts[0], hashed, content[1:], vkey.strip())


def parse_checkpoint(content):
    try:
        note = content.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("the checkpoint is not UTF-8 text") from None
    text, separator, lines = note.rpartition("\n\n")
    fields = f"{text}\n".split("\n")
    if not separator or not lines.endswith("\n") or len(fields) < 4 or not fields[0]:
        raise Malformed("a checkpoint is an origin, a size, a root, an empty line, signatures")
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", fields[1]):
        raise Malformed("the checkpoint's size is not a decimal number")
    root = decode64(fields[2])
    if len(root) != 32:
        raise Malformed("the checkpoint's root is not of 32 bytes")
    signatures = []
    for line in lines[:-1].split("\n"):
        match = re.fullmatch("\u2014 ([^\\s+]+) ([A-Za-z0-9+/=]+)", line)
        if match is None:
            raise Malformed("a line of the checkpoint is not a signature")
        blob = decode64(match.group(2))
        signatures.append((match.group(1), blob[:4], blob[4:]))
    return Checkpoint(fields[0], int(fields[1]), root, f"{text}\n", signatures)


def signed_by(checkpoint, key):
    return any(
        name == key.name
        and hashed == key.hash
        and ed25519_verify(key.public, checkpoint.text.encode(), signature)
        for name, hashed, signature in checkpoint.signatures
    )


def cosigned_at(checkpoint, key):
    """When a witness cosigned, in seconds since 1970; None without its line, 0 for a false one."""
    for name, hashed, content in checkpoint.signatures:
        if name != key.name or hashed != key.hash:
            continue
        if len(content) != 72:
            return 0
        (when,) = struct.unpack(">Q", content[:8])
        message = f"cosignature/v1\ntime {when}\n{checkpoint.text}".encode()
        return when if ed25519_verify(key.public, message, content[8:]) else 0
    return None


def keys_after(key, leaves):
    """The keys to trust who trusts this one: each later one announced and signed by the last."""
    trusted = [key]
    for leaf in leaves:
        if b'"ledger_key"' not in leaf:
            continue
        try:
            payload = json.loads(leaf)
            old, new = payload["old"], parse_key(payload["new"])
            signature = decode64(payload["signature"])
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        message = b"guichet-ledger-key-v1\n" + new.vkey.encode() + b"\n"
        follows = payload.get("kind") == "ledger_key" and old == trusted[-1].vkey
        if follows and ed25519_verify(trusted[-1].public, message, signature):
            trusted.append(new)
    return trusted


# The tree ---------------------------------------------------------------------------------------


def leaf_hash(leaf):
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes, size=None):
    """The root of the first ``size`` hashes: complete subtrees joined from the right."""
    size = len(hashes) if size is None else size
    stack = []  # (height, hash)
    for hashed in hashes[:size]:
        height = 0
        while stack and stack[-1][0] == height:
            hashed = node_hash(stack.pop()[1], hashed)
            height += 1
        stack.append((height, hashed))
    if not stack:
        return hashlib.sha256(b"").digest()
    result = stack.pop()[1]
    while stack:
        result = node_hash(stack.pop()[1], result)
    return result


def tile_path(level, number, width):
    groups = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        groups.append(f"x{number % 1000:03}")
    partial = f".p/{width}" if width < WIDTH else ""
    return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"


def tiles_of(level, size):
    """(number, width) of each tile at a level, in the tree of ``size`` leaves."""
    count = size >> (8 * level)
    for number in range((count + WIDTH - 1) // WIDTH):
        yield number, min(WIDTH, count - number * WIDTH)


def unbundle(content):
    leaves, place = [], 0
    while place < len(content):
        if place + 2 > len(content):
            raise Malformed("it ends within a length")
        (length,) = struct.unpack_from(">H", content, place)
        place += 2 + length
        if place > len(content):
            raise Malformed("it ends within a leaf")
        leaves.append(content[place - length : place])
    return leaves


# Where the copy is ------------------------------------------------------------------------------


class Unreachable(Exception):
    """The copy cannot be read at all (not: one path of it is absent)."""


def is_address(source):
    return source.startswith(("http://", "https://"))


def fetch(address):
    """The bytes at an address, or None where there is none (404, 410)."""
    request = urllib.request.Request(address, headers={"User-Agent": "verify_ledger"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            content = answer.read(LARGEST + 1)
    except urllib.error.HTTPError as error:
        if error.code in (404, 410):
            return None
        raise Unreachable(f"{address} answers {error.code}") from None
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"{address}: {error}") from None
    if len(content) > LARGEST:
        raise Unreachable(f"{address} answers more than a bundle can hold")
    return content


def read(source, path):
    """The bytes of a path of the copy, or None."""
    if is_address(source):
        return fetch(f"{source.rstrip('/')}/{path}")
    try:
        return pathlib.Path(source, path).read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise Unreachable(f"{path}: {error.strerror}") from None


def read_tile(source, level, number, width):
    """A tile's bytes; of a partial one that vanished, the beginning of the full one is read."""
    content = read(source, tile_path(level, number, width))
    if content is None and width < WIDTH:
        content = read(source, tile_path(level, number, WIDTH))
        if content is not None and level != "entries":
            content = content[: width * 32]
    return content


# Faults -----------------------------------------------------------------------------------------


class Faults:
    """What was found, as ``kind: what``; a kind named too often is counted."""

    def __init__(self):
        self.lines = []
        self.counts = collections.Counter()

    def add(self, kind, what):
        self.counts[kind] += 1
        if self.counts[kind] <= MOST_NAMED:
            self.lines.append(f"{kind}: {what}")

    def report(self):
        for kind, count in self.counts.items():
            if count > MOST_NAMED:
                self.lines.append(f"{kind}: and {count - MOST_NAMED} more")
        return self.lines


def read_entries(source, size, faults):
    """Every leaf of the copy, with those that a bundle has too many; None where a bundle is absent.

    The list is ``[(number of the bundle, leaves or None)]``.
    """
    bundles, absent = [], 0
    for number, width in tiles_of(0, size):
        content = read_tile(source, "entries", number, width)
        absent = 0 if content is not None else absent + 1
        if absent > MOST_ABSENT:
            break
        if content is None:
            bundles.append((number, None))
            continue
        try:
            leaves = unbundle(content)
        except Malformed as error:
            faults.add("changed", f"the bundle of entries {number} is broken: {error}")
            leaves = None
        else:
            if width < WIDTH and read(source, tile_path("entries", number, width)) is None:
                leaves = leaves[:width]
        bundles.append((number, leaves))
    return bundles


def join_entries(bundles, size, faults):
    """The leaves in order. A last run of absent bundles is a truncation, another a removal."""
    present = [number for number, leaves in bundles if leaves is not None]
    last = present[-1] if present else -1
    complete = True
    leaves = []
    broken = faults.counts["changed"]
    for number, content in bundles:
        if content is not None:
            leaves.extend(content)
            continue
        complete = False
        first, end = number * WIDTH, min(size, (number + 1) * WIDTH) - 1
        if not broken:
            kind = "removed" if number < last else "truncated"
            faults.add(kind, f"leaves {first} to {end} are not in the copy")
    return leaves, complete


def read_hashes(source, size, faults):
    """The hashes at each level of tiles: a list a level, None where a tile is absent or cut."""
    levels = []
    level = 0
    while size >> (8 * level):
        hashes, absent = [], 0
        for number, width in tiles_of(level, size):
            content = read_tile(source, level, number, width)
            absent = 0 if content is not None else absent + 1
            if absent > MOST_ABSENT:
                break
            if content is None or len(content) != width * 32:
                length = "absent" if content is None else f"of {len(content)} bytes"
                what = f"tile {level}/{number} is {length}"
                faults.add("removed" if content is None else "changed", what)
                hashes.extend([None] * width)
            else:
                hashes.extend(content[i : i + 32] for i in range(0, len(content), 32))
        levels.append(hashes)
        level += 1
    return levels


def check_upper_tiles(levels, faults):
    """Each hash above level 0 is the root of the tile below it."""
    for level in range(1, len(levels)):
        for index, hashed in enumerate(levels[level]):
            below = levels[level - 1][index * WIDTH : (index + 1) * WIDTH]
            if hashed is not None and None not in below and root_of(below) != hashed:
                what = "hash %s of tiles at level %s is not that of tile %s/%s"
                faults.add("changed", what % (index, level, level - 1, index))


def compare(found, expected, faults):
    """Name how the leaves found differ from those of the signed tree (hashes of both)."""
    start = 0
    while start < min(len(found), len(expected)) and found[start] == expected[start]:
        start += 1
    tail = 0
    while (
        tail < min(len(found), len(expected)) - start
        and found[len(found) - 1 - tail] == expected[len(expected) - 1 - tail]
    ):
        tail += 1
    got = found[start : len(found) - tail]
    due = expected[start : len(expected) - tail]
    if not got and not due:
        return
    if not got:
        kind = "removed" if tail else "truncated"
        faults.add(kind, f"{named(start, due, 'is', 'are')} no longer in the register")
    elif not due:
        faults.add("added", f"{named(start, got, 'was', 'were')} never signed")
    elif collections.Counter(got) == collections.Counter(due):
        for offset, (one, other) in enumerate(zip(got, due)):
            if one != other:
                faults.add("reordered", f"leaf {start + offset} is not at its place")
    else:
        compare_middle(got, due, start, faults)


def compare_middle(got, due, start, faults):
    extra = collections.Counter(got) - collections.Counter(due)
    lost = collections.Counter(due) - collections.Counter(got)
    if len(got) == len(due):
        for offset, (one, other) in enumerate(zip(got, due)):
            if one == other:
                continue
            if extra[one]:
                faults.add("changed", f"leaf {start + offset} is not the one that was signed")
            else:
                faults.add("reordered", f"leaf {start + offset} is not at its place")
        return
    for offset, hashed in enumerate(due):
        if lost[hashed]:
            lost[hashed] -= 1
            faults.add("removed", f"leaf {start + offset} is no longer in the register")
    for offset, hashed in enumerate(got):
        if extra[hashed]:
            extra[hashed] -= 1
            faults.add("added", f"the leaf found at {start + offset} was never signed")
    if [h for h in got if h in set(due)] != [h for h in due if h in set(got)]:
        faults.add("reordered", f"leaves from {start} on are not in their order")


def named(first, leaves, singular, plural):
    if len(leaves) == 1:
        return f"leaf {first} {singular}"
    return f"leaves {first} to {first + len(leaves) - 1} {plural}"


def check_surplus(source, size, faults):
    """In a folder: nothing stands beyond the signed size, and older partial tiles agree.

    A full tile may stand in for the partial one that vanished when it was completed.
    """
    for found in sorted(pathlib.Path(source, "tile").rglob("*")):
        path = found.relative_to(source).as_posix()
        match = re.fullmatch(r"tile/(entries|\d+)/((?:x\d{3}/)*\d{3})(?:\.p/(\d+))?", path)
        if match is None or not found.is_file():
            continue
        level = match.group(1)
        number = int(match.group(2).replace("x", "").replace("/", ""))
        width = int(match.group(3) or WIDTH)
        count = size >> (0 if level == "entries" else 8 * int(level))
        due = max(0, min(WIDTH, count - number * WIDTH))
        stands_in = width == WIDTH and due and read(source, tile_path(level, number, due)) is None
        if width > due and not stands_in:
            what = f"{path} stands beyond the {size} leaves that were signed"
            faults.add("added", what)
        elif width < due:
            content, whole = read(source, path), read_tile(source, level, number, due)
            if whole is not None and not whole.startswith(content):
                faults.add("changed", f"{path} is not the beginning of its full tile")


# The whole --------------------------------------------------------------------------------------


def verify(source, since=None, vkey=None, witnesses=()):
    """Verify a copy. Returns (faults, sentence); raises Unreachable where it cannot be read."""
    faults = Faults()
    content = read(source, "checkpoint")
    if content is None:
        faults.add("removed", f"there is no checkpoint at {source}")
        return faults.report(), ""
    try:
        checkpoint = parse_checkpoint(content)
    except Malformed as error:
        faults.add("wrongly signed", f"the checkpoint cannot be read: {error}")
        return faults.report(), ""

    size = checkpoint.size
    bundles = read_entries(source, size, faults)
    leaves, complete = join_entries(bundles, size, faults)
    found = [leaf_hash(leaf) for leaf in leaves]
    levels = read_hashes(source, size, faults)
    tiles = levels[0] if levels else []
    check_upper_tiles(levels, faults)
    expected = signed_hashes(tiles, found, checkpoint, complete, faults)
    if expected is not None and complete:
        compare(found, expected, faults)
    if not is_address(source):
        check_surplus(source, size, faults)

    key, trusted = check_signature(source, checkpoint, leaves, vkey, faults)
    if since is not None:
        check_since(since, checkpoint, expected, trusted, faults)
    agreement = check_witnesses(source, checkpoint, witnesses, faults)
    return faults.report(), sentence(checkpoint, key, vkey, since, agreement)


def signed_hashes(tiles, found, checkpoint, complete, faults):
    """The leaf hashes that give the signed root: those of the tiles, else those of the leaves."""
    if None not in tiles and root_of(tiles) == checkpoint.root:
        return tiles
    if complete and len(found) == checkpoint.size and root_of(found) == checkpoint.root:
        for index, (one, other) in enumerate(zip(tiles, found)):
            if one is not None and one != other:
                faults.add("changed", f"hash {index} of the tiles is not that of its leaf")
        return found
    if complete:
        name_without_reference(tiles, found, checkpoint, faults)
    return None


def name_without_reference(tiles, found, checkpoint, faults):
    """Neither leaves nor tiles give the signed root: say what can still be said."""
    size = checkpoint.size
    if len(found) < size:
        faults.add("removed", f"{len(found)} leaves are there, {size} were signed")
    elif len(found) > size:
        faults.add("added", f"{len(found)} leaves are there, {size} were signed")
    differing = [
        index
        for index, (one, other) in enumerate(zip(tiles, found))
        if one is not None and one != other
    ]
    for index in differing:
        faults.add("changed", f"leaf {index} is not that of its tile")
    if len(found) == size and not swapped(found, checkpoint, faults):
        what = "the leaves do not give the signed root: at least one was changed or moved"
        faults.add("changed", what)


def swapped(found, checkpoint, faults):
    """Whether two neighbours changed places: tried on small registers, tiles being of no help."""
    if len(found) > 512:
        return False
    for index in range(len(found) - 1):
        tried = list(found)
        tried[index], tried[index + 1] = tried[index + 1], tried[index]
        if root_of(tried) == checkpoint.root:
            faults.add("reordered", f"leaves {index} and {index + 1} changed places")
            return True
    return False


def check_signature(source, checkpoint, leaves, vkey, faults):
    """The key that signs the checkpoint, and all those to trust."""
    published = read(source, "vkey")
    try:
        given = vkey if vkey is not None else (published or b"").decode("utf-8", "replace")
        first = parse_key(given)
    except Malformed as error:
        faults.add("wrongly signed", f"no verifier key to check with: {error}")
        return None, []
    trusted = keys_after(first, leaves)
    if vkey is None:
        # The published key may be the last of a chain; an earlier checkpoint needs the others.
        trusted += [k for k in keys_before(first, leaves) if k not in trusted]
    for key in trusted:
        if checkpoint.origin == key.name and signed_by(checkpoint, key):
            return key, trusted
    faults.add("wrongly signed", f"the checkpoint is not signed by {first.vkey}")
    return None, trusted


def keys_before(key, leaves):
    """The keys from which a chain of announcements leads to this one."""
    for leaf in leaves:
        if b'"ledger_key"' not in leaf:
            continue
        try:
            start = parse_key(json.loads(leaf)["old"])
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        chain = keys_after(start, leaves)
        if key in chain:
            return chain
    return []


def check_since(since, checkpoint, expected, trusted, faults):
    """The register still begins with what an earlier checkpoint signed."""
    if is_address(since):
        content = fetch(since)
    else:
        content = read(".", since)
    if content is None:
        raise Unreachable(f"there is no checkpoint at {since}")
    try:
        before = parse_checkpoint(content)
    except Malformed as error:
        faults.add("wrongly signed", f"the earlier checkpoint cannot be read: {error}")
        return
    if not any(signed_by(before, key) for key in trusted):
        faults.add("wrongly signed", "the earlier checkpoint is not signed by a trusted key")
    if before.origin != checkpoint.origin:
        what = f"the earlier checkpoint is of {before.origin}, this register is"
        faults.add("forked", f"{what} {checkpoint.origin}")
    if before.size > checkpoint.size:
        what = f"{before.size} leaves were signed earlier, {checkpoint.size} now"
        faults.add("truncated", what)
    elif expected is not None and root_of(expected, before.size) != before.root:
        what = f"the first {before.size} leaves are not those that were signed earlier"
        faults.add("forked", what)
    elif before.size == checkpoint.size and before.root != checkpoint.root:
        faults.add("forked", f"two roots were signed for {before.size} leaves")


def check_witnesses(source, checkpoint, given, faults):
    """Check the cosignatures of the witnesses; what is to be said of them. One that has not
    cosigned yet is no fault: it has a minute to do so."""
    keys = [parse_key(vkey, WITNESS) for vkey in given]
    if not given:
        published = (read(source, "witnesses") or b"").decode("utf-8", "replace")
        for line in published.splitlines():
            try:
                keys.append(parse_key(line, WITNESS))
            except Malformed as error:
                faults.add("wrongly signed", f"a witness's key cannot be read: {error}")
    # A hospital may have two keys while it changes them: one of them is enough.
    said = {}
    for key in keys:
        when = cosigned_at(checkpoint, key)
        if when == 0:
            faults.add("wrongly signed", f"the cosignature of {key.name} does not hold")
        elif when is not None and when > time.time() + SKEW:
            faults.add("wrongly signed", f"the cosignature of {key.name} is of a time to come")
        elif when is not None:
            said[key.name] = when
    names = sorted({key.name for key in keys})
    if not names:
        return ""
    text = f"; {len(said)} of {len(names)} witnesses cosigned it"
    text += "" if given else " (their keys being those published with it)"
    silent = [name for name in names if name not in said]
    return text + (f", not yet: {', '.join(silent)}" if silent else "")


def sentence(checkpoint, key, vkey, since, agreement=""):
    if key is None:
        return ""
    text = f"The register {checkpoint.origin} is whole: {checkpoint.size} leaves, "
    text += f"root {checkpoint.root.hex()}, signed by {key.name}+{key.hash.hex()}"
    if vkey is None:
        text += " (the key published with it: give --key to check against one you kept)"
    if since is not None:
        text += "; it continues the earlier checkpoint"
    return f"{text}{agreement}."


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Verify a whole copy of a public ledger.")
    parser.add_argument(
        "source", metavar="SOURCE", help="an address ending in /ledger, or a folder"
    )
    parser.add_argument("--since", metavar="CHECKPOINT", help="a checkpoint kept earlier")
    parser.add_argument("--key", metavar="VKEY", help="the verifier key that you trust")
    parser.add_argument(
        "--witness", metavar="VKEY", action="append", default=[], help="a witness's key you trust"
    )
    options = parser.parse_args(arguments)
    if options.key is not None:
        try:
            parse_key(options.key)
        except Malformed as error:
            parser.error(f"--key: {error}")
    for vkey in options.witness:
        try:
            parse_key(vkey, WITNESS)
        except Malformed as error:
            parser.error(f"--witness: {error}")
    if not is_address(options.source) and not pathlib.Path(options.source).is_dir():
        parser.error(f"SOURCE is neither an address nor a folder: {options.source}")
    try:
        faults, said = verify(options.source, options.since, options.key, options.witness)
    except Unreachable as error:
        parser.exit(2, f"cannot verify: {error}\n")
    if faults:
        print("\n".join(faults))
        return 1
    print(said)
    return 0


if __name__ == "__main__":
    sys.exit(main())
