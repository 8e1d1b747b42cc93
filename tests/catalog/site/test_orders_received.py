"""What a site does of an order that does not hold, is not for here, comes twice, or is stopped."""

import base64
import hashlib
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from catalog.orders import canonical, certificate_holds, instant
from catalog.site import keys
from catalog.site.reports import Answer
from catalog.warehouse.connection import connect
from tests.catalog.site.making import EVERYONE, SiteHere, files, variable


def nothing_delivered(site: SiteHere) -> bool:
    return not list(site.settings.spaces.rglob("*.parquet"))


def refusal(site: SiteHere, body: dict, **options) -> dict:
    (report,) = site.receives(body, **options)
    assert report["kind"] == "refused"
    assert nothing_delivered(site)
    return report


def test_an_order_of_another_key_is_refused_and_its_number_not_repeated(rennes):
    report = refusal(rennes, rennes.body(), key=Ed25519PrivateKey.generate())
    assert (report["order"], report["body"]["reason"]) == (None, "unknown_key")


def test_a_forged_order_is_refused(rennes):
    envelope = rennes.envelope(rennes.body(cohort=EVERYONE))
    forged = rennes.envelope(rennes.body())
    program = rennes.program()
    program.receive(envelope | {"signature": forged["signature"]})
    program.reports.send()
    assert [each["body"]["reason"] for each in rennes.reports] == ["signature"]
    assert nothing_delivered(rennes)


def test_an_order_for_another_site_is_refused(rennes):
    report = refusal(rennes, rennes.body(site="chu-brest"))
    assert report["order"] is None
    assert report["body"] == {"reason": "site", "site": "chu-brest", "here": "chu-rennes"}


def test_an_order_that_is_too_late_is_refused(rennes):
    body = rennes.body()
    rennes.at += timedelta(days=7, seconds=1)
    report = refusal(rennes, body)
    assert (report["order"], report["body"]["reason"]) == (body["order"], "expired")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", None),
        ("project", "my project"),
        ("cohort", []),
        ("delivery_kind", "everything"),
        ("variables", {}),
        ("true_dates", 1),
        ("objections_before", "yesterday"),
        ("launched_by", ""),
        ("exception_examined", "yes"),
    ],
)
def test_an_order_with_a_wrong_field_is_refused_by_its_name(rennes, field, value):
    body = refusal(rennes, rennes.body(**{field: value}))["body"]
    assert body == {"reason": "field", "field": field}


@pytest.mark.parametrize(
    ("changed", "pointer", "why"),
    [
        ({"variables": []}, "/variables", "empty"),
        ({"variables": [variable("note.note_text")]}, "/variables/0/column", "free_text"),
        (
            {"variables": [variable("person.person_source_value")]},
            "/variables/0/column",
            "identifier",
        ),
        ({"variables": [variable("objection.since")]}, "/variables/0/table", "unknown_table"),
        ({"variables": [variable("person.shoe_size")]}, "/variables/0/column", "unknown_column"),
        ({"period": {"from": "2020-01-01", "to": "2019-01-01"}}, "/period", "upside_down"),
        ({"cohort": {"all": [{"condition": ["I99.*x"]}]}}, "/cohort/all/0/condition/0", None),
        ({"cohort": {}}, "/cohort", "empty"),
    ],
)
def test_an_order_that_asks_for_what_may_not_leave_is_refused_at_its_place(
    rennes, changed, pointer, why
):
    last = rennes.last(rennes.body(**changed))
    assert last["kind"] == "refused"
    assert last["body"]["pointer"] == pointer
    assert why is None or last["body"]["why"] == why
    assert nothing_delivered(rennes)


@pytest.mark.parametrize("envelope", [None, "x", {}, {"order": 3}, {"order": "é", "key": "k"}])
def test_anything_else_is_refused_without_a_word_of_it_being_read(rennes, envelope):
    program = rennes.program()
    program.receive(envelope)
    program.reports.send()
    assert [each["body"]["reason"] for each in rennes.reports] == ["malformed"]


def test_an_order_received_twice_is_carried_out_once(rennes):
    body = rennes.body()
    first = rennes.receives(body)
    delivered = files(rennes.space(body), data_only=False)
    assert rennes.receives(body) == [first[-1]]
    assert files(rennes.space(body), data_only=False) == delivered


def test_an_order_under_way_elsewhere_is_left_to_it(rennes):
    body = rennes.body()
    other = rennes.program()
    from catalog.orders import canonical, order_hash

    with other._lock(order_hash(canonical(body))):
        assert rennes.receives(body) == []
    assert rennes.receives(body)[-1]["kind"] == "delivered"


def test_a_cancellation_stops_an_extraction_between_two_tables(rennes):
    body = rennes.body()
    heard = []

    def controls():
        """The control queue: the cancellation comes once the first table is written."""
        written = rennes.settings.partial.glob("*/visit_occurrence.parquet")
        if not heard and any(written):
            heard.append(True)
            yield rennes.envelope(rennes.body("cancel", target=body["order"]))

    reports = rennes.receives(body, program=rennes.program(controls=controls))
    said = {(each["order"] == body["order"], each["kind"]) for each in reports}
    assert (True, "cancelled") in said
    assert (False, "cancelled") in said
    assert nothing_delivered(rennes)
    assert rennes.left_behind() == []
    assert [each["kind"] for each in rennes.receives(body)] == ["cancelled"]


def test_an_order_cancelled_before_it_comes_is_not_carried_out(rennes):
    body = rennes.body()
    kinds = [each["kind"] for each in rennes.receives(rennes.body("cancel", target=body["order"]))]
    assert kinds == ["cancelled", "cancelled"]
    assert [each["kind"] for each in rennes.receives(body)] == ["cancelled"]
    assert nothing_delivered(rennes)


def test_what_has_ended_is_not_cancelled(rennes):
    body = rennes.body()
    rennes.receives(body)
    last = rennes.last(rennes.body("cancel", target=body["order"]))
    assert (last["kind"], last["body"]["reason"]) == ("refused", "ended")
    assert rennes.space(body).exists()


def test_a_delivery_is_destroyed_on_order_and_certified(rennes):
    body = rennes.body()
    manifest = rennes.last(body)["body"]["manifest"]
    destroy = rennes.body("destroy", target=body["order"])
    last = rennes.last(destroy)
    assert last["kind"] == "destroyed"
    said = last["body"]["says"]
    assert [(each["file"], each["sha256"]) for each in said["files"]] == [
        (table["file"], table["sha256"]) for table in manifest["tables"]
    ]
    assert (said["target"], said["number"]) == (manifest["order"], manifest["number"])
    assert certificate_holds(said, keys.decode(rennes.public))
    assert last["body"]["certificate"] == hashlib.sha256(canonical(said)).hexdigest()
    assert not rennes.space(body).exists()
    assert rennes.left_behind() == []
    assert rennes.last(destroy) == last
    assert rennes.last(body)["kind"] == "delivered"  # said again, not done again
    assert not rennes.space(body).exists()


def test_a_count_says_no_more_than_a_masked_figure(rennes):
    with connect(rennes.settings.warehouse_address) as warehouse:
        from catalog.cohort import parse

        exact = warehouse.count(warehouse.deliverable(parse(EVERYONE)))
    last = rennes.last(rennes.body("count", cohort=EVERYONE))
    assert last["kind"] == "count"
    said = {"persons": -(-exact // 5) * 5, "masked": False}
    assert last["body"] == said | {"steps": [said]}


def test_a_small_count_is_masked_whatever_the_order_asks(rennes):
    rare = {"all": [{"condition": ["Q99.9"]}]}
    last = rennes.last(rennes.body("count", cohort=rare, threshold=1, rounding=1))
    masked = {"persons": None, "masked": True}
    assert last["body"]["steps"][-1] == masked
    assert {name: last["body"][name] for name in masked} == masked


def test_a_count_says_who_is_left_at_each_step_and_nothing_that_a_step_subtracts(rennes):
    """The steps are told like any figure: what a criterion leaves out, when it is fewer than
    eleven, is not; asked again, or by another of the team, the answer is the same."""
    study = {"sex": ["F"], "all": [{"condition": ["I50.*"]}], "none": [{"condition": ["Q99.9"]}]}
    asked = rennes.body("count", cohort=study, askers=["a" * 64, "b" * 64])
    steps = rennes.last(asked)["body"]["steps"]
    assert len(steps) == 3
    assert steps[0]["persons"] > steps[1]["persons"], "women, then those with heart failure"
    assert steps[1] == steps[2], "nobody, or a few, had the last"
    again = rennes.body("count", cohort=study, askers=["b" * 64, "a" * 64])
    assert rennes.last(again)["body"]["steps"] == steps
    wrong = rennes.last(rennes.body("count", askers=["Inès"]))
    assert wrong["body"] == {"reason": "field", "field": "askers"}


def test_reports_wait_for_a_silent_portal_and_leave_in_their_order(rennes):
    rennes.answer = Answer.LATER
    body = rennes.body()
    assert rennes.receives(body) == []
    rennes.answer = Answer.TAKEN
    rennes.program().reports.send()  # another process, after a restart
    assert [each["kind"] for each in rennes.reports] == ["accepted", "progress", "delivered"]
    numbers = [each["sequence"] for each in rennes.reports]
    assert numbers == sorted(set(numbers))
    assert list(rennes.settings.spool.iterdir()) == []


def test_a_report_that_the_portal_refuses_for_good_is_dropped(rennes):
    rennes.answer = Answer.REFUSED
    rennes.receives(rennes.body("count"))
    assert list(rennes.settings.spool.iterdir()) == []


def test_the_journal_says_who_asked_what_and_what_became_of_it(rennes):
    import json

    body = rennes.body()
    rennes.receives(body)
    lines = (rennes.settings.journal / "journal.jsonl").read_text().splitlines()
    received, ended = (json.loads(line) for line in lines)
    assert (received["act"], received["launched_by"]) == ("received", body["launched_by"])
    assert (ended["act"], ended["order"]) == ("delivered", body["order"])
    assert received["at"] == instant(rennes.at)


def test_an_envelope_that_is_too_long_is_not_decoded(rennes):
    program = rennes.program()
    program.receive({"order": base64.b64encode(b"x" * 1_100_000).decode(), "key": "k"})
    program.reports.send()
    assert rennes.reports[0]["body"]["reason"] == "malformed"
