"""Requests walked to any state of their life, on the rolled-back database."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.translation import override

from catalog.models import Category, Dataset, FillRate, Variable
from governance import outbox
from governance.models import Establishment
from portal.notices.models import Notice
from portal.notices.sentences import Said, say_all
from projects.demonstration import network
from projects.domain import records
from tests.catalog import making
from tests.once import once
from tests.projects.site_program import SiteProgram
from tests.projects.stand import LEAD, opened_to_two
from tests.projects.walks import Walk, draft

NOW = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)


def said(payload: dict) -> list[Said]:
    """What is handed on to a person, in French and in English."""
    taken = {name: payload[name] for name in ("cause", "key", "values", "address", "asked")}
    notice = Notice(
        person_id=payload["person"],
        request_id=payload["request"],
        at=datetime.fromisoformat(payload["at"]),
        due_at=payload["due_at"] and datetime.fromisoformat(payload["due_at"]),
        **taken,
    )
    found = []
    for language in ("fr", "en"):
        with override(language):
            found += say_all([notice])
    return found


@pytest.fixture(autouse=True)
def whatever_is_told_is_said_in_both_languages(monkeypatch):
    """Each notice of any test is put in words, as its reader would get it."""
    enqueue = outbox.enqueue

    def told(kind, payload, **more):
        if kind == "notice":
            for each in said(payload):
                assert each.sentence
                assert "%(" not in each.subject + each.sentence + each.ask
        return enqueue(kind, payload, **more)

    monkeypatch.setattr(outbox, "enqueue", told)


@once
def make_network() -> list[Establishment]:
    """The eight establishments, each describing its prescriptions."""
    found = network.establish()
    category = Category.objects.create(
        slug="prescriptions",
        position=1,
        label_fr="Prescriptions",
        label_en="Prescriptions",
        short_fr="Prescriptions",
        short_en="Prescriptions",
    )
    variables = [
        Variable.objects.create(
            code=f"drug_{column}",
            category=category,
            label_fr=column,
            label_en=column,
            table="drug_exposure",
            column=column,
            type="code",
        )
        for column in ("drug_concept_id", "drug_exposure_start_date")
    ]
    for establishment in found:
        Dataset.objects.create(
            slug=f"{establishment.slug}-prescriptions",
            establishment=establishment,
            category=category,
            since_year=2012,
            frequency=Dataset.Frequency.MONTHLY,
            reviewed_on=NOW.date(),
        )
        for variable in variables:
            FillRate.objects.create(
                establishment=establishment, variable=variable, rate=90, measured_on=NOW.date()
            )
    return found


@pytest.fixture
def establishments(db):
    """The eight establishments, each describing its prescriptions."""
    return make_network()


@pytest.fixture
def committed_walk(committed_db) -> Walk:
    """A draft at CHU Rennes and CHU Brest in a database where transactions commit."""
    make_network()
    holder = network.person("Marion Le Gall", at=NOW)
    return Walk(draft(holder, ["chu-rennes", "chu-brest"], at=NOW), at=NOW)


@once
def come_in(name: str, at: datetime):
    """The person of that name, who signed and was trained."""
    return network.person(name, at=at)


@pytest.fixture
def holder(establishments):
    return come_in("Marion Le Gall", NOW)


@pytest.fixture
def walk(holder):
    """A draft that lacks nothing at CHU Rennes, ready to be walked."""
    return Walk(draft(holder, ["chu-rennes"], at=NOW), at=NOW)


@pytest.fixture
def internal(walk):
    """A request of route INTERNE before the committee."""
    walk.until("instruction")
    walk.state_feasibility()
    records.give_dpo_opinion(
        walk.request, agrees=True, text="Étude interne.", by=walk.staff("dpo"), at=walk.now
    )
    walk.take(
        "qualify",
        walk.staff("regulatory_officer"),
        track=walk.case.tracks.get(kind="route"),
        details={
            "qualification": "INTERNE",
            "formality": "none",
            "differs_reason": "Étude menée par l'équipe de soins sur les seuls patients qu'elle "
            "a suivis, sans transmission hors du service, par un interne et son directeur.",
            "conventions": [],
        },
    )
    walk.to_committee()
    return walk


@pytest.fixture
def order_key(db):
    """The key with which the portal signs its orders to sites, one for the whole run."""
    making.ensure_order_key()


@pytest.fixture
def using(holder, order_key):
    """An access opened at the lead establishment to the holder and a colleague."""
    return opened_to_two(holder, NOW)


@pytest.fixture
def rennes(using):
    """The program of the lead establishment, an hour after the opening."""
    using.now += timedelta(hours=1)
    return SiteProgram(LEAD, at=using.now)


@pytest.fixture
def track(using):
    """The lead establishment's part of the request that is in use."""
    return using.case.tracks.get(kind="site", key=LEAD)
