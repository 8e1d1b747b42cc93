"""Where a copy of the portal keeps its data, and how its embedded servers are reached.

Everything derives from one folder, `GUICHET_DATA`. Sockets are the exception: a Unix socket's path
is limited to 107 bytes, so they stand in a short private folder named from a hash of the data's
path. Two data folders therefore never meet.
"""

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

CHECKOUT = Path(__file__).resolve().parents[2]

DATABASE = "guichet"
OWNER = "guichet_owner"
APPLICATION = "guichet_app"


class UnsafePlace(Exception):
    """A folder that must be ours alone is not."""


@dataclass(frozen=True)
class Places:
    """The folders of one copy."""

    data: Path

    @classmethod
    def from_environment(cls) -> "Places":
        """The folder that `GUICHET_DATA` names, `.guichet` in the checkout otherwise."""
        return cls(Path(os.environ.get("GUICHET_DATA") or CHECKOUT / ".guichet").resolve())

    @property
    def postgres(self) -> Path:
        return self.data / "pg"

    @property
    def redis(self) -> Path:
        return self.data / "redis"

    @property
    def attachments(self) -> Path:
        return self.data / "attachments"

    @property
    def keys(self) -> Path:
        return self.data / "keys"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def sites(self) -> Path:
        return self.data / "sites"

    @property
    def third_party(self) -> Path:
        """The folder of the trusted third party, where it runs on this machine."""
        return self.data / "third-party"

    @property
    def lock(self) -> Path:
        """Held by the one process that runs the servers of this folder."""
        return self.data / "servers.lock"

    @property
    def users_lock(self) -> Path:
        """Shared by the commands that use servers another process runs."""
        return self.data / "servers.users.lock"

    @property
    def ledger_checkpoint(self) -> Path:
        """The last signed checkpoint, outside the database so that a restore cannot fork."""
        return self.data / "ledger.checkpoint"

    @property
    def erasures(self) -> Path:
        """What was erased, by reference, outside the database so that a restore erases it again."""
        return self.data / "erasures.log"

    @property
    def sockets(self) -> Path:
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        return Path(f"/tmp/guichet-{os.getuid()}-{digest}")

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.redis_socket}"

    def database_url(self, role: str, database: str = DATABASE) -> str:
        """The address of the embedded database for a role, in the form libpq and Django read."""
        return f"postgres://{role}@{quote(str(self.sockets), safe='')}/{database}"

    def environment(self) -> dict[str, str]:
        """The variables a process needs to use the embedded servers."""
        return {
            "GUICHET_DATA": str(self.data),
            "DATABASE_URL": self.database_url(APPLICATION),
            "DATABASE_OWNER_URL": self.database_url(OWNER),
            "REDIS_URL": self.redis_url,
        }

    def create(self) -> None:
        """Make the folders that are missing.

        The data folder itself may be crossed but not listed by others, because PostgreSQL runs
        under another user when we are root; each folder inside it is private.
        """
        self.data.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o711)
        for folder in (self.attachments, self.keys, self.logs, self.sites):
            folder.mkdir(mode=0o700, exist_ok=True)


def private_folder(path: Path, owner: tuple[int, int] | None) -> None:
    """Make `path` a folder that only `owner` (uid, gid; ourselves if None) may enter.

    Raises UnsafePlace when something else already stands there: /tmp is everybody's.
    """
    uid, gid = owner or (os.getuid(), os.getgid())
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (uid, os.getuid()):
            raise UnsafePlace(
                f"{path} exists and belongs to someone else: remove it, or choose another "
                "GUICHET_DATA."
            ) from None
    os.chown(path, uid, gid)
    path.chmod(0o700)


TEMPORARY = "guichet-data-"
"""How the name of a temporary data folder begins."""


def temporary_places(under: Path | None = None) -> Places:
    """A new, empty data folder under `under`, or under the system's temporary folder."""
    return Places(Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=under)).resolve())
