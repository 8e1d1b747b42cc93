"""A description is written by one person of the establishment and read again by another; what was
said before stays readable."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from catalog.domain import descriptions
from catalog.models import Category, Dataset, FillRate, Variable
from catalog.queries import datasets
from catalog.queries.descriptions import changed_since, history, proposed, waiting_for
from governance.models import AuditEvent
from portal.notices.models import Notice
from portal.notices.sentences import say_all
from tests import outbox
from tests.people import DAY, NOW, person

pytestmark = pytest.mark.django_db
WHY = "La microbiologie est reprise."


@pytest.fixture
def dataset(rennes):
    category = Category.objects.create(
        slug="laboratoire", position=1, label_fr="Laboratoires", short_fr="Laboratoires"
    )
    return Dataset.objects.create(
        slug="chu-rennes-laboratoire",
        establishment=rennes.place,
        category=category,
        since_year=2012,
        description_fr="Les résultats de biologie.",
        population_fr="Patients venus depuis 2012.",
        frequency="daily",
        reviewed_on=(NOW - 400 * DAY).date(),
    )


@pytest.fixture
def producer(dataset):
    return person(("producer", "chu-rennes"))


@pytest.fixture
def engineer(dataset):
    return person(("data_engineer", "chu-rennes"))


def propose(dataset, by, text="Biologie et microbiologie.", note=WHY, **said):
    return descriptions.propose(dataset, {"description_fr": text} | said, note, by=by, at=NOW)


def test_nothing_changes_before_another_person_accepts(dataset, producer, engineer):
    version = propose(dataset, producer)
    dataset.refresh_from_db()
    assert dataset.description_fr == "Les résultats de biologie."
    with pytest.raises(PermissionDenied):
        descriptions.accept(version, by=producer, at=NOW)
    descriptions.accept(version, by=engineer, at=NOW)
    dataset.refresh_from_db()
    assert dataset.description_fr == "Biologie et microbiologie."
    assert dataset.reviewed_on == NOW.date(), "P-01 reads that day"
    assert datasets(text="microbiologie") == [dataset], "and the search finds it"


def test_no_english_text_is_left_saying_what_was(dataset, producer):
    dataset.description_en = "Laboratory results."
    dataset.save()
    with pytest.raises(ValidationError) as refused:
        propose(dataset, producer)
    assert list(refused.value.message_dict) == ["description_en"]
    for english in ("Laboratory and microbiology.", ""):
        version = propose(dataset, producer, description_en=english)
        assert version.content["description_en"] == english
    said = {"description_fr": "Les résultats de la biologie."}
    version = descriptions.propose(dataset, said, WHY, by=producer, at=NOW, english_stands=True)
    assert version.content["description_en"] == "Laboratory results."


def test_who_wrote_it_is_told_that_it_is_to_be_written_otherwise(dataset, producer, engineer):
    version = propose(dataset, producer)
    for _ in range(2):
        descriptions.refuse(version, "La microbiologie manque encore.", by=engineer, at=NOW)
    outbox.run()
    (told,) = say_all(Notice.objects.all())
    assert told.notice.person == producer
    assert "à reprendre, CHU Rennes (Laboratoires)" in told.sentence
    assert told.words == "La microbiologie manque encore."


def test_accepting_twice_is_once(dataset, producer, engineer):
    version = propose(dataset, producer)
    for _ in range(2):
        descriptions.accept(version, by=engineer, at=NOW)
    assert [each.version.number for each in history(dataset)] == [2, 1]
    with pytest.raises(ValidationError):
        descriptions.refuse(version, "À reprendre, finalement.", by=engineer, at=NOW)


def test_a_description_left_as_it_is_counts_as_checked(dataset, producer, engineer):
    version = descriptions.propose(dataset, {}, "", by=producer, at=NOW)
    descriptions.accept(version, by=engineer, at=NOW)
    dataset.refresh_from_db()
    assert dataset.is_current(NOW.date())
    assert history(dataset)[0].changes == []


def test_the_history_says_what_each_version_changed(dataset, producer, engineer):
    descriptions.accept(propose(dataset, producer, until_year=2020), by=engineer, at=NOW)
    last, first = history(dataset)
    assert first.first
    assert first.version.content["description_fr"] == "Les résultats de biologie."
    assert [change.label for change in last.changes] == ["Description", "Dernière année"]
    pieces = last.changes[0].pieces
    before = "".join(text for kind, text in pieces if kind != "in")
    after = "".join(text for kind, text in pieces if kind != "out")
    assert (before, after) == ("Les résultats de biologie.", "Biologie et microbiologie.")


def test_a_refusal_says_why_and_leaves_room_for_another(dataset, producer, engineer):
    version = propose(dataset, producer)
    with pytest.raises(ValidationError):
        descriptions.refuse(version, "non", by=engineer, at=NOW)
    descriptions.refuse(version, "La microbiologie manque avant 2023.", by=engineer, at=NOW)
    again = propose(dataset, producer, "Biologie ; microbiologie depuis 2023.")
    assert again.pk != version.pk
    assert list(waiting_for(engineer, NOW)) == [again]
    assert list(waiting_for(producer, NOW)) == []
    assert [change.label for change in proposed(again)] == ["Description"]


def test_one_proposal_waits_at_a_time_and_its_author_may_write_it_again(
    dataset, producer, engineer
):
    first = propose(dataset, producer)
    with pytest.raises(ValidationError, match="attend déjà"):
        propose(dataset, engineer, "Autre chose encore.")
    assert propose(dataset, producer, "Mieux dit.").pk == first.pk


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"description_fr": ""}, "description_fr"),
        ({"since_year": 2400}, "since_year"),
        ({"since_year": 2027}, "since_year"),
        ({"until_year": 2001}, "until_year"),
        ({"frequency": "never"}, "frequency"),
        ({"contact": "personne"}, "contact"),
    ],
)
def test_what_cannot_be_is_refused_field_by_field(dataset, producer, said, field):
    with pytest.raises(ValidationError) as refusal:
        descriptions.propose(dataset, said, WHY, by=producer, at=NOW)
    assert field in refusal.value.error_dict
    assert not dataset.versions.exists()


def test_a_change_says_why(dataset, producer):
    with pytest.raises(ValidationError) as refusal:
        propose(dataset, producer, note="")
    assert "note" in refusal.value.error_dict


@pytest.mark.parametrize("role", [("producer", "chu-brest"), ("delegate", "chu-rennes")])
def test_only_who_answers_for_the_data_of_that_hospital_writes_or_accepts(
    dataset, producer, brest, role
):
    other = person(role)
    with pytest.raises(PermissionDenied):
        propose(dataset, other)
    with pytest.raises(PermissionDenied):
        descriptions.accept(propose(dataset, producer), by=other, at=NOW)


def test_the_database_itself_wants_two_persons(dataset, producer):
    version = propose(dataset, producer)
    with pytest.raises(IntegrityError), transaction.atomic():
        dataset.versions.filter(pk=version.pk).update(
            state="accepted", number=2, reviewed_by=producer, reviewed_at=NOW
        )


def test_each_act_is_audited(dataset, producer, engineer):
    descriptions.accept(propose(dataset, producer), by=engineer, at=NOW)
    acts = AuditEvent.objects.filter(subject_type="dataset").order_by("pk")
    assert [act.action for act in acts] == ["description.proposed", "description.accepted"]


def test_who_asked_for_the_data_reads_what_changed_since(dataset, producer, engineer):
    variable = Variable.objects.create(
        code="x", category=dataset.category, label_fr="X", table="t", column="c", type="code"
    )
    descriptions.accept(propose(dataset, producer), by=engineer, at=NOW)
    before, after = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
    (shown,) = changed_since(["chu-rennes"], [variable.pk], before)
    assert shown.version.note == WHY
    assert changed_since(["chu-rennes"], [variable.pk], after) == []
    assert changed_since(["chu-brest"], [variable.pk], before) == []


def test_the_quality_of_a_variable_is_noted_by_one_and_read_again_by_another(
    dataset, producer, engineer
):
    variable = Variable.objects.create(
        code="x", category=dataset.category, label_fr="Sodium", table="t", column="c", type="code"
    )
    rate = FillRate.objects.create(variable=variable, establishment=dataset.establishment, rate=80)
    said = {"x": {"fr": "Unités changées en 2019.", "en": ""}}
    first = propose(dataset, producer, notes=said)
    rate.refresh_from_db()
    assert rate.note_fr == ""
    assert [each.label for each in proposed(first)] == ["Description", "Qualité de « Sodium »"]
    descriptions.accept(first, by=engineer, at=NOW)
    rate.refresh_from_db()
    assert rate.note_fr == "Unités changées en 2019."
    second = propose(dataset, producer, notes={"x": {"fr": " ", "en": ""}})
    descriptions.accept(second, by=engineer, at=NOW)
    rate.refresh_from_db()
    assert rate.note_fr == "", "what is left out is taken away"
    assert [each.label for each in history(dataset)[0].changes] == ["Qualité de « Sodium »"]
    for wrong in ({"y": {"fr": "a"}}, {"x": {"fr": "a" * 501}}):
        with pytest.raises(ValidationError):
            propose(dataset, producer, notes=wrong)
