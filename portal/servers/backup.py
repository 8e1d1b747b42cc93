"""Backups: one folder with the dump, the files, the keys apart and encrypted, and a manifest.

The order matters. The ledger's checkpoint is copied before the dump, so that a backup never
promises more leaves than it holds; files are copied after it, so that each file the dump names is
there. A restore keeps the newer of the two checkpoints: what was once signed to the world is not
forgotten, and the signer refuses to sign a smaller tree. What was erased since the backup, as the
log of erasures says, is erased again before anybody can read it.
"""

import getpass
import hashlib
import io
import json
import os
import secrets
import shutil
import subprocess
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import redis
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from psycopg import sql

from portal.servers.cluster import Cluster
from portal.servers.places import CHECKOUT, Places
from portal.servers.postgres import binaries

FORMAT = 1
MAGIC = b"GUICHETKEYS1"
SHORTEST_PASSPHRASE = 12


class BackupProblem(Exception):
    """The backup cannot be made, read or restored; the message says why."""


def _passphrase() -> bytes:
    """`BACKUP_PASSPHRASE`, or what the person types."""
    given = os.environ.get("BACKUP_PASSPHRASE")
    if given is None:
        if not sys.stdin.isatty():
            raise BackupProblem("Set BACKUP_PASSPHRASE: the keys are encrypted with it.")
        given = getpass.getpass("Passphrase for the keys: ")
    if len(given) < SHORTEST_PASSPHRASE:
        raise BackupProblem(f"The passphrase needs {SHORTEST_PASSPHRASE} characters or more.")
    return given.encode()


def _key(passphrase: bytes, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**16, r=8, p=1).derive(passphrase)


def encrypt(content: bytes, passphrase: bytes) -> bytes:
    """`content` under AES-256-GCM, the key derived by scrypt: magic, salt, nonce, ciphertext."""
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    sealed = AESGCM(_key(passphrase, salt)).encrypt(nonce, content, MAGIC)
    return MAGIC + salt + nonce + sealed


def decrypt(sealed: bytes, passphrase: bytes) -> bytes:
    """What `encrypt` was given. Raises BackupProblem for another passphrase or altered bytes."""
    head = len(MAGIC)
    if sealed[:head] != MAGIC:
        raise BackupProblem("The file of keys is not one of ours.")
    salt, nonce = sealed[head : head + 16], sealed[head + 16 : head + 28]
    try:
        return AESGCM(_key(passphrase, salt)).decrypt(nonce, sealed[head + 28 :], MAGIC)
    except InvalidTag:
        raise BackupProblem("The passphrase is not the one of this backup.") from None


def _outside(variable: str, default: Path) -> Path:
    """Where something kept outside the database stands: where the variable says, if it is set."""
    return Path(os.environ.get(variable) or default)


def _kept(cluster: Cluster) -> tuple[Path, Path, Path]:
    """The attachments' folder, the ledger's checkpoint, the log of erasures."""
    places = cluster.places
    return (
        _outside("ATTACHMENTS_ROOT", places.attachments),
        _outside("LEDGER_CHECKPOINT_FILE", places.ledger_checkpoint),
        _outside("ERASURE_LOG", places.erasures),
    )


def _program(name: str, *arguments: str | Path) -> None:
    done = subprocess.run([binaries() / name, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise BackupProblem(f"{name} failed:\n{done.stderr}")


def _key_archive(cluster: Cluster, with_sites: bool) -> bytes:
    """The folders of keys, as one tar."""
    data = cluster.places.data
    folders = [cluster.places.keys]
    if with_sites:
        folders += sorted(cluster.places.sites.glob("*/keys"))
        if cluster.places.third_party.is_dir():
            folders.append(cluster.places.third_party)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for folder in folders:
            archive.add(folder, arcname=str(folder.relative_to(data)))
    return buffer.getvalue()


def _hashes(folder: Path) -> dict[str, dict]:
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "manifest.json":
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            found[str(path.relative_to(folder))] = {"sha256": digest, "size": path.stat().st_size}
    return found


def make(cluster: Cluster, folder: Path, *, with_sites: bool = False) -> None:
    """Write a backup into `folder`, which must be absent or empty.

    An establishment's keys, spaces and deliveries are its own to keep; `with_sites` adds those that
    stand on this machine (a demonstration) and the third party's, without their warehouses.
    Raises BackupProblem; a half-made backup has no manifest.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupProblem(f"{folder} is not empty: name a new folder.")
    passphrase = _passphrase()
    places = cluster.places
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    attachments, checkpoint, erasures = _kept(cluster)
    if checkpoint.exists():
        shutil.copy2(checkpoint, folder / "ledger.checkpoint")
    url = cluster.environment()["DATABASE_OWNER_URL"]
    _program("pg_dump", "--format=custom", "--file", folder / "database.dump", url)
    shutil.copytree(attachments, folder / "attachments")
    if erasures.exists():
        shutil.copy2(erasures, folder / "erasures.log")
    if with_sites:
        shutil.copytree(
            places.sites, folder / "sites", ignore=shutil.ignore_patterns("keys", "warehouse")
        )
    (folder / "keys.encrypted").write_bytes(encrypt(_key_archive(cluster, with_sites), passphrase))
    with psycopg.connect(url) as connection:
        version = connection.info.server_version // 10000
    manifest = {
        "format": FORMAT,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "postgresql": version,
        "files": _hashes(folder),
    }
    draft = folder / "manifest.json.new"
    draft.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    draft.replace(folder / "manifest.json")


def check(folder: Path) -> dict:
    """The manifest of a backup whose every file is as it was made. Raises BackupProblem."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
    except FileNotFoundError:
        raise BackupProblem(f"{folder} is no complete backup: it has no manifest.json.") from None
    except ValueError as error:
        raise BackupProblem(f"{folder}/manifest.json cannot be read: {error}") from None
    if manifest.get("format") != FORMAT:
        raise BackupProblem(f"This backup's format is {manifest.get('format')}, ours is {FORMAT}.")
    found = _hashes(folder)
    for name in sorted(manifest["files"].keys() | found.keys()):
        if manifest["files"].get(name) != found.get(name):
            raise BackupProblem(f"{name} is not as the backup wrote it: the backup is damaged.")
    return manifest


def _manage(cluster: Cluster, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, CHECKOUT / "manage.py", *arguments],
        env={**os.environ, **cluster.environment()},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise BackupProblem(f"manage.py {arguments[0]} failed:\n{done.stderr}")


def _merge_erasures(saved: Path, current: Path) -> None:
    """Add to the log of erasures the lines of the backup's that it lacks (another machine)."""
    known = current.read_text().splitlines() if current.exists() else []
    lines = saved.read_text().splitlines() if saved.exists() else []
    if lacking := [line for line in lines if line not in set(known)]:
        current.parent.mkdir(parents=True, exist_ok=True)
        current.write_text("".join(f"{line}\n" for line in [*lacking, *known]))
        current.chmod(0o600)


def _checkpoint_size(path: Path) -> int:
    """The size of the tree in a signed note (its second line); 0 where there is none."""
    try:
        return int(path.read_text().split("\n")[1])
    except FileNotFoundError:
        return 0


def _leaves(url: str) -> int:
    with psycopg.connect(url) as connection:
        if connection.execute("SELECT to_regclass('governance_leaf')").fetchone() == (None,):
            return 0
        return connection.execute("SELECT count(*) FROM governance_leaf").fetchone()[0]


def _tables(url: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        ).fetchone()[0]


def lost_leaves(places: Places, url: str) -> tuple[int, int] | None:
    """How many leaves there are and how many were signed, when some were lost; None otherwise.

    A decision taken then would have the number of one that was lost, and the register could never
    be signed again: nothing runs before they are back.
    """
    checkpoint = _outside("LEDGER_CHECKPOINT_FILE", places.ledger_checkpoint)
    leaves, signed = _leaves(url), _checkpoint_size(checkpoint)
    return (leaves, signed) if leaves < signed else None


def restore(cluster: Cluster, folder: Path, *, force: bool = False) -> str:
    """Put the data of a backup in place; return what the person should know.

    Refuses data that are already there unless `force`; verifies every file, and the passphrase,
    before touching anything. Raises BackupProblem.
    """
    places = cluster.places
    check(folder)
    url = cluster.environment()["DATABASE_OWNER_URL"]
    attachments, checkpoint, erasures = _kept(cluster)
    occupied = _tables(url) > 0 or (attachments.exists() and any(attachments.iterdir()))
    if occupied and not force:
        raise BackupProblem(
            f"{places.data} holds data already: restore into another GUICHET_DATA, or add --force "
            "to replace them."
        )
    keys = decrypt((folder / "keys.encrypted").read_bytes(), _passphrase())
    with psycopg.connect(url, autocommit=True) as connection:
        owner = sql.Identifier(connection.info.user)
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute(sql.SQL("CREATE SCHEMA public AUTHORIZATION {}").format(owner))
    _program(
        "pg_restore",
        *("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"),
        *("--dbname", url, folder / "database.dump"),
    )
    if attachments.exists():
        shutil.rmtree(attachments)
    shutil.copytree(folder / "attachments", attachments)
    if (folder / "sites").exists():
        shutil.copytree(folder / "sites", places.sites, dirs_exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(keys)) as archive:
        archive.extractall(places.data, filter="data")
    (places.data / "prepared").unlink(missing_ok=True)
    _manage(cluster, "migrate", "--noinput", "--verbosity", "0")
    _merge_erasures(folder / "erasures.log", erasures)
    _manage(cluster, "apply_erasures")
    if cluster.own_redis:
        # What it remembers is of another history: sessions, counters, tasks of erased rows.
        redis.Redis.from_url(cluster.environment()["REDIS_URL"]).flushall()
    saved = folder / "ledger.checkpoint"
    if _checkpoint_size(saved) > _checkpoint_size(checkpoint):
        shutil.copy2(saved, checkpoint)
    if lost := lost_leaves(cluster.places, url):
        leaves, signed = lost
        return (
            f"Restored. The ledger was signed up to {signed} leaves, this backup holds {leaves}: "
            "the portal will not start until the lost ones are recovered from a published copy "
            "(./guichet manage ledger_recover SOURCE), or a new origin is published: see "
            "docs/operator/backup.md."
        )
    return "Restored."
