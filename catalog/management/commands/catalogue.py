"""``manage.py catalogue sources|harvest``: other nodes' catalogues, as one JSON object a line.

catalogue sources
catalogue harvest "Réseau du Sud" [--file catalogue.ttl]

Reads at once what a worker would read, and proposes what differs: nothing is shown before somebody
accepts it on its page, and those who may are told. Exit 1 when it cannot be read.
"""

import json
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalog.domain import harvests
from catalog.exchange.formats import ENDINGS
from catalog.models import CatalogueSource, Harvest
from catalog.queries.harvests import sources, sums


class Command(BaseCommand):
    """Say which nodes are known, or read one of them."""

    help = "List the catalogues of other nodes, or read one and propose what differs."

    def add_arguments(self, parser):
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("sources", help="the nodes that are known")
        act = acts.add_parser("harvest", help="read one of them")
        act.add_argument("name", help="the node's name, as its page says it")
        act.add_argument("--file", type=Path, help="its document, when it has no address")

    def handle(self, *, act, **options):
        getattr(self, f"_{act}")(options)

    def _sources(self, _options):
        for each in sources():
            self._say(
                source=each.name,
                url=each.url,
                shown=each.shown,
                last=each.last_state,
                to_examine=each.to_examine or 0,
                retired=each.retired_at is not None,
            )

    def _harvest(self, options):
        now, source = timezone.now(), CatalogueSource.objects.filter(name=options["name"]).first()
        if source is None:
            raise CommandError("No node of that name: `catalogue sources` lists them.")
        try:
            asked = harvests.ask(source, by=None, at=now, **_document(options["file"]))
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from None
        done = harvests.read(asked, at=now)
        said = {"source": source.name, "state": done.state, "sha256": done.sha256}
        if done.state == Harvest.State.FAILED:
            self._say(**said, why=done.why)
            raise SystemExit(1)
        self._say(**said, datasets=done.datasets, ours=done.ours, **sums(done.changes))

    def _say(self, **said):
        self.stdout.write(json.dumps(said, ensure_ascii=False))


def _document(path: Path | None) -> dict:
    if path is None:
        return {}
    if path.suffix.lower() not in ENDINGS:
        raise CommandError(f"The file's name ends with one of: {' '.join(ENDINGS)}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CommandError(str(error)) from None
    return {"content": content, "name": path.name, "format": ENDINGS[path.suffix.lower()]}
