"""Runs of checks: asked once, told whole or not at all; what follows of a check that changes."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from catalog.domain import findings, quality
from catalog.domain.findings import held_again, last_found
from catalog.domain.keys import load_order_key
from catalog.domain.orders import sweep_orders
from catalog.domain.reports import receive_report
from catalog.models import Finding, QualityResult, QualityRun, SiteOrder
from catalog.orders import ReportRefused, key_id, verify_order
from catalog.queries.findings import answers_of
from catalog.queries.label import label_of
from catalog.queries.quality import (
    history_of,
    last_runs,
    side_by_side,
    summaries,
    summary_of_data,
)
from catalog.warehouse.quality.checks import CHECKS
from governance.charters.facts import today
from governance.models import Message
from tests.catalog.domain.test_findings import SAID, dataset, variable
from tests.people import NOW, establishment, person

pytestmark = pytest.mark.django_db
DAY, WEEK = timedelta(days=1), timedelta(days=7)
UNITS = "measurement.unit_source_value.measureValueCompleteness"
ENDS = "visit_occurrence.visit_end_date.measureValueCompleteness"


@pytest.fixture
def producer(rennes):
    return person(("producer", "chu-rennes"))


def said(failed: dict[str, int | None], *, outcome: str = "") -> list[dict]:
    """Results of the checks named, 1000 rows each: those with a figure above 50 fail."""
    return [
        {
            "check": code,
            "outcome": outcome or ("failed" if figure is None or figure > 50 else "passed"),
            "rows": 1000,
            "failed": figure,
        }
        for code, figure in failed.items()
    ]


def run(site, results, *, at=NOW, by=None, kind="quality", **body) -> QualityRun:
    """A run asked of a site, and what it answers."""
    asked = quality.ask(site.place, by=by, at=at)
    answer(site, asked, results, at=at, kind=kind, **body)
    asked.refresh_from_db()
    return asked


def answer(site, asked, results, *, at=NOW, kind="quality", sequence=0, **body):
    body |= {} if results is None else {"results": results}
    return receive_report(**site.report(asked.order, kind, sequence, at=at, **body))


def units(site, *figures: int | None) -> list[QualityRun]:
    """Weekly runs in which that many of a thousand results have no unit."""
    return [run(site, said({UNITS: figure}), at=NOW + n * WEEK) for n, figure in enumerate(figures)]


def kinds(finding) -> list[str]:
    return [event.kind for event in finding.events.all()]


# --- Asking -------------------------------------------------------------------------------------


def test_a_run_is_a_signed_order_and_one_at_a_time(rennes, producer):
    asked = quality.ask(rennes.place, by=producer, at=NOW)
    assert quality.ask(rennes.place, by=producer, at=NOW + DAY) == asked
    public = load_order_key().public_key()
    read = verify_order(asked.order.envelope, {key_id(public): public}, site="chu-rennes", at=NOW)
    assert (read.kind, read.body["threshold"], read.body["rounding"]) == ("quality", 11, 5)
    assert [each.kind for each in Message.objects.all()] == ["site_order"]
    with pytest.raises(IntegrityError), transaction.atomic():
        QualityRun.objects.create(
            establishment=rennes.place, order=asked.order, asked_at=NOW, asked_by=None
        )


@pytest.mark.parametrize("role", ["case_officer", "methodologist", "dpo", "administrator"])
def test_only_who_answers_for_the_data_asks(rennes, role):
    with pytest.raises(PermissionDenied):
        quality.ask(rennes.place, by=person((role, "chu-rennes")), at=NOW)
    with pytest.raises(PermissionDenied):
        quality.ask(rennes.place, by=person(("producer", "chu-brest")), at=NOW)
    assert not SiteOrder.objects.exists()


def test_each_week_asks_those_that_were_not(rennes, brest, producer):
    establishment("sans-cle")
    quality.ask(brest.place, by=None, at=NOW)
    assert quality.ask_weekly(at=NOW + DAY) == 1
    assert quality.ask_weekly(at=NOW + DAY) == 0
    assert quality.ask_weekly(at=NOW + 2 * DAY) == 0
    assert {run.establishment_id for run in QualityRun.objects.all()} == {"chu-rennes", "chu-brest"}
    QualityRun.objects.update(state="silent")
    assert quality.ask_weekly(at=NOW + 8 * DAY) == 2


# --- Receiving ----------------------------------------------------------------------------------


def test_what_a_site_tells_is_kept_as_it_was_told(rennes):
    made = run(rennes, said({ENDS: 40, UNITS: None}))
    assert (made.state, made.measured_at, made.order.state) == ("answered", NOW, "done")
    found = {each.code: each for each in made.results.all()}
    assert {each.kind for each in found.values()} == {"completeness"}
    assert (found[ENDS].outcome, found[ENDS].rows, found[ENDS].failed) == ("passed", 1000, 40)
    assert (found[ENDS].share, found[ENDS].masked) == (4.0, False)
    assert (found[UNITS].share, found[UNITS].masked) == (None, True)
    assert made.order.result == {}


@pytest.mark.parametrize(
    ("results", "reason"),
    [
        (None, "figure"),
        ([], "figure"),
        (said({ENDS: 40, "person.nom.isRequired": 0}), "unknown_check"),
        (said({ENDS: 40, UNITS: 3}), "figure"),
        (said({ENDS: 40}) * 2, "figure"),
    ],
)
def test_a_report_of_which_something_does_not_hold_leaves_nothing(rennes, results, reason):
    made = run(rennes, results)
    assert (made.state, made.reason, made.measured_at) == ("failed", reason, None)
    assert not QualityResult.objects.exists()
    assert made.order.result == {}
    assert run(rennes, said({ENDS: 0}), at=NOW + DAY).state == "answered"


@pytest.mark.parametrize("kind", ["failed", "refused"])
def test_a_site_that_could_not_says_why(rennes, kind):
    made = run(rennes, None, kind=kind, reason="unreachable" + "x" * 90)
    assert made.state == "failed" and made.reason.startswith("unreachablex")
    assert run(rennes, None, kind="cancelled", at=NOW + DAY).reason == "cancelled"


def test_what_the_database_cannot_hold_is_refused_whole(rennes):
    asked = quality.ask(rennes.place, by=None, at=NOW)
    with pytest.raises(ReportRefused) as refused:
        answer(rennes, asked, None, kind="failed", reason="unreachable\0")
    assert refused.value.reason == "malformed"
    assert not asked.order.reports.exists()


def test_a_forged_report_or_a_replayed_one_changes_nothing(rennes, brest):
    asked = quality.ask(rennes.place, by=None, at=NOW)
    forged = rennes.report(asked.order, "quality", results=said({ENDS: 0}))
    by_another = brest.report(asked.order, "quality", results=said({ENDS: 0}))
    for wrong, reason in (
        (forged | {"payload": forged["payload"].replace(b"1000", b"2000")}, "signature"),
        (by_another | {"site": "chu-rennes"}, "signature"),
        (by_another, "unknown_order"),
    ):
        with pytest.raises(ReportRefused) as refused:
            receive_report(**wrong)
        assert refused.value.reason == reason
    assert not QualityResult.objects.exists()
    for _twice in range(2):
        receive_report(**forged)
    with pytest.raises(ReportRefused) as refused:
        answer(rennes, asked, said({ENDS: 500}))
    assert refused.value.reason == "replayed"
    answer(rennes, asked, said({ENDS: 500}), sequence=1)
    (kept,) = QualityResult.objects.all()
    assert (kept.code, kept.failed) == (ENDS, 0)


def test_a_silent_site_is_said_and_its_late_word_taken(rennes):
    asked = quality.ask(rennes.place, by=None, at=NOW)
    sweep_orders(at=NOW + 3 * DAY)
    asked.refresh_from_db()
    assert asked.state == "silent"
    late = NOW + 4 * DAY
    answer(rennes, asked, said({ENDS: 0}), at=late)
    asked.refresh_from_db()
    assert (asked.state, asked.measured_at) == ("answered", late)


def test_the_database_refuses_a_small_figure(rennes):
    made = run(rennes, said({ENDS: 40}))
    for fields in ({"rows": 10}, {"failed": 5}, {"failed": 1005}, {"rows": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            made.results.update(**fields)


# --- Anomalies ----------------------------------------------------------------------------------


def test_a_check_that_begins_to_fail_opens_one_anomaly(rennes):
    biology = dataset()
    units(rennes, 0, 100, 120, 110)
    found = Finding.objects.get()
    assert (found.dataset, found.state, found.reported_by) == (biology, "waiting", None)
    assert (found.found_by.code, found.found_by.failed) == (UNITS, 100)
    assert found.reported_at == NOW + WEEK
    assert today(found.due_at) > today(NOW + WEEK) + 40 * DAY  # thirty working days
    assert kinds(found) == ["found"]
    assert found.said == (
        "Mesures : une unité à chaque valeur. Environ 100 lignes sur 1\xa0000 n’y satisfont pas :"
        " 10 % (toléré : 5 %)."
    )
    assert Message.objects.filter(kind="finding").count() == 1
    # Users did not report it: figures of what they report do not count it.
    assert answers_of("chu-rennes", at=NOW + 200 * DAY).received == 0


def test_what_fails_from_the_first_or_may_not_be_judged_opens_nothing(rennes):
    dataset()
    units(rennes, 200, 200)
    run(rennes, [{"check": ENDS, "outcome": "absent"}], at=NOW + 3 * WEEK)
    run(rennes, said({ENDS: 300}), at=NOW + 4 * WEEK)
    assert not Finding.objects.exists()


def test_a_run_in_between_that_could_not_judge_hides_no_beginning(rennes):
    dataset()
    units(rennes, 0)
    run(rennes, [{"check": UNITS, "outcome": "few"}], at=NOW + WEEK)
    run(rennes, said({UNITS: 200}), at=NOW + 2 * WEEK)
    assert Finding.objects.get().found_by.code == UNITS


def test_an_anomaly_is_of_the_variable_and_given_to_the_only_engineer(rennes):
    engineer = person(("data_engineer", "chu-rennes"))
    dataset(category="pmsi")
    biology = dataset()
    exact = variable(biology, "measurement.unit")
    exact.column = "unit_source_value"
    exact.save()
    units(rennes, 0, 100)
    found = Finding.objects.get()
    assert (found.dataset, found.variable, found.assigned_to) == (biology, exact, engineer)
    person(("data_engineer", "chu-rennes"))
    run(rennes, said({ENDS: 0}), at=NOW + 5 * WEEK)
    run(rennes, said({ENDS: 400}), at=NOW + 6 * WEEK)
    other = Finding.objects.exclude(pk=found.pk).get()
    assert (other.variable, other.assigned_to) == (None, None)


def test_without_a_dataset_there_is_nowhere_to_write_it(rennes, producer):
    runs = units(rennes, 0, 100)
    assert not Finding.objects.exists()
    with pytest.raises(ValidationError, match="aucun jeu de données"):
        quality.open_anomaly(runs[1].results.get(), by=producer, at=NOW + WEEK)


def test_a_check_held_again_says_so_and_a_person_closes(rennes, producer):
    dataset()
    units(rennes, 0, 100, 0, 0)
    found = Finding.objects.get()
    assert kinds(found) == ["found", "holds"]
    assert held_again(found).day == today(NOW + 2 * WEEK)
    assert found.waits
    assert Message.objects.filter(kind="finding").count() == 2
    findings.answer(found, "mended", SAID, today(NOW + 2 * WEEK), by=producer, at=NOW + 4 * WEEK)
    run(rennes, said({UNITS: 0}), at=NOW + 5 * WEEK)
    assert kinds(found) == ["found", "holds", "mended"]


def test_a_check_that_wavers_is_one_anomaly(rennes, producer):
    dataset()
    units(rennes, 0, 100, 0, 100)
    found = Finding.objects.get()
    assert kinds(found) == ["found", "holds", "fails"]
    assert held_again(found) is None


def test_a_failure_after_it_was_said_mended_is_another_anomaly(rennes, producer):
    dataset()
    units(rennes, 0, 100)
    found = Finding.objects.get()
    findings.answer(found, "mended", SAID, today(NOW + WEEK), by=producer, at=NOW + WEEK)
    run(rennes, said({UNITS: 100}), at=NOW + 2 * WEEK)
    assert Finding.objects.count() == 2
    again = last_found("chu-rennes")[UNITS]
    assert again.pk != found.pk and again.open
    run(rennes, said({UNITS: 100}), at=NOW + 3 * WEEK)
    assert Finding.objects.count() == 2


def test_what_was_said_to_be_no_anomaly_is_not_opened_until_it_begins_again(rennes, producer):
    dataset()
    units(rennes, 0, 100)
    found = Finding.objects.get()
    findings.answer(found, "dismissed", SAID, None, by=producer, at=NOW + WEEK)
    run(rennes, said({UNITS: 100}), at=NOW + 2 * WEEK)
    assert Finding.objects.count() == 1
    run(rennes, said({UNITS: 0}), at=NOW + 3 * WEEK)
    run(rennes, said({UNITS: 100}), at=NOW + 4 * WEEK)
    assert Finding.objects.count() == 2


def test_a_run_that_comes_after_a_later_one_opens_nothing(rennes):
    dataset()
    late = quality.ask(rennes.place, by=None, at=NOW)
    sweep_orders(at=NOW + 3 * DAY)
    run(rennes, said({UNITS: 0}), at=NOW + WEEK)
    payload = rennes.report(late.order, "quality", results=said({UNITS: 300}), at=NOW + DAY)
    receive_report(**payload | {"at": NOW + 2 * WEEK})
    late.refresh_from_db()
    assert late.state == "answered"
    assert not Finding.objects.exists()


def test_a_person_opens_what_fails_from_the_first_once(rennes, producer):
    dataset()
    old, last = units(rennes, 200, 200)
    result = last.results.get()
    stranger = person(("producer", "chu-brest"))
    with pytest.raises(PermissionDenied):
        quality.open_anomaly(result, by=stranger, at=NOW + WEEK)
    with pytest.raises(ValidationError):
        quality.open_anomaly(old.results.get(), by=producer, at=NOW + WEEK)
    made = {quality.open_anomaly(result, by=producer, at=NOW + WEEK).pk for _twice in range(2)}
    found = Finding.objects.get()
    assert made == {found.pk} and found.reported_by == producer
    assert found.events.get().by == producer


def test_an_act_on_an_anomaly_is_somebodys(rennes):
    dataset()
    units(rennes, 0, 100)
    found = Finding.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        found.events.create(kind="taken", by=None, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.filter(pk=found.pk).update(found_by=None)


# --- Reading ------------------------------------------------------------------------------------


def test_trends_and_summaries_in_a_constant_number_of_queries(
    rennes, brest, django_assert_num_queries
):
    biology = dataset()
    for n, failed in enumerate((0, 100, 0)):
        run(rennes, said({UNITS: failed, ENDS: 20 * n}), at=NOW + n * WEEK)
    with django_assert_num_queries(2):
        runs = last_runs("chu-rennes")
        shares = [each.percent for each in summaries(runs).values()]
    assert shares == [100, 50, 100]
    with django_assert_num_queries(1):
        assert [each.failed for each in history_of("chu-rennes", UNITS)] == [0, 100, 0]
    with django_assert_num_queries(4):
        places = side_by_side()
    assert [(each.establishment.pk, each.summary is None, each.open) for each in places] == [
        ("chu-rennes", False, 1),
        ("chu-brest", True, 0),
    ]
    with django_assert_num_queries(2):
        found = summary_of_data("chu-rennes", {"measurement"})
    assert (found.passed, found.judged) == (1, 1)
    assert summary_of_data("chu-rennes", {"note"}) is None
    technical = label_of(biology, [], found, at=NOW + 4 * WEEK).elements[1]
    assert technical.evidence == [
        "Contrôles de l’hôpital tenus : complétude 100 %, le 24 mars 2026 sur 1 contrôle."
    ]
    assert label_of(biology, [], found, at=NOW + 500 * DAY).elements[1].evidence == []


def test_a_check_that_is_no_longer_declared_stays_readable(rennes):
    made = run(rennes, said({ENDS: 40}))
    made.results.update(code="visit_occurrence.gone.isRequired")
    (gone,) = history_of("chu-rennes", "visit_occurrence.gone.isRequired")
    assert gone.check_of is None and gone.code not in CHECKS
