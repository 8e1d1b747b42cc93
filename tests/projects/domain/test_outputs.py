"""What leaves the working spaces: deposited by who has access, examined, checked by others, let out
once or not at all."""

import json

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, ProgrammingError, transaction

from governance.charters.facts import months_later
from governance.domain import erasures, files, nonconformities
from governance.domain.roles import grant_role
from governance.models import AccessLog, AuditEvent, Conflict, Message
from governance.models.ledger import Leaf
from governance.paris import start_of
from portal.notices.models import Notice
from portal.notices.sentences import say_all
from projects.demonstration import network
from projects.domain import openings, outputs, team
from projects.domain.outputs import Deposited
from projects.models import MemberAccess, Output, OutputCheck
from projects.notices.standing import no_longer
from projects.queries.desk import desk_of
from projects.queries.outputs import delays_of_checks, let_out
from projects.queries.work import rows_of, to_decide
from tests.outbox import run
from tests.projects.airlock.files import png
from tests.projects.conftest import NOW
from tests.projects.stand import DAY, LEAD, OTHER, opened_to_two

SAFE, SMALL = b"sexe;n\nF;25\nM;31\n", b"sexe;n\nF;25\nM;3\n"
NAMED = b"NIR 1 85 05 78 006 084 91"
ABOUT = "Effectifs par sexe, données de prescription."
WHY = "Premier tableau de l'article."
REASON = "Regroupez les deux dernières lignes."
REFUSED = ("refused", REASON, ["C-09"])


@pytest.fixture
def using(holder, order_key, settings, tmp_path):
    """A request whose team has access to the data of its lead."""
    walk = opened_to_two(holder, NOW)
    settings.ERASURE_LOG = tmp_path / "erasures.log"
    return walk


def files_of(*contents, kind="frequencies") -> list[Deposited]:
    return [
        Deposited(SimpleUploadedFile(f"t{n}.csv", content), kind, ABOUT)
        for n, content in enumerate(contents, start=1)
    ]


def deposit(walk, *contents, by=None, examined=True, **more) -> Output:
    by = by or walk.holder
    sites = outputs.opened_to(walk.request, by, walk.now)
    found = outputs.deposit(
        walk.request, files_of(*contents or (SAFE,)), sites, WHY, by=by, at=walk.now, **more
    )
    return outputs.examine(found, at=walk.now) if examined else found


def check(walk, output, verdict="accepted", reason="", articles=(), by=None) -> Output:
    by = by or walk.staff("data_engineer")
    outputs.check(output, verdict, reason, articles, by=by, at=walk.now + DAY)
    output.refresh_from_db()
    return output


def lead(walk):
    return walk.case.tracks.get(key=LEAD)


def test_what_is_safe_leaves_once_one_person_accepted_it(using):
    output = deposit(using, SAFE, SAFE)
    assert (output.number, output.state, output.needs_two) == (1, "deposited", False)
    engineer = using.staff("data_engineer")
    check(using, output, by=engineer)
    assert (output.state, output.first_by, output.second_by) == ("released", engineer, None)
    leaf = json.loads(bytes(Leaf.objects.get(index=output.leaf_index).bytes))
    sent = output.files.all()[0].file
    assert (leaf["kind"], leaf["output"], leaf["checkers"], leaf["sites"]) == (
        "output",
        1,
        1,
        [LEAD],
    )
    assert leaf["files"][0] == {"bytes": 17, "kind": "frequencies", "sha256": sent.sha256}
    assert len(leaf["files"]) == 2 and files.read(sent) == SAFE
    for person in (engineer, using.holder):
        assert str(person.ref) not in json.dumps(leaf)
    assert AuditEvent.objects.filter(action="output.released", by=engineer).count() == 1
    assert let_out(using.request) == [("Tableau d'effectifs", 2)]


def test_what_is_risky_leaves_once_two_persons_accepted_it(using):
    output = deposit(using, SMALL)
    assert output.needs_two
    first, second = using.staff("data_engineer"), using.staff("methodologist")
    with pytest.raises(ValidationError, match="Dites pourquoi"):
        check(using, output, by=first)
    check(using, output, reason="Trois services, non trois personnes.", by=first)
    assert (output.state, output.leaf_index) == ("second", None)
    with pytest.raises(PermissionDenied):
        check(using, output, reason="Trois services, non trois personnes.", by=first)
    check(using, output, reason="Vérifié de mon côté.", by=second)
    assert (output.state, output.second_by) == ("released", second)


def test_what_comes_of_two_hospitals_asks_two_and_leaves_neither_while_one_is_closed(using):
    found = deposit(using, SAFE, examined=False)
    found.sites.add(using.case.tracks.get(key=OTHER))
    found = outputs.examine(found, at=using.now)
    assert found.needs_two
    with pytest.raises(ValidationError, match="est fermé : rien n'en sort"):
        check(using, found, reason="Rien n'y désigne personne.")
    assert found.checks.count() == 0


def test_what_names_somebody_is_stopped_and_erased_by_the_portal(using):
    output = deposit(using, SAFE, NAMED)
    assert (output.state, output.leaf_index) == ("stopped", None)
    for each in output.files.all():
        assert each.shown == {}
        with pytest.raises(FileNotFoundError):
            files.read(each.file)
    assert [f["rule"] for f in output.files.get(position=2).findings] == ["social_security_number"]
    with pytest.raises(PermissionDenied):
        check(using, output)


def test_a_refusal_cites_an_article_and_a_question_is_answered_by_a_deposit(using):
    output = deposit(using, SMALL)
    for verdict, reason, articles, field in (
        ("refused", REASON, (), "articles"),
        ("refused", REASON, ("U-99",), "articles"),
        ("refused", "non", ("C-09",), "reason"),
        ("asked", "", (), "reason"),
        ("dropped", REASON, (), "verdict"),
    ):
        with pytest.raises(ValidationError) as said:
            check(using, output, verdict, reason, articles)
        assert list(said.value.message_dict) == [field]
    check(using, output, "asked", REASON)
    assert output.state == "asked" and output.files.get().shown == {}
    corrected = deposit(using, SAFE, corrects=output)
    assert (corrected.number, corrected.corrects, output.corrected_by) == (2, output, corrected)
    with pytest.raises(ValidationError, match="n'attend pas"):
        deposit(using, SAFE, corrects=output)
    check(using, corrected, *REFUSED)
    assert (corrected.state, corrected.checks.get().articles) == ("refused", ["C-09"])
    with pytest.raises(FileNotFoundError):
        files.read(corrected.files.get().file)


def test_nobody_of_the_team_nor_of_elsewhere_nor_with_an_interest_checks(using):
    output = deposit(using)
    member, engineer = network.person("Hugo Martin", at=NOW), using.staff("data_engineer")
    team.join(using.request, member, "member", at=using.now)
    grant_role(
        person=member,
        role="data_engineer",
        establishment=lead(using).establishment,
        since=NOW,
        until=None,
        by=None,
        at=NOW,
    )
    for person in (using.holder, member, using.staff("dpo"), using.staff("data_engineer", OTHER)):
        assert not outputs.may_read(output, person, using.now)
        with pytest.raises(PermissionDenied):
            check(using, output, by=person)
    assert outputs.may_check(output, engineer, using.now)
    Conflict.objects.create(case=using.case, person=engineer, declared_at=NOW)
    assert not outputs.may_check(output, engineer, using.now)


def test_the_database_refuses_what_the_domain_would(using):
    output = deposit(using, SMALL)
    first, second = using.staff("data_engineer"), using.staff("methodologist")
    ended = {"ended_at": using.now, "state": "released"}
    for wrong in (
        ended | {"leaf_index": 1},
        ended | {"leaf_index": 1, "first_by": first},
        ended | {"leaf_index": 1, "first_by": first, "second_by": first},
        ended | {"leaf_index": 1, "first_by": first, "second_by": using.holder},
        ended | {"first_by": first, "second_by": second},
        {"state": "second"},
        {"state": "refused"},
        {"ended_at": using.now},
        {"first_by": using.holder},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Output.objects.filter(pk=output.pk).update(**wrong)
    for wrong in ({"verdict": "refused", "reason": REASON}, {"verdict": "asked", "reason": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OutputCheck.objects.create(output=output, rank=1, by=first, at=using.now, **wrong)
    outputs.check(output, *REFUSED, by=first, at=using.now)
    with pytest.raises(ProgrammingError), transaction.atomic():
        OutputCheck.objects.update(reason="Autre chose.")


def test_who_has_no_open_access_deposits_nothing(using):
    stranger = network.person("Yann Kerbrat", at=NOW)
    with pytest.raises(PermissionDenied):
        deposit(using, by=stranger)
    for sites, field in (([], "sites"), ([using.case.tracks.get(key=OTHER)], "sites")):
        with pytest.raises(ValidationError) as said:
            outputs.deposit(
                using.request, files_of(SAFE), sites, WHY, by=using.holder, at=using.now
            )
        assert list(said.value.message_dict) == [field]
    for content, about, field in ((b"", ABOUT, "file_1"), (SAFE, "court", "about_1")):
        one = Deposited(SimpleUploadedFile("t.csv", content), "text", about)
        with pytest.raises(ValidationError) as said:
            outputs.deposit(using.request, [one], [lead(using)], WHY, by=using.holder, at=using.now)
        assert list(said.value.message_dict) == [field]
    MemberAccess.objects.update(cut_at=using.now)
    with pytest.raises(PermissionDenied):
        deposit(using)


def test_nothing_leaves_a_suspended_access_and_what_waits_falls_at_its_end(using):
    waiting, released = deposit(using), deposit(using)
    check(using, released)
    using.take(
        "block", using.staff("dpo"), articles=("U-08",), reason="Un croisement est à vérifier."
    )
    using.case.refresh_from_db()
    with pytest.raises(PermissionDenied):
        check(using, waiting)
    assert outputs.opened_to(using.request, using.holder, using.now) == []
    using.take("end_access", using.holder)
    openings.seal({"case": str(using.case.pk)})
    openings.seal({"case": str(using.case.pk)})
    waiting.refresh_from_db()
    released.refresh_from_db()
    assert (waiting.state, released.state) == ("fallen", "released")
    assert files.read(released.files.get().file) == SAFE
    with pytest.raises(FileNotFoundError):
        files.read(waiting.files.get().file)


def test_a_file_that_did_not_leave_is_erased_again_after_a_restore(using):
    output = deposit(using, SMALL)
    each = output.files.get()
    check(using, output, *REFUSED)
    each.refresh_from_db()
    each.shown = {"text": "revenu"}
    each.save()
    assert erasures.apply_again(at=using.now) >= 1
    each.refresh_from_db()
    assert each.shown == {}


def test_checkers_are_asked_with_their_delay_then_the_depositor_is_told(using):
    engineer, other = using.staff("data_engineer"), using.staff("methodologist")
    output = deposit(using, SMALL, examined=False)
    run()
    output.refresh_from_db()
    assert output.examined_at is not None
    asked = Notice.objects.filter(key="output_to_check")
    assert {n.person for n in asked} == {engineer, other}
    assert all(n.due_at == output.due_at for n in asked)
    assert no_longer(asked) == set()
    (row,) = rows_of(to_decide(desk_of(other, using.now)))
    assert (row.step, row.until, row.href) == (
        "sorties",
        output.due_at,
        f"/demandes/{using.case.number}/sorties/{output.number}",
    )
    check(using, output, reason="Trois services, non trois personnes.", by=engineer)
    assert no_longer(asked) == {n.pk for n in asked}
    assert to_decide(desk_of(engineer, using.now)) == []
    run()
    assert [n.person for n in Notice.objects.filter(key="output_second")] == [other]
    check(using, output, "asked", REASON, by=other)
    run()
    told = Notice.objects.get(key="output_checked")
    (said,) = say_all([told])
    assert (told.person, said.words, said.author) == (using.holder, REASON, str(other))
    assert told.address == f"/demandes/{using.case.number}/sorties/{output.number}"
    assert no_longer([told]) == set()
    deposit(using, corrects=output)
    assert no_longer([told]) == {told.pk}
    assert {each.subject for each in say_all(Notice.objects.all())}


def test_a_late_check_is_reminded_once_and_the_delay_is_measured(using):
    output = deposit(using, SMALL)
    assert outputs.remind_late(at=using.now) == 0
    assert outputs.remind_late(at=output.due_at + DAY) == 1
    assert outputs.remind_late(at=output.due_at + 2 * DAY) == 0
    run()
    assert Notice.objects.filter(key="output_late").count() == 2
    assert not delays_of_checks(using.now).known
    assert AccessLog.objects.filter(subject_type="output_file").count() == 0


def test_what_a_database_cannot_hold_does_not_stop_the_examination(using):
    halved = json.dumps({"nbformat": 4, "cells": [{"source": "a\0b \ud800"}]}).encode()
    output = deposit(using, png((b"tEXt", b"Comment\0pa\0tient")), halved)
    picture, notebook = output.files.all()
    assert picture.shown["text"] == "Comment pa\ufffdtient"
    assert notebook.shown["text"] == "a\ufffdb \ufffd"


def test_what_differs_by_a_few_persons_from_what_left_before_asks_two(using):
    first = check(using, deposit(using, SAFE))
    assert (first.state, first.needs_two) == ("released", False)
    again = deposit(using, b"sexe;n\nF;27\nM;31\n")
    assert again.files.get().findings == [
        {"rule": "differenced", "places": ["B2 ↔ n° 1 t1.csv B2"], "count": 1}
    ]
    assert again.needs_two
    # What waits is compared too, and what was refused is not: it never leaves.
    check(using, again, *REFUSED)
    waiting = deposit(using, b"sexe;n\nF;45\nM;52\n")
    assert not waiting.needs_two
    after = deposit(using, b"sexe;n\nF;45\nM;55\n")
    assert [each["places"] for each in after.files.get().findings] == [["B3 ↔ n° 3 t1.csv B3"]]


def test_two_files_of_one_deposit_are_compared(using):
    output = deposit(using, SAFE, b"sexe;n\nF;27\nM;31\n")
    found = [(f["rule"], f["places"]) for each in output.files.all() for f in each.findings]
    assert found == [("differenced", ["B2 ↔ t2.csv B2"]), ("differenced", ["B2 ↔ t1.csv B2"])]
    assert output.needs_two


def test_what_left_without_the_checks_it_asked_is_a_fault_of_the_destination(using):
    def found() -> list[tuple]:
        nonconformities.watch_case(using.case, at=using.now + 2 * DAY)
        rows = using.case.nonconformities.open()
        return [(each.clause, each.verdict["missing"]) for each in rows]

    check(using, deposit(using, SAFE))
    assert found() == []
    # A hand in the database: two checkers were due, one answered.
    risky = deposit(using, SMALL)
    check(using, risky, reason="Trois services, non trois personnes.")
    said = {"state": "released", "second_by": using.staff("methodologist"), "leaf_index": 0}
    Output.objects.filter(pk=risky.pk).update(**said, ended_at=using.now)
    assert found() == [("U-09", ["destinations.outputs_checked"])]


def test_what_left_is_erased_months_after_the_access_ended_once_who_deposited_it_was_told(using):
    output = check(using, deposit(using, SAFE))
    file = output.files.get().file
    assert outputs.erase_old(at=using.now + 5000 * DAY) == 0  # the access is open still
    using.take("end_access", using.holder)
    using.request.refresh_from_db()
    using.request.case.refresh_from_db()
    last = outputs.kept_until(using.request)
    assert last == months_later(using.request.access_period.ended_on, 18)
    warns = start_of(last) - outputs.WARNED_BEFORE
    assert outputs.erase_old(at=warns - DAY) == 0
    assert not Message.objects.filter(kind=outputs.ENDS).exists()
    # The portal slept: whoever was never told is told first.
    for at in (start_of(last) + 40 * DAY, start_of(last) + 69 * DAY):
        assert outputs.erase_old(at=at) == 0
        warned = Message.objects.filter(kind=outputs.ENDS)
        warned.update(created_at=start_of(last) + 40 * DAY)
    assert warned.get().payload == {"output": output.pk}
    run()
    notice = Notice.objects.get(key="output_ends")
    assert (notice.person, notice.values["until"]) == (using.holder, last.isoformat())
    assert files.read(file) == SAFE
    assert outputs.erase_old(at=start_of(last) + 70 * DAY) == 1
    file.refresh_from_db()
    with pytest.raises(FileNotFoundError):
        files.read(file)
    assert outputs.erase_old(at=start_of(last) + 71 * DAY) == 0
    output.refresh_from_db()
    assert (output.state, output.files.get().file.sha256) == ("released", file.sha256)
    assert json.loads(bytes(Leaf.objects.get(index=output.leaf_index).bytes))["files"]
    assert let_out(using.request) == [("Tableau d'effectifs", 1)]
