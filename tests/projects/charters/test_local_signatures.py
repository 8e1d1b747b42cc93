"""The version of one establishment is signed by those whom it binds there, and by nobody else."""

import hashlib
from datetime import date, timedelta
from html import unescape
from itertools import count

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from governance import outbox
from governance.charters import library, read_charter, versions_signed_for
from governance.domain import signatures
from governance.domain.adoptions import last_day_to_sign
from governance.domain.commitments import digest_of, sign_charter
from governance.models import Adoption, AuditEvent, Body, CharterSignature, Establishment, Session
from governance.models.outbox import Message
from governance.process.compliance import facts_each
from governance.process.replay import report
from governance.queries import charters
from governance.queries.commitments import commitments_of
from projects.demonstration import lives, network
from projects.domain import accesses, team
from projects.process.facts import person_facts, request_facts
from projects.process.facts.people import Commitments
from tests.people import DAY, give, person, sign_in
from tests.projects.charters.conftest import STRICTER, text_of
from tests.projects.conftest import NOW, said
from tests.projects.queries.test_facts_of_many import queries
from tests.projects.stand import opened_to_two
from tests.projects.walks import Walk, draft

RENNES, BREST = "chu-rennes", "chu-brest"
OWN = "1-chu-rennes"
SINCE, LAST = date(2026, 3, 15), date(2026, 5, 14)
STARTS = NOW.replace(month=3, day=16)
OVER = NOW.replace(month=5, day=15)
_leaves = count(1)


def enact(version=OWN, place=RENNES, charter="utilisateur", since=SINCE, last=LAST, changes=()):
    """A version adopted, as `record_vote` writes it."""
    text = text_of(charter, version, since=since.isoformat(), changes=changes)
    body, _ = Body.objects.get_or_create(slug="cse-reseau", defaults={"name": "Comité"})
    session = Session.objects.create(body=body, starts_at=NOW, closes_for_deposit_at=NOW)
    return Adoption.objects.create(
        charter=charter,
        version=version,
        establishment_id=place,
        text=text,
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        adopted_on=NOW.date(),
        in_force_from=since,
        sign_by=last,
        session=session,
        votes_for=5,
        votes_against=0,
        abstentions=0,
        minutes="PV",
        leaf_index=next(_leaves),
    )


def sign_there(someone, at, version=OWN, place=RENNES):
    return sign_charter(
        person=someone,
        charter="utilisateur",
        version=version,
        establishment=place,
        by=someone,
        at=at,
    )


def asked(at) -> list[tuple]:
    """Who is told of what by the night of that instant, run twice."""
    last = Message.objects.order_by("pk").values_list("pk", flat=True).last() or 0
    signatures.remind(at=at)
    signatures.remind(at=at)
    rows = Message.objects.filter(kind="signature_due", pk__gt=last).order_by("pk")
    return [(m.payload["person"], m.payload["version"], m.payload["notice"]) for m in rows]


@pytest.fixture
def here(walk):
    """A request that CHU Rennes leads."""
    walk.submit()
    return walk


@pytest.fixture
def elsewhere(here):
    """Another of the same holder, that CHU Brest leads."""
    found = Walk(draft(here.holder, [BREST], at=here.now), at=here.now)
    found.submit()
    return found


def test_by_when_is_as_the_text_of_the_establishment_says(establishments):
    sooner = text_of("utilisateur", OWN, since=SINCE.isoformat(), changes=[("= 60", "= 30")])
    text = read_charter(sooner, charter="utilisateur", version=OWN)
    assert last_day_to_sign(text, RENNES) == SINCE + timedelta(days=30)
    producers = read_charter(
        text_of("producteur", OWN, since=SINCE.isoformat()), charter="producteur", version=OWN
    )
    assert last_day_to_sign(producers, RENNES) == LAST
    enact(changes=[("= 60", "= 30")])
    assert last_day_to_sign(producers, RENNES) == SINCE + timedelta(days=30)
    assert last_day_to_sign(producers, BREST) == LAST


def test_it_asks_the_teams_of_the_requests_led_there_and_nobody_else(here):
    gone, joined = network.person("Yann Tanguy", at=NOW), network.person("Maël Riou", at=NOW)
    for someone in (gone, joined):
        team.join(here.request, someone, "member", at=here.now)
    here.case.participations.filter(person=gone).update(until=STARTS - DAY)
    here.case.participations.create(person=person(), part="reviewer", since=here.now)
    ended = Walk(draft(network.person("Enora Le Bihan", at=NOW), [RENNES], at=NOW), at=NOW)
    lives.withdrawn(ended)
    abroad = Walk(draft(network.person("Louise Kermorgant", at=NOW), [BREST], at=NOW), at=NOW)
    abroad.submit()
    person(("producer", RENNES))
    adoption = enact()
    assert set(signatures.unsigned(adoption, STARTS)) == {here.holder, joined}
    sign_there(joined, STARTS)
    assert set(signatures.unsigned(adoption, STARTS)) == {here.holder}


def test_the_producers_version_of_an_establishment_asks_those_who_supply_its_data(establishments):
    supplier, engineer = person(("producer", RENNES)), person(("data_engineer", RENNES))
    person(("producer", BREST), ("case_officer", RENNES))
    give(person(), "producer", RENNES, until=STARTS - DAY)
    adoption = enact(charter="producteur")
    assert set(signatures.unsigned(adoption, STARTS)) == {supplier, engineer}
    (mine,) = commitments_of(supplier, STARTS).local
    assert (mine.charter.code, mine.place, mine.counts) == ("producteur", RENNES, False)
    assert commitments_of(person(("producer", BREST)), STARTS).local == []


def test_each_is_reminded_once_and_who_joins_later_too(here):
    enact()
    holder = here.holder.pk
    assert asked(STARTS - 2 * DAY) == []
    assert asked(STARTS) == [(holder, OWN, "asked")]
    assert asked(STARTS + DAY) == []
    newcomer = network.person("Yann Tanguy", at=NOW)
    team.join(here.request, newcomer, "member", at=STARTS + DAY)
    assert asked(STARTS + 2 * DAY) == [(newcomer.pk, OWN, "asked")]
    for day, notice in ((1, "before-14"), (8, "before-7"), (13, "before-1")):
        found = asked(NOW.replace(month=5, day=day))
        assert found == [(holder, OWN, notice), (newcomer.pk, OWN, notice)]
    sign_there(newcomer, OVER - DAY)
    assert asked(OVER) == [(holder, OWN, "over")]
    assert asked(OVER + 30 * DAY) == []


def test_who_is_asked_follows_the_version_in_force_there(here):
    enact()
    second = f"{OWN}-2"
    enact(second, since=SINCE + 20 * DAY, last=LAST + 20 * DAY)
    holder, later = here.holder.pk, STARTS + 20 * DAY
    assert asked(STARTS) == [(holder, OWN, "asked")]
    assert asked(later) == [(holder, second, "asked")]
    assert asked(OVER - 10 * DAY) == [], "of the first one, nobody is reminded any more"
    enact("2", None, since=SINCE + 60 * DAY, last=LAST + 60 * DAY, changes=STRICTER)
    ended = STARTS + 67 * DAY
    assert asked(ended) == [(holder, "2", "asked")]
    assert commitments_of(here.holder, ended).local == []


def test_the_one_of_an_establishment_signed_is_not_the_network_s(here):
    network_s = enact("2", None)
    enact("2-chu-rennes")
    sign_there(here.holder, STARTS, "2-chu-rennes")
    assert here.holder in signatures.unsigned(network_s, STARTS)
    mine = commitments_of(here.holder, OVER)
    assert [(each.charter.version, each.counts) for each in mine.texts] == [
        ("2", False),
        ("2-chu-rennes", True),
    ]
    assert mine.charters[0].earlier.version == "1"


def counted(on, place=RENNES):
    return versions_signed_for("utilisateur", on, place)


def test_what_counts_there_until_the_day_is_over_and_after(establishments):
    enact()
    assert counted(SINCE - DAY) == ("1",)
    assert counted(LAST) == (OWN, "1")
    assert counted(LAST + DAY) == (OWN,)
    assert counted(LAST + DAY, BREST) == counted(LAST + DAY, None) == ("1",)


def test_one_replaced_while_it_was_signed_asks_no_more_than_the_next(establishments):
    enact()
    second = f"{OWN}-2"
    enact(second, since=LAST, last=LAST + 60 * DAY)
    assert counted(LAST + DAY) == (second, OWN, "1")
    assert counted(LAST + 61 * DAY) == (second,)


def test_one_replaced_once_its_day_was_over_is_still_asked_of_who_did_not_sign(establishments):
    enact()
    second = f"{OWN}-2"
    enact(second, since=LAST + 5 * DAY, last=LAST + 60 * DAY)
    assert counted(LAST + 6 * DAY) == (second, OWN)


def test_one_adopted_without_a_day_is_signed_by_nobody(here):
    enact(last=None)
    assert counted(OVER.date()) == ("1",)
    assert commitments_of(here.holder, OVER).local == []
    assert asked(OVER) == []


def signed_and_asked(walks, at) -> list[tuple]:
    """Of the holder, in the facts of each request: the version signed, and the one asked."""
    holder = str(walks[0].holder.ref)
    members = [
        facts["members"][holder] for _case, facts in facts_each([walk.case for walk in walks], at)
    ]
    return [(each["charter_signed"], each["charter_in_force"]) for each in members]


def test_after_the_day_who_did_not_sign_is_out_of_order_there_only(here, elsewhere):
    both = (here, elsewhere)
    enact()
    assert signed_and_asked(both, OVER - DAY) == [("1", "1"), ("1", "1")]
    assert signed_and_asked(both, OVER) == [("1", OWN), ("1", "1")]
    sign_there(here.holder, OVER)
    assert signed_and_asked(both, OVER) == [(OWN, OWN), ("1", "1")]
    enact("2", None, since=OVER.date(), last=OVER.date(), changes=STRICTER)
    assert signed_and_asked(both, OVER + DAY) == [(OWN, "2"), ("1", "2")]


def test_who_would_enter_a_team_there_is_judged_by_it_too(here, elsewhere):
    enact()
    entering = network.person("Yann Tanguy", at=NOW)
    known = Commitments({entering.pk}, OVER)
    asked_of = [
        person_facts(request_facts(walk.case, OVER), entering, known)[str(entering.ref)]
        for walk in (here, elsewhere)
    ]
    assert [each["charter_in_force"] for each in asked_of] == [OWN, "1"]


def test_an_access_closes_there_after_the_day_and_the_past_is_judged_as_it_was(holder, order_key):
    using = opened_to_two(holder, NOW)
    decided = report(on=NOW.date())
    colleague = str(using.colleague.ref)
    first = using.now + 10 * DAY
    last = first + 60 * DAY
    enact(since=first.date(), last=last.date())
    sign_there(holder, first)
    assert accesses.barred(using.case, last) == {}
    assert accesses.barred(using.case, last + DAY) == {colleague: "U-06"}
    sign_there(using.colleague, last + DAY)
    assert accesses.barred(using.case, last + DAY) == {}
    found = report(on=NOW.date())
    assert (found.decisions, found.differences) == (decided.decisions, [])


@pytest.fixture
def library_at_hand():
    """Has the versions adopted be read once, as the cache of the portal does."""

    def hold():
        rows = charters.read_adopted()

        class Held(charters.AdoptedTexts):
            def adopted(self):
                return rows

        library.use(Held())

    return hold


def test_what_many_cost_in_queries_is_what_one_does(here, elsewhere, library_at_hand):
    enact()
    for slug in (BREST, "chu-nantes", "chu-angers"):
        enact(f"1-{slug}", slug)
    library_at_hand()
    signed_and_asked((here, elsewhere), OVER)  # the texts adopted are read once a process
    one = queries(lambda: signed_and_asked((here,), OVER))
    assert queries(lambda: signed_and_asked((here, elsewhere) * 10, OVER)) == one
    holder = here.holder
    commitments_of(holder, OVER)
    assert queries(lambda: commitments_of(holder, OVER)) == 4


def test_only_who_is_bound_signs_and_only_the_version_in_force(here):
    enact()
    for someone, place in ((person(), RENNES), (here.holder, BREST)):
        with pytest.raises(PermissionDenied):
            sign_there(someone, STARTS, place=place)
    with pytest.raises(PermissionDenied):
        sign_there(here.holder, STARTS - 2 * DAY)
    with pytest.raises(ValidationError):
        sign_there(here.holder, STARTS, "1")
    with pytest.raises(ValidationError):
        sign_there(here.holder, STARTS, OWN, place=None)
    assert not CharterSignature.objects.filter(version=OWN).exists()
    signature = sign_there(here.holder, STARTS)
    assert sign_there(here.holder, STARTS + DAY) == signature
    assert signature.text_sha256 == digest_of("utilisateur", OWN)
    assert AuditEvent.objects.get(action="charter.signed").details == {
        "charter": "utilisateur",
        "version": OWN,
        "text": signature.text_sha256,
    }


@pytest.fixture
def at(monkeypatch):
    """Sets the instant at which pages are asked."""
    return lambda instant: monkeypatch.setattr("django.utils.timezone.now", lambda: instant)


def test_it_is_listed_beside_the_network_s_read_and_signed_on_its_page(here, client, at):
    enact()
    sign_in(client, here.holder)
    at(STARTS)
    address = reverse("sign_local", args=["utilisateur", RENNES])
    listed = client.get(reverse("commitments")).text
    assert "dans la version propre à l&#x27;établissement CHU Rennes" in listed
    assert f'href="{address}"' in listed and "version 1-chu-rennes, propre à" in listed
    assert "Vous êtes en règle" in listed and "14 mai 2026" in listed
    page = unescape(client.get(address).text)
    place = Establishment.objects.get(pk=RENNES).name
    assert f"Version 1-chu-rennes, propre à un établissement : {place}" in page
    assert "avant le 14 mai 2026" in page and "U-06" in page
    assert client.post(address, {"version": "1", "agreed": "on"}).status_code == 200
    assert client.post(address, {"version": OWN, "agreed": "on"}).status_code == 302
    assert CharterSignature.objects.get(version=OWN).person == here.holder
    assert "Vous avez signé ce texte" in client.get(address).text
    due = client.get(reverse("commitments")).context["due"]
    assert address not in [each.url for each in due]


def test_after_the_day_the_page_says_that_it_is_due_now(here, client, at):
    enact()
    sign_in(client, here.holder)
    at(OVER)
    listed = client.get(reverse("commitments")).text
    assert "dès maintenant" in listed and "Vous êtes en règle" not in listed
    page = client.get(reverse("sign_local", args=["utilisateur", RENNES])).text
    assert "À signer dès maintenant" in page


def test_nobody_else_finds_its_page(here, client, at):
    enact()
    at(STARTS)
    page = reverse("sign_local", args=["utilisateur", RENNES])
    others = (person(), person(("producer", RENNES), ("case_officer", RENNES)))
    for someone in others:
        sign_in(client, someone)
        assert client.get(page).status_code == 404
        assert client.post(page, {"version": OWN, "agreed": "on"}).status_code == 404
    sign_in(client, here.holder)
    for code, place in (
        ("utilisateur", BREST),
        ("producteur", RENNES),
        ("non_reidentification", RENNES),
    ):
        assert client.get(reverse("sign_local", args=[code, place])).status_code == 404
    at(STARTS - 2 * DAY)
    assert client.get(page).status_code == 404


def test_the_notice_names_the_establishment_and_leads_to_its_page(here):
    enact()
    handle = outbox.HANDLERS["signature_due"].function
    for at in (STARTS, OVER):
        signatures.remind(at=at)
        handle(Message.objects.filter(kind="signature_due").latest("pk").payload)
    first, over = (m.payload for m in Message.objects.filter(kind="notice").order_by("pk"))
    assert first["address"] == reverse("sign_local", args=["utilisateur", RENNES])
    assert "l'établissement CHU Rennes a sa propre version" in said(first)[0].sentence
    assert "ne compte plus pour l'établissement CHU Rennes" in said(over)[0].sentence
