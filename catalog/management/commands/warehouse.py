"""``manage.py warehouse load|check|count``: a thin door to a site's warehouse, without a database.

    warehouse load --format eicu|clif|omop SOURCE [--site SITE …]
    warehouse check --site SITE [--all]
    warehouse count --site SITE [--ohdsi] FILE…

A FILE is a definition of the contract, or of OHDSI as ATLAS exports it: what of it is read a little
otherwise is in ``notes``. Where the warehouse holds OHDSI's vocabulary, one that the contract
cannot say is run as it is, by its concepts (``"by": "ohdsi"``); so is any, with ``--ohdsi``. JSON
on standard output. A count is exact: it is for the eyes of the site's data engineer, and never
leaves the site.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalog.cohort import CohortError, from_circe, parse_json
from catalog.demo_warehouse.sites import SITES
from catalog.site.settings import SettingsError, SiteSettings, check_slug, load
from catalog.warehouse import ohdsi
from catalog.warehouse.check import check
from catalog.warehouse.connection import Warehouse, connect
from catalog.warehouse.errors import WarehouseError
from catalog.warehouse.loading import LoadingError, clif, eicu, omop

FORMATS = {"clif": clif.load, "eicu": eicu.load, "omop": omop.load}


class Command(BaseCommand):
    """Load, check or count the warehouse of a site."""

    help = "Load, check or count the warehouse of a site. Needs no database."
    requires_system_checks = []

    def add_arguments(self, parser):
        acts = parser.add_subparsers(dest="act", required=True)
        act = acts.add_parser("load", help="bring data of another form to the layout")
        act.add_argument("--format", required=True, choices=sorted(FORMATS))
        act.add_argument("folder", type=Path)
        act.add_argument(
            "--site", action="append", help="where to load; repeatable; by default all eight"
        )
        act = acts.add_parser("check", help="say what a warehouse can serve and what it lacks")
        act.add_argument("--site", required=True)
        act.add_argument("--all", action="store_true", help="the checks that hold too")
        act = acts.add_parser("count", help="the exact persons of cohort definitions")
        act.add_argument("--site", required=True)
        act.add_argument(
            "--ohdsi", action="store_true", help="run OHDSI's definitions as they are, by concept"
        )
        act.add_argument(
            "files",
            nargs="+",
            type=Path,
            metavar="FILE",
            help="a definition in JSON, ours or OHDSI's",
        )

    def handle(self, *, act, **options):
        try:
            getattr(self, act)(options)
        except WarehouseError as error:
            raise CommandError(error.sentence("en")) from error
        except (SettingsError, LoadingError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error

    def load(self, options):
        """Write the warehouses of the sites, and say how many rows each table has. None of them is
        touched before all could be written."""
        sites = [check_slug(name) for name in options["site"] or SITES]
        root: Path = settings.SITES_ROOT
        root.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".loading-", dir=root) as beside:
            loaded = FORMATS[options["format"]](options["folder"], Path(beside), sites)
            for site in loaded:
                _replace(Path(beside) / site / "warehouse", root / site / "warehouse")
        for site, rows in loaded.items():
            self._say({"site": site, "rows": rows})

    def check(self, options):
        """Every finding, the grave ones making the command fail. Of the checks of quality, those
        that do not hold, unless all are asked."""
        with _opened(options["site"]) as warehouse:
            findings = check(warehouse, today=timezone.localdate())
        for found in findings:
            said = {"grave": found.grave, "fr": found.french, "en": found.english}
            if found.tally is None:
                self._say(said)
            elif options["all"] or found.tally.fails:
                tally = found.tally
                self._say(
                    said | {"check": tally.check.code, "rows": tally.rows, "failed": tally.failed}
                )
        if any(found.grave for found in findings):
            raise CommandError("This warehouse cannot serve an order.")

    def count(self, options):
        """One line a definition; a definition that does not hold is said at its place."""
        wrong = False
        with _opened(options["site"]) as warehouse:
            for path in options["files"]:
                try:
                    said = _counted(warehouse, path.read_bytes(), as_it_is=options["ohdsi"])
                except CohortError as error:
                    wrong = True
                    said = {
                        "file": str(path),
                        "problems": [problem.as_dict("en") for problem in error.problems],
                    }
                self._say({"site": options["site"]} | said)
        if wrong:
            raise CommandError("Some definitions do not hold.")

    def _say(self, content: dict) -> None:
        self.stdout.write(json.dumps(content, ensure_ascii=False))


def _replace(made: Path, kept: Path) -> None:
    """Put the files of ``made`` in ``kept``, over those of the same names."""
    kept.mkdir(parents=True, exist_ok=True)
    for path in made.iterdir():
        path.replace(kept / path.name)


def _counted(warehouse: Warehouse, text: bytes, *, as_it_is: bool) -> dict:
    """The persons of a definition, read as the contract or, one of OHDSI, run ``as_it_is``. Raises
    CohortError and WarehouseError."""
    try:
        cohort = parse_json(text, known=warehouse.holds)
    except CohortError:
        expression = _expression(text)
        if expression is None or (not as_it_is and any(ohdsi.missing(warehouse))):
            raise
    else:
        expression = _expression(text) if as_it_is else None
        if expression is None:
            said = {"persons": warehouse.count(warehouse.cohort(cohort))}
            notes = [note.as_dict("en") for note in cohort.notes]
            return said | ({"notes": notes} if notes else {})
    found = ohdsi.numbers(warehouse, ohdsi.persons(warehouse, expression))
    return {"persons": len(found), "by": "ohdsi"}


def _expression(text: bytes) -> dict | None:
    """The definition of OHDSI in ``text``; None for anything else."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content if from_circe.is_circe(content) else None


def _opened(site: str) -> Warehouse:
    """The warehouse of `site`, by the settings of its folder where there are some."""
    found: SiteSettings = load(site, folder=settings.SITES_ROOT / check_slug(site))
    return connect(found.warehouse_address, memory=found.memory, threads=found.threads)
