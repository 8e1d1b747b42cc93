"""Another node's catalogue is read by a worker, compared, and shown once somebody accepted it."""

import io
import json
import zipfile
from functools import partial
from threading import Barrier, Thread

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.domain import harvests
from catalog.exchange import apart, reading
from catalog.exchange.fetching import fetch
from catalog.exchange.formats import JSON_LD, TURTLE
from catalog.models import Harvest, HarvestChange, HarvestedDataset
from catalog.queries.harvests import differences, elsewhere, neighbours, to_examine
from governance.domain import files
from governance.models import AuditEvent, Message
from portal.notices.models import Notice
from portal.notices.sentences import say_all
from tests import outbox
from tests.people import DAY, NOW, person

HOME = "https://nord.example/jeux/"
WHY = "Ce registre est déjà décrit ailleurs."


def turtle(**titles) -> bytes:
    """A catalogue of datasets: the end of each address → its title."""
    said = "".join(
        f'<{HOME}{each}> a dcat:Dataset ; dct:title "{title}"@fr .\n'
        for each, title in titles.items()
    )
    names = (
        "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> ."
    )
    return f"{names}\n{said}".encode()


FIRST = turtle(a="Registre des cancers", b="Cohorte des naissances", c="Essais")
SECOND = turtle(a="Registre régional des cancers", b="Cohorte des naissances", d="Biobanque")


@pytest.fixture
def coordinator(db):
    return person("network_coordinator")


@pytest.fixture
def north(coordinator):
    return harvests.add_source("Réseau Nord", "", by=coordinator, at=NOW)


def read(source, content, by, at=NOW, format=TURTLE, **how) -> Harvest:
    """Asked, then read as a worker does, but in this process."""
    asked = harvests.ask(source, content=content, format=format, name="nord", by=by, at=at, **how)
    return harvests.read(asked, at=at, parse=reading.read)


def read_as_told(source, content, by) -> Harvest:
    """Asked, then read in a process apart."""
    asked = harvests.ask(source, content=content, format=JSON_LD, name="nord", by=by, at=NOW)
    return harvests.read(asked, at=NOW)


def found(harvest) -> dict:
    return {each.uri.removeprefix(HOME): each.kind for each in harvest.changes.all()}


def shown() -> list[str]:
    return [each.title for each in elsewhere()]


def test_nothing_is_shown_before_it_is_accepted_and_what_is_removed_keeps_its_address(
    north, coordinator
):
    first = read(north, FIRST, coordinator)
    assert found(first) == {"a": "added", "b": "added", "c": "added"}
    assert shown() == []
    harvests.accept(first, by=coordinator, at=NOW)
    assert shown() == ["Cohorte des naissances", "Essais", "Registre des cancers"]
    assert [(each.name, each.shown) for each in neighbours()] == [("Réseau Nord", 3)]

    again = read(north, FIRST, coordinator, NOW + DAY)
    assert (again.state, found(again)) == ("nothing", {})

    second = read(north, SECOND, coordinator, NOW + 2 * DAY)
    assert found(second) == {"a": "changed", "c": "removed", "d": "added"}
    same = read(north, SECOND, coordinator, NOW + 3 * DAY)
    assert same.state == "nothing", "the same differences wait already"
    by_uri = {each.uri.removeprefix(HOME): each for each in second.changes.all()}
    (title,) = differences([by_uri["a"]])[0].fields
    assert title.pieces == [("same", "Registre "), ("in", "régional "), ("same", "des cancers")]

    harvests.accept(second, [by_uri["a"].pk, by_uri["c"].pk], by=coordinator, at=NOW + 4 * DAY)
    second.refresh_from_db()
    assert second.state == "proposed", "one difference still waits"
    assert shown() == ["Cohorte des naissances", "Registre régional des cancers"]
    gone = HarvestedDataset.objects.get(uri=HOME + "c")
    assert (gone.removed_at, gone.harvest) == (NOW + 4 * DAY, second)
    kept = HarvestedDataset.objects.get(uri=HOME + "a")
    assert (kept.version, kept.first_at) == (2, NOW)
    assert kept.slug.startswith("registre-des-cancers-"), "its address does not change"

    harvests.refuse(second, None, WHY, by=coordinator, at=NOW + 5 * DAY)
    second.refresh_from_db()
    assert second.state == "decided"
    later = read(north, SECOND, coordinator, NOW + 6 * DAY)
    assert later.state == "nothing", "what was refused is not proposed again"
    insisted = read(north, SECOND, coordinator, NOW + 7 * DAY, again=True)
    assert found(insisted) == {"d": "added"}
    acts = AuditEvent.objects.filter(subject_type="catalogue_source").values_list("action")
    assert [action for (action,) in acts.order_by("pk")] == [
        "catalogue_source.added",
        "harvest.accepted",
        "harvest.accepted",
        "harvest.refused",
    ]

    back = read(north, turtle(b="Cohorte des naissances", c="Essais"), coordinator, NOW + 8 * DAY)
    insisted.refresh_from_db()
    assert insisted.state == "replaced"
    with pytest.raises(ValidationError, match="plus récente"):
        harvests.accept(insisted, by=coordinator, at=NOW + 9 * DAY)
    harvests.accept(back, by=coordinator, at=NOW + 9 * DAY)
    gone.refresh_from_db()
    assert gone.removed_at is None, "what comes back has its address back"
    harvests.retire(north, "Ce réseau a fermé.", by=coordinator, at=NOW + 10 * DAY)
    assert shown() == []
    with pytest.raises(ValidationError, match="plus lu"):
        read(north, FIRST, coordinator, NOW + 11 * DAY)


def test_what_is_not_theirs_is_refused(north, coordinator):
    harvest = read(north, FIRST, coordinator)
    officer = person(("case_officer", "chu-rennes"))
    for act in (
        lambda: harvests.add_source("Autre", "", by=officer, at=NOW),
        lambda: harvests.ask(north, by=officer, at=NOW),
        lambda: harvests.accept(harvest, by=officer, at=NOW),
        lambda: harvests.refuse(harvest, None, WHY, by=officer, at=NOW),
        lambda: harvests.retire(north, WHY, by=officer, at=NOW),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert list(to_examine()) == [harvest]
    with pytest.raises(ValidationError, match="celle de ce catalogue-ci"):
        harvests.add_source("Nous", "http://localhost:8000/catalogue.ttl", by=coordinator, at=NOW)


def test_our_own_datasets_read_back_from_another_are_left_out(north, coordinator, settings):
    settings.SITE_URL = "https://nord.example"
    harvest = read(north, FIRST, coordinator)
    assert (harvest.state, harvest.datasets, harvest.ours) == ("nothing", 0, 3)


def test_a_document_that_cannot_be_read_changes_nothing_and_says_why(
    north, coordinator, monkeypatch
):
    harvests.accept(read(north, FIRST, coordinator), by=coordinator, at=NOW)
    remote = b'{"@context": "https://evil.example/c", "@graph": []}'
    failed = read_as_told(north, remote, coordinator)
    assert failed.state == "failed" and "contexte qui est ailleurs" in failed.why
    # Each node copies the terms of the one around it: the square of what is written.
    terms = ",".join(f'"t{n}":"https://x.example/{n}"' for n in range(40_000))
    nodes = ",".join('{"@context":{"z":"https://x.example/z"},"z":"1"}' for _ in range(40_000))
    endless = f'{{"@context":{{{terms}}},"@graph":[{nodes}]}}'.encode()
    monkeypatch.setattr(apart, "SECONDS", 4)
    failed = read_as_told(north, endless, coordinator)
    assert failed.state == "failed" and "temps ou de mémoire" in failed.why
    assert len(shown()) == 3


def test_each_week_an_address_is_read_and_who_watches_is_told(node, coordinator, monkeypatch):
    """Through the outbox, from a real server; the second week says the same and tells nobody."""
    monkeypatch.setattr(
        harvests, "read", partial(harvests.read, fetch=partial(fetch, **node.reached))
    )
    north = harvests.add_source("Nord", "https://localhost/catalogue", by=coordinator, at=NOW)
    node.document = FIRST
    for week in range(2):
        assert harvests.ask_all(at=NOW + 7 * week * DAY) == 1
        outbox.run()
    assert not Message.objects.filter(done_at__isnull=True).exists()
    found = north.harvests.order_by("pk")
    assert [each.state for each in found] == ["proposed", "nothing"]
    assert len({each.sha256 for each in found}) == 1
    (told,) = say_all(Notice.objects.filter(person=coordinator))
    assert "Nord" in told.sentence and "3" in told.sentence
    node.document = b"<<<"
    for week in range(2, 4):
        harvests.ask_all(at=NOW + 7 * week * DAY)
        outbox.run()
    causes = Notice.objects.filter(person=coordinator).order_by("pk")
    assert [each.key for each in causes] == ["harvest_proposed", "harvest_failed"]


def test_of_two_who_accept_at_once_one_wins_and_the_other_is_told(committed_db):
    first, second = person("network_coordinator"), person("network_coordinator")
    north = harvests.add_source("Réseau Nord", "", by=first, at=NOW)
    harvest = read(north, FIRST, first)
    ready, answers = Barrier(2), {}

    def run(who):
        try:
            ready.wait()
            answers[who.pk] = len(harvests.accept(harvest, by=who, at=NOW))
        except ValidationError as refusal:
            answers[who.pk] = refusal.messages[0]
        finally:
            connection.close()

    threads = [Thread(target=run, args=(each,)) for each in (first, second)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=60)
    lost, won = sorted(answers.values(), key=lambda each: isinstance(each, int))
    assert won == 3 and "a déjà examiné" in lost
    assert HarvestChange.objects.filter(state="accepted").count() == 3
    assert HarvestedDataset.objects.count() == 3


def test_an_operator_reads_from_the_command_and_accepts_nothing(north, capsys, tmp_path):
    path = tmp_path / "nord.ttl"
    path.write_bytes(FIRST)
    call_command("catalogue", "harvest", "Réseau Nord", "--file", str(path))
    said = json.loads(capsys.readouterr().out)
    assert (said["state"], said["added"], said["datasets"]) == ("proposed", 3, 3)
    call_command("catalogue", "sources")
    assert json.loads(capsys.readouterr().out)["to_examine"] == 3
    assert shown() == []
    path.write_bytes(b"<<<")
    with pytest.raises(SystemExit):
        call_command("catalogue", "harvest", "Réseau Nord", "--file", str(path))
    assert "lisible" in json.loads(capsys.readouterr().out)["why"]
    for wrong in (["Personne"], ["Réseau Nord"], ["Réseau Nord", "--file", "x.pdf"]):
        with pytest.raises(CommandError):
            call_command("catalogue", "harvest", *wrong)


def paged(n, following, **titles) -> bytes:
    """A page of a catalogue that goes on at `following`."""
    said = f"<https://localhost/p{n}> <http://www.w3.org/ns/hydra/core#next> <{following}> .\n"
    return turtle(**titles) + said.encode()


@pytest.fixture
def in_pages(node, coordinator):
    """A catalogue of three pages at a real server, and how it is read."""
    node.pages = {
        "p1": paged(1, "https://localhost/p2", a="Registre des cancers"),
        "p2": paged(2, "https://localhost/p3", b="Cohorte des naissances"),
        "p3": turtle(c="Essais"),
    }
    source = harvests.add_source("Nord", "https://localhost/p1", by=coordinator, at=NOW)

    def reading_of_it():
        asked = harvests.ask(source, by=coordinator, at=NOW, again=True)
        reached = partial(fetch, **node.reached)
        return harvests.read(asked, at=NOW, fetch=reached, parse=reading.read)

    node.read = reading_of_it
    return node


def test_a_catalogue_in_pages_is_read_whole_and_kept_as_one_archive(in_pages):
    first = in_pages.read()
    assert found(first) == {"a": "added", "b": "added", "c": "added"}
    kept = zipfile.ZipFile(io.BytesIO(files.read(first.document)))
    assert [kept.read(name) for name in kept.namelist()] == list(in_pages.pages.values())
    assert first.document.name == "catalogue.zip"
    assert in_pages.read().sha256 == first.sha256


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (paged(3, "https://localhost/p1", c="Essais"), "tournent en rond"),
        (paged(3, "https://ailleurs.example/p4", c="Essais"), "ailleurs.example, un autre hôte"),
        (paged(3, "http://localhost/p4", c="Essais"), "https://"),
        (b"<<<", "lisible"),
    ],
)
def test_pages_that_cannot_all_be_read_change_nothing(in_pages, page, why):
    in_pages.pages["p3"] = page
    failed = in_pages.read()
    assert failed.state == "failed" and why in failed.why
    assert not HarvestChange.objects.exists()


def test_pages_without_end_are_refused(in_pages):
    in_pages.pages = {
        f"p{n}": paged(n, f"https://localhost/p{n + 1}", **{f"d{n}": "Essais"}) for n in range(60)
    }
    assert "plus de 50 pages" in in_pages.read().why


def test_a_file_that_is_one_page_of_several_is_refused(north, coordinator):
    part = paged(1, "https://localhost/p2", a="Registre des cancers")
    failed = read(north, part, coordinator)
    assert failed.state == "failed" and "n'est qu'une page" in failed.why
