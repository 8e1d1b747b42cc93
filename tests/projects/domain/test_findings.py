"""A team reports what it finds in what was delivered to it; the teams concerned are told."""

from dataclasses import replace

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from catalog.domain import findings as answers
from catalog.domain import quality
from catalog.models import Finding, QualityRun, Variable
from governance.charters import find_clause, judge, load_charters
from governance.charters.facts import today
from governance.models import Establishment, Participation
from governance.models.outbox import Message as Outgoing
from governance.process.registry import Asked
from governance.process.table import REQUEST
from portal.notices.models import Notice
from portal.notices.sentences import say_all
from projects.demonstration import network
from projects.domain import findings
from projects.notices.standing import no_longer
from projects.process.facts import request_facts
from projects.queries.desk import desk_of
from projects.queries.news import findings_to_answer
from tests.outbox import run
from tests.projects.conftest import NOW
from tests.projects.stand import DAY, LEAD, OTHER, stand_at
from tests.projects.walks import Walk, draft

WRONG = "Les dates de fin de traitement sont toutes au 31 décembre en 2021."
SAID = "Le logiciel écrivait la fin d'année quand la date manquait ; elles sont vidées."
PRESCRIPTIONS = "chu-rennes-prescriptions"


@pytest.fixture
def using(holder, order_key):
    """A request whose team uses the data of its lead; the other hospital did not deliver."""
    return in_use(holder)


def in_use(holder, begins=NOW) -> Walk:
    walk = Walk(draft(holder, [LEAD, OTHER], at=begins), at=begins)
    stand_at("access", walk)
    return walk


def report(walk, by=None, dataset=PRESCRIPTIONS, variable="", text=WRONG) -> Finding:
    return findings.report(walk.request, dataset, variable, text, by=by or walk.holder, at=walk.now)


def test_a_team_reports_on_what_it_was_delivered(using):
    (delivered,) = findings.delivered_to(using.request)
    assert delivered.dataset.pk == PRESCRIPTIONS
    code = delivered.variables[0].pk
    found = report(using, variable=code)
    assert (found.case, found.variable_id, found.reported_by) == (using.case, code, using.holder)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"dataset": "chu-brest-prescriptions"}, "dataset"),
        ({"dataset": "nulle-part"}, "dataset"),
        ({"variable": "image.kind"}, "variable"),
        ({"text": "Trop court."}, "text"),
    ],
)
def test_what_was_not_delivered_is_not_reported_on(using, asked, field):
    Variable.objects.create(
        code="image.kind",
        category_id="prescriptions",
        label_fr="Image",
        label_en="Image",
        table="image",
        column="kind",
        type="code",
    )
    with pytest.raises(ValidationError) as refused:
        report(using, **asked)
    assert field in refused.value.message_dict
    assert not Finding.objects.exists()


def test_who_is_not_of_the_team_or_too_early_reports_nothing(using):
    with pytest.raises(PermissionDenied):
        report(using, by=network.person("Yann Kerbrat", at=NOW))
    using.request.case.state = "preparation"
    with pytest.raises(PermissionDenied):
        report(using)


def test_those_who_answer_are_asked_then_the_reporter_and_the_teams_told(using, settings):
    settings.SITE_URL = "https://guichet.example"
    producer, engineer = using.staff("producer"), using.staff("data_engineer")
    member = network.person("Hugo Martin", at=NOW)
    Participation.objects.create(
        case=using.case, person=member, part=Participation.Part.MEMBER, since=NOW
    )
    Outgoing.objects.all().delete()
    now = timezone.now()
    found = findings.report(using.request, PRESCRIPTIONS, "", WRONG, by=member, at=now)
    run()
    asked = Notice.objects.filter(key="finding_reported")
    assert {each.person for each in asked} == {producer, engineer}
    assert all(each.asked and each.address == f"/anomalies/{found.pk}" for each in asked)

    mail.outbox.clear()
    day = today(now)
    answers.answer(found, "mended", SAID, day, by=producer, at=now)
    run()
    sent = {message.to[0]: message for message in mail.outbox}
    assert len(mail.outbox) == 2 and set(sent) == {using.holder.email, member.email}
    assert "que vous avez signalée à CHU Rennes" in sent[member.email].subject
    assert SAID in sent[member.email].body and WRONG not in sent[using.holder.email].body
    assert f"/catalogue/{PRESCRIPTIONS}#anomalies" in sent[using.holder.email].body


def test_a_person_of_two_projects_is_told_once_and_others_not(using):
    second = in_use(using.holder, NOW + DAY)
    not_yet = network.person("Yann Kerbrat", at=NOW)
    Walk(draft(not_yet, [LEAD, OTHER], at=NOW), at=NOW).until("authorised")
    engineer, now = using.staff("data_engineer"), timezone.now()
    found = answers.report_from_catalogue(
        findings.delivered_to(second.request)[0].dataset, None, WRONG, by=engineer, at=now
    )
    mail.outbox.clear()
    answers.answer(found, "mended", SAID, today(now), by=using.staff("producer"), at=now)
    run()
    told = Notice.objects.filter(key="finding_confirmed").values_list("person", flat=True)
    assert list(told) == [using.holder.pk]


def test_what_is_no_anomaly_is_told_to_its_reporter_alone(using):
    member = network.person("Hugo Martin", at=NOW)
    Participation.objects.create(
        case=using.case, person=member, part=Participation.Part.MEMBER, since=NOW
    )
    found = report(using, by=member)
    answers.answer(found, "dismissed", SAID, None, by=using.staff("producer"), at=using.now)
    run()
    told = Notice.objects.filter(key__in=("finding_answered", "finding_confirmed"))
    assert [(each.person, each.key) for each in told] == [(member, "finding_answered")]


def test_a_silence_is_reminded_to_who_answers_then_to_the_network_and_the_director(using):
    producer = using.staff("producer")
    delegate = using.staff("delegate")
    found = report(using)
    run()
    answers.remind(at=found.due_at + (found.due_at - found.reported_at))
    run()
    by_kind = {}
    for notice in Notice.objects.filter(key="finding_reminder"):
        by_kind.setdefault(notice.values["kind"], set()).add(notice.person)
    assert producer in by_kind["late"] and delegate not in by_kind["late"]
    assert delegate in by_kind["late-director"]


def found_by_a_check(walk, table, at, by=None) -> Finding:
    """The anomaly of a check of that table, as a run of CHU Rennes finds it."""
    hospital = Establishment.objects.get(pk=LEAD)
    asked = quality.ask(hospital, by=None, at=at)
    asked.state, asked.measured_at = QualityRun.State.ANSWERED, at
    asked.save()
    result = asked.results.create(
        code=f"{table}.person_id.isRequired",
        kind="conformance",
        table=table,
        outcome="failed",
        rows=1000,
        failed=100,
    )
    return answers.open_found(result, by=by, at=at)


def told_of(key: str) -> set:
    return {each.person for each in Notice.objects.filter(key=key)}


def test_what_a_check_finds_asks_those_who_answer_then_tells_the_teams_of_its_table(using):
    producer, engineer = using.staff("producer"), using.staff("data_engineer")
    now = timezone.now()
    found = found_by_a_check(using, "drug_exposure", now)
    run()
    assert told_of("finding_found") == {producer, engineer}
    asked = Notice.objects.filter(key="finding_found", person=engineer).get()
    assert asked.asked and asked.due_at == found.due_at
    assert asked.address == f"/anomalies/{found.pk}"
    (said,) = say_all([asked])
    assert said.sentence.startswith("Un contrôle de l'entrepôt n'est plus tenu, CHU Rennes")
    assert "Traitements : aucune ligne sans personne. Environ 100" in said.words
    answers.answer(found, "to_mend", SAID, today(now) + 9 * DAY, by=engineer, at=now)
    run()
    assert told_of("finding_confirmed") == {using.holder}
    # Nobody reported it: nobody is told that theirs was answered.
    assert not told_of("finding_answered")


def test_a_team_that_was_delivered_nothing_of_its_table_is_not_told(using):
    engineer, now = using.staff("data_engineer"), timezone.now()
    found = found_by_a_check(using, "measurement", now, by=engineer)
    assert found.dataset_id == PRESCRIPTIONS
    run()
    assert engineer not in told_of("finding_found")
    answers.answer(found, "mended", SAID, today(now), by=engineer, at=now)
    run()
    assert not told_of("finding_confirmed")


def test_a_check_held_again_is_told_to_those_who_answer(using):
    asked, now = {using.staff("producer"), using.staff("data_engineer")}, timezone.now()
    found = found_by_a_check(using, "drug_exposure", now)
    held = found.found_by
    held.outcome = "passed"
    answers.follow_check(found, held, at=now)
    run()
    told = Notice.objects.filter(key="finding_held")
    assert {each.person for each in told} == asked
    assert all(each.asked for each in told) and no_longer(told) == set()
    answers.answer(found, "mended", SAID, today(now), by=using.staff("producer"), at=now)
    assert no_longer(told) == {each.pk for each in told}


def test_a_run_that_gave_nothing_is_told_to_who_asked_or_of_the_weeks_to_who_answers(using):
    producer, engineer = using.staff("producer"), using.staff("data_engineer")
    hospital = Establishment.objects.get(pk=LEAD)
    for by, expected in ((None, {producer, engineer}), (engineer, {engineer})):
        Notice.objects.all().delete()
        asked = quality.ask(hospital, by=by, at=timezone.now())
        quality.receive_quality(asked.order, {"kind": "failed", "body": {"reason": "unreachable"}})
        run()
        told = Notice.objects.filter(key="quality_failed")
        assert {each.person for each in told} == expected
        assert {each.address for each in told} == {f"/etablissement/{LEAD}/qualite"}
        assert say_all(told)[0].sentence == "Le contrôle de l'entrepôt n'a rien donné, CHU Rennes."


def test_p_10_counts_what_checks_find(using):
    assert judged(using, using.now).holds
    found = found_by_a_check(using, "drug_exposure", using.now)
    late = judged(using, found.due_at + (found.due_at - found.reported_at))
    assert (late.holds, late.key) == (False, "findings_late")


def judged(walk, at):
    """The verdict of P-10 on CHU Rennes."""
    step = REQUEST.steps_from(walk.case.state)[0]
    facts = request_facts(walk.case, at)(Asked(walk.case, step, step.outcomes[0]))
    clause = find_clause("P-10", load_charters(walk.case.charters))
    (verdict,) = judge([clause], facts, at, ["chu-rennes"])
    return verdict


def test_the_article_says_what_is_late_and_blocks_nothing(using):
    assert judged(using, using.now).holds
    found = report(using)
    assert judged(using, found.due_at).holds
    late = judged(using, found.due_at + (found.due_at - found.reported_at))
    assert (late.holds, late.key) == (False, "findings_late")
    answers.answer(found, "dismissed", SAID, None, by=using.staff("producer"), at=using.now)
    assert judged(using, using.now).holds


def test_those_who_answer_find_it_in_their_work(using):
    found = report(using)
    for role in ("producer", "data_engineer"):
        assert list(findings_to_answer(desk_of(using.staff(role), using.now))) == [found]
        other = desk_of(using.staff(role, "chu-brest"), using.now)
        assert not findings_to_answer(other)
    assert not findings_to_answer(desk_of(using.staff("methodologist"), using.now))
    desk = desk_of(using.staff("producer"), using.now)
    assert not findings_to_answer(replace(desk, site="chu-brest"))
