"""The rules of the airlock: how grave each is, and which text of the field asks for it.

The source named beside a rule is the text to open on its subject; which figures were read in it,
and which are quoted by others, `docs/decisions/airlock.md` says. What has no source named is of the
house: it follows from articles U-09 and C-09, and says no more.
"""

from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """What a finding entails: read; looked at closely; seen by two checkers; never released."""

    NOTE = 1
    DOUBT = 2
    RISK = 3
    BARRED = 4


@dataclass(frozen=True)
class Source:
    """A text of the field, by its name, and where it is."""

    name: str
    address: str = ""


SOURCES = {
    "casd": Source(
        "CASD, Règles de confidentialité des sorties",
        "https://www.casd.eu/wp/wp-content/uploads/Regles_de_confidentialite_sorties.pdf",
    ),
    "essnet": Source(
        "ESSnet SDC, Guidelines for the checking of output based on microdata research",
        "https://cros.ec.europa.eu/system/files/2024-02/Output-checking-guidelines.pdf",
    ),
    "handbook": Source(
        "SDAP, Handbook on Statistical Disclosure Control for Outputs, 2019",
        "https://securedatagroup.org/sdc-handbook/",
    ),
    "tables": Source(
        "Handbook on Statistical Disclosure Control, chapter 5.2",
        "https://sdctools.github.io/HandbookSDC/05-frequency-tables.html",
    ),
    "sacro": Source(
        "The SACRO guide to statistical output checking, 2023",
        "https://zenodo.org/records/10054629",
    ),
    "acro": Source("ACRO, default.yaml", "https://github.com/AI-SDC/ACRO"),
    "graimatter": Source(
        "GRAIMATTER Green Paper, 2022, 10.5281/zenodo.7089491", "https://arxiv.org/abs/2211.01656"
    ),
}


@dataclass(frozen=True)
class Rule:
    """A rule: how grave it is not to follow it, and who says so."""

    code: str
    severity: Severity
    source: str = ""


_NOTE, _DOUBT, _RISK, _BARRED = Severity

RULES = {
    rule.code: rule
    for rule in (
        # Small numbers of persons
        Rule("small_cell", _RISK, "casd"),
        Rule("recovered_cell", _RISK, "handbook"),
        Rule("recovered_group", _RISK, "handbook"),
        Rule("part_of_masked", _RISK, "handbook"),
        Rule("small_n", _DOUBT, "casd"),
        # What tables tell together, those that left before with them
        Rule("differenced", _RISK, "tables"),
        Rule("recovered_across", _RISK, "tables"),
        Rule("not_compared", _RISK),
        # Who weighs most in a sum; single persons in a statistic
        Rule("dominance_nk", _RISK, "acro"),
        Rule("dominance_p", _RISK, "acro"),
        Rule("extreme_value", _DOUBT, "essnet"),
        Rule("few_degrees", _RISK, "acro"),
        Rule("degrees_unsaid", _DOUBT),
        # Persons
        Rule("social_security_number", _BARRED),
        Rule("pseudonym", _BARRED),
        Rule("patient_number", _RISK),
        Rule("email", _RISK),
        Rule("phone", _RISK),
        Rule("birth_date", _RISK),
        Rule("person_name", _RISK),
        Rule("exact_dates", _DOUBT),
        # Rows that are persons
        Rule("row_level", _RISK, "essnet"),
        Rule("unique_rows", _RISK, "essnet"),
        Rule("many_rows", _DOUBT),
        # What a file holds and does not show
        Rule("hidden_sheet", _RISK),
        Rule("hidden_rows", _RISK),
        Rule("hidden_columns", _RISK),
        Rule("hidden_text", _RISK),
        Rule("comments", _RISK),
        Rule("tracked_changes", _RISK),
        Rule("pivot_cache", _RISK),
        Rule("external_link", _RISK),
        Rule("embedded_object", _RISK),
        Rule("metadata", _DOUBT),
        Rule("trailing_data", _RISK),
        Rule("macro", _BARRED),
        Rule("script", _BARRED),
        # Figures and notebooks
        Rule("plotted_points", _RISK),
        Rule("vector_figure", _DOUBT),
        Rule("picture", _NOTE),
        Rule("cell_outputs", _RISK),
        Rule("attachments", _RISK),
        # Models, and what cannot be read
        Rule("learned_model", _RISK, "graimatter"),
        Rule("serialised_object", _BARRED, "graimatter"),
        Rule("archive", _BARRED),
        Rule("encrypted", _BARRED),
        Rule("unreadable", _BARRED),
        Rule("unknown_format", _RISK),
        Rule("other_format", _RISK),
        Rule("cut_short", _RISK),
    )
}
