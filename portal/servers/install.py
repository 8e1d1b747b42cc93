"""Prepares a virtual environment beside the code: pinned requirements, each checked by its hash.

Runs under the machine's own Python, so it imports the standard library only.
"""

import ctypes.util
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from portal.servers.locks import FileLock

CHECKOUT = Path(__file__).resolve().parents[2]
VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {
    "run": "requirements.txt",
    "test": "requirements-test.txt",
    "bench": "requirements-bench.txt",
    "data": "requirements-data.txt",
    "spark": "requirements-spark.txt",
}

INSTALLER = "requirements-installer.txt"

# What WeasyPrint loads, and the Debian package that brings it.
LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz": "libharfbuzz0b",
    "harfbuzz-subset": "libharfbuzz-subset0",
    "fontconfig": "libfontconfig1",
}
# Without windows first: the same engine, for less than two thirds of the work.
WINDOWLESS = "chromium-headless-shell"
BROWSERS = (WINDOWLESS, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Failed(Exception):
    """Something is missing that we could not install; the message names it."""


def prepare(*kinds: str) -> Path:
    """Install what `kinds` (of LOCKS) need and is not there; return the Python to use.

    Does nothing when the lock files have not changed since. Raises Failed.
    """
    wanted = {kind: _stamp(kind) for kind in kinds}
    if _installed(wanted):
        return PYTHON
    with FileLock(CHECKOUT / ".venv.lock").acquire(wait=True):
        if not PYTHON.exists():
            _create()
        missing = [kind for kind, stamp in wanted.items() if not _installed({kind: stamp})]
        for kind in missing:
            print(f"Installing what {LOCKS[kind]} lists…", flush=True)
            _install(CHECKOUT / LOCKS[kind])
            (VENV / f"{kind}.stamp").write_text(wanted[kind])
    return PYTHON


def _stamp(kind: str) -> str:
    content = (CHECKOUT / LOCKS[kind]).read_bytes()
    return hashlib.sha256(content).hexdigest() + f" {sys.version_info[0]}.{sys.version_info[1]}\n"


def _installed(wanted: dict[str, str]) -> bool:
    try:
        return PYTHON.exists() and all(
            (VENV / f"{kind}.stamp").read_text() == stamp for kind, stamp in wanted.items()
        )
    except FileNotFoundError:
        return False


def _create() -> None:
    if uv := shutil.which("uv"):
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)])
        return
    making = [sys.executable, "-m", "venv", str(VENV)]
    if subprocess.run(making, capture_output=True).returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    # Debian ships venv without ensurepip until this package is there.
    if not install_debian("python3-venv"):
        raise Failed("Python cannot make a virtual environment: install Debian's python3-venv.")
    _run(making)


def _install(lock: Path) -> None:
    # A lock lists all that is wanted; of data, only the files. What is published as sources only,
    # it says itself.
    flags = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(lock)]
    pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--no-deps"]
    if uv := _installer(pip):
        _run([uv, "pip", "install", "--quiet", "--python", str(PYTHON), *flags])
    else:
        _run([*pip, *flags])


def _installer(pip: list[str]) -> str | None:
    """The path of uv: the machine's, or the one that `pip` puts in our environment; None if it
    cannot."""
    own = VENV / "bin" / "uv"
    if found := shutil.which("uv") or (own.exists() and str(own)):
        return found
    lock = ["--require-hashes", "--only-binary", ":all:", "-r", str(CHECKOUT / INSTALLER)]
    subprocess.run([*pip, *lock], capture_output=True)
    return str(own) if own.exists() else None


def _run(command: list[str]) -> None:
    if subprocess.run(command).returncode != 0:
        raise Failed(f"This failed: {' '.join(command)}")


def install_debian(*packages: str) -> bool:
    """Install Debian packages if we may (root, with apt-get); False if we may not or it failed."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print(f"Installing {', '.join(packages)}…", flush=True)
    quiet = {
        "stdout": subprocess.DEVNULL,
        "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    }
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    if subprocess.run(install, stderr=subprocess.DEVNULL, **quiet).returncode == 0:
        return True
    # A fresh machine has no list of packages yet.
    subprocess.run(["apt-get", "update", "-q"], **quiet)
    return subprocess.run(install, **quiet).returncode == 0


def missing_libraries() -> list[str]:
    """The Debian packages that WeasyPrint still needs."""
    return [
        package
        for library, package in LIBRARIES.items()
        if ctypes.util.find_library(library) is None and not _loads(f"lib{library}.so.0")
    ]


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def ensure_libraries() -> str:
    """Install the libraries for PDFs; what to tell the person if they still lack, else ''."""
    missing = missing_libraries()
    if missing and install_debian(*missing):
        missing = missing_libraries()
    if not missing:
        return ""
    return (
        "PDFs cannot be made until these Debian packages are installed: "
        + " ".join(missing)
        + f"\n  sudo apt-get install {' '.join(missing)}"
    )


def find_browser() -> str | None:
    """The path of Chromium: `CHROMIUM`, else the first known name found, else None."""
    if given := os.environ.get("CHROMIUM"):
        return given if shutil.which(given) else None
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def ensure_browser() -> str | None:
    """Find Chromium, or install it, without windows if that works; None when nothing does."""
    if "CHROMIUM" in os.environ or shutil.which(WINDOWLESS) or install_debian(WINDOWLESS):
        return find_browser()
    found = find_browser()
    if found is None and install_debian("chromium"):
        found = find_browser()
    return found


def find_faketime() -> str | None:
    """The library with which a program sees another date: `FAKETIME_LIBRARY`, else Debian's."""
    if given := os.environ.get("FAKETIME_LIBRARY"):
        return given
    return next((str(p) for p in Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)


def ensure_faketime() -> str | None:
    """Find it, or install it; None when neither works. The journeys let years go by with it."""
    found = find_faketime()
    if found is None and install_debian("faketime"):
        found = find_faketime()
    return found
