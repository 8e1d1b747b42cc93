"""Seconds from a clone to the first page, and from a second start to it.

Clones this checkout (committed work only) into a temporary folder, runs `./guichet run` there with
an empty data folder, and asks for the first page until it answers. Packages come from the
registry or the machine's own cache, whichever the machine has.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
LIMIT = 600  # seconds before we give up


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _first_page(folder: Path, port: int) -> float:
    """Start the product in `folder`; seconds until its first page; then stop it."""
    hidden = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "GUICHET_DATA", "PYTHONPATH")
    environment = {k: v for k, v in os.environ.items() if k not in hidden}
    began = time.monotonic()
    with (folder / "run.log").open("ab") as log:
        product = subprocess.Popen(
            ["./guichet", "run", "--port", str(port)],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as page:
                    page.read()
                    return time.monotonic() - began
            except urllib.error.HTTPError as error:
                raise SystemExit(f"The first page answers {error.code}") from error
            except OSError:
                if product.poll() is not None or time.monotonic() - began > LIMIT:
                    raise SystemExit((folder / "run.log").read_text()[-3000:]) from None
                time.sleep(0.1)
    finally:
        product.send_signal(signal.SIGINT)
        product.wait(60)


def main() -> None:
    work = Path(tempfile.mkdtemp(prefix="guichet-install-"))
    try:
        folder, port = work / "guichet", _free_port()
        began = time.monotonic()
        subprocess.run(["git", "clone", "--quiet", str(CHECKOUT), str(folder)], check=True)
        cloned = time.monotonic() - began
        first = _first_page(folder, port)
        again = _first_page(folder, port)
    finally:
        shutil.rmtree(work)
    result = {
        "benchmark": "install",
        "seconds_clone": round(cloned, 1),
        "seconds_first_start": round(first, 1),
        "seconds_from_clone": round(cloned + first, 1),
        "seconds_second_start": round(again, 1),
        "limits": {"seconds_from_clone": 90, "seconds_second_start": 10},
        "within_limits": cloned + first <= 90 and again <= 10,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
