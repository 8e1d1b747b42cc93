"""``manage.py cohort --to ours|circe FILE…``: a definition written in the other form, without a
database.

A FILE is a definition of the contract, or of OHDSI as ATLAS exports it. JSON on standard output:
what was made of each (``definition``), and what of it is read a little otherwise (``notes``).

``--record`` writes down again what ``ohdsi-circepy`` reads of a definition, once it has changed.
"""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from catalog.cohort import CohortError, circe_shape, from_circe, parse_json, to_circe

FORMS = ("ours", "circe")


class Command(BaseCommand):
    """Write cohort definitions in the contract's form, or in OHDSI's."""

    help = "Write cohort definitions in the contract's form, or in OHDSI's. Needs no database."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--to", choices=FORMS, help="the form to write")
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
        parser.add_argument(
            "--record", action="store_true", help="write down what ohdsi-circepy reads today"
        )

    def handle(self, *, to, files, record, **options):
        if record:
            from catalog.warehouse.circe_models import shape

            circe_shape.FILE.write_text(json.dumps(shape(), indent=1) + "\n", encoding="utf-8")
            return
        if to is None or not files:
            raise CommandError("Say --to ours or --to circe, then the files.")
        wrong = False
        for path in files:
            try:
                said = _written(path.read_bytes(), to)
            except CohortError as error:
                wrong = True
                said = {"problems": [problem.as_dict("en") for problem in error.problems]}
            except OSError as error:
                raise CommandError(f"{error.filename}: {error.strerror}") from error
            self.stdout.write(json.dumps({"file": str(path), **said}, ensure_ascii=False))
        if wrong:
            raise CommandError("Some definitions do not hold, or cannot be written so.")


def _written(text: bytes, to: str) -> dict:
    """The definition in the form asked, with notes where there are some. Raises CohortError."""
    cohort = parse_json(text)
    content = json.loads(text)
    if to == "circe":
        definition = to_circe.write(cohort)
    else:
        definition = from_circe.read(content)[0] if from_circe.is_circe(content) else content
    notes = [note.as_dict("en") for note in cohort.notes]
    return {"definition": definition, **({"notes": notes} if notes else {})}
