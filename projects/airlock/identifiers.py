"""What names a person, or leads to one: numbers, addresses, dates of birth, names."""

import re

from projects.airlock.content import Content, Table, word_in
from projects.airlock.findings import Finding, found

SOCIAL_SECURITY = re.compile(
    r"(?<!\d)([1-478])\s?(\d{2})\s?(0[1-9]|1[0-2]|[2-9]\d)\s?(\d{2}|2[AB])\s?(\d{3})\s?(\d{3})\s?(\d{2})(?!\d)"
)
"""Number of inscription (NIR, which is also the INS) with its key: thirteen digits, then two."""
PSEUDONYM = re.compile(r"(?<![0-9a-f])(?=[0-9]*[a-f])(?:[0-9a-f]{24}|[0-9a-f]{32})(?![0-9a-f])")
"""As the sites make them; without the mark of their delivery, 24 digits are left."""
FEW_HASHES = 3
"""So many different ones are of persons; fewer may be of files."""
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(r"(?<![\d.,])(?:\+33|0033|0)\s?[1-9](?:[ .-]?\d{2}){4}(?![\d.,]*\d)")
NUMBERED = re.compile(r"\b(?:IPP|IEP|NIP|NDA|INS)\b\W{0,4}[A-Z]{0,3}\d{5,}")
BORN = re.compile(r"\bn[ée]+s?\s+le\s+\d{1,2}[/. -]\d{1,2}[/. -]\d{4}", re.IGNORECASE)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?|\d{1,2}[/.]\d{1,2}[/.]\d{4}(?: .*)?")
NUMBER_COLUMN = word_in("ipp iep nip nda ins nir patient_id id_patient person_id id_personne")
BIRTH_COLUMN = word_in("naissance birth birthdate ddn dob")
NAMES = {"nom", "prenom", "prénom", "nom de naissance", "nom d'usage", "patronyme", "surname"}
NAMES |= {"last_name", "first_name", "lastname", "firstname", "nom_naissance", "nom du patient"}
MANY_DATES = 11


def check(content: Content, kind: str) -> list[Finding]:
    """Each kind of identifier, where it stands; never its value."""
    places: dict[str, list[str]] = {}
    hashes: set[str] = set()
    for place, text in _everything(content):
        for rule in _in_text(text, hashes):
            places.setdefault(rule, []).append(place)
    for table in content.tables:
        for rule, place in _in_columns(table):
            places.setdefault(rule, []).append(place)
    if len(hashes) < FEW_HASHES and "pseudonym" in places:
        places.setdefault("patient_number", []).extend(places.pop("pseudonym"))
    return [each for rule, where in places.items() for each in found(rule, where)]


def _everything(content: Content):
    yield from content.lines()
    for table in content.tables:
        for number, row in enumerate(table.rows):
            yield from ((table.place(number, column), cell) for column, cell in enumerate(row))


def _in_text(text: str, hashes: set[str]):
    if any(holds_key(each) for each in SOCIAL_SECURITY.finditer(text.upper())):
        yield "social_security_number"
    seen = PSEUDONYM.findall(text.lower())
    hashes.update(seen)
    if seen:
        yield "pseudonym"
    for rule, pattern in (("email", EMAIL), ("phone", PHONE)):
        if pattern.search(text):
            yield rule
    if NUMBERED.search(text):
        yield "patient_number"
    if BORN.search(text):
        yield "birth_date"


def holds_key(match: re.Match) -> bool:
    """Whether the last two digits are the key of the others: 97 less their rest by 97."""
    *parts, key = match.groups()
    number = "".join(parts).replace("2A", "19").replace("2B", "18")
    return int(key) == 97 - int(number) % 97


def _in_columns(table: Table):
    for column, title in enumerate(table.header):
        values = [row[column] for row in table.body if column < len(row) and row[column]]
        if not values:
            continue
        place, dates = table.title(column), {v for v in values if DATE.fullmatch(v)}
        if NUMBER_COLUMN.search(title):
            yield "patient_number", place
        if BIRTH_COLUMN.search(title) and dates:
            yield "birth_date", place
        if title.strip().lower() in NAMES and any(any(c.isalpha() for c in v) for v in values):
            yield "person_name", place
        if len(dates) >= MANY_DATES:
            yield "exact_dates", place
