"""A version of a charter from its text to the session that votes on it."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command

from governance.charters import read_charter
from governance.domain import proposals, studies
from governance.models import AuditEvent, CharterProposal
from tests.people import person
from tests.projects.charters.conftest import STRICTER, finish, text_of
from tests.projects.conftest import NOW
from tests.projects.walks import Walk, draft


def propose(text, by, *, charter="utilisateur", establishment=None):
    return proposals.propose(
        charter=charter, text=text, why="", establishment=establishment, by=by, at=NOW
    )


def test_a_text_with_a_fault_is_not_kept_and_its_line_is_said(coordinator):
    text = text_of(changes=[('check = "purpose_permitted@1"', 'check = "none@1"')])
    with pytest.raises(proposals.FaultyText) as caught:
        propose(text, coordinator)
    (fault,) = caught.value.faults
    assert text.splitlines()[fault.line - 1] == 'check = "none@1"'
    assert "none@1" in fault.say("fr")
    assert not CharterProposal.objects.exists()


@pytest.mark.parametrize("number", ["1", "3", "2-chr-orleans", "deux", ""])
def test_a_version_has_the_number_that_comes_next(coordinator, number):
    with pytest.raises(proposals.FaultyText):
        propose(text_of(version=number), coordinator)


def test_only_who_may_propose_does_and_where_they_may(establishments):
    administrator = person(("administrator", "chr-orleans"))
    text = text_of(version="1-chr-orleans", changes=[("value = 300", "value = 400")])
    found = propose(text, administrator, establishment="chr-orleans")
    assert (found.version, found.establishment_id) == ("1-chr-orleans", "chr-orleans")
    with pytest.raises(PermissionDenied):
        propose(text_of(), administrator)
    with pytest.raises(PermissionDenied):
        propose(text_of(), person("researcher"))


def test_a_local_version_that_is_laxer_is_refused(coordinator):
    text = text_of(version="1-chr-orleans", changes=[("value = 300", "value = 200")])
    with pytest.raises(proposals.FaultyText) as caught:
        propose(text, coordinator, establishment="chr-orleans")
    (fault,) = caught.value.faults
    assert text.splitlines()[fault.line - 1] == "value = 200"


def test_proofs_are_made_on_the_text_and_a_state_left_unguarded_is_found(coordinator):
    clause = 'code = "U-03"\nkind = "guard"\nsubject = "request"\nsteps = ["submit", "admit"]'
    text = text_of(changes=[(clause, clause.replace('"submit", ', ""))])
    proposal = proposals.examine(propose(text, coordinator), at=NOW)
    assert proposal.examined
    assert not proposal.sound
    fault = proposals.faults_of(proposal)[0]
    assert "U-03" in fault.say("fr")
    assert text.splitlines()[fault.line - 1] == 'steps = ["admit"]'
    with pytest.raises(ValidationError):
        studies.ask(proposal, by=coordinator, at=NOW)


def test_what_is_edited_on_screen_is_a_file_that_reads_the_same(coordinator):
    started = proposals.start(charter="producteur", by=coordinator, at=NOW)
    charter = read_charter(started.text, charter="producteur", version="2")
    assert charter.in_force_from == (NOW + timedelta(days=30)).date()
    again = proposals.rewrite_charter(started, charter, by=coordinator, at=NOW)
    assert again.text == started.text


def test_a_text_that_changes_is_to_be_examined_and_studied_again(proposal, coordinator):
    finish(proposal, by=coordinator)
    assert proposals.studied(proposal)
    changed = text_of(changes=[("value = 300", "value = 1300")])
    proposal = proposals.rewrite(proposal, text=changed, by=coordinator, at=NOW)
    assert not proposal.examined
    assert not proposals.studied(proposal)


def test_a_text_before_a_session_does_not_change(proposal, coordinator, session):
    finish(proposal, by=coordinator)
    proposals.table(proposal, session, by=coordinator, at=NOW)
    with pytest.raises(ValidationError):
        proposals.rewrite(proposal, text=text_of(), by=coordinator, at=NOW)
    proposals.untable(proposal, by=coordinator, at=NOW)
    proposals.rewrite(proposal, text=text_of(), by=coordinator, at=NOW)
    actions = AuditEvent.objects.filter(subject_type="charter").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == [
        "charter.proposed",
        "charter.tabled",
        "charter.untabled",
        "charter.rewritten",
    ]


def test_a_version_that_says_what_is_said_already_is_not_tabled(
    coordinator, session, establishments
):
    local = text_of(version="1-chr-orleans", since="2026-04-01").replace(" = ", "  =  ", 5)
    same = [propose(text_of(since="2026-05-01"), coordinator)]
    same += [propose(local, coordinator, establishment="chr-orleans")]
    for each in same:
        finish(each, by=coordinator, last=0)
        with pytest.raises(ValidationError) as refused:
            proposals.table(each, session, by=coordinator, at=NOW)
        assert "la version 1 :" in refused.value.messages[0]
        each.refresh_from_db()
        assert each.state == "prepared"
    text = text_of(changes=STRICTER)
    changed = proposals.rewrite(same[0], text=text, by=coordinator, at=NOW)
    finish(changed, by=coordinator, last=0)
    assert proposals.table(changed, session, by=coordinator, at=NOW).state == "tabled"


def test_a_version_that_would_take_effect_before_its_vote_is_not_tabled(
    proposal, coordinator, session
):
    day = session.starts_at.date()
    eve = (day - timedelta(days=1)).isoformat()
    for since, word in ((eve, "précède le vote"), (day.isoformat(), "")):
        text = text_of(since=since, changes=STRICTER)
        proposals.rewrite(proposal, text=text, by=coordinator, at=NOW)
        proposal.refresh_from_db()
        finish(proposal, by=coordinator, last=0)
        if word:
            with pytest.raises(ValidationError) as refused:
                proposals.table(proposal, session, by=coordinator, at=NOW)
            assert word in refused.value.messages[0]
            proposal.refresh_from_db()
            assert (proposal.state, proposal.session) == ("prepared", None)
    assert proposals.table(proposal, session, by=coordinator, at=NOW).state == "tabled"


def test_no_session_without_proofs_and_impact(proposal, coordinator, session):
    with pytest.raises(ValidationError):
        proposals.table(proposal, session, by=coordinator, at=NOW)
    proposal = proposals.examine(proposal, at=NOW)
    with pytest.raises(ValidationError):
        proposals.table(proposal, session, by=coordinator, at=NOW)


def test_the_impact_says_what_would_change_and_for_whom(proposal, coordinator, walk):
    walk.until("instruction")
    waiting = Walk(draft(walk.holder, ["chu-brest"], at=NOW), at=NOW)
    waiting.submit()
    draft(walk.holder, ["chu-brest"], at=NOW)
    study = finish(proposal, by=coordinator, at=walk.now)
    found = study.result["found"]
    assert (study.done, study.total) == (study.total, study.done)
    assert found["drafts"] == {
        "judged": 1,
        "local": 0,
        "differ": 1,
        "would_block": 1,
        "would_free": 0,
        "rows": [],
    }
    # What passed admission is asked it no more; what waits for it would be stopped.
    assert (found["open"]["judged"], found["open"]["would_block"]) == (2, 1)
    (row,) = found["open"]["rows"]
    assert (row["number"], row["lead"]) == (waiting.case.number, "chu-brest")
    (change,) = (each for each in row["changes"] if each["step"] == "admit")
    assert (change["article"], change["was"]["holds"], change["then"]["holds"]) == (
        "U-03",
        True,
        False,
    )
    assert found["decided"]["judged"] == walk.case.revision + waiting.case.revision
    assert found["decided"]["would_block"] == 3
    assert found["articles"]["U-03"] == {"open_blocked": 1, "decided_blocked": 3}
    assert found["establishments"] == {"chu-brest": 1}


def test_a_study_of_a_text_that_changed_stops(proposal, coordinator, walk):
    walk.submit()
    proposals.examine(proposal, at=NOW)
    study = studies.ask(proposal, last=10, by=coordinator, at=NOW)
    assert studies.ask(proposal, last=10, by=coordinator, at=NOW) == study
    proposals.rewrite(proposal, text=text_of(), by=coordinator, at=NOW)
    assert studies.advance(study.pk, at=NOW) is False
    study.refresh_from_db()
    assert study.finished_at is not None
    assert not proposals.studied(proposal)


def run(*arguments):
    out, status = StringIO(), 0
    try:
        call_command("charter", *arguments, stdout=out)
    except SystemExit as left:
        status = left.code
    return out.getvalue(), status


def test_the_command_checks_proposes_and_exports(coordinator, tmp_path):
    file = tmp_path / "2.toml"
    file.write_text(text_of(changes=STRICTER), encoding="utf-8")
    said, status = run("check", str(file))
    assert (status, json.loads(said)["faults"]) == (0, [])
    (change,) = json.loads(said)["changes"]
    assert (change["article"], change["direction"]) == ("U-03", "stricter")
    assert (change["was"], change["now"]) == (300, 1400)
    said, status = run("propose", str(file), "--by", coordinator.email)
    number = json.loads(said)["proposal"]
    assert CharterProposal.objects.get(pk=number).sound
    assert run("export", "--proposal", str(number))[0] == file.read_text(encoding="utf-8")
    assert 'version = "1"' in run("export", "citoyen", "1")[0]


def test_the_command_says_what_is_wrong_and_leaves_with_1(coordinator, tmp_path):
    file = tmp_path / "2.toml"
    file.write_text(text_of(changes=[("value = 300", "value = true")]), encoding="utf-8")
    said, status = run("check", str(file), "--language", "en")
    (fault,) = json.loads(said)["faults"]
    assert status == 1
    assert "not of type integer" in fault["message"]
    assert run("propose", str(file), "--by", coordinator.email)[1] == 1
    file.write_text("charter = 'moon'")
    assert run("check", str(file))[1] == 1
    with pytest.raises(CommandError):
        run("check", str(tmp_path / "absent.toml"))
    with pytest.raises(CommandError):
        run("export", "citoyen", "9")
    file.write_text(text_of(), encoding="utf-8")
    with pytest.raises(CommandError):
        run("propose", str(file), "--by", person("researcher").email)
