"""Fails when a sentence marked in the code or the templates lacks its English translation.

French is the source language. The marked sentences are collected anew in a temporary copy of the
catalogue, so that one added without `makemessages` is found too. Needs GNU gettext (xgettext),
which is installed if we may.
"""

import ast
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from portal.servers.install import install_debian  # noqa: E402  (found by the line above)

SOURCES = ("governance", "catalog", "projects", "portal", "templates", "locale", "static")


def collect(folder: Path) -> polib.POFile:
    """The catalogue of the code as it stands, made in `folder` from a copy of the sources."""
    for name in SOURCES:
        if (CHECKOUT / name).exists():
            shutil.copytree(
                CHECKOUT / name, folder / name, ignore=shutil.ignore_patterns("*.mo", "__pycache__")
            )
    (folder / "locale").mkdir(exist_ok=True)
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "-l", "en", "--no-location", "-v", "0"],
        cwd=folder,
        check=True,
    )
    return polib.pofile(str(folder / "locale/en/LC_MESSAGES/django.po"))


def problems(catalogue: polib.POFile) -> list[str]:
    """A line for each sentence that is not translated, or only guessed."""
    found = [f"not translated: {entry.msgid!r}" for entry in catalogue.untranslated_entries()]
    found += [f"fuzzy: {entry.msgid!r}" for entry in catalogue.fuzzy_entries()]
    for entry in catalogue:
        if entry.msgid_plural and not all(entry.msgstr_plural.values()):
            found.append(f"plural lacks a form: {entry.msgid!r}")
    return found


def hidden() -> list[str]:
    """A line for each sentence marked under a name that xgettext does not know: it would be shown
    in French for ever, and nobody told."""
    found = []
    for name in ("governance", "catalog", "projects", "portal"):
        for path in sorted((CHECKOUT / name).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            aliases = {
                alias.asname
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
                for alias in node.names
                if alias.asname not in (None, "_")
            }
            found += [
                f"not collected: {path.relative_to(CHECKOUT)}:{node.lineno}"
                for node in ast.walk(tree)
                if isinstance(node, ast.Call)
                and getattr(node.func, "id", None) in aliases
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ]
    return found


def main() -> int:
    if not shutil.which("xgettext") and not install_debian("gettext"):
        print("GNU gettext is needed to collect the sentences: install Debian's gettext.")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        found = hidden() + problems(collect(Path(folder)))
    for line in found[:50]:
        print(line)
    print(f"{len(found)} sentences to translate" if found else "Translations are complete")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
