"""Compiles the translations. GNU gettext is often missing on a fresh machine, and not needed."""

from pathlib import Path

import polib

from portal.servers.places import CHECKOUT


def compile_messages(root: Path = CHECKOUT / "locale") -> int:
    """Compile every catalogue under `root` that is newer than its compiled form.

    Returns how many were compiled. Safe when several processes do it at once.
    """
    done = 0
    for source in sorted(root.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        draft = target.with_name(f"{target.name}.new")
        polib.pofile(str(source)).save_as_mofile(str(draft))
        draft.replace(target)
        done += 1
    return done
