"""An extraction that ended without data says why in words, never in codes."""

import re
from pathlib import Path

import pytest

from catalog.orders import OrderRefused
from catalog.site import perimeter
from projects.domain.extractions import _words
from projects.queries.endings import FAILED, WHY, end_words


def order(**changed) -> dict:
    """An order of one variable, but for what is `changed`."""
    return {
        "order": "1",
        "period": {"from": "2019-01-01", "to": "2020-12-31"},
        "delivery_kind": "pseudonymised",
        "variables": [{"table": "person", "column": "year_of_birth"}],
    } | changed


def refusal(asked: dict) -> str:
    """What the portal keeps of the site's refusal of a perimeter."""
    with pytest.raises(OrderRefused) as refused:
        perimeter.read(asked)
    return _words("refused", {"reason": refused.value.reason, **refused.value.values})


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"variables": []}, "aucune variable n'est demandée"),
        ({"period": {"from": "x", "to": "y"}}, "une date de la période ne se lit pas"),
        (
            {"period": {"from": "2021-01-01", "to": "2020-01-01"}},
            "la période finit avant de commencer",
        ),
        (
            {"variables": [{"table": "nulle", "column": "x"}]},
            "table « nulle », variable n° 1, cette table n'est pas de celles qui se livrent",
        ),
        (
            {"variables": [{"table": "person", "column": "zzz"}]},
            "colonne « zzz », variable n° 1, cette colonne n'existe pas dans l'entrepôt",
        ),
        ({"variables": ["x"]}, "variable n° 1, une variable ne se lit pas"),
    ],
)
def test_a_refused_perimeter_is_said_in_words(asked, said):
    words = end_words(refusal(order(**asked)))
    assert words == f"Le périmètre demandé n'est pas livrable : le site le refuse. ({said})"


def test_every_reason_of_a_site_has_its_words():
    source = Path(perimeter.__file__).read_text(encoding="utf-8")
    reasons = set(re.findall(r'_refused\([^)]*?, "([a-z_]+)"', source)) | set(
        perimeter.NEVER.values()
    )
    assert reasons <= set(WHY)


def test_a_failed_check_and_an_unknown_code_are_said_in_words():
    words = end_words("check · check period · table visit_occurrence")
    assert str(FAILED["period"]) in words and "table « visit_occurrence »" in words
    assert end_words("never_heard_of") == end_words("internal")
    cohort = end_words("cohort · pointer /cohort/all/0 · why not_a_code")
    assert cohort.endswith("lisible au site.")
