"""Models with few residual degrees of freedom: nearly as many parameters as persons."""

import re

from projects.airlock.content import Content, whole_of, word_in
from projects.airlock.findings import Finding, found

LEAST_DEGREES = 10
MODEL = "model"
SAID = re.compile(
    r"df[ _]?resid\w*[\s:=]{0,60}(\d+)"
    r"|on\s+(?:\d+\s+and\s+)?(\d+)\s+(?:residual\s+)?(?:degrees of freedom|df\b)"
    r"|degrees of freedom\s*[:=]\s*(\d+)"
    r"|(?:ddl|degr[ée]s? de libert[ée])(?:\s+r[ée]siduels?)?[\s:=]{0,60}(\d+)",
    re.IGNORECASE,
)
COLUMN = word_in("df_resid df_residual dof_resid ddl ddl_residuels")
OF_A_TEST = re.compile(
    r"\b(?:chi|khi)[ -]?(?:2|deux|sq)|χ|x-squared|\bwald\b|likelihood ratio|log-?rank|\btest\b",
    re.IGNORECASE,
)
RESIDUAL = re.compile("resid|résid", re.IGNORECASE)
"""The degrees of a test are not those of a model."""


def check(content: Content, kind: str) -> list[Finding]:
    """Degrees under the least; a model that says none."""
    told = [*_in_texts(content), *_in_tables(content)]
    few = [place for place, degrees in told if degrees < LEAST_DEGREES]
    unsaid = kind == MODEL and not told and (content.tables or content.texts)
    return found("few_degrees", few) + ([Finding("degrees_unsaid")] if unsaid else [])


def _in_texts(content: Content):
    for place, line in content.lines():
        for each in SAID.finditer(line) if _of_a_model(line) else ():
            yield place, int(next(n for n in each.groups() if n))


def _in_tables(content: Content):
    for table in content.tables:
        if not _of_a_model(" ".join(table.header)):
            continue
        columns = [c for c, title in enumerate(table.header) if COLUMN.search(title)]
        for number, row in table.numbered():
            cells = [(c, whole_of(row[c])) for c in columns if c < len(row)]
            yield from ((table.place(number, c), value) for c, value in cells if value is not None)
            if not columns:
                line = " ".join(row)
                for each in SAID.finditer(line) if _of_a_model(line) else ():
                    yield table.place(number, 0), int(next(n for n in each.groups() if n))


def _of_a_model(line: str) -> bool:
    return not OF_A_TEST.search(line) or RESIDUAL.search(line) is not None
