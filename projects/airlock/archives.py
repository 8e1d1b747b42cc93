"""Opening the archive that an office document is: bounded, whatever it says of its own size."""

import io
import zipfile
import zlib

from projects.airlock.content import Unreadable

MOST_PARTS = 2_000
LARGEST_PART = 60 * 1024 * 1024
LARGEST = 150 * 1024 * 1024
"""Bytes once opened, of one part and of all that are read."""
ENCRYPTED = 0x1


class Parts:
    """The parts of an archive, by name. Raises Unreadable when it is broken, ciphered or a bomb."""

    def __init__(self, content: bytes):
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise Unreadable from error
        infos = self._archive.infolist()
        if len(infos) > MOST_PARTS:
            raise Unreadable
        if any(info.flag_bits & ENCRYPTED for info in infos):
            raise Unreadable("encrypted")
        self.names = [info.filename for info in infos]
        self._read = 0

    def read(self, name: str) -> bytes:
        """One part; empty when there is none."""
        if name not in self.names:
            return b""
        try:
            with self._archive.open(name) as part:
                content = part.read(LARGEST_PART + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise Unreadable from error
        self._read += len(content)
        if len(content) > LARGEST_PART or self._read > LARGEST:
            raise Unreadable
        return content

    def under(self, *prefixes: str) -> list[str]:
        """The names of the parts that begin with one of `prefixes`, folders apart."""
        return [n for n in self.names if n.startswith(prefixes) and not n.endswith("/")]
