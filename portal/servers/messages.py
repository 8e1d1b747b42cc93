"""Compiles the translations. GNU gettext is often missing on a fresh machine, and not needed.

French is the language of the sources, so it has no catalogue to write; it has one made here, in
which each sentence is said as it is, with the spaces of French typography (`governance.typography`)
and its plurals as French counts them: « 0 demande », « 1 demande », « 2 demandes ».
"""

from pathlib import Path

import polib

from governance import typography
from portal.servers.places import CHECKOUT

FRENCH_PLURALS = "nplurals=3; plural=(n == 0 ? 0 : n == 1 ? 1 : 2);"


def compile_messages(root: Path = CHECKOUT / "locale") -> int:
    """Compile every catalogue under `root` that is newer than its compiled form, and the French
    one, made of the sentences that the English one translates.

    Returns how many were compiled. Safe when several processes do it at once.
    """
    done, rules = 0, max(Path(each).stat().st_mtime for each in (typography.__file__, __file__))
    for source in sorted(root.glob("*/LC_MESSAGES/*.po")):
        changed = source.stat().st_mtime
        target = source.with_suffix(".mo")
        french = root / "fr" / "LC_MESSAGES" / target.name
        made = source.parts[-3] == "en" and not french.with_suffix(".po").exists()
        wanted = [target] if not _newer(target, changed) else []
        wanted += [french] if made and not _newer(french, max(changed, rules)) else []
        if wanted:
            catalogue = polib.pofile(str(source))
        for each in wanted:
            each.parent.mkdir(parents=True, exist_ok=True)
            draft = each.with_name(f"{each.name}.new")
            (catalogue if each == target else french_of(catalogue)).save_as_mofile(str(draft))
            draft.replace(each)
            done += 1
    return done


def french_of(catalogue: polib.POFile) -> polib.POFile:
    """The French catalogue: each sentence of `catalogue` as it is shown. Those shown as they are
    written are there too: what a catalogue lacks is looked for in those of every library."""
    made = polib.POFile()
    made.metadata = {
        "Language": "fr",
        "Content-Type": "text/plain; charset=UTF-8",
        "Plural-Forms": FRENCH_PLURALS,
    }
    for entry in catalogue:
        if entry.obsolete:
            continue
        said = typography.set_in_french(entry.msgid)
        if entry.msgid_plural:
            several = typography.set_in_french(entry.msgid_plural)
            none = said if _says_how_many(entry) else several
            made.append(
                polib.POEntry(
                    msgctxt=entry.msgctxt,
                    msgid=entry.msgid,
                    msgid_plural=entry.msgid_plural,
                    msgstr_plural={0: none, 1: said, 2: several},
                )
            )
        else:
            made.append(polib.POEntry(msgctxt=entry.msgctxt, msgid=entry.msgid, msgstr=said))
    return made


def _says_how_many(entry: polib.POEntry) -> bool:
    """Whether the singular writes its number, so that it may be said of none: « 0 jour », where
    « une chose manque » would be wrong."""
    return entry.msgid.count("%(") == entry.msgid_plural.count("%(") > 0


def _newer(target: Path, changed: float) -> bool:
    return target.exists() and target.stat().st_mtime >= changed
