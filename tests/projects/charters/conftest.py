"""Versions of the charters on their way, in a network that has requests."""

from datetime import timedelta

import pytest

from governance.charters.loader import FOLDER
from governance.domain import committees, proposals, studies
from governance.domain.adoptions import record_vote
from governance.domain.charter_votes import Votes, cast
from governance.domain.committees import who_came
from governance.queries.committees import members_at
from projects.demonstration import network
from tests.people import person
from tests.projects.conftest import NOW


def text_of(charter="utilisateur", version="2", *, since="2026-03-15", changes=()):
    """The text of version 1 under another number, some words replaced."""
    text = (FOLDER / charter / "1.toml").read_text(encoding="utf-8")
    for old, new in (
        ('version = "1"', f'version = "{version}"'),
        ("in_force_from = 2022-09-01", f"in_force_from = {since}"),
        *changes,
    ):
        assert old in text
        text = text.replace(old, new, 1)
    return text


STRICTER = (("value = 300", "value = 1400"), ("value = 1500", "value = 1500"))
"""A public interest told in 1 400 characters at least: no demonstration does."""


FOR = Votes(5, 1, 0)


@pytest.fixture(autouse=True)
def adopted(adopted_charters):
    """Every test here reads the charters that it adopts."""


@pytest.fixture
def coordinator(establishments):
    return person("network_coordinator")


@pytest.fixture
def other(establishments):
    """Somebody else who may record a vote."""
    return person("network_coordinator", first_name="Paul")


@pytest.fixture
def session(establishments):
    return network.next_session(network.seat_committee(at=NOW), NOW)


@pytest.fixture
def proposal(coordinator):
    """Version 2 of the users' charter, stricter, not examined yet."""
    return proposals.propose(
        charter="utilisateur",
        text=text_of(changes=STRICTER),
        why="Des projets mieux expliqués.",
        by=coordinator,
        at=NOW,
    )


def finish(proposal, *, by, last=100, at=NOW):
    """Examine a proposal and study its impact to the end; the study."""
    proposals.examine(proposal, at=at)
    study = studies.ask(proposal, last=last, by=by, at=at)
    while studies.advance(study.pk, at=at):
        pass
    study.refresh_from_db()
    return study


def hold(session):
    """Have the session open on its day, all its members there; the instant."""
    at = session.starts_at + timedelta(minutes=5)
    committees.open_session(session, at=at)
    session.refresh_from_db()
    for member in members_at(session):
        committees.attend(session, member, at=at)
    session.refresh_from_db()
    return at


def vote(proposal, votes, *, at):
    """Have the members who came cast the voices of `votes`."""
    said = (
        ["for"] * votes.votes_for
        + ["against"] * votes.votes_against
        + ["abstain"] * votes.abstentions
    )
    for mandate, choice in zip(who_came(proposal.session), said, strict=False):
        cast(proposal, mandate, choice, at=at)


def hold_and_vote(proposal, session, votes=FOR):
    """Have the session open, all there, and voting; the instant."""
    at = hold(session)
    proposal.refresh_from_db()
    vote(proposal, votes, at=at)
    return at


def adopt(text, session, coordinator, other, *, establishment=None, at=NOW):
    """Have a version proposed, studied, tabled, voted and recorded; its adoption."""
    proposal = proposals.propose(
        charter="utilisateur",
        text=text,
        why="",
        establishment=establishment,
        by=coordinator,
        at=at,
    )
    finish(proposal, by=coordinator)
    proposals.table(proposal, session, by=coordinator, at=at)
    at = hold_and_vote(proposal, session)
    return record_vote(proposal, minutes="PV", by=other, at=at).adoption
