"""Which codes and units are well formed, terminology by terminology.

The full terminologies are not shipped. What is checked here is what can be known without them:
the shape of a code, the blocks of the CIM-10, the second level of the ATC, the check digit of a
LOINC code. A site adds the codes that its own warehouse holds (``parse(…, known=…)``), which is how
a drug known by name only, or a local act, is accepted.

Sources: CIM-10 FR (ATIH), list of chapters and blocks; ATC index (WHO CC), first two levels; CCAM
(Assurance maladie), structure of a code; LOINC users' guide, Mod 10 check digit; UCUM.
"""

import re
import unicodedata
from decimal import Decimal

TERMINOLOGIES = {
    "condition": "CIM-10",
    "procedure": "CCAM",
    "drug": "ATC / UCD",
    "measurement": "LOINC",
}

_CIM10_BLOCKS = """
A00-A09 A15-A28 A30-A99 B00-B09 B15-B83 B85-B99 C00-C26 C30-C41 C43-C58 C60-C97 D00-D48 D50-D77
D80-D89 E00-E07 E10-E16 E20-E35 E40-E46 E50-E90 F00-F48 F50-F99 G00-G14 G20-G26 G30-G32 G35-G37
G40-G47 G50-G64 G70-G73 G80-G83 G90-G99 H00-H06 H10-H13 H15-H22 H25-H28 H30-H36 H40-H59 H60-H62
H65-H75 H80-H83 H90-H95 I00-I02 I05-I15 I20-I28 I30-I52 I60-I89 I95-I99 J00-J06 J09-J22 J30-J47
J60-J70 J80-J86 J90-J99 K00-K14 K20-K31 K35-K38 K40-K46 K50-K52 K55-K67 K70-K77 K80-K93 L00-L08
L10-L14 L20-L30 L40-L45 L50-L75 L80-L99 M00-M25 M30-M36 M40-M54 M60-M99 N00-N08 N10-N23 N25-N51
N60-N64 N70-N77 N80-N99 O00-O08 O10-O16 O20-O48 O60-O75 O80-O92 O94-O99 P00-P08 P10-P15 P20-P29
P35-P39 P50-P61 P70-P83 P90-P96 Q00-Q07 Q10-Q18 Q20-Q28 Q30-Q45 Q50-Q56 Q60-Q99 R00-R23 R25-R99
S00-S99 T00-T98 U00-U49 U80-U89 V01-V99 W00-W99 X00-X99 Y00-Y98 Z00-Z13 Z20-Z65 Z70-Z76 Z80-Z99
"""
_CIM10_RANGES = [tuple(block.split("-")) for block in _CIM10_BLOCKS.split()]
_CIM10 = re.compile(r"([A-Z][0-9]{2})(\.(?!$)[0-9A-Z]{0,4}([+-][0-9]{1,2})?)?")
_CIM10_WITHOUT_DOT = re.compile(r"([A-Z][0-9]{2})([0-9A-Z]{1,4}([+-][0-9]{1,2})?|[+-][0-9]{1,2})")

_ATC_GROUPS = {
    "A": "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16",
    "B": "01 02 03 05 06",
    "C": "01 02 03 04 05 07 08 09 10",
    "D": "01 02 03 04 05 06 07 08 09 10 11",
    "G": "01 02 03 04",
    "H": "01 02 03 04 05",
    "J": "01 02 04 05 06 07",
    "L": "01 02 03 04",
    "M": "01 02 03 04 05 09",
    "N": "01 02 03 04 05 06 07",
    "P": "01 02 03",
    "R": "01 02 03 05 06 07",
    "S": "01 02 03",
    "V": "01 03 04 06 07 08 09 10 20",
}
_ATC_SECOND_LEVEL = {letter + n for letter, all_n in _ATC_GROUPS.items() for n in all_n.split()}
_ATC = re.compile(r"([A-Z])(([0-9]{2})([A-Z]([A-Z]([0-9]{2})?)?)?)?")
_UCD = re.compile(r"[0-9]{7}|[0-9]{13}")

_CCAM = re.compile(r"[A-QYZ][A-Z]{3}[0-9]{3}")
_CCAM_STEM = re.compile(r"[A-QYZ][A-Z]{0,3}")

_LOINC = re.compile(r"([0-9]{1,7})-([0-9])")


def _cim10(stem: str) -> bool:
    match = _CIM10.fullmatch(stem)
    return bool(match) and any(low <= match[1] <= high for low, high in _CIM10_RANGES)


def with_its_dot(pattern: str) -> str:
    """A code of the CIM-10 (or one and ``.*``) as warehouses record it, ``I21.4``, where its
    publisher's file or a person wrote ``I214``; any other text as it is."""
    stem = pattern.removesuffix(".*")
    match = _CIM10_WITHOUT_DOT.fullmatch(stem)
    dotted = f"{match[1]}.{match[2]}" if match else ""
    return dotted + pattern[len(stem) :] if match and _cim10(dotted) else pattern


def _atc(stem: str) -> bool:
    match = _ATC.fullmatch(stem)
    if not match:
        return False
    return stem in _ATC_GROUPS if match[3] is None else match[1] + match[3] in _ATC_SECOND_LEVEL


def _loinc(code: str) -> bool:
    """Whether the digit after the dash is the Mod 10 check digit of those before it."""
    match = _LOINC.fullmatch(code)
    if not match:
        return False
    total = 0
    for place, digit in enumerate(reversed(match[1])):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return (10 - total % 10) % 10 == int(match[2])


def well_formed(kind: str, pattern: str) -> bool:
    """Whether `pattern` (a code, or a code and ``.*``) can be one of the terminology of `kind`.

    `kind` is a key of TERMINOLOGIES. Drugs may also be UCD codes (7 or 13 digits).
    """
    descendants = pattern.endswith(".*")
    stem = pattern[:-2] if descendants else pattern
    if kind == "condition":
        return _cim10(stem)
    if kind == "drug":
        return _atc(stem) or (not descendants and bool(_UCD.fullmatch(stem)))
    if kind == "procedure":
        return bool(_CCAM.fullmatch(stem) or (descendants and _CCAM_STEM.fullmatch(stem)))
    return not descendants and _loinc(stem)


# Categories of documents (the thirteen of the network), code -> (French, English).
CATEGORIES: dict[str, tuple[str, str]] = {
    "hospitalisation": ("comptes rendus d'hospitalisation", "hospital discharge reports"),
    "consultation": ("comptes rendus de consultation", "consultation reports"),
    "operatoire": ("comptes rendus opératoires", "operative reports"),
    "prescription": ("prescriptions et administrations", "prescriptions and administrations"),
    "urgences": ("dossier d'urgence", "emergency record"),
    "laboratoire": ("laboratoires", "laboratories"),
    "infirmier": ("dossier infirmier", "nursing record"),
    "pmsi": ("PMSI", "PMSI (claims and coding)"),
    "anatomopathologie": ("anatomopathologie", "pathology"),
    "imagerie": ("imagerie", "imaging"),
    "genomique": ("génomique", "genomics"),
    "chimiotherapie": ("chimiothérapie", "chemotherapy"),
    "odontologie": ("odontologie", "dentistry"),
}

_ACCENTED = "àâäáãéèêëîïíìôöóòõûüùúçñÿ"
_PLAIN = "aaaaaeeeeiiiiooooouuuucny"
FOLD_FROM, FOLD_TO = _ACCENTED, _PLAIN
"""Accented letters and what they are read as, for engines that translate character by character."""


def fold(text: str) -> str:
    """`text` in lower case, without accents, ligatures spelt out: what texts are compared by."""
    text = unicodedata.normalize("NFC", text).lower().replace("œ", "oe").replace("æ", "ae")
    return text.translate(str.maketrans(FOLD_FROM, FOLD_TO))


_CATEGORY_NAMES = {fold(name): code for code, (name, _) in CATEGORIES.items()}
_CATEGORY_NAMES |= {fold(code): code for code in CATEGORIES}
_CATEGORY_NAMES |= {"urgence": "urgences", "laboratoires": "laboratoire"}


def category_code(name: str) -> str | None:
    """The code of the category called `name` (code or French name, case and accents aside)."""
    return _CATEGORY_NAMES.get(fold(name.strip()))


# UCUM units by dimension, each with its size in the first one. Only exact, linear conversions.
_UNITS = {
    "mass concentration": {
        "g/L": "1",
        "g/dL": "10",
        "mg/dL": "0.01",
        "mg/L": "0.001",
        "mg/mL": "1",
        "ug/L": "0.000001",
        "ug/dL": "0.00001",
        "ug/mL": "0.001",
        "ng/mL": "0.000001",
        "ng/L": "0.000000001",
        "pg/mL": "0.000000001",
    },
    "amount concentration": {
        "mol/L": "1",
        "mmol/L": "0.001",
        "umol/L": "0.000001",
        "nmol/L": "0.000000001",
        "pmol/L": "0.000000000001",
    },
    "equivalents": {"meq/L": "1"},
    "enzyme": {"U/L": "1", "[IU]/L": "1", "m[IU]/L": "0.001", "[IU]/mL": "1000"},
    "count concentration": {
        "10*9/L": "1",
        "10*3/uL": "1",
        "10*12/L": "1000",
        "10*6/uL": "1000",
        "/uL": "0.001",
    },
    "fraction": {"%": "1", "1": "100", "{ratio}": "100"},
    "inr": {"{INR}": "1"},
    "ph": {"[pH]": "1"},
    "temperature": {"Cel": "1"},
    "pressure": {"mm[Hg]": "1"},
    "rate": {"/min": "1"},
    "time": {"s": "1", "min": "60", "h": "3600"},
    "mass": {"g": "1", "kg": "1000", "mg": "0.001", "pg": "0.000000000001"},
    "length": {"m": "1", "cm": "0.01", "mm": "0.001"},
    "volume": {"L": "1", "dL": "0.1", "mL": "0.001", "fL": "0.000000000000001"},
    "sedimentation": {"mm/h": "1"},
    "flow": {"mL/h": "1", "mL/min": "60", "L/min": "60000"},
    "filtration": {"mL/min/{1.73_m2}": "1"},
    "body mass index": {"kg/m2": "1"},
    "score": {"{score}": "1"},
}
_DIMENSION = {unit: dimension for dimension, units in _UNITS.items() for unit in units}


def known_unit(unit: str) -> bool:
    """Whether `unit` is a UCUM unit of the table above."""
    return unit in _DIMENSION


def in_every_unit(value: float, unit: str) -> dict[str, float]:
    """`value` of `unit` written in every unit it converts to exactly, itself included.

    80 g/L gives 80.0 for g/L, 8.0 for g/dL and so on: a site is asked in the units it records in.
    """
    units = _UNITS[_DIMENSION[unit]]
    amount = Decimal(repr(float(value))) * Decimal(units[unit])
    converted = {other: float(amount / Decimal(size)) for other, size in units.items()}
    return converted | {unit: float(value)}
