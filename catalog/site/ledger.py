"""The public register as the portal serves it, read over HTTP and believed in nothing."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator

from catalog.site.settings import SiteSettings
from governance.ledger import tiles
from governance.ledger.continuity import TileAbsent

LONGEST = tiles.WIDTH * 65_537
"""Bytes of a bundle of leaves of the greatest length."""
LONGEST_TEXT = 8_000
"""Bytes of a checkpoint or a key; the portal takes back no more."""
BUNDLES = 4_096
"""How many bundles are read back, at most, to find where a key was announced."""


class Unreadable(Exception):
    """The register cannot be read now: the portal is away, or answers what is not a register."""


class PublishedLedger:
    """The published paths of the portal's register."""

    def __init__(self, settings: SiteSettings):
        self.address = f"{settings.portal_url.rstrip('/')}/ledger"
        self.timeout = settings.timeout

    def text(self, path: str) -> str:
        """What stands at a path, as text; no cache on the way is asked. Raises Unreadable."""
        content = self._get(path)
        if content is None or len(content) > LONGEST_TEXT:
            raise Unreadable(f"{path} is absent" if content is None else f"{path} is too long")
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise Unreadable(f"{path} is not text") from error

    def tiles_of(self, size: int):
        """How the tiles of the tree of ``size`` leaves are read, each once.

        Raises TileAbsent where one is missing or not as long as it should be, Unreadable where the
        portal is away.
        """
        known: dict[tuple[int, int], bytes] = {}

        def tile(level: int, number: int) -> bytes:
            if (level, number) not in known:
                known[level, number] = self._tile(level, number, size)
            return known[level, number]

        return tile

    def announcements(self, size: int) -> Iterator[dict]:
        """What the leaves that announce a key say, the last first, among the first ``size``."""
        last = -(-size // tiles.WIDTH) - 1
        for number in range(last, max(-1, last - BUNDLES), -1):
            try:
                leaves = tiles.unbundle(self._bundle(number, size))
            except ValueError:
                return
            for leaf in reversed(leaves):
                if b'"ledger_key"' not in leaf:
                    continue
                try:
                    payload = json.loads(leaf)
                except ValueError:
                    continue
                if isinstance(payload, dict) and payload.get("kind") == "ledger_key":
                    yield payload

    def _tile(self, level: int, number: int, size: int) -> bytes:
        width = tiles.width_at(level, number, size)
        content = self._one_of(level, number, width)[: width * tiles.HASH]
        if not width or len(content) != width * tiles.HASH:
            raise TileAbsent(f"tile {level}/{number} of {len(content)} bytes")
        return content

    def _bundle(self, number: int, size: int) -> bytes:
        return self._one_of(None, number, tiles.width_at(0, number, size))

    def _one_of(self, level: int | None, number: int, width: int) -> bytes:
        """A tile, or the full one that replaced it since."""
        for each in sorted({width, tiles.WIDTH}):
            content = self._get(f"tile/{tiles.TileName(level, number, each).path}")
            if content is not None:
                return content
        raise TileAbsent(f"tile {level}/{number} is absent")

    def _get(self, path: str) -> bytes | None:
        request = urllib.request.Request(
            f"{self.address}/{path}",
            headers={"User-Agent": "guichet-witness", "Cache-Control": "no-cache"},
        )
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                content = answer.read(LONGEST + 1)
        except urllib.error.HTTPError as error:
            if error.code in (404, 410):
                return None
            raise Unreadable(f"{path} answers {error.code}") from error
        except (OSError, ValueError) as error:
            raise Unreadable(f"{path}: {error}") from error
        if len(content) > LONGEST:
            raise Unreadable(f"{path} is longer than a bundle can be")
        return content
