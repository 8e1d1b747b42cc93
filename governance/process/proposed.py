"""A proposed version of a charter confronted with what must stay true, before anything else.

It is read, its steps are looked for in the table, its local strictness is compared; then the
proofs of the process are made again with it beside the other charters in force. What fails is a
fault with the line of the text that answers for it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from governance.charters import (
    Charter,
    CharterError,
    load_charter,
    load_charters,
    read_charter,
)
from governance.charters.compare import differences, faults_of_local, say_value
from governance.charters.faults import Fault
from governance.charters.lines import Path, line_numbers, line_of
from governance.charters.loader import usual_parameter
from governance.charters.parameters import Parameter
from governance.charters.versions import base_of, is_local
from governance.disclosure import LEAST
from governance.process.amendments import AMENDMENT
from governance.process.proofs import Proof, prove
from governance.process.table import REQUEST, RESULTS_DELAY, SITE_ANSWER_DELAY
from governance.qualification import QUALIFICATIONS

CODE = re.compile(r"\b[UPC]-\d\d[a-z]?\b")
STEPS = frozenset(step.code for process in (REQUEST, AMENDMENT) for step in process.steps)
READ = ("code", "kind", "subject", "steps", "check", "over", "among", "reserve_at", "unless")
"""What the proofs read of a clause."""
OBJECTIONS_APPLIED = 24
"""Hours in which an objection takes effect, as pages measure it."""
HELD = {
    ("results_in_time", "delay"): RESULTS_DELAY.number,
    ("count_produced", "threshold"): LEAST,
    ("site_answered_in_time", "delay"): SITE_ANSWER_DELAY.number,
    ("no_small_figure", "threshold"): LEAST,
    ("objections_applied", "applied_within"): OBJECTIONS_APPLIED,
    ("objections_respected", "applied_within"): OBJECTIONS_APPLIED,
    ("purpose_permitted", "prohibited"): (
        "promotion",
        "insurance",
        "advertising",
        "against_person",
        "harmful_products",
    ),
}
"""Parameters, by the check that reads them, whose value is also the table's, the sites' or the
public tables': judged by another value than the one that clocks and figures obey, an article would
say what is not done, whatever its code."""
DESTINATIONS = ("site_space", "shared_platform", "national_hub", "partner")
EXCUSES = ("no_data_delivered", "stopped_before_analysis")
OFFERED = {
    ("holder_identified", "reserve_for"): (
        "writer_cannot_hold",
        "trainee_without_director",
        "no_local_referent",
        "referent_has_not_cosigned",
    ),
    ("opinion_independent", "delegated_routes"): tuple(
        each for each in QUALIFICATIONS if each != "A_TRANCHER"
    ),
    ("purpose_permitted", "permitted"): (
        "research",
        "care_evaluation",
        "steering",
        "coding_quality",
        "feasibility",
    ),
    ("destinations_authorised", "convention_for"): DESTINATIONS,
    ("destinations_authorised", "outside_eu_accepted"): ("no", "adequate", "safeguards", "yes"),
    ("results_given_back", "excuses"): EXCUSES,
    ("results_in_time", "excuses"): EXCUSES,
    ("ground_listed", "grounds"): (
        "not_held",
        "legal_obstacle",
        "third_party_rights",
        "capacity",
    ),
    ("nothing_sold", "bases"): ("none", "services", "access_costs"),
    ("manifest_complete", "fields"): ("query", "software", "rows", "checksums", "who", "when"),
}
"""Codes that the forms, or the sites, can answer: a parameter that named another one would permit
or ask for what nobody can say. Fees on persons or rows are none of them."""
NEEDED = {
    "utilisateur": ("U-01", "U-04", "U-06", "U-07a", "U-08", "U-10", "U-11", "U-12b"),
    "producteur": ("P-01", "P-02", "P-13"),
    "citoyen": ("C-02", "C-05"),
}
"""Clauses that the portal asks for by their code: without one, it could not answer."""
KEPT = 8
_PROVED: dict[tuple, list[Proof]] = {}


@dataclass(frozen=True)
class Examined:
    """A text that was examined: the charter when it can be read, and what is wrong with it."""

    charter: Charter | None
    faults: tuple[Fault, ...]

    @property
    def accepted(self) -> bool:
        return self.charter is not None and not self.faults


def read(text: str, *, charter: str, version: str, in_force: Mapping[str, str]) -> Examined:
    """Read a proposed text and look for its faults, the proofs apart: quick.

    ``in_force`` is the version in force of each charter: that of a local version's own charter
    must be the one that it makes stricter.
    """
    try:
        found = read_charter(text, charter=charter, version=version)
    except CharterError as error:
        return Examined(None, (error.fault,))
    faults = [
        *_unknown_steps(found, text),
        *_read_otherwise(found, text),
        *_held_by_the_portal(found, text),
        *_missing(found, text),
    ]
    if is_local(version):
        faults += _of_local(found, text, in_force.get(charter))
    return Examined(found, tuple(faults))


def examine(text: str, *, charter: str, version: str, in_force: Mapping[str, str]) -> Examined:
    """As :func:`read`, then the proofs: seconds."""
    found = read(text, charter=charter, version=version, in_force=in_force)
    if not found.accepted:
        return found
    others = load_charters({code: each for code, each in in_force.items() if code != charter})
    proofs = _proofs((*others, found.charter))
    network = load_charter(charter, in_force[charter]) if charter in in_force else None
    return Examined(found.charter, tuple(_unproved(proofs, found.charter, network, text)))


def _proofs(charters: tuple[Charter, ...]) -> list[Proof]:
    """The proofs, made once for charters that guard alike: neither words nor the values of
    parameters are read by them."""
    alike = tuple(
        tuple(getattr(clause, each) for each in READ)
        for charter in charters
        for clause in charter.clauses
    )
    if alike not in _PROVED:
        while len(_PROVED) >= KEPT:
            del _PROVED[next(iter(_PROVED))]
        _PROVED[alike] = prove(REQUEST, charters)
    return _PROVED[alike]


def _of_local(local: Charter, text: str, in_force: str | None) -> Iterable[Fault]:
    base = base_of(local.version)
    if base != in_force:
        line = line_of(line_numbers(text), ("version",))
        return [Fault("base_not_in_force", line, {"base": base, "in_force": in_force})]
    (network,) = load_charters({local.code: base})
    return faults_of_local(local, network, text)


def _unknown_steps(charter: Charter, text: str) -> Iterable[Fault]:
    lines = line_numbers(text)
    for index, article in enumerate(charter.articles):
        for place, clause in enumerate(article.clauses):
            for step in clause.steps:
                if step not in STEPS:
                    path = ("article", index, "clause", place, "steps")
                    yield Fault("unknown_step", line_of(lines, path), {"step": step})


def _read_otherwise(charter: Charter, text: str) -> Iterable[Fault]:
    """Parameters said in another unit, or to be stricter in another direction, than as they are
    read: citizens would read what is not done, and a local version be proved by a false order."""
    lines = line_numbers(text)
    for index, article in enumerate(charter.articles):
        for place, clause in enumerate(article.clauses):
            for name, parameter in clause.parameters.items():
                usual = usual_parameter(clause.check, name)
                if usual is None:
                    continue
                path = ("article", index, "clause", place, "parameter", name)
                said = {"clause": clause.code, "name": name}
                if parameter.unit != usual.unit:
                    read = {"what": "unit", "read": usual.unit}
                    yield Fault("read_otherwise", line_of(lines, (*path, "unit")), said | read)
                if parameter.stricter not in (usual.stricter, "fixed"):
                    read = {"what": "stricter", "read": usual.stricter}
                    yield Fault("read_otherwise", line_of(lines, (*path, "stricter")), said | read)


def _held_by_the_portal(charter: Charter, text: str) -> Iterable[Fault]:
    lines = line_numbers(text)
    for index, article in enumerate(charter.articles):
        for place, clause in enumerate(article.clauses):
            for name, value in clause.values.items():
                line = line_of(
                    lines, ("article", index, "clause", place, "parameter", name, "value")
                )
                said, check = {"clause": clause.code, "name": name}, clause.check.partition("@")[0]
                held = HELD.get((check, name), value)
                if value != held if isinstance(value, int) else set(value) != set(held):
                    yield Fault("held_by_the_portal", line, said | {"held": say_value(held)})
                offered = OFFERED.get((check, name))
                unknown = sorted(set(value) - set(offered)) if offered else []
                if unknown:
                    known = {"code": unknown[0], "known": say_value(offered)}
                    yield Fault("unknown_code", line, said | known)


def codes_offered(check: str, parameter: Parameter) -> tuple[str, ...]:
    """The codes that a list of a clause may hold, by the name of its check; those that it holds
    where nothing says more."""
    key = check.partition("@")[0], parameter.name
    return OFFERED.get(key) or HELD.get(key) or parameter.value


def _missing(charter: Charter, text: str) -> Iterable[Fault]:
    said = {clause.code for clause in charter.clauses}
    line = line_of(line_numbers(text), ("version",))
    for code in NEEDED[charter.code]:
        if code not in said:
            yield Fault("needed_by_the_portal", line, {"clause": code})


def _unproved(
    proofs: Iterable[Proof], charter: Charter, in_force: Charter | None, text: str
) -> Iterable[Fault]:
    lines = line_numbers(text)
    for proof in proofs:
        if not proof.holds:
            path = _named(charter, proof.because.fr) or _changed(charter, in_force)
            words = {"claim": tuple(proof.claim.sentence), "because": tuple(proof.because)}
            yield Fault("unguarded", line_of(lines, path), words)


def _named(charter: Charter, because: str) -> Path:
    """Where the text answers for a claim that fails: the steps of a clause that it names, or the
    article after which that clause should have been. Empty when it names none of this charter."""
    for named in CODE.findall(because):
        if named[0] != charter.articles[0].code[0]:
            continue
        for index, article in enumerate(charter.articles):
            for place, clause in enumerate(article.clauses):
                if clause.code == named:
                    return ("article", index, "clause", place, "steps")
        before = [i for i, article in enumerate(charter.articles) if article.code <= named]
        return ("article", before[-1] if before else 0)
    return ()


def _changed(charter: Charter, in_force: Charter | None) -> Path:
    """The first thing that executes otherwise than in the version in force, values apart: what was
    proved of that one and fails now comes from there."""
    if in_force is None:
        return ()
    changes = [
        change
        for change in differences(in_force, charter)
        if change.executes and change.what != "parameter"
    ]
    changes.sort(key=lambda change: change.direction == "stricter")
    return changes[0].path if changes else ()
