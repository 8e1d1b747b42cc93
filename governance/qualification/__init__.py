"""Regulatory qualification of a study under French law: questions, rules, evidence.

Pure: no database, no clock. ``questions.toml``, ``texts.toml`` and ``evidence.toml`` are the data;
``rules`` reads answers in the order of the law.
"""

from governance.qualification.evidence import (
    FORMALITIES,
    PIECES,
    EvidenceField,
    Piece,
    evidence_of,
    piece_is_valid,
    piece_problems,
)
from governance.qualification.questions import (
    QUESTIONS,
    AnswerError,
    Question,
    check_answers,
    question,
    source_label,
)
from governance.qualification.rules import (
    QUALIFICATIONS,
    Because,
    Qualification,
    Unanswered,
    WrongAnswers,
    next_questions,
    qualify,
    relevant_questions,
)

__all__ = [
    "FORMALITIES",
    "PIECES",
    "QUALIFICATIONS",
    "QUESTIONS",
    "AnswerError",
    "Because",
    "EvidenceField",
    "Piece",
    "Qualification",
    "Question",
    "Unanswered",
    "WrongAnswers",
    "check_answers",
    "evidence_of",
    "next_questions",
    "piece_is_valid",
    "piece_problems",
    "qualify",
    "question",
    "relevant_questions",
    "source_label",
]
