"""A quality label is held while each of its six elements is: computed, or declared with a proof and
until a day."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from catalog.domain import labels
from catalog.domain.findings import write
from catalog.models import Dataset, FillRate, LabelDeclaration, Variable
from catalog.queries import variables_of
from catalog.queries.label import DECLARED, label_of
from governance.models import AuditEvent
from tests.catalog.domain.test_descriptions import dataset, engineer, producer  # noqa: F401
from tests.people import DAY, NOW, person

pytestmark = pytest.mark.django_db
SAID = "Deux ingénieurs comparent chaque mois l'entrepôt au logiciel du laboratoire."
PROOF = "https://exemple.fr/procedure"
UNTIL = (NOW + 300 * DAY).date()


@pytest.fixture
def described(dataset, rennes):  # noqa: F811
    """A dataset of which everything that is computed is in order."""
    day = NOW.date()
    Dataset.objects.update(reviewed_on=day, measured_on=day, rows=900, persons=500)
    variable = Variable.objects.create(
        code="x", category=dataset.category, label_fr="X", table="t", column="c", type="code"
    )
    FillRate.objects.create(variable=variable, establishment=rennes.place, rate=80, measured_on=day)
    dataset.refresh_from_db()
    return dataset


def declare(found, by, element="management", text=SAID, proof=PROOF, until=UNTIL, at=NOW):
    return labels.declare(found, element, text, proof, until, by=by, at=at)


def label(found, at=NOW):
    return label_of(Dataset.objects.listed().get(pk=found.pk), variables_of(found), None, at=at)


def held(found, at=NOW) -> set[str]:
    return {each.code for each in label(found, at).elements if each.held}


def test_what_is_computed_needs_no_declaration(described):
    assert held(described) == {"documentation", "technical", "coverage"}
    assert label(described).until is None


def test_the_label_is_given_once_every_element_is_held_until_the_first_of_their_days(
    described,
    producer,  # noqa: F811
):
    for element in DECLARED:
        declare(described, producer, element)
    assert label(described).given
    assert label(described).until == UNTIL
    assert not label(described, NOW + 301 * DAY).given


@pytest.mark.parametrize(
    ("field", "element"),
    [("reviewed_on", "documentation"), ("measured_on", "coverage")],
)
def test_what_was_checked_or_measured_over_a_year_ago_counts_no_more(described, field, element):
    Dataset.objects.update(**{field: (NOW - 380 * DAY).date()})
    assert element not in held(described)


def test_a_variable_that_was_not_measured_is_said(described, rennes):
    FillRate.objects.update(measured_on=None)
    technical = label(described).elements[1]
    assert technical.lacks == ["Le remplissage n’a pas encore été mesuré."]


def test_an_anomaly_left_without_its_answer_takes_the_element_away(described, producer):  # noqa: F811
    declare(described, producer)
    assert "management" in held(described)
    write(described, None, "Les unités changent en 2019 sans le dire.", by=producer, at=NOW)
    assert "management" in held(described), "it is in its delay"
    assert "management" not in held(described, NOW + 90 * DAY)


def test_the_last_declaration_is_the_one_that_counts_and_none_is_lost(described, producer):  # noqa: F811
    declare(described, producer)
    declare(described, producer)
    later = NOW + timedelta(hours=1)
    declare(described, producer, text=SAID + " Le compte rendu est public.", at=later)
    assert LabelDeclaration.objects.count() == 2
    assert label(described).elements[2].declaration.text.endswith("public.")
    assert AuditEvent.objects.filter(action="label.declared").count() == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"text": "Tout va bien."}, "text"),
        ({"proof": "javascript:alert(1)"}, "proof"),
        ({"proof": "une armoire"}, "proof"),
        ({"until": NOW.date()}, "valid_until"),
        ({"until": (NOW + 900 * DAY).date()}, "valid_until"),
        ({"element": "documentation"}, "element"),
    ],
)
def test_what_cannot_be_declared_is_refused_field_by_field(described, producer, wrong, field):  # noqa: F811
    with pytest.raises(ValidationError) as refusal:
        declare(described, producer, **wrong)
    assert field in refusal.value.error_dict
    assert not LabelDeclaration.objects.exists()


def test_only_who_answers_for_the_data_declares(described, brest):
    with pytest.raises(PermissionDenied):
        declare(described, person(("producer", "chu-brest")))


def test_a_label_is_read_in_two_queries(described, producer, django_assert_num_queries):  # noqa: F811
    declare(described, producer)
    variables = variables_of(described)
    with django_assert_num_queries(2):
        label_of(described, variables, None, at=NOW)
