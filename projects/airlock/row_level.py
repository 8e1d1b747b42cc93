"""Tables of which each row is a person: by what they are numbered with, or by being alone of their
kind."""

from collections import Counter

from governance.disclosure import LEAST
from projects.airlock.content import Content, Table, word_in
from projects.airlock.counting import COUNTED
from projects.airlock.findings import Finding, found

KEY = word_in(
    "patient person personne sujet subject individu ipp iep nip sejour séjour visit visite id "
    "identifiant num_dossier"
)
DESCRIBES = word_in(
    "age âge sexe sex gender genre naissance birth date entree entrée sortie duree durée los "
    "commune cp postal departement département diagnostic diag cim icd imc bmi poids weight "
    "taille height deces décès death"
)
OF_ROWS = {"id", "identifiant", "visit", "visite"}
"""Names of a column that number the rows of a table of counts as well."""
DISTINCT = 0.9
ALONE = 0.5
FEW_ROWS = 20
MANY_ROWS = 500


def check(content: Content, kind: str) -> list[Finding]:
    """Rows numbered one by one, rows alone of their kind, a great many rows."""
    keyed, alone, many = [], [], []
    for table in content.tables:
        keyed += _keys(table)
        alone += _alone(table)
        many += [table.name or "A1"] if len(table.body) > MANY_ROWS else []
    return found("row_level", keyed) + found("unique_rows", alone) + found("many_rows", many)


def _keys(table: Table):
    counts = any(COUNTED.search(title) for title in table.header)
    for column, title in enumerate(table.header):
        if counts and title.strip().lower() in OF_ROWS:
            continue
        values = [row[column] for row in table.body if column < len(row) and row[column]]
        if (
            len(values) >= LEAST
            and KEY.search(title)
            and len(set(values)) >= DISTINCT * len(values)
        ):
            yield table.title(column)


def _alone(table: Table):
    columns = [c for c, title in enumerate(table.header) if DESCRIBES.search(title)]
    counts = any(COUNTED.search(title) for title in table.header)
    if len(table.body) < FEW_ROWS or len(columns) < 2 or counts:
        return
    kinds = Counter(tuple(row[c] if c < len(row) else "" for c in columns) for row in table.body)
    if sum(1 for times in kinds.values() if times == 1) >= ALONE * len(table.body):
        yield table.title(columns[0])
