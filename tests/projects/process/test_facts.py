"""What the facts of a request say of what people wrote and did."""

import pytest

from governance.process.registry import Asked
from governance.process.table import REQUEST
from projects.domain import records
from projects.process.facts import request_facts
from projects.process.facts.values import length_of
from tests.people import DAY


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Un bénéfice pour tous.", 22),
        ("  Un   bénéfice\n\npour tous. ", 22),
        (" " * 400, 0),
        ("\u200b" * 400, 0),
        ("a\u200b\u200bb \u2060 c", 4),
        ("", 0),
    ],
)
def test_what_shows_nothing_has_no_length(text, said):
    assert length_of(text) == said


def facts_of(walk) -> dict:
    rule = REQUEST.step("authorise")
    return request_facts(walk.case, walk.now)(Asked(walk.case, rule, rule.outcomes[0]))


@pytest.mark.parametrize(
    ("kind", "signed"),
    [("site_space", True), ("shared_platform", True), ("national_hub", False), ("partner", False)],
)
def test_data_leave_for_outside_under_a_convention_even_when_none_was_asked(walk, kind, signed):
    walk.until("instruction")
    assert not walk.case.tracks.filter(kind="convention").exists()
    section = walk.request.sections.get(code="data")
    section.answers |= {"destination": kind}
    section.save()
    (found,) = facts_of(walk)["request"]["destinations"]
    assert found["convention_signed"] is signed


def test_the_notice_counts_from_the_day_last_said(walk):
    walk.until("preparation")
    officer = walk.staff("case_officer")
    for day in (walk.now - 3 * DAY, walk.now - 2 * DAY):
        said = {"on": day.date().isoformat()}
        records.record(walk.case, "notice_online", by=officer, at=walk.now, data=said)
    information = facts_of(walk)["sites"]["chu-rennes"]["information"]
    assert information["notice_online_on"] == (walk.now - 2 * DAY).date().isoformat()
