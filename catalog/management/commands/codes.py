"""``manage.py codes load|list|index``: the code lists that the catalogue's search knows.

codes load CIM-10 LIBCIM10MULTI.TXT --version 2026 --source "ATIH" --columns code=1 label_fr=6
codes list
codes index
"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalog.domain.code_lists import COLUMNS, BadList, load_file
from catalog.domain.indexing import index_again
from catalog.models import CodeList, Terminology


class Command(BaseCommand):
    """Load a list of codes from a file, say which are loaded, or make the index again."""

    help = "Load a terminology from a file with its version and source; list what is loaded."

    def add_arguments(self, parser):
        acts = parser.add_subparsers(dest="act", required=True)
        act = acts.add_parser("load", help="make a file the list of a terminology")
        act.add_argument("terminology", choices=Terminology.values)
        act.add_argument("file", type=Path, help="text in columns, UTF-8 or Windows-1252")
        act.add_argument("--version", dest="release", required=True, help="as its publisher says")
        act.add_argument("--source", required=True, help="its publisher and address")
        act.add_argument(
            "--columns",
            nargs="+",
            default=[],
            metavar="OURS=THEIRS",
            help=f"{', '.join(COLUMNS)}: the name, or the number when there is no header line",
        )
        act.add_argument("--delimiter", default="", help="by default, guessed from the first line")
        acts.add_parser("list", help="the lists that are loaded")
        acts.add_parser("index", help="make the search's columns and words again, after an update")

    def handle(self, *, act, **options):
        getattr(self, f"_{act}")(options)

    def _load(self, options):
        columns = dict(each.partition("=")[::2] for each in options["columns"])
        if wrong := set(columns) - set(COLUMNS):
            raise CommandError(f"--columns: {', '.join(sorted(wrong))} is none of ours.")
        delimiter = options["delimiter"].replace("\\t", "\t")
        if len(delimiter) > 1:
            raise CommandError("--delimiter is one character.")
        try:
            codes, retired = load_file(
                options["terminology"],
                options["file"],
                version=options["release"],
                source=options["source"],
                at=timezone.now(),
                columns=columns,
                delimiter=delimiter,
            )
        except BadList as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['terminology']}: {codes} codes loaded, {retired} retired.")

    def _list(self, options):
        for each in CodeList.objects.all():
            self.stdout.write(
                f"{each.terminology}\t{each.version}\t{each.codes} codes\t"
                f"{each.loaded_at:%Y-%m-%d}\t{each.source}"
            )

    def _index(self, options):
        self.stdout.write(f"{index_again()} words.")
