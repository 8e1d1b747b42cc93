"""``manage.py qualify FILE…``: the regulatory route of studies, from answered questions.

One line of JSON for each FILE, in order. Exit status 0, or 2 when a FILE lacks an answer that
matters (``missing``) or cannot be read (``errors``). Needs no database.
"""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from governance.qualification import Unanswered, WrongAnswers, next_questions, qualify

#: Bytes; an answers file is a few hundred.
LARGEST = 1024 * 1024


class UnreadableFile(ValueError):
    """A FILE that is not a JSON object of answers; the message says why."""


class Command(BaseCommand):
    """Prints the qualification and formality computed for each FILE."""

    help = "Print the qualification and formality of each FILE of answers, one JSON line each."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser) -> None:
        """FILE…, and the language of labels."""
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--language", choices=("fr", "en"), default="fr")

    def handle(self, *, files: list[str], language: str, **options: Any) -> None:
        """Answer each FILE; leave with the worst status."""
        worst = 0
        for file in files:
            answer, status = route_of(Path(file), language)
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            worst = max(worst, status)
        if worst:
            sys.exit(worst)


def route_of(path: Path, language: str) -> tuple[dict[str, Any], int]:
    """The line for one file, and its status."""
    try:
        answers = read_answers(path)
    except UnreadableFile as error:
        return {"errors": [{"key": None, "problem": str(error)}]}, 2
    try:
        return qualify(answers).as_data(language), 0
    except Unanswered as unanswered:
        return {"missing": list(unanswered.codes)}, 2
    except WrongAnswers as wrong:
        said = {"errors": [error.as_data() for error in wrong.errors]}
        missing = [question.code for question in next_questions(answers)]
        wrong_keys = {error.key for error in wrong.errors}
        missing = [code for code in missing if code not in wrong_keys]
        return said | ({"missing": missing} if missing else {}), 2


def read_answers(path: Path) -> dict[str, Any]:
    """The JSON object in ``path``. Raises UnreadableFile."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise UnreadableFile(f"cannot read {path.name}: {error.strerror}") from error
    except ValueError as error:
        raise UnreadableFile("not a file name") from error
    if len(raw) > LARGEST:
        raise UnreadableFile(f"larger than {LARGEST} bytes")
    try:
        found = json.loads(raw, object_pairs_hook=_once, parse_constant=_refuse)
    except UnreadableFile:
        raise
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"not JSON: {error}") from error
    if not isinstance(found, dict):
        raise UnreadableFile("not a JSON object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise UnreadableFile(f"key written twice: {key}")
    return dict(pairs)


def _refuse(constant: str) -> Any:
    raise UnreadableFile(f"not JSON: {constant}")
