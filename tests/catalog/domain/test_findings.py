"""Anomalies that users report: one once, answered in the charter's delay, never of a patient."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from catalog.domain import findings
from catalog.models import Category, Dataset, Finding, FindingReminder, Variable
from catalog.queries.findings import answers_of, confirmed_of, to_deal_with, waiting_by_site
from governance.charters.facts import today
from governance.models.outbox import Message as Outgoing
from tests.people import DAY, NOW, establishment, person

pytestmark = pytest.mark.django_db
WRONG = "Les dates de sortie manquent de mars à juin 2021."
SAID = "Le flux des sorties s'est arrêté ; les dates sont reprises depuis le dossier."


def dataset(slug="chu-rennes", category="laboratoire", **fields) -> Dataset:
    kind, _made = Category.objects.get_or_create(
        slug=category,
        defaults={
            "position": Category.objects.count() + 1,
            "label_fr": category,
            "label_en": category,
            "short_fr": category,
            "short_en": category,
        },
    )
    return Dataset.objects.create(
        slug=f"{slug}-{category}",
        establishment=establishment(slug),
        category=kind,
        since_year=2012,
        frequency="daily",
        **fields,
    )


def variable(of: Dataset, code="measurement.718-7") -> Variable:
    return Variable.objects.create(
        code=code,
        category=of.category,
        label_fr="Hémoglobine",
        label_en="Haemoglobin",
        table="measurement",
        column=code,
        type="number",
    )


@pytest.fixture
def biology():
    return dataset()


@pytest.fixture
def colleague(biology):
    """A methodologist of another hospital."""
    establishment("chu-brest")
    return person(("methodologist", "chu-brest"))


@pytest.fixture
def producer(biology):
    return person(("producer", "chu-rennes"))


def report(biology, by, text=WRONG, at=NOW, variable=None) -> Finding:
    return findings.report_from_catalogue(biology, variable, text, by=by, at=at)


def told() -> list[str]:
    rows = Outgoing.objects.filter(kind="finding").order_by("id")
    return [row.payload["event"] for row in rows]


def test_an_anomaly_waits_thirty_working_days(biology, colleague):
    friday = datetime(2026, 4, 3, 9, 0, tzinfo=UTC)
    found = report(biology, colleague, at=friday)
    # Easter Monday, 1 and 8 May and Ascension are no working days.
    assert today(found.due_at) == date(2026, 5, 21)
    assert [event.kind for event in found.events.all()] == ["reported"]
    assert len(told()) == 1


def test_the_same_words_sent_twice_are_one_anomaly(biology, colleague):
    assert report(biology, colleague) == report(biology, colleague, f"  {WRONG}\r\n")
    assert len(told()) == 1
    assert report(biology, colleague, variable=variable(biology)).pk != Finding.objects.last().pk


@pytest.mark.parametrize(
    "text",
    [
        "",
        "court",
        "\0" * 40,
        "x" * 4001,
        "Le patient 0012345678 a deux dates de sortie.",
        "Voir 2 85 03 35 238 123 dont le sexe est faux.",
        "Écrire à marie.durand@example.org, patiente.",
    ],
)
def test_words_too_short_too_long_or_on_a_person_are_refused(biology, colleague, text):
    with pytest.raises(ValidationError) as refused:
        report(biology, colleague, text)
    assert "text" in refused.value.message_dict
    assert not Finding.objects.exists()


def test_years_and_codes_may_be_written(biology, colleague):
    report(biology, colleague, "De 2019-2023, le code LOINC 718-7 change d'unité (g/dL, g/L).")


def test_a_variable_is_of_the_dataset(biology, colleague):
    other = variable(dataset(category="imagerie"), "image.kind")
    with pytest.raises(ValidationError) as refused:
        report(biology, colleague, variable=other)
    assert "variable" in refused.value.message_dict


def test_who_is_not_of_a_data_centre_reports_from_their_request(biology):
    with pytest.raises(PermissionDenied):
        report(biology, person("researcher"))


def test_the_producer_takes_and_answers_once(biology, colleague, producer):
    found = report(biology, colleague)
    engineer = person(("data_engineer", "chu-rennes"))
    findings.take(found, by=producer, at=NOW)
    findings.take(found, by=producer, at=NOW)
    findings.take(found, by=engineer, at=NOW)
    day = today(NOW) - DAY
    for _twice in range(2):
        findings.answer(found, "mended", SAID, day, by=engineer, at=NOW + DAY)
    found.refresh_from_db()
    assert (found.state, found.assigned_to, found.mended_on) == ("mended", engineer, day)
    kinds = [event.kind for event in found.events.all()]
    assert kinds == ["reported", "taken", "taken", "mended"]
    assert len(told()) == 2
    with pytest.raises(ValidationError, match="déjà été donnée"):
        findings.answer(found, "dismissed", SAID, None, by=producer, at=NOW + DAY)
    with pytest.raises(ValidationError, match="n'attend plus rien"):
        findings.take(found, by=producer, at=NOW)


@pytest.mark.parametrize(
    ("state", "day", "field"),
    [
        ("mended", None, "day"),
        ("mended", NOW.date() + 2 * DAY, "day"),
        ("to_mend", None, "day"),
        ("to_mend", NOW.date(), "day"),
        ("to_mend", date(2999, 1, 1), "day"),
        ("waiting", None, "state"),
        ("?", None, "state"),
    ],
)
def test_an_answer_says_what_and_when(biology, colleague, producer, state, day, field):
    found = report(biology, colleague)
    with pytest.raises(ValidationError) as refused:
        findings.answer(found, state, SAID, day, by=producer, at=NOW)
    assert field in refused.value.message_dict
    found.refresh_from_db()
    assert found.waits


def test_what_was_promised_is_put_off_then_mended(biology, colleague, producer):
    found = report(biology, colleague)
    promised = today(NOW) + 10 * DAY
    findings.answer(found, "to_mend", SAID, promised, by=producer, at=NOW)
    assert confirmed_of(biology) == [found]
    findings.put_off(found, promised + DAY, "Le fournisseur livre plus tard.", by=producer, at=NOW)
    for _twice in range(2):
        findings.mend(found, today(NOW), "", by=producer, at=NOW)
    found.refresh_from_db()
    assert (found.state, found.mended_on) == ("mended", today(NOW))
    kinds = [event.kind for event in found.events.all()]
    assert kinds == ["reported", "to_mend", "put_off", "mended_later"]
    assert len(told()) == 3
    with pytest.raises(ValidationError):
        findings.put_off(found, promised, "Encore plus tard, à revoir.", by=producer, at=NOW)


def test_an_answer_is_of_the_establishment_that_holds_the_data(biology, colleague):
    found = report(biology, colleague)
    elsewhere = person(("producer", "chu-brest"))
    for act in (
        lambda: findings.take(found, by=elsewhere, at=NOW),
        lambda: findings.answer(found, "dismissed", SAID, None, by=colleague, at=NOW),
        lambda: findings.mend(found, today(NOW), "", by=elsewhere, at=NOW),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert not confirmed_of(biology)


def test_the_database_refuses_an_answer_without_words_or_day(biology, colleague):
    found = report(biology, colleague)
    for fields in (
        {"state": "dismissed"},
        {"state": "mended", "answer": SAID, "answered_at": NOW},
        {"state": "to_mend", "answer": SAID, "answered_at": NOW},
        {"answer": SAID},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Finding.objects.filter(pk=found.pk).update(**fields)


def test_reminders_leave_before_and_after_the_date_once(biology, colleague):
    found = report(biology, colleague)
    assert findings.remind(at=NOW + DAY) == 0
    assert findings.remind(at=found.due_at - DAY) == 1
    assert findings.remind(at=found.due_at - DAY) == 0
    findings.remind(at=found.due_at + 30 * DAY)
    findings.remind(at=found.due_at + 30 * DAY)
    kinds = set(FindingReminder.objects.values_list("kind", flat=True))
    assert {"late", "late-stand-in", "late-director"} < kinds
    assert Outgoing.objects.filter(kind="finding_reminder").count() == len(kinds)


def test_a_mending_not_done_on_its_day_is_reminded_once_a_promise(biology, colleague, producer):
    found, day = report(biology, colleague), today(NOW) + 3 * DAY
    findings.answer(found, "to_mend", SAID, day, by=producer, at=NOW)
    assert [findings.remind(at=NOW + n * DAY) for n in (3, 4, 5)] == [0, 1, 0]
    late = NOW + 5 * DAY
    assert list(to_deal_with({"chu-rennes"}, late)) == [found]
    assert not to_deal_with({"chu-brest"}, late) and not to_deal_with(set(), late)


def test_facts_say_how_many_wait_and_since_when(biology, colleague, producer):
    first = report(biology, colleague)
    report(biology, colleague, f"{WRONG} Aussi.", at=NOW + 5 * DAY)
    assert waiting_by_site(["chu-rennes", "chu-brest"]) == {
        "chu-rennes": {"waiting": 2, "oldest_due_on": today(first.due_at).isoformat()}
    }
    findings.answer(first, "dismissed", SAID, None, by=producer, at=NOW)
    assert waiting_by_site(["chu-rennes"])["chu-rennes"]["waiting"] == 1


def many(biology, by, number: int, *, answered: timedelta | None) -> None:
    for _each in range(number):
        found = report(biology, by, f"{WRONG} {Finding.objects.count()}")
        if answered is not None:
            Finding.objects.filter(pk=found.pk).update(
                state="dismissed", answer=SAID, answered_at=NOW + answered
            )


def test_public_figures_hide_what_is_small(biology, colleague, django_assert_num_queries):
    at = NOW + 200 * DAY
    assert answers_of("chu-rennes", at=at).received == 0
    many(biology, colleague, 3, answered=DAY)
    assert answers_of("chu-rennes", at=at).received is None
    many(biology, colleague, 9, answered=DAY)
    with django_assert_num_queries(2):
        shown = answers_of("chu-rennes", at=at)
    assert (shown.received, shown.in_time, shown.late, shown.waiting) == (12, 12, 0, 0)
    many(biology, colleague, 2, answered=None)
    shown = answers_of("chu-rennes", at=at)
    assert (shown.received, shown.in_time, shown.late) == (14, None, None)


def test_a_small_hospital_hides_another_that_would_tell_it(biology, colleague):
    at = NOW + 200 * DAY
    many(biology, colleague, 12, answered=DAY)
    many(dataset("chu-brest"), colleague, 2, answered=DAY)
    assert answers_of("chu-brest", at=at).received is None
    assert answers_of("chu-rennes", at=at).received is None
