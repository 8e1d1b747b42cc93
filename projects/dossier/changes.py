"""A request as its readers read it: what each section says, and what a return changed in it."""

import difflib
import re
from dataclasses import dataclass, field

from projects.dossier.answers import said
from projects.dossier.form import SECTIONS, Field, SectionForm
from projects.models import Request

LONGEST_COMPARED = 8000
"""Characters beyond which two answers are shown one after the other, not word by word."""


@dataclass(frozen=True)
class Answer:
    """One answer in words; `changes` are (kind, words), kind being "", "ins" or "del"; `typed` when
    the words are those of who answered."""

    label: str
    words: str
    changes: list[tuple[str, str]]
    typed: bool


@dataclass
class SectionRead:
    """A section that was answered; `changed` when a return made it change."""

    form: SectionForm
    answers: list[Answer] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        return any(answer.changes for answer in self.answers)


def sections_read(
    request: Request, answers: dict[str, dict], *, compare: bool
) -> list[SectionRead]:
    """What the dossier says in `answers`, a section after the other; with `compare`, beside what it
    said when it was last returned. One query then, none otherwise."""
    before = _before(request) if compare else {}
    found = []
    for form in SECTIONS:
        read = SectionRead(form)
        for each in form.fields:
            now = (
                getattr(request, each.code)
                if each.column
                else answers.get(form.code, {}).get(each.code)
            )
            was = before.get(form.code, {}).get(each.code, now)
            words = said(each, now)
            old = words if was is now else said(each, was)
            if words or old:
                changes = _changes(old, words) if words != old else []
                read.answers.append(Answer(each.label, words, changes, each.typed))
        if read.answers:
            found.append(read)
    return found


def snapshot(request: Request, sections: set[str]) -> dict[str, dict]:
    """What those sections say now, to be compared with what they say later."""
    stored = {s.code: s.answers for s in request.sections.filter(code__in=sections)}
    return {
        form.code: {
            each.code: _held(request, stored.get(form.code, {}), each) for each in form.fields
        }
        for form in SECTIONS
        if form.code in sections
    }


def _held(request: Request, answers: dict, each: Field):
    return getattr(request, each.code) if each.column else answers.get(each.code)


def _before(request: Request) -> dict[str, dict]:
    """What the sections named by the last return said then; nothing before it is answered."""
    last = (
        request.case.decisions.filter(step="return")
        .select_related("reason")
        .order_by("-index")
        .first()
    )
    if last is None or request.case.state == "completion":
        return {}
    return last.reason.details.get("before", {})


def _changes(old: str, new: str) -> list[tuple[str, str]]:
    """The words kept, added and taken away between two texts."""
    if len(old) + len(new) > LONGEST_COMPARED:
        return [("del", old), ("ins", new)]
    was, now = re.findall(r"\S+\s*", old), re.findall(r"\S+\s*", new)
    found = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(("", "".join(now[c:d])))
            continue
        found += [
            (kind, "".join(words))
            for kind, words in (("del", was[a:b]), ("ins", now[c:d]))
            if words
        ]
    return found
