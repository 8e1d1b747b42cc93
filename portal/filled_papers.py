"""The template of a paper, filled with what its request already says: nothing is typed twice
(`pages.md`, Words). What the request does not say keeps its brackets."""

import re
from dataclasses import replace
from datetime import date

from governance.dates import say_day
from portal.papers import TEMPLATE, Block, Paper, read_paper
from projects.dossier.answers import said
from projects.dossier.form import section
from projects.models import Request

HOLE = re.compile(r"\[[^\]]*\]")
UNWRITABLE = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What an XML file, and so a Word file, cannot hold."""


def filled(code: str, demand: Request) -> Paper:
    """The template of that paper with the answers of `demand`. Raises NoSuchPaper."""
    paper, known = read_paper(code, TEMPLATE), _known(demand)
    heading, blocks = "", []
    for block in paper.blocks:
        heading = block.text if block.level else heading
        blocks.append(_filled(block, _name(heading), known))
    return replace(paper, blocks=tuple(blocks))


def _filled(block: Block, heading: str, known: dict[str, str | tuple[str, ...]]) -> Block:
    if block.level:
        return block
    if block.items:
        whole = known.get(heading)
        if isinstance(whole, tuple) and whole:
            return replace(block, items=whole)
        return replace(block, items=tuple(_line(item, known) for item in block.items))
    words = known.get(heading)
    is_hole = HOLE.fullmatch(block.text) is not None
    return replace(block, text=words) if is_hole and words and isinstance(words, str) else block


def _line(item: str, known: dict) -> str:
    """« Sigle : [sigle] » with what is known under that label."""
    label, colon, _hole = item.partition(":")
    words = known.get(_name(label))
    return f"{label}{colon} {words}" if colon and words and isinstance(words, str) else item


def _name(text: str) -> str:
    """A label or a heading, without its number nor its typography."""
    return " ".join(re.sub(r"^\d+\.", "", text).split())


def _known(demand: Request) -> dict[str, str | tuple[str, ...]]:
    """What the request says, by the label or the heading of the papers that ask for it."""
    answers = {row.code: row.answers for row in demand.sections.all()}

    def words(code: str, name: str) -> str:
        field = section(code).field(name)
        return said(field, answers.get(code, {}).get(name))

    holder = demand.case.participations.filter(part="holder", until=None).first()
    lead = str(holder.person) if holder else ""
    asked = [each.establishment.short_name for each in demand.asked_sites.all()]
    organisation = demand.organisation.name if demand.organisation else ""
    money = ", ".join(filter(None, (words("calendar", "funder"), words("calendar", "partner"))))
    variables = tuple(
        _writable(f"{each.variable.label} : {each.reason or '[pourquoi]'}")
        for each in demand.asked_variables.select_related("variable")
    )
    known = {
        "Titre complet": demand.title,
        "Titre": demand.title,
        "Sigle": demand.acronym,
        "Version et date du protocole": words("protocol", "protocol_version"),
        "Protocole auquel il se rapporte": ", ".join(
            filter(None, (demand.acronym, words("protocol", "protocol_version")))
        ),
        "Responsable scientifique": lead,
        "Personne qui la porte, organisme": ", ".join(filter(None, (lead, organisation))),
        "Responsable de traitement": organisation,
        "Responsable du traitement": organisation,
        "Hôpitaux sollicités": ", ".join(asked),
        "Financement": words("calendar", "funder"),
        "Financement et partenaires": money,
        "But": words("protocol", "objective_primary"),
        "Objectif principal": words("protocol", "objective_primary"),
        "Type d’étude": words("protocol", "design"),
        "Inclusion": words("data", "population"),
        "Personnes concernées et nombre": words("data", "population"),
        "Période": _period(answers.get("data", {})),
        "Lieu de travail": words("data", "destination"),
    }
    found = {label: _writable(value) for label, value in known.items()}
    return found | {"Les données": variables}


def _period(data: dict) -> str:
    start, end = data.get("period_start"), data.get("period_end")
    if not (start and end):
        return ""
    return f"du {say_day(date.fromisoformat(start))} au {say_day(date.fromisoformat(end))}"


def _writable(text: str) -> str:
    return UNWRITABLE.sub(" ", text)
