"""What a charter may name in its lists is what the forms of a request offer."""

from governance.charters.checks import CHECKS
from governance.charters.loader import usual_parameters
from governance.process.proposed import HELD, OFFERED
from projects.dossier.form import PROHIBITED, PURPOSES, SECTIONS
from projects.forms.results import EXCUSES
from projects.process.details import GROUNDS


def offered(section: str, field: str) -> set[str]:
    found = next(each for each in SECTIONS if each.code == section).field(field)
    return {code for code, _label in found.choices}


def test_the_codes_of_a_charter_are_those_that_forms_offer():
    assert set(OFFERED["purpose_permitted", "permitted"]) == {code for code, _label in PURPOSES}
    assert set(HELD["purpose_permitted", "prohibited"]) == {code for code, _label in PROHIBITED}
    assert set(OFFERED["results_given_back", "excuses"]) == set(EXCUSES)
    assert set(OFFERED["results_in_time", "excuses"]) == set(EXCUSES)
    assert set(OFFERED["ground_listed", "grounds"]) == set(GROUNDS)
    assert set(OFFERED["nothing_sold", "bases"]) <= offered("calendar", "fee_basis")


def test_each_check_brings_what_it_reads():
    read = {name: set(check.parameters) for name, check in CHECKS.items()}
    assert {name: set(usual_parameters(name)) for name in CHECKS} == read
