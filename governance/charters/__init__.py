"""The three charters: articles as clauses with pure checks, judged on facts.

Reading order: ``clauses`` (what a charter is), ``facts`` (what checks read), ``checks`` (one
module a family), ``judging`` (clauses and facts to verdicts), ``sentences`` (verdicts to words).
Nothing here knows Django, the database or the clock.
"""

from governance.charters.canonical import canonical_bytes, digest, facts_from
from governance.charters.clauses import CHARTERS, Article, Charter, Clause, Planned, Source
from governance.charters.judging import (
    blocking,
    clauses_of,
    find_clause,
    guards_of,
    judge,
    passes,
    perimeter,
)
from governance.charters.loader import (
    CharterError,
    ended_by,
    load_charter,
    load_charters,
    local_versions,
    read_charter,
    text_of,
    versions,
    versions_elsewhere,
    versions_in_force,
    versions_signed_for,
)
from governance.charters.parameters import Parameter, laxities
from governance.charters.sentences import label, sentence
from governance.charters.verdict import MENDERS, SECTIONS, Outcome, Verdict

__all__ = [
    "CHARTERS",
    "MENDERS",
    "SECTIONS",
    "Article",
    "Charter",
    "CharterError",
    "Clause",
    "Outcome",
    "Parameter",
    "Planned",
    "Source",
    "Verdict",
    "blocking",
    "canonical_bytes",
    "clauses_of",
    "digest",
    "ended_by",
    "facts_from",
    "find_clause",
    "guards_of",
    "judge",
    "label",
    "laxities",
    "load_charter",
    "load_charters",
    "local_versions",
    "passes",
    "perimeter",
    "read_charter",
    "sentence",
    "text_of",
    "versions",
    "versions_elsewhere",
    "versions_in_force",
    "versions_signed_for",
]
