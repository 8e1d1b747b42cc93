"""``manage.py demo_warehouse --patients N --seed S --site SITE``: synthetic warehouses.

``--record`` writes down, from the demonstration's own, what the checks of quality find on them.
"""

import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from catalog.demo_warehouse.generate import NOTICE, generate
from catalog.demo_warehouse.recorded import Found, measured, record
from catalog.demo_warehouse.sites import SITES
from catalog.domain.demonstration_sites import SEED
from catalog.site.settings import SettingsError, check_slug


class Command(BaseCommand):
    """Write the synthetic Parquet tables of one or several sites; the same seed, the same bytes."""

    help = "Make the synthetic warehouse of a site. Nobody in it is real. Needs no database."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--patients", type=int, help="persons at each site")
        parser.add_argument("--seed", type=int, default=SEED)
        parser.add_argument(
            "--site", action="append", help="a site's name, repeatable; by default all eight"
        )
        parser.add_argument(
            "--into",
            type=Path,
            help="folder to write in, for one site (by default the site's own warehouse)",
        )

        parser.add_argument(
            "--record",
            action="store_true",
            help="make the demonstration's warehouses aside, and record what checks find there",
        )

    def handle(self, *, patients, seed, site, into, **options):
        if options["record"]:
            record({name: self._checked(name) for name in SITES})
            return
        sites = site or list(SITES)
        if into and len(sites) != 1:
            raise CommandError("--into holds one site: name it with --site.")
        if patients is not None and patients < 1:
            raise CommandError("--patients is under 1.")
        for name in sites:
            folder = into or settings.SITES_ROOT / name / "warehouse"
            began = time.perf_counter()
            try:
                check_slug(name)
                persons = patients or SITES.get(name, 1_000)
                rows = generate(folder, site=name, persons=persons, seed=seed)
            except SettingsError as error:
                raise CommandError(str(error)) from error
            except OSError as error:
                raise CommandError(f"{error.filename or folder}: {error.strerror}") from error
            seconds = time.perf_counter() - began
            said = {
                "site": name,
                "persons": persons,
                "seed": seed,
                "rows": rows,
                "rows_per_second": round(sum(rows.values()) / seconds),
                "notice": NOTICE,
            }
            self.stdout.write(json.dumps(said, ensure_ascii=False))

    def _checked(self, name: str) -> Found:
        with TemporaryDirectory() as folder:
            generate(Path(folder), site=name, persons=SITES[name], seed=SEED)
            return measured(Path(folder))
