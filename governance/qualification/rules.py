"""Qualification and formality, computed from answers: the rules, in order.

**Qualification**: what the study is in law. **Formality**: what must be done before it starts.
A pure function of the answers; each rule reads only the answers that matter to it, and what it
read is the reason given. An unanswered question that matters stops the reading and is named.

A conjunction is settled by one answer that fails, whatever is unanswered beside it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from governance.qualification.evidence import BODIES, CONDITIONS, Piece, evidence_of
from governance.qualification.questions import (
    QUESTIONS,
    AnswerError,
    Question,
    check_answers,
    question,
    source_label,
)

QUALIFICATIONS: Final = (
    "EDS",
    "INTERNE",
    "RNIPH",
    "RIPH1",
    "RIPH2",
    "RIPH3",
    "CTR",
    "DEVICE",
    "A_TRANCHER",
)
#: What the law calls research involving the human person, by what is done to persons.
RIPH: Final = {
    "more_than_minimal_risk": "RIPH1",
    "minimal_risk": "RIPH2",
    "usual_care": "RIPH3",
}
PRODUCTS: Final = {"drug": "CTR", "device": "DEVICE"}
OWN_PMSI: Final = ("health_establishment", "hospital_federation")


class Unanswered(Exception):
    """Questions that matter have no answer: ``codes``, in the order they are asked."""

    def __init__(self, codes: list[str]) -> None:
        order = [each.code for each in QUESTIONS]
        self.codes = tuple(sorted(set(codes), key=order.index))
        super().__init__(", ".join(self.codes))


class WrongAnswers(ValueError):
    """Keys or values that do not exist: ``errors``."""

    def __init__(self, errors: tuple[AnswerError, ...]) -> None:
        self.errors = errors
        super().__init__(", ".join(error.key for error in errors))


@dataclass(frozen=True, slots=True)
class Because:
    """An answer that a rule read, and the text that makes it matter."""

    question: str
    answer: Any
    source: str


@dataclass(frozen=True, slots=True)
class Qualification:
    """The result. ``formality`` is None with ``stopped_by`` or ``to_ask``."""

    qualification: str | None
    formality: str | None
    because: tuple[Because, ...]
    evidence: tuple[Piece, ...] = ()
    conditions: tuple[str, ...] = ()
    stopped_by: str | None = None
    to_ask: tuple[str, ...] = ()

    def as_data(self, language: str = "fr") -> dict[str, Any]:
        """As the command and the API say it."""
        data = {
            "qualification": self.qualification,
            "formality": self.formality,
            "because": [
                {
                    "question": each.question,
                    "answer": each.answer,
                    "source": source_label(each.source, language),
                }
                for each in self.because
            ],
            "evidence": [piece.as_data(language) for piece in self.evidence],
            "conditions": [_entry(CONDITIONS, code, language) for code in self.conditions],
        }
        if self.stopped_by:
            data["stopped_by"] = self.stopped_by
        if self.to_ask:
            data["to_ask"] = [_entry(BODIES, code, language) for code in self.to_ask]
        return data


def _entry(table: Mapping[str, Any], code: str, language: str) -> dict[str, str]:
    entry = table[code]
    return {
        "code": code,
        "label": entry["label"]["en" if language.startswith("en") else "fr"],
        "source": source_label(entry["source"], language),
    }


@dataclass(frozen=True, slots=True)
class _Test:
    """``key`` answered so that ``holds``, under the text ``source``."""

    key: str
    holds: Callable[[Any], bool]
    source: str


def _yes(key: str, source: str) -> _Test:
    return _Test(key, lambda value: value is True, source)


def _no(key: str, source: str) -> _Test:
    return _Test(key, lambda value: value is False, source)


def _in(key: str, values: tuple[str, ...], source: str) -> _Test:
    return _Test(key, lambda value: value in values, source)


@dataclass(slots=True)
class _Reading:
    """Reads answers and remembers which, and why."""

    answers: Mapping[str, Any]
    because: dict[str, Because] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def ask(self, key: str, source: str) -> Any:
        if key not in self.answers:
            raise Unanswered([*self.missing, key])
        self.note(key, source)
        return self.answers[key]

    def all_hold(self, *tests: _Test) -> bool:
        failing = [
            each
            for each in tests
            if each.key in self.answers and not each.holds(self.answers[each.key])
        ]
        if failing:
            for test in failing:
                self.note(test.key, test.source)
            return False
        unanswered = [test.key for test in tests if test.key not in self.answers]
        if unanswered:
            raise Unanswered([*self.missing, *unanswered])
        for test in tests:
            self.note(test.key, test.source)
        return True

    def known(self, key: str, value: Any, source: str) -> bool:
        """Whether the answer was given and is ``value``; it is not asked for."""
        if self.answers.get(key) != value:
            return False
        self.note(key, source)
        return True

    def note(self, key: str, source: str) -> None:
        self.because.setdefault(key, Because(key, self.answers[key], source))


def qualify(answers: Mapping[str, Any]) -> Qualification:
    """The qualification and formality of a study.

    Raises WrongAnswers on a key or value that does not exist, Unanswered when a question that
    matters has no answer.
    """
    errors = check_answers(answers)
    if errors:
        raise WrongAnswers(errors)
    return _rules(_Reading(answers))


def next_questions(answers: Mapping[str, Any]) -> tuple[Question, ...]:
    """The unanswered questions that matter now; none once the route is known. Answers that
    cannot be read count as not given."""
    wrong = {error.key for error in check_answers(answers)}
    readable = {key: value for key, value in answers.items() if key not in wrong}
    try:
        qualify(readable)
    except Unanswered as unanswered:
        return tuple(question(code) for code in unanswered.codes)
    return ()


def relevant_questions(answers: Mapping[str, Any]) -> tuple[Question, ...]:
    """The questions to show, in order: those whose answers were read, then matter now; the
    impact assessment, which is a condition of every formality, once the route is known."""
    wrong = {error.key for error in check_answers(answers)}
    reading = _Reading({key: value for key, value in answers.items() if key not in wrong})
    codes: set[str] = set()
    try:
        found = _rules(reading)
    except Unanswered as unanswered:
        codes |= set(unanswered.codes)
    else:
        if found.formality not in (None, "none"):
            codes.add("aipd_done")
    codes |= set(reading.because)
    return tuple(each for each in QUESTIONS if each.code in codes)


def _rules(read: _Reading) -> Qualification:
    # 1. A prohibited purpose: neither; the article stops it.
    if read.known("prohibited_purpose", True, "U-02"):
        return Qualification(None, None, tuple(read.because.values()), stopped_by="U-02")
    if "prohibited_purpose" in read.answers:
        read.note("prohibited_purpose", "U-02")
    else:
        # Whatever follows will need it: it is named with the next ones.
        read.missing.append("prohibited_purpose")
    found = _without_prohibited_purpose(read)
    if read.missing:
        raise Unanswered(read.missing)
    return found


def _without_prohibited_purpose(read: _Reading) -> Qualification:
    # 2. The purpose of the warehouse itself.
    if (
        read.ask("purpose", "EDS") != "research"
        and not read.known("national_pmsi_only", True, "ATIH")
        and read.all_hold(
            _yes("own_staff_only", "EDS"),
            _yes("one_establishment", "EDS"),
            _no("third_party", "EDS"),
            _no("snds_main_base", "EDS"),
        )
    ):
        return _found(read, "EDS", "none")
    # 3 and 6. Something is done to or asked of persons, or it is not known whether.
    intervention = read.ask("intervention", "L1121-1")
    if intervention == "unclear":
        return Qualification(
            "A_TRANCHER", None, tuple(read.because.values()), to_ask=("CPP", "CEEI")
        )
    if intervention != "none" and read.ask("biomedical_aim", "L1121-1"):
        return _involving_persons(read, intervention)
    # 4. Within the care team.
    if not read.known("national_pmsi_only", True, "ATIH") and read.all_hold(
        _yes("data_of_own_patients", "INTERNE"),
        _yes("done_by_care_team", "INTERNE"),
        _yes("for_care_team_only", "INTERNE"),
        _no("snds_main_base", "INTERNE"),
        _no("matched", "INTERNE"),
        _no("nir", "INTERNE"),
        _in("outside_eu", ("no",), "INTERNE"),
    ):
        return _found(read, "INTERNE", "none")
    # 5. Otherwise, research that does not involve the human person.
    if read.ask("snds_main_base", "SNDS"):
        return _found(read, "RNIPH", *_snds(read))
    if read.ask("national_pmsi_only", "ATIH"):
        return _found(read, "RNIPH", *_pmsi(read))
    if read.all_hold(
        _yes("public_interest", "MR-004"),
        _yes("pseudonymised", "MR-004"),
        _in("informed", ("individually", "documented_exception"), "MR-004"),
        _yes("objection_possible", "MR-004"),
        _no("nir", "MR-004"),
        _no("genetic_identification", "MR-004"),
        _in("outside_eu", ("no", "adequate", "safeguards"), "MR-004"),
    ):
        return _found(read, "RNIPH", "MR-004")
    return _found(read, "RNIPH", "CNIL", "cesrees_first")


def _involving_persons(read: _Reading, intervention: str) -> Qualification:
    product = read.ask("product", "CTR")
    code = PRODUCTS.get(product) or RIPH[intervention]
    if read.all_hold(
        _no("snds_main_base", "LIL-66"),
        _no("nir", "LIL-66"),
        _in("outside_eu", ("no", "adequate", "safeguards"), "RGPD-44"),
    ):
        return _found(read, code, "MR-003" if code == "RIPH3" else "MR-001")
    return _found(read, code, "CNIL", "cpp_first")


def _snds(read: _Reading) -> tuple[str, ...]:
    insurer = read.known("requester", "insurer", "SNDS")
    if insurer or _beyond_methodology(read):
        return ("CNIL", "cesrees_first", *(("laboratory",) if insurer else ()))
    if not read.all_hold(
        _no("matched", "SNDS"),
        _Test("requester", lambda value: value != "insurer", "SNDS"),
    ):
        return ("CNIL", "cesrees_first")
    formality = "MR-007" if read.ask("snds_interest", "SNDS") == "public_mission" else "MR-008"
    return (formality, "cnam_only", "cesrees_express", *_unsaid(read))


def _pmsi(read: _Reading) -> tuple[str, ...]:
    # Matched with anything, it is no longer the national PMSI only.
    if _beyond_methodology(read) or read.known("matched", True, "ATIH"):
        return ("CNIL", "cesrees_first")
    requester = read.ask("requester", "ATIH")
    if requester in OWN_PMSI:
        return ("MR-005", *_unsaid(read))
    if requester == "manufacturer":
        return ("MR-006", "laboratory", *_unsaid(read))
    return ("CNIL", "cesrees_first")


def _beyond_methodology(read: _Reading) -> bool:
    """No methodology covers the NIR or an unframed transfer: where said, the CNIL authorises."""
    return read.known("nir", True, "LIL-66") or read.known("outside_eu", "yes", "RGPD-44")


def _unsaid(read: _Reading) -> tuple[str, ...]:
    """What the methodology supposes and the answers leave unsaid."""
    return tuple(
        condition
        for key, condition in (("nir", "no_nir"), ("outside_eu", "within_eu"))
        if key not in read.answers
    )


def _found(read: _Reading, code: str, formality: str, *conditions: str) -> Qualification:
    conditions = list(conditions)
    if formality != "none":
        if read.answers.get("aipd_done") is not True:
            conditions.append("aipd")
        conditions.append("establishment_files")
        if read.answers.get("informed") == "documented_exception":
            conditions.append("exception_examined")
    if read.answers.get("outside_eu") in ("safeguards", "yes"):
        conditions.append("outside_eu")
    return Qualification(
        code,
        formality,
        tuple(read.because.values()),
        evidence_of(formality, code),
        tuple(conditions),
    )
