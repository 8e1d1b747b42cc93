"""A copy of a ledger in a folder, as its public paths give it: made from leaves, to be forged."""

from pathlib import Path

from governance.ledger import merkle, tiles
from governance.ledger.note import CheckpointText, Signer, sign_note

ORIGIN = "registre.example/ledger"
SIGNER = Signer(ORIGIN, bytes(range(32)))


def leaves_of(count: int) -> list[bytes]:
    """That many distinct leaves."""
    return [b'{"kind":"decision","number":%d}' % number for number in range(count)]


def write_copy(folder: Path, leaves: list[bytes], *, signer: Signer = SIGNER) -> Path:
    """Write every public path of the ledger of these leaves."""
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    subtree = merkle.from_leaf_hashes(hashes)
    size = len(leaves)
    for name in tiles.names_in(size):
        start = name.number * tiles.WIDTH
        content = b"".join(subtree(8 * name.level, start + i) for i in range(name.width))
        write(folder, f"tile/{name.path}", content)
        if name.level == 0:
            entries = tiles.TileName(None, name.number, name.width)
            bundle = tiles.bundle(leaves[start : start + name.width])
            write(folder, f"tile/{entries.path}", bundle)
    text = CheckpointText(ORIGIN, size, merkle.root(size, subtree)).text
    write(folder, "checkpoint", sign_note(text, signer).encode())
    write(folder, "vkey", signer.verifier.vkey.encode() + b"\n")
    return folder


def write(folder: Path, path: str, content: bytes) -> None:
    """Write one public path."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
