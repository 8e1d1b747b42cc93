"""``python -m catalog.site NAME``: the program of one establishment, until it is told to stop.

``--create KEY`` makes the site's folder, its keys and its settings instead, trusting the portal's
order key (``manage.py order_key show``), and prints the public key to be registered at the portal.
``--sealing-key`` prints the key for which citizens seal their objections, signed by the site.
``--third-party``, ``--linkage-secret``, ``--share-linkage`` and ``--take-linkage`` prepare linked
projects (docs/operator/third-party.md). ``--whose FILE`` says which delivery a file comes from:
exit code 0 when one is named, 1 when none is.

Settings: ``catalog.site.settings``. Exit code 2 when they, the keys or the file cannot be used.
"""

import argparse
import contextlib
import logging
import os
import sys
from pathlib import Path

import pyarrow as pa
import structlog
from celery.signals import setup_logging, worker_ready, worker_shutting_down

from catalog.site import keys
from catalog.site.application import ControlQueue, application, serve
from catalog.site.candidates import Unreadable
from catalog.site.keys import KeyUnusable, decode, portal_keys, sealing_key
from catalog.site.program import Program
from catalog.site.provision import provision
from catalog.site.reports import Courier
from catalog.site.settings import SettingsError, SiteSettings, load
from catalog.site.spaces.keeping import Keeper
from catalog.site.whose import tell
from catalog.site.witness import Lookout
from catalog.warehouse.errors import WarehouseError


def log_as_json(**_celery) -> None:
    """One JSON object a line on standard output, as the portal logs."""
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=os.environ.get("LOG_LEVEL", "INFO"), force=True)


def create(settings: SiteSettings, portal_key: str) -> int:
    """Make what is missing in the site's folder and print its public key."""
    try:
        key = decode(portal_key)
    except ValueError as error:
        raise SettingsError(f"{portal_key!r} is not an Ed25519 public key in base64.") from error
    print(provision(settings.site, settings.folder, portal_key=key))
    return 0


def link(settings: SiteSettings, asked: argparse.Namespace) -> bool:
    """Do what was asked about linked projects; whether anything was."""
    if asked.third_party:
        keys.trust_third_party(settings.keys, asked.third_party)
    if asked.linkage_secret:
        keys.make_linkage_secret(settings.keys)
    if asked.share_linkage:
        print(keys.share_linkage_secret(settings.keys, asked.share_linkage))
    if asked.take_linkage:
        keys.take_linkage_secret(settings.keys, asked.take_linkage)
    said = (asked.third_party, asked.linkage_secret, asked.share_linkage, asked.take_linkage)
    return any(said)


def give_way(settings: SiteSettings) -> None:
    """Let what else runs on this machine pass before this program, and keep to its threads."""
    os.nice(settings.nice)
    if os.getsid(0) == os.getpid():
        # Linux may share the machine between sessions first, whatever the niceness inside each.
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(settings.nice), encoding="ascii")
    pa.set_cpu_count(settings.threads)


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m catalog.site", description=__doc__)
    parser.add_argument("name", help="the establishment's name, as chu-rennes")
    parser.add_argument("--create", metavar="KEY", help="make the folder, trusting this key")
    parser.add_argument("--sealing-key", action="store_true", help="print what citizens seal for")
    parser.add_argument("--third-party", metavar="KEY", help="link through this third party")
    parser.add_argument("--linkage-secret", action="store_true", help="make it, at the first site")
    parser.add_argument("--share-linkage", metavar="KEY", help="seal it for the site of this key")
    parser.add_argument("--take-linkage", metavar="SEALED", help="keep what a site sealed for us")
    parser.add_argument("--whose", metavar="FILE", help="say which delivery a file comes from")
    arguments = parser.parse_args(words)
    try:
        settings = load(arguments.name)
        if arguments.create:
            return create(settings, arguments.create)
        if arguments.sealing_key:
            print(sealing_key(settings.keys, site=settings.site))
            return 0
        if link(settings, arguments):
            return 0
        if arguments.whose:
            named, said = tell(Path(arguments.whose), settings)
            print(said)
            return 0 if named else 1
        portal_keys(settings.keys)
        give_way(settings)
        app = application(settings)
        program = Program(settings, controls=ControlQueue(app, settings))
        _ = program.spaces.provider  # one that cannot be used is said now, not at the first order
    except (SettingsError, KeyUnusable, Unreadable, WarehouseError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    serve(app, program)
    courier, lookout = Courier(program.reports), Lookout(program.witness())
    keeper = Keeper(program.spaces)
    setup_logging.connect(log_as_json, weak=False)
    for thread in (courier, lookout, keeper):
        worker_ready.connect(lambda thread=thread, **_: thread.start(), weak=False)
        worker_shutting_down.connect(lambda thread=thread, **_: thread.stopping.set(), weak=False)
    app.worker_main(
        [
            *("worker", "--pool", "solo", "--hostname", f"site-{settings.site}@%h"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            *("--loglevel", os.environ.get("LOG_LEVEL", "INFO")),
        ]
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
