"""Extractions: ordered by who may, followed to a signed manifest, delivered, opened, destroyed."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from catalog.domain.orders import sweep_orders
from catalog.models import SiteOrder
from governance.models import Leaf, Message
from governance.process.engine import take_step
from governance.process.refusals import BadDetails, StepRefused
from projects.domain import extractions, openings, records
from projects.domain.perimeter import perimeter_of
from projects.models import Certificate, Extraction, MemberAccess
from tests.people import establishment
from tests.projects.site_program import CHECKS, SiteProgram

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("order_key")


@pytest.fixture
def authorised(walk):
    """A request authorised at CHU Rennes, thirty days after its notice went online."""
    walk.until("authorised")
    walk.now += timedelta(days=31)
    return walk


@pytest.fixture
def track(authorised):
    return authorised.case.tracks.get(kind="site")


@pytest.fixture
def engineer(authorised):
    return authorised.staff("data_engineer")


@pytest.fixture
def rennes(authorised):
    return SiteProgram("chu-rennes", at=authorised.now)


@pytest.fixture
def launched(authorised, track, engineer):
    return extractions.launch(track, by=engineer, at=authorised.now)


def again(extraction) -> Extraction:
    extraction.refresh_from_db()
    return extraction


def test_an_order_says_what_the_establishment_agreed_to_and_nothing_else(launched, authorised):
    body = launched.order.body
    assert body["number"] == authorised.case.number
    assert body["project"] == str(authorised.case.pk)
    assert body["delivery_kind"] == "pseudonymised"
    assert body["period"] == {"from": "2019-01-01", "to": "2023-12-31"}
    assert body["true_dates"] is False
    assert [v["code"] for v in body["variables"]] == [
        "drug_drug_concept_id",
        "drug_drug_exposure_start_date",
    ]
    assert body["cohort"]["all"] == [{"condition": ["I50.*"]}]


@pytest.mark.parametrize(
    ("informed", "stands", "kept"),
    [
        ("documented_exception", None, False),
        ("documented_exception", False, False),
        ("documented_exception", True, True),
        ("individually", True, False),
    ],
)
def test_who_was_not_informed_stays_only_where_a_documented_exception_was_found_to_stand(
    authorised, track, engineer, informed, stands, kept
):
    section = authorised.request.sections.get(code="regulatory")
    section.answers["informed"] = informed
    section.save()
    if stands is not None:
        said = {"by": authorised.staff("dpo"), "at": authorised.now, "data": {"stands": stands}}
        records.record(authorised.case, "exception_examined", track=track, **said)
    order = extractions.launch(track, by=engineer, at=authorised.now).order
    assert order.body["exception_examined"] is kept


def test_an_exception_examined_for_one_establishment_serves_no_other(authorised, track):
    section = authorised.request.sections.get(code="regulatory")
    section.answers["informed"] = "documented_exception"
    section.save()
    said = {"by": authorised.staff("dpo"), "at": authorised.now, "data": {"stands": True}}
    brest = establishment("chu-brest")
    other = authorised.case.tracks.create(
        kind="site",
        key="chu-brest",
        establishment=brest,
        status="asked",
        status_since=authorised.now,
    )
    records.record(authorised.case, "exception_examined", track=other, **said)
    records.record(authorised.case, "exception_examined", **said)
    assert perimeter_of(authorised.request, other).exception
    assert not perimeter_of(authorised.request, track).exception


def test_limits_of_an_agreement_narrow_the_order(walk):
    walk.until("preparation")
    track = walk.case.tracks.get(kind="site")
    walk.take(
        "agree_with_limits",
        walk.staff("delegate"),
        track=track,
        articles=("P-12",),
        reason="Les dates de prescription ne sont pas saisies avant 2021 dans notre entrepôt.",
        details={
            "ground": "not_held",
            "limit": "Sans les dates de prescription, à partir de 2021.",
            "without": ["drug_drug_exposure_start_date"],
            "period_start": "2021-01-01",
        },
    )
    walk.complete_formalities()
    walk.authorise()
    track.refresh_from_db()
    body = extractions.launch(track, by=walk.staff("data_engineer"), at=walk.now).order.body
    assert [v["code"] for v in body["variables"]] == ["drug_drug_concept_id"]
    assert body["period"] == {"from": "2021-01-01", "to": "2023-12-31"}


def test_limits_in_words_are_applied_by_the_engineer_and_can_only_narrow(walk):
    walk.until("preparation")
    track = walk.case.tracks.get(kind="site")
    walk.take(
        "agree_with_limits",
        walk.staff("delegate"),
        track=track,
        articles=("P-12",),
        reason="Les dates de prescription ne sont pas saisies avant 2021 dans notre entrepôt.",
        details={"ground": "not_held", "limit": "À partir de 2021."},
    )
    walk.complete_formalities()
    walk.authorise()
    track.refresh_from_db()
    found = extractions.launch(
        track,
        by=walk.staff("data_engineer"),
        at=walk.now,
        narrowed={"start": walk.now.date().replace(year=2021, month=1, day=1), "end": None},
    )
    wider = walk.now.date().replace(year=2001, month=1, day=1)
    narrowed = extractions.perimeter_of(walk.request, track).narrowed(start=wider)
    assert found.order.body["period"]["from"] == "2021-01-01"
    assert narrowed.start.isoformat() == "2019-01-01"


def test_a_limit_on_a_variable_that_was_not_asked_is_refused_in_words(walk):
    walk.until("preparation")
    with pytest.raises(BadDetails) as refused:
        walk.take(
            "agree_with_limits",
            walk.staff("delegate"),
            track=walk.case.tracks.get(kind="site"),
            articles=("P-12",),
            reason="Une raison.",
            details={"ground": "not_held", "limit": "Sans elle.", "without": ["unknown"]},
        )
    assert list(refused.value.errors) == ["without"]


def test_only_a_data_engineer_of_the_site_launches(authorised, track):
    with pytest.raises(PermissionDenied):
        extractions.launch(track, by=authorised.staff("case_officer"), at=authorised.now)
    with pytest.raises(PermissionDenied):
        elsewhere = authorised.staff("data_engineer", "chu-brest")
        extractions.launch(track, by=elsewhere, at=authorised.now)
    assert not Extraction.objects.exists()


def test_two_extractions_of_a_site_never_run_side_by_side(launched, authorised, track, engineer):
    with pytest.raises(ValidationError, match="déjà en cours"):
        extractions.launch(track, by=engineer, at=authorised.now)


def test_nothing_is_extracted_before_the_authorisation(walk):
    walk.until("preparation")
    track = walk.case.tracks.get(kind="site")
    with pytest.raises(ValidationError, match="pas autorisée"):
        extractions.launch(track, by=walk.staff("data_engineer"), at=walk.now)


def test_nominative_data_never_pass_through_the_portal(authorised, track, engineer):
    section = authorised.request.sections.get(code="data")
    section.answers["delivery_kind"] = "nominative_to_care_team"
    section.save()
    with pytest.raises(ValidationError, match="outil de l'établissement"):
        extractions.launch(track, by=engineer, at=authorised.now)


def test_progress_is_kept_as_figures_and_short_codes(launched, rennes):
    rennes.says(launched.order, "accepted")
    assert again(launched).state == "running"
    rennes.says(launched.order, "progress", done=3, of=8, table="measurement", noise={"a": 1})
    assert again(launched).progress == {"done": 3, "of": 8, "table": "measurement"}


def test_a_manifest_that_holds_ends_it_and_stands_in_the_ledger(launched, rennes, authorised):
    rennes.delivers(launched.order)
    found = again(launched)
    leaf = json.loads(bytes(Leaf.objects.get(index=found.manifest_leaf).bytes))
    assert found.state == "done"
    assert (leaf["kind"], leaf["manifest"]) == ("manifest", found.manifest_sha256)
    assert (leaf["number"], leaf["site"]) == (authorised.case.number, "chu-rennes")


@pytest.mark.parametrize(
    ("forged", "problem"),
    [
        (lambda m: m | {"tables": []}, "manifest.signature"),
        (lambda m: m | {"signature": "AAAA"}, "manifest.signature"),
        (lambda m: {"hello": "world"}, "manifest.signature"),
        (lambda m: "not a manifest", "manifest.absent"),
    ],
)
def test_a_forged_manifest_ends_it_as_failed_without_a_leaf(launched, rennes, forged, problem):
    leaves = Leaf.objects.count()
    manifest = forged(rennes.manifest(launched.order))
    rennes.says(launched.order, "delivered", manifest=manifest)
    assert (again(launched).state, launched.message) == ("failed", problem)
    assert launched.manifest is None
    assert Leaf.objects.count() == leaves


def test_a_manifest_of_another_order_is_refused(launched, rennes):
    rennes.delivers(launched.order, order="f" * 64)
    assert (again(launched).state, launched.message) == ("failed", "manifest.order")


@pytest.mark.parametrize("linkage", [{"grant": "f" * 64}, {}, "yes"])
def test_a_manifest_that_says_a_linkage_nobody_authorised_is_refused(launched, rennes, linkage):
    rennes.delivers(launched.order, linkage=linkage)
    assert (again(launched).state, launched.message) == ("failed", "manifest.linkage")


@pytest.mark.parametrize(
    ("kind", "state", "message"),
    [
        ("failed", "failed", "check · check objectors · table person"),
        ("refused", "refused", "check · check objectors · table person"),
        ("cancelled", "cancelled", "cancelled"),
    ],
)
def test_an_end_without_data_keeps_codes_and_names_of_columns(
    launched, rennes, kind, state, message
):
    said = {"reason": "check", "check": "objectors", "table": "person", "message": "Jean Dupont"}
    rennes.says(launched.order, kind, **said)
    assert (again(launched).state, launched.message) == (state, message)


def test_after_a_failure_it_is_launched_again(launched, rennes, track, engineer, authorised):
    rennes.says(launched.order, "failed", reason="disk_full")
    second = extractions.launch(track, by=engineer, at=authorised.now + HOUR)
    assert second.order_id != launched.order_id
    assert track.extractions.first() == second


def test_a_cancellation_waits_for_the_word_of_the_site(launched, rennes, engineer, authorised):
    extractions.cancel(launched, by=engineer, at=authorised.now)
    extractions.cancel(launched, by=engineer, at=authorised.now)
    assert again(launched).state == "ordered"
    assert SiteOrder.objects.filter(kind="cancel").count() == 1
    rennes.says(launched.order, "cancelled", reason="asked")
    assert again(launched).state == "cancelled"


def test_a_late_cancellation_is_told_so(launched, rennes, engineer, authorised):
    rennes.delivers(launched.order)
    with pytest.raises(ValidationError, match="déjà terminée"):
        extractions.cancel(launched, by=engineer, at=authorised.now)


def test_a_report_after_the_end_changes_nothing(launched, rennes):
    rennes.says(launched.order, "cancelled", reason="asked")
    rennes.says(launched.order, "progress", done=8, of=8)
    rennes.delivers(launched.order)
    assert (again(launched).state, launched.manifest) == ("cancelled", None)


def test_a_site_that_never_answers_leaves_a_way_to_try_again(launched, track, engineer, authorised):
    late = authorised.now + timedelta(days=8)
    sweep_orders(at=late)
    assert (again(launched).state, launched.message) == ("failed", "expired")
    assert extractions.launch(track, by=engineer, at=late).state == "ordered"


def test_work_done_after_its_order_was_given_up_is_not_lost(launched, rennes, authorised):
    late = authorised.now + timedelta(days=8)
    sweep_orders(at=late)
    rennes.delivers(launched.order, at=late + HOUR)
    assert again(launched).state == "done"


def deliver(walk, track, engineer):
    return take_step(walk.case, "deliver", by=engineer, at=walk.now + HOUR, track=track)


def test_delivery_opens_access_by_itself(launched, rennes, track, engineer, authorised):
    rennes.delivers(launched.order)
    deliver(authorised, track, engineer)
    assert Message.objects.filter(kind="open_access").count() == 1
    assert openings.open_what_is_ready(authorised.case, at=authorised.now + 2 * HOUR) == []
    authorised.case.refresh_from_db()
    assert authorised.case.state == "access"
    assert MemberAccess.objects.get().participation.person == authorised.holder


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_a_delivery_found_wrong_at_the_site_is_not_delivered(
    launched, rennes, track, engineer, authorised, check
):
    rennes.delivers(launched.order, checks=CHECKS | {check: False})
    with pytest.raises(StepRefused):
        deliver(authorised, track, engineer)


def test_nothing_opens_before_the_notice_was_online_long_enough(walk):
    walk.until("authorised")
    program = SiteProgram("chu-rennes", at=walk.now)
    track, engineer = walk.case.tracks.get(kind="site"), walk.staff("data_engineer")
    launched = extractions.launch(track, by=engineer, at=walk.now)
    program.delivers(launched.order)
    deliver(walk, track, engineer)
    held = openings.open_what_is_ready(walk.case, at=walk.now + 2 * HOUR)
    assert [v.clause for v in held] == ["C-02"]
    openings.sweep(at=walk.now + timedelta(days=31))
    walk.case.refresh_from_db()
    assert walk.case.state == "access"


@pytest.fixture
def opened(launched, rennes, track, engineer, authorised):
    rennes.delivers(launched.order)
    deliver(authorised, track, engineer)
    openings.open_what_is_ready(authorised.case, at=authorised.now + 2 * HOUR)
    authorised.case.refresh_from_db()
    authorised.now += timedelta(days=1)
    return authorised


def test_a_member_whose_training_lapses_loses_their_access_and_finds_it_again(
    opened, django_assert_max_num_queries
):
    training = opened.holder.trainings.get()
    obtained = training.obtained_on
    training.obtained_on, training.expires_on = obtained - timedelta(days=2000), obtained
    training.save()
    openings.sweep(at=opened.now)
    access = MemberAccess.objects.get()
    assert (access.cut_at, access.cut_because) == (opened.now, "U-06")
    training.obtained_on, training.expires_on = obtained, obtained + timedelta(days=1000)
    training.save()
    openings.sweep(at=opened.now + HOUR)
    assert MemberAccess.objects.filter(cut_at=None).count() == 1
    # Of a request on which nothing is to be done, as little is read as of many together.
    with django_assert_max_num_queries(11):
        assert not any(openings.sweep(at=opened.now + HOUR).values())


def test_a_breach_closes_its_members_access_at_once_and_its_end_opens_it_again(opened):
    said, by = {"person": str(opened.holder.ref), "closed": False}, opened.staff("dpo")
    records.record(opened.case, "breach", by=by, at=opened.now, data=said, text="Un croisement.")
    access = MemberAccess.objects.get()
    assert (access.cut_at, access.cut_because) == (opened.now, "U-08")
    later = opened.now + HOUR
    records.record(opened.case, "breach", by=by, at=later, data=said | {"closed": True})
    assert MemberAccess.objects.get(cut_at=None).opened_at == later


def test_access_ends_by_itself_at_the_end_of_the_period_and_is_sealed(opened, launched):
    end = opened.request.access_period.ends_on
    opened.now = opened.now.replace(year=end.year, month=end.month) + timedelta(days=35)
    assert openings.sweep(at=opened.now)["ended"] == 1
    openings.seal({"case": str(opened.case.pk)})
    openings.seal({"case": str(opened.case.pk)})
    opened.case.refresh_from_db()
    assert opened.case.state == "results"
    assert not MemberAccess.objects.filter(cut_at=None).exists()
    # That the space is closed is for the site to say.
    assert list(Certificate.objects.values_list("kind", "reference")) == [
        ("dataset_sealed", again(launched).manifest_sha256)
    ]


def test_a_suspension_cuts_everybody_at_once_and_resuming_opens_to_those_in_order(opened):
    officer = opened.staff("case_officer")
    opened.take("block", officer, articles=("U-08",), reason="Une fuite est soupçonnée.")
    assert not MemberAccess.objects.filter(cut_at=None).exists()
    opened.holder.trainings.all().delete()
    opened.take("resume", opened.staff("delegate"))
    assert opened.case.state == "access"
    assert not MemberAccess.objects.filter(cut_at=None).exists()


def test_destruction_is_ordered_after_the_closure_and_certified(
    opened, launched, rennes, track, engineer
):
    with pytest.raises(ValidationError, match="jusqu'à la clôture"):
        extractions.destroy(track, by=engineer, at=opened.now)
    opened.case.records.create(kind="hearing", at=opened.now, by=opened.holder)
    opened.case.records.create(kind="dpo_opinion", at=opened.now, by=opened.staff("dpo"))
    opened.take(
        "revoke", opened.staff("delegate"), articles=("U-08",), reason="La fuite est établie."
    )
    (order,) = extractions.destroy(track, by=engineer, at=opened.now)
    assert order.target_id == launched.order_id
    with pytest.raises(ValidationError, match="plus rien à détruire"):
        extractions.destroy(track, by=engineer, at=opened.now)
    rennes.says(order, "destroyed", at=opened.now, certificate="CERT-7")
    assert Certificate.objects.get(kind="dataset_destroyed").reference == "CERT-7"
