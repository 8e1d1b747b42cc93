"""``python -m catalog.third_party``: the trusted third party, until it is told to stop.

``--create KEY`` makes its folder and keys instead, trusting the portal's order key (``manage.py
order_key show``), and prints the key that each site installs. ``--site NAME KEY`` knows a site by
the key that its own people gave (``python -m catalog.site NAME --sealing-key``).

``THIRD_PARTY_FOLDER`` is its folder (``var/third-party``), ``THIRD_PARTY_LISTEN`` where it listens
(``127.0.0.1:8090``). Exit code 2 when keys cannot be used.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from catalog.site.keys import KeyUnusable, decode, trust_portal
from catalog.third_party import keys
from catalog.third_party.program import ThirdParty
from catalog.third_party.server import Door


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m catalog.third_party", description=__doc__)
    parser.add_argument("--create", metavar="KEY", help="make the folder, trusting this key")
    parser.add_argument("--site", nargs=2, metavar=("NAME", "KEY"), help="know a site by its key")
    arguments = parser.parse_args(words)
    folder = Path(os.environ.get("THIRD_PARTY_FOLDER") or "var/third-party")
    try:
        if arguments.create:
            trust_portal(folder / "keys", decode(arguments.create))
            print(keys.create(folder))
            return 0
        if arguments.site:
            keys.know_site(folder, *arguments.site)
            return 0
        program = ThirdParty(folder)
    except (KeyUnusable, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    host, _colon, port = (os.environ.get("THIRD_PARTY_LISTEN") or "127.0.0.1:8090").rpartition(":")
    door = Door((host, int(port)), program)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=door.shutdown).start())
    door.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
