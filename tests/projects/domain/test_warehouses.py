"""What an establishment states of its warehouse: written by who keeps it, judged at once, and never
without knowing which requests it stops."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from governance.charters.facts import today
from governance.domain import nonconformities, warehouses
from governance.domain.warehouses import WouldStop
from governance.models import AuditEvent, Establishment, Message, NonConformity, WarehouseStanding
from governance.outbox import HANDLERS
from governance.process.compliance import failing_at
from projects.demonstration import network
from projects.models import MemberAccess
from tests import outbox
from tests.projects.conftest import NOW
from tests.projects.stand import DAY, LEAD, OTHER, stand_at
from tests.projects.walks import Walk, draft


@pytest.fixture
def walk(holder, order_key):
    return Walk(draft(holder, [LEAD, OTHER], at=NOW), at=NOW)


@pytest.fixture
def opened(walk):
    stand_at("access", walk)
    walk.now = timezone.now()
    return walk


def keeper(role="producer", at=NOW):
    return network.staff(role, LEAD, at=at)


def place() -> Establishment:
    return Establishment.objects.get(pk=LEAD)


def standing() -> WarehouseStanding:
    return WarehouseStanding.objects.get(establishment=LEAD)


def publish(at, by=None, **said):
    told = {
        "effective_on": today(at) - DAY,
        "channel": "letter",
        "coverage": 97,
        "address": "https://chu-rennes.example/note",
    }
    return warehouses.publish_notice(
        establishment=place(), by=by or keeper(), at=at, **(told | said)
    )


def state(at, by=None, **said):
    told = {
        "kind": "authorisation",
        "number": " DT-2026-12 ",
        "dated_on": date(2026, 1, 8),
        "legal_basis": "Autorisation de la CNIL",
        "purposes": ["research"],
        "recipients": ["academic"],
    }
    return warehouses.state_basis(establishment=place(), by=by or keeper(), at=at, **(told | said))


@pytest.mark.parametrize("role", ["producer", "dpo"])
def test_the_producer_and_the_dpo_publish_a_notice_that_is_audited_by_its_fields(walk, role):
    changed = publish(NOW, by=keeper(role))
    assert changed == [
        "informed_since",
        "information_channel",
        "information_coverage",
        "notice_address",
    ]
    event = AuditEvent.objects.get(action="warehouse.notice_published")
    assert (event.establishment_id, event.details) == (LEAD, {"fields": changed})
    assert standing().notice_address == "https://chu-rennes.example/note"


def test_said_again_it_changes_nothing(walk):
    publish(NOW)
    state(NOW)
    assert publish(NOW) == state(NOW) == []
    assert AuditEvent.objects.filter(action__startswith="warehouse.").count() == 2


@pytest.mark.parametrize("role", ["administrator", "case_officer", "delegate"])
def test_nobody_else_does(walk, role):
    for act in (publish, state):
        with pytest.raises(PermissionDenied):
            act(NOW, by=keeper(role))
    with pytest.raises(PermissionDenied):
        publish(NOW, by=network.staff("producer", OTHER, at=NOW))
    assert standing().notice_address == ""


def test_a_notice_has_an_address_or_a_text_and_a_basis_its_number_and_a_past_date(walk):
    with pytest.raises(ValidationError, match="adresse de la note"):
        publish(NOW, address=" ", text="")
    with pytest.raises(ValidationError, match="100"):
        publish(NOW, coverage=101)
    with pytest.raises(ValidationError, match="numéro"):
        state(NOW, number=" ")
    with pytest.raises(ValidationError, match="à venir"):
        state(NOW, dated_on=today(NOW) + DAY)
    with pytest.raises(ValidationError, match="choix"):
        state(NOW, kind="oral")
    assert (standing().kind, standing().information_coverage) == ("declaration", 96)


def test_an_establishment_that_stated_nothing_yet_states_its_first(walk):
    WarehouseStanding.objects.filter(establishment=LEAD).delete()
    publish(NOW)
    assert (standing().kind, standing().informed_since) == ("", today(NOW) - DAY)
    state(NOW)
    assert standing().kind == "authorisation"


def test_what_would_close_data_in_use_is_counted_first_and_changes_nothing(opened):
    later = today(opened.now) + 7 * DAY
    with pytest.raises(WouldStop) as told:
        publish(opened.now, effective_on=later)
    assert (told.value.in_use, told.value.waiting) == (1, 0)
    assert standing().informed_since == date(2019, 1, 1)
    assert not AuditEvent.objects.filter(action="warehouse.notice_published").exists()


def test_known_it_is_judged_again_at_once_and_once_more_the_day_it_takes_effect(opened):
    later = today(opened.now) + 7 * DAY
    publish(opened.now, effective_on=later, knowing=True)
    due = Message.objects.get(kind="facts_changed", due_at__gt=opened.now + 5 * DAY).due_at
    assert today(due) == later and today(due - timedelta(seconds=1)) < later
    outbox.run()
    one = NonConformity.objects.get()
    assert (one.clause, one.establishment_id, one.owner_role) == ("C-02", LEAD, "producer")
    publish(opened.now, address="", text="Vos données servent à la recherche.")
    outbox.run()
    one.refresh_from_db()
    assert one.mended["holds"] is True


def test_what_is_stopped_already_is_not_stopped_again(opened):
    WarehouseStanding.objects.filter(establishment=LEAD).update(information_coverage=None)
    publish(opened.now, effective_on=today(opened.now) + 7 * DAY)
    assert standing().notice_address


def test_an_establishment_that_is_not_concerned_stops_nobody(opened):
    warehouses.publish_notice(
        establishment=Establishment.objects.get(pk="ch-le-mans"),
        effective_on=today(opened.now) + 7 * DAY,
        channel="digital",
        coverage=10,
        text="Bientôt.",
        by=network.staff("producer", "ch-le-mans", at=opened.now),
        at=opened.now,
    )


def test_a_purpose_no_longer_covered_stops_the_requests_whose_feasibility_waits(walk):
    stand_at("admissibility", walk)
    state(walk.now, purposes=["steering"])
    stand_at_feasibility(walk)
    state(walk.now)
    with pytest.raises(WouldStop) as told:
        state(walk.now, recipients=["industry"])
    assert (told.value.in_use, told.value.waiting) == (0, 1)
    assert standing().recipients == ["academic"]
    state(walk.now, recipients=["industry"], knowing=True)
    assert standing().recipients == ["industry"]


def stand_at_feasibility(walk):
    """Admitted, its feasibility asked and not given yet."""
    walk.admit()
    walk.case.refresh_from_db()
    assert walk.case.tracks.get(key=LEAD).status == "asked"


def test_the_end_of_the_basis_is_told_before_it_comes_then_bites(walk, settings, tmp_path):
    settings.ATTACHMENTS_ROOT = tmp_path
    walk.submit()
    walk.admit()
    at, keepers = walk.now, {keeper(role, at=walk.now).pk for role in ("producer", "dpo")}
    paper = SimpleUploadedFile("autorisation.pdf", b"%PDF-1.4\n", "application/pdf")
    until = today(at) + 30 * DAY
    assert {"until", "document"} <= set(state(at, until=until, document=paper))
    assert standing().document.name == "autorisation.pdf"

    days = (0, 1, 22, 23, 30, 31, 32)
    told = [warehouses.warn_of_ends(at=at + n * DAY) for n in days]
    assert dict(zip(days, told, strict=True)) == {0: 1, 1: 0, 22: 0, 23: 1, 30: 0, 31: 1, 32: 0}
    payload = Message.objects.filter(kind="warehouse_ends").latest("id").payload
    HANDLERS["warehouse_ends"].function(payload)
    notices = Message.objects.filter(kind="notice", payload__key="warehouse_ends")
    said = [m.payload for m in notices]
    assert keepers <= {n["person"] for n in said} and all(n["values"]["over"] for n in said)

    # On its last day it is good; the day after, feasibility waits for the one that follows.
    lacking = [failing_at(LEAD, [walk.case], {"P-13"}, at + n * DAY) for n in (30, 31)]
    assert lacking == [set(), {walk.case.pk}]
    state(at, until=None)
    with pytest.raises(WouldStop):
        state(at + 31 * DAY, until=until - DAY)
    # Another act has no document until one is given; the same act keeps its own.
    assert standing().document is not None and warehouses.warn_of_ends(at=at + 40 * DAY) == 0
    state(at + 31 * DAY, number="DT-2026-99")
    assert standing().document is None


def test_data_in_use_close_five_working_days_after_the_end_of_the_basis_and_open_with_the_next(
    opened,
):
    at = opened.now
    state(at, until=today(at) + DAY)
    nonconformities.watch(at=at + DAY)
    assert not NonConformity.objects.exists()

    nonconformities.watch(at=at + 2 * DAY)
    one = NonConformity.objects.get()
    assert (one.clause, one.establishment_id, one.owner_role) == ("P-13", LEAD, "producer")
    given = MemberAccess.objects.filter(track__case=opened.case, track__key=LEAD)
    still_open = given.filter(cut_at__isnull=True).count()
    assert still_open > 0
    nonconformities.watch(at=at + 12 * DAY)
    assert given.filter(cut_at__isnull=True).count() == 0
    elsewhere = MemberAccess.objects.filter(track__case=opened.case).exclude(track__key=LEAD)
    assert not elsewhere.filter(cut_at__isnull=False).exists()

    state(at + 13 * DAY, number="DT-2026-99", until=None)
    outbox.run()
    one.refresh_from_db()
    assert one.mended["holds"] is True
    assert given.filter(cut_at__isnull=True).count() == still_open
