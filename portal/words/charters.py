"""What changes between two versions of a charter, and what that would do, in words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from governance.charters import (
    Article,
    Charter,
    Verdict,
    label,
    load_charter,
    sentence,
    versions,
)
from governance.charters.compare import Change, as_strict, differences
from governance.charters.faults import Fault
from governance.charters.sentences import check_words
from governance.charters.versions import base_of, is_local
from governance.models import Adoption
from governance.process.amendments import AMENDMENT
from governance.process.table import REQUEST
from governance.typography import set_in_french
from portal.templatetags.guichet import parameter_words, say
from projects.models import Amendment
from projects.queries.amendments import publicly_titled
from projects.queries.overview import site_names

WHAT = {
    "title": gettext_lazy("Titre"),
    "audience": gettext_lazy("À qui elle s'adresse"),
    "text": gettext_lazy("Texte"),
    "looks_at": gettext_lazy("Ce qui est regardé"),
    "sources": gettext_lazy("D'où vient cette règle"),
    "nature": gettext_lazy("Qui juge"),
    "planned": gettext_lazy("Application à venir"),
    "article_added": gettext_lazy("Article ajouté"),
    "article_removed": gettext_lazy("Article retiré"),
    "clause_added": gettext_lazy("Contrôle ajouté"),
    "clause_removed": gettext_lazy("Contrôle retiré"),
    "kind": gettext_lazy("Nature du contrôle"),
    "subject": gettext_lazy("Sujet du contrôle"),
    "check": gettext_lazy("Contrôle"),
    "among": gettext_lazy("Établissements regardés"),
    "over": gettext_lazy("Chaque établissement, ou l'un d'eux"),
    "steps": gettext_lazy("Étapes gardées"),
    "reserve_at": gettext_lazy("Étapes franchies sous réserve"),
    "unless": gettext_lazy("Réponses non gardées"),
    "continuous": gettext_lazy("Vérifié en continu"),
    "parameter_added": gettext_lazy("Paramètre ajouté"),
    "parameter_removed": gettext_lazy("Paramètre retiré"),
    "parameter_retyped": gettext_lazy("Paramètre d'une autre nature"),
    "label": gettext_lazy("Nom d'un paramètre"),
}
DIRECTIONS = {
    "stricter": (gettext_lazy("Plus strict"), "here"),
    "laxer": (gettext_lazy("Moins strict"), "stop"),
    "other": (gettext_lazy("Autrement"), "wait"),
    "text": (gettext_lazy("Rédaction"), "neutral"),
}

NAMED = ("kind", "nature", "subject")
"""What a charter says by a code that has words."""

SAID_TWICE = ("title", "audience", "text", "looks_at")
"""What a charter says in both languages."""


@dataclass(frozen=True)
class Said:
    """One difference, side by side."""

    article: str
    title: str
    what: str
    was: str
    now: str
    direction: str
    kind: str
    lang: str
    """The language of `was` and `now`, where it is not the page's."""


@dataclass(frozen=True)
class ArticleChanges:
    """What changes in one article: its code, its title, its differences."""

    code: str
    title: str
    changes: list[Said]


def changes_between(before: Charter, after: Charter) -> list[ArticleChanges]:
    """What changes, article by article, in the page's language."""
    titles = {a.code: say(a.title) for a in (*before.articles, *after.articles)}
    found: dict[str, list[Said]] = {}
    for change in differences(before, after):
        found.setdefault(change.article, []).append(_said(change, titles))
    return [
        ArticleChanges(code, titles.get(code, say(after.title)), changes)
        for code, changes in found.items()
    ]


def _said(change: Change, titles: dict[str, str]) -> Said:
    direction, kind = DIRECTIONS[change.direction]
    if change.what == "parameter":
        what = say(change.parameter.label)
    else:
        what = str(WHAT[change.what])
    other = _other_language(change)
    return Said(
        change.article,
        titles.get(change.article, ""),
        what,
        say(change.was, other) if other else _value(change, change.was),
        say(change.now, other) if other else _value(change, change.now),
        str(direction),
        kind,
        other,
    )


def _other_language(change: Change) -> str:
    """The language in which a text changed, when the page's language says the same as before."""
    if change.what not in SAID_TWICE or say(change.was) != say(change.now):
        return ""
    return "en" if (get_language() or "fr").startswith("fr") else "fr"


def _value(change: Change, value) -> str:
    if value is None:
        return ""
    if change.parameter is not None and change.what != "label":
        return parameter_words(replace(change.parameter, value=value))
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if change.what in ("article_added", "article_removed"):
        return say(value.text)
    if change.what in ("clause_added", "clause_removed"):
        return ", ".join(step_words(step) for step in value.steps) or _check(value.check)
    if change.what in ("steps", "reserve_at"):
        return ", ".join(step_words(step) for step in value) or _("aucune")
    if change.what in SAID_TWICE:
        return say(value)
    if change.what == "sources":
        return " · ".join(say(source.label) for source in value)
    if change.what == "label":
        return say(change.parameter.label)
    if change.what == "planned":
        return ", ".join(step_words(step) for each in value for step in each.steps)
    if change.what == "check":
        return _check(value)
    if isinstance(value, tuple | list):
        return ", ".join(value)
    if change.what in NAMED:
        return label(change.what, value, get_language() or "fr")
    return str(value)


def _check(name: str) -> str:
    return check_words(name, get_language() or "fr")


def step_words(code: str) -> str:
    """The name that staff give a step."""
    step = REQUEST.step(code) or AMENDMENT.step(code)
    return step.label.say(get_language() or "fr") if step else code


@dataclass(frozen=True)
class Version:
    """A version of a charter as citizens read it: in force, to come, or before; what it changed."""

    charter: Charter
    state: str
    until: date | None
    establishment: str
    adoption: Adoption | None
    before: str
    changes: list[ArticleChanges]


IN_FORCE, TO_COME, ENDED = "in_force", "to_come", "ended"


def versions_shown(code: str, today: date) -> list[Version]:
    """Every version of a charter, the last one first. Two queries."""
    adopted = {
        each.version: each
        for each in Adoption.objects.filter(charter=code).select_related("session__body")
    }
    names = site_names()
    charters = [load_charter(code, version) for version in versions(code)]
    network = [charter for charter in charters if not is_local(charter.version)]
    return [
        _version(charter, charters, network, adopted, names, today)
        for charter in reversed(charters)
    ]


def _version(charter, charters, network, adopted, names, today) -> Version:
    base, adoption = base_of(charter.version), adopted.get(charter.version)
    if is_local(charter.version):
        place = adoption.establishment_id
        local = [each for each in charters if is_local(each.version)]
        peers = [each for each in local if adopted[each.version].establishment_id == place]
        before = next(each for each in network if each.version == base)
        # It outlives the network's that it was made of while it asks for at least as much.
        laxer = [each for each in _later(before, network) if not as_strict(charter, each)]
        ends = [*laxer, *_later(charter, peers)]
    else:
        earlier = [each for each in network if int(each.version) < int(charter.version)]
        before = earlier[-1] if earlier else None
        ends = _later(charter, network)
    until = min((each.in_force_from for each in ends), default=None)
    if charter.in_force_from > today:
        state = TO_COME
    else:
        state = ENDED if until is not None and until <= today else IN_FORCE
    return Version(
        charter,
        state,
        until,
        names.get(adoption.establishment_id or "", "") if adoption else "",
        adoption,
        before.version if before else "",
        changes_between(before, charter) if before else [],
    )


def _later(charter: Charter, others: list[Charter]) -> list[Charter]:
    return others[others.index(charter) + 1 :]


@dataclass(frozen=True)
class Line:
    """A fault with the line of the text where it stands, and those around it."""

    number: int
    said: str
    excerpt: list[tuple[int, str, bool]]


_SPACE = "[ \u00a0\u202f]"
MOVE = re.compile(
    rf"(?:(?<=«{_SPACE})|(?<=“)|(?<=→{_SPACE})|(?<=Chemin{_SPACE}:{_SPACE})|(?<=Path:{_SPACE}))"
    rf"([a-z_]+)(?::([a-z_]+))?(?={_SPACE}?(?:»|”|→|\.))"
)
"""A step, with its answer where it has several, as proofs write it: in quotes, or in a path."""
AROUND = 1
LONGEST = 160


def faulty_lines(faults: Iterable[Fault], text: str) -> list[Line]:
    """Each fault in words, with an excerpt of the text."""
    lines = text.splitlines()
    found = []
    for fault in faults:
        first = max(1, fault.line - AROUND)
        last = min(len(lines), fault.line + AROUND)
        excerpt = [
            (number, _short(lines[number - 1]), number == fault.line)
            for number in range(first, last + 1)
        ]
        found.append(Line(fault.line, with_labels(fault.say(get_language() or "fr")), excerpt))
    return found


def with_labels(said: str) -> str:
    """What a proof says, with the names that people give the steps in place of their codes."""
    return MOVE.sub(lambda found: _move_words(found[1], found[2]) or found[0], said)


def _move_words(code: str, answer: str | None) -> str:
    step = REQUEST.step(code) or AMENDMENT.step(code)
    if step is None:
        return ""
    language = get_language() or "fr"
    given = next((each for each in step.outcomes if each.code == answer), None)
    said = set_in_french(step.label.say(language)) if language == "fr" else step.label.say(language)
    return said if given is None else f"{said} ({given.label.say(language)})"


def _short(line: str) -> str:
    return line if len(line) <= LONGEST else line[:LONGEST] + "…"


@dataclass(frozen=True)
class Affected:
    """A request, an amendment or a decision, that another version judges otherwise. `asks` is the
    change that the amendment asks, in public words."""

    number: str
    where: str
    lead: str
    blocks: bool
    changes: list[tuple[str, str, str, str]]
    amendment: str = ""
    asks: str = ""


def changes_asked(rows: Iterable[dict]) -> dict[str, str]:
    """What the amendments of those rows ask, in public words, by their key. One query."""
    keys = {row["amendment"] for row in rows if "amendment" in row}
    found = Amendment.objects.select_related("case__lead").filter(case__in=keys) if keys else ()
    return {str(each.pk): publicly_titled(each) for each in found}


def affected(
    rows: Iterable[dict], charter: Charter, names: dict[str, str], asked: dict[str, str]
) -> list[Affected]:
    """The rows of an impact study in words: number, what the amendment asks, where it stands, and
    each article's change."""
    articles = {article.code: article for article in charter.articles}
    return [
        Affected(
            row["number"],
            _where(row),
            names.get(row["lead"], ""),
            row["blocks"],
            [_change(each, articles, names) for each in row["changes"]],
            row.get("amendment", ""),
            asked.get(row.get("amendment", ""), ""),
        )
        for row in rows
    ]


def _where(row: dict) -> str:
    if "step" in row:
        return step_words(row["step"])
    process = AMENDMENT if "amendment" in row else REQUEST
    return process.state(row["state"]).label.say(get_language() or "fr")


def _change(change: dict, articles: dict[str, Article], names) -> tuple[str, str, str, str]:
    known = articles.get(change["article"])
    title = say(known.title) if known else change["article"]
    step = step_words(change["step"]) if change["step"] else _("en continu")
    return title, step, _verdict(change["was"], names), _verdict(change["then"], names)


def _verdict(data: dict | None, names: dict[str, str]) -> str:
    if data is None:
        return _("rien n'est demandé")
    verdict = Verdict.from_data(data)
    if verdict.holds is True:
        return _("satisfait")
    return sentence(verdict, get_language() or "fr", names)
