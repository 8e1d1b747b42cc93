"""What has the form of an identifier in a file of any shape, read a piece at a time.

Parquet is read by its columns; anything else by its bytes, whatever separates its cells: CSV, TSV,
JSON, a dump, UTF-8 or UTF-16, compressed by gzip, bzip2 or xz. Only a beginning is read of a file
that has more than MOST_BYTES of content, or more than MOST different identifiers.
"""

import bz2
import gzip
import lzma
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

MOST_BYTES = 2 * 2**30
MOST = 1_000_000
PIECE = 2**20
OVERLAP = 40
"""More than the longest identifier, and a byte on each side."""
ROWS = 16_384

_HEX = rb"[0-9A-Fa-f]"
_SHAPE = re.compile(rb"(?<!H)H{8}-?(?:H{4}-?){3}H{12}(?!H)".replace(b"H", _HEX))
_COMPRESSED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}


class Unreadable(Exception):
    """A file in which nothing can be looked for; the text says why, and what to do."""


@dataclass(frozen=True)
class Candidates:
    """The different identifiers found, and whether the whole file was read."""

    identifiers: frozenset[str]
    whole: bool


def candidates(path: Path) -> Candidates:
    """What has the form of an identifier in `path`. Raises Unreadable."""
    found: set[str] = set()
    size = 0
    try:
        for window in _windows(path):
            size += len(window)
            # What touches an edge may go on behind it: another window has it whole.
            found.update(
                match[0].replace(b"-", b"").lower().decode()
                for match in _SHAPE.finditer(window)
                if match.start() > 0 and match.end() < len(window)
            )
            if size > MOST_BYTES or len(found) > MOST:
                return Candidates(frozenset(found), whole=False)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, pa.ArrowException) as error:
        raise Unreadable(f"{path} cannot be read: {error}") from error
    except MemoryError as error:
        raise Unreadable(f"{path} asks for more memory than there is: it may be forged.") from error
    return Candidates(frozenset(found), whole=True)


def _windows(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        head = file.read(6)
    if head.startswith(b"PAR1"):
        return _of_parquet(path)
    if head.startswith(b"PK\x03\x04"):
        raise Unreadable(f"{path} is an archive or a workbook: take its files or sheets out first.")
    openers = (opener for magic, opener in _COMPRESSED.items() if head.startswith(magic))
    return _of_bytes(path, next(openers, open))


def _of_bytes(path: Path, opener) -> Iterator[bytes]:
    window = b"\n"
    with opener(path, "rb") as file:
        while piece := file.read(PIECE):
            window += piece.replace(b"\0", b"")  # UTF-16 is then plain
            yield window
            window = window[-OVERLAP:]
    yield window + b"\n"


def _of_parquet(path: Path) -> Iterator[bytes]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS):
            for column in batch.columns:
                for values in _texts(column):
                    yield b"\n" + b"\n".join(values) + b"\n"


def _texts(column: pa.Array) -> Iterator[list[bytes]]:
    """The texts and bytes of a column, those within its lists and structures too."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        yield from _texts(column.storage)
    elif pa.types.is_dictionary(kind):
        yield from _texts(column.dictionary)
    elif pa.types.is_struct(kind) or pa.types.is_map(kind) or pa.types.is_list(kind):
        for part in column.flatten() if pa.types.is_struct(kind) else [column.values]:
            yield from _texts(part)
    elif pa.types.is_fixed_size_binary(kind):
        yield [each.hex().encode() for each in column.to_pylist() if each is not None]
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        yield [each.encode() for each in column.unique().to_pylist() if each is not None]
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        yield [each for each in column.unique().to_pylist() if each is not None]
