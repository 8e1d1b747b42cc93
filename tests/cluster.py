"""A pytest plugin: one throw-away PostgreSQL and Redis for a run, shared by its processes.

Loaded by `-p tests.cluster` (see pyproject.toml) before Django's settings are read. A running
demonstration is never touched: the cluster lives in a new temporary folder, and addresses found in
the environment are replaced. `GUICHET_TEST_DATABASE_URL`, `GUICHET_TEST_DATABASE_OWNER_URL` and
`GUICHET_TEST_REDIS_URL` name servers of your own instead.
"""

import os
import shutil
import time
from pathlib import Path

from portal.servers.cluster import throwaway_cluster
from portal.servers.locks import FileLock, Held
from portal.servers.messages import compile_messages
from portal.servers.places import TEMPORARY, Places

MEMORY = Path("/dev/shm")
"""A folder of memory, where it has `ROOM`: some disks take a second to copy a database there in
20 ms, and a run copies hundreds."""
ROOM = 8 * 2**30  # bytes
STARTING = 60
"""Seconds that another run may take until it holds the lock of its folder."""

_worker = os.environ.get("PYTEST_XDIST_WORKER")
_cluster = None

os.environ["GUICHET_ENV"] = "test"
os.environ["REDIS_PREFIX"] = f"{_worker or 'main'}-"
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as at a site, which says why (`catalog.site`)
for _name in ("DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "EMAIL_URL", "LEDGER_KEY"):
    os.environ.pop(_name, None)


def _where() -> Path | None:
    """The folder of memory for this run, when it has room; what a killed one left there goes."""
    if not MEMORY.is_dir():
        return None
    for left in MEMORY.glob(f"{TEMPORARY}*"):
        if time.time() - left.stat().st_mtime < STARTING:
            continue
        try:
            with FileLock(Places(left).lock):
                shutil.rmtree(left, ignore_errors=True)
        except (Held, OSError):
            continue
    return MEMORY if shutil.disk_usage(MEMORY).free > ROOM else None


if not _worker:
    # The environment is set here, before Django is configured; processes of xdist inherit it.
    _cluster = throwaway_cluster(under=_where()).start()
    os.environ.update(_cluster.environment())
    for _name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        if _given := os.environ.get(f"GUICHET_TEST_{_name}"):
            os.environ[_name] = _given
    compile_messages()


def pytest_unconfigure() -> None:
    """Stop the servers; their folder goes with them."""
    if _cluster is not None:
        _cluster.stop()
