"""What the mails of a request's life say, whole: from the decision to the text that is read."""

import pytest
from django.core import mail
from django.utils import timezone

from governance.charters.facts import today
from governance.models.outbox import Message as Outgoing
from portal.notices import delivery, digests
from projects.domain import extractions, openings, records
from projects.notices.decisions import tell_of_decision
from tests.projects.conftest import NOW
from tests.projects.site_program import SiteProgram
from tests.projects.stand import open_the_lead, stand_at
from tests.projects.walks import Walk, draft


@pytest.fixture
def walk(holder, order_key):
    """A draft that asks two hospitals."""
    return Walk(draft(holder, ["chu-rennes", "chu-brest"], at=NOW), at=NOW)


@pytest.fixture
def mailed(walk):
    """The mails that the last decision of a step sends to its holder, as if taken just now."""

    def of(step: str) -> list:
        Outgoing.objects.all().delete()
        decision = walk.case.decisions.filter(step=step).order_by("-index").first()
        tell_of_decision({"decision": str(decision.pk)})
        mail.outbox.clear()
        for row in Outgoing.objects.filter(kind="notice"):
            delivery.keep(row.payload | {"at": timezone.now().isoformat()})
        for row in Outgoing.objects.filter(kind="mail"):
            delivery.mail(row.payload)
        return [message for message in mail.outbox if message.to == [walk.holder.email]]

    return of


def test_the_receipt_of_a_deposit_is_mailed_whole(walk, mailed):
    walk.submit()
    (sent,) = mailed("submit")
    assert sent.subject.startswith(f"Demande {walk.case.number}")
    assert sent.subject.endswith("Accusé de réception de votre demande")
    assert f"/demandes/{walk.case.number}/recepisse" in sent.body
    assert "la demande est réputée rejetée" in sent.body


@pytest.mark.parametrize(
    ("outcome", "answer", "said"),
    [
        ("unfavourable", "unfavourable", "MR-004, réponse défavorable"),
        ("conditional", "reserved", "MR-004, réponse sous conditions"),
    ],
)
def test_an_answer_that_authorises_nothing_is_mailed_with_what_to_do(
    walk, mailed, outcome, answer, said
):
    walk.until("preparation")
    track, officer = walk.case.tracks.get(kind="formality"), walk.staff("regulatory_officer")
    walk.take(
        "record_answer",
        officer,
        track=track,
        outcome=outcome,
        reason="Le dossier ne décrit pas l'information des personnes.",
        details={"answer": answer, "on": walk.now.date().isoformat()},
    )
    (sent,) = mailed("record_answer")
    assert said in sent.body
    assert "Le dossier ne décrit pas" in sent.body
    assert f"/demandes/{walk.case.number}/etape/file_formality/{track.pk}" in sent.body


def test_a_favourable_answer_is_no_mail(walk, mailed):
    walk.until("preparation")
    walk.complete_formalities()
    assert mailed("record_answer") == []


def test_a_closure_in_default_is_mailed_with_the_means_of_appeal(walk, mailed):
    stand_at("closed_in_default", walk)
    (sent,) = mailed("close_in_default")
    assert "former un recours" in sent.body
    assert "tribunal administratif" in sent.body
    assert "Déclarez vos résultats" in sent.body


def test_a_further_hospital_that_opens_is_mailed(walk, mailed):
    walk.until("authorised")
    open_the_lead(walk)
    (sent,) = mailed("open_access")
    assert "CHU Rennes" in sent.body
    engineer, track = (
        walk.staff("data_engineer", "chu-brest"),
        walk.case.tracks.get(key="chu-brest"),
    )
    order = extractions.launch(track, by=engineer, at=walk.now).order
    SiteProgram("chu-brest", at=walk.now).delivers(order)
    walk.take("deliver", engineer, days=0, track=track)
    assert mailed("deliver") == []
    assert openings.open_what_is_ready(walk.case, at=walk.now) == []
    (sent,) = mailed("open_access")
    assert "CHU Brest, accès ouvert" in sent.body
    assert f"/demandes/{walk.case.number}/donnees" in sent.body


def test_an_opinion_put_off_is_mailed(walk, mailed):
    walk.until("committee")
    walk.give_opinion("deferred")
    (sent,) = mailed("give_opinion")
    assert "Avis différé" in sent.body


def morning_of(person) -> str:
    """The summary that a person gets now of what was handed on so far, as if just now."""
    for row in Outgoing.objects.filter(kind="notice", payload__person=person.pk):
        delivery.keep(row.payload | {"at": timezone.now().isoformat()})
    mail.outbox.clear()
    day = today(timezone.now()).isoformat()
    digests.send_digest({"person": person.pk, "day": day, "kind": digests.MORNING})
    return "".join(message.body for message in mail.outbox)


@pytest.fixture
def agreements_asked(walk):
    """The delegates of two hospitals were asked for their agreement since the last morning."""
    delegates = [walk.staff("delegate", slug) for slug in ("chu-rennes", "chu-brest")]
    walk.until("preparation")
    Outgoing.objects.all().delete()
    decision = walk.case.decisions.get(step="give_opinion")
    tell_of_decision({"decision": str(decision.pk)})
    return delegates


def test_a_morning_asks_no_agreement_already_given(walk, agreements_asked):
    given, awaited = agreements_asked
    walk.agree("chu-rennes")
    assert "Donner l'accord" not in morning_of(given)
    assert "À vous, pour CHU Brest : Donner l'accord de l'établissement" in morning_of(awaited)


def test_a_morning_asks_no_opinion_on_the_route_already_given(walk):
    dpo = walk.staff("dpo")
    walk.until("instruction")
    Outgoing.objects.all().delete()
    tell_of_decision({"decision": str(walk.case.decisions.get(step="admit").pk)})
    records.give_dpo_opinion(walk.request, agrees=True, text="Oui.", by=dpo, at=walk.now)
    assert "Votre avis est attendu" not in morning_of(dpo)
