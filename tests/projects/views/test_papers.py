"""Papers: typed by their content, bounded, replaced, taken away, read by who may."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from governance.domain import files
from governance.models import AccessLog
from projects.domain import drafts
from projects.models import Attachment
from tests.people import person
from tests.projects.conftest import NOW

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def mine(holder):
    return drafts.create(by=holder, at=NOW, title="Une étude sur les chutes")


def add(
    browser, someone, demand, content=PDF, slot="protocol", name="protocole.pdf", version="1.0"
):
    upload = SimpleUploadedFile(name, content)
    said = {"document": upload, "version": version}
    return browser.post(someone, f"{demand.pk}/dossier/documents/{slot}/ajouter", said)


def current(demand, slot="protocol"):
    return list(Attachment.objects.filter(request=demand, slot=slot, removed_at=None))


def test_a_paper_is_put_in_its_slot_beside_its_template_and_example(browser, holder, mine):
    page = browser.get(holder, f"{mine.pk}/dossier/documents/protocol/ajouter")
    assert "/demander/exemples/protocole-modele" in page.text
    assert "/demander/exemples/protocole-exemple" in page.text
    assert "error-summary" not in page.text
    add(browser, holder, mine)
    (paper,) = current(mine)
    assert (paper.version, paper.file.media_type) == ("1.0", "application/pdf")


def test_a_second_one_takes_the_place_of_the_first_but_other_papers_add_up(browser, holder, mine):
    add(browser, holder, mine)
    add(browser, holder, mine, version="2.0")
    assert [p.version for p in current(mine)] == ["2.0"]
    for _number in range(2):
        add(browser, holder, mine, slot="other")
    assert len(current(mine, "other")) == 2


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "vide.pdf"),
        (b"MZ\x90\x00 un programme", "protocole.pdf"),
        (b"<html><script>alert(1)</script></html>", "protocole.pdf"),
        (b"PK\x03\x04 une archive", "protocole.docx"),
    ],
)
def test_a_file_of_another_type_is_refused_whatever_its_name(browser, holder, mine, content, name):
    page = add(browser, holder, mine, content, name=name)
    assert page.status_code == 200 and page.context["form"].errors
    assert not current(mine)


def test_a_file_that_is_too_large_is_refused(browser, holder, mine, monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 1000)
    page = add(browser, holder, mine, PDF + b"x" * 1000)
    assert page.context["form"].errors and not current(mine)


def test_a_form_without_a_file_says_so(browser, holder, mine):
    page = browser.post(holder, f"{mine.pk}/dossier/documents/protocol/ajouter", {})
    assert list(page.context["form"].errors) == ["document"]


def test_a_paper_is_read_by_the_team_and_its_reading_is_logged(browser, holder, mine):
    add(browser, holder, mine, name="Étude « chutes ».pdf")
    (paper,) = current(mine)
    answer = browser.get(holder, f"{mine.pk}/dossier/documents/{paper.pk}")
    assert answer.content == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert AccessLog.objects.filter(subject_ref=str(paper.file.pk), by=holder).count() == 1
    assert browser.get(person(), f"{mine.pk}/dossier/documents/{paper.pk}").status_code == 404


def test_a_paper_of_another_request_is_not_found(browser, holder, mine):
    add(browser, holder, mine)
    (paper,) = current(mine)
    other = drafts.create(by=holder, at=NOW)
    assert browser.get(holder, f"{other.pk}/dossier/documents/{paper.pk}").status_code == 404
    assert (
        browser.post(holder, f"{other.pk}/dossier/documents/{paper.pk}/retirer").status_code == 404
    )


def test_a_paper_is_taken_away_after_a_question(browser, holder, mine):
    add(browser, holder, mine)
    (paper,) = current(mine)
    assert "Retirer" in browser.get(holder, f"{mine.pk}/dossier/documents/{paper.pk}/retirer").text
    browser.post(holder, f"{mine.pk}/dossier/documents/{paper.pk}/retirer")
    assert not current(mine)


@pytest.mark.parametrize("slot", ["inconnu", "nul"])
def test_a_slot_that_does_not_exist_is_not_found(browser, holder, mine, slot):
    assert add(browser, holder, mine, slot=slot).status_code == 404


def test_a_deposited_request_takes_no_paper(browser, walk):
    walk.submit()
    assert add(browser, walk.holder, walk.request).status_code == 404


def test_a_draft_erased_takes_its_papers_with_it(
    browser, holder, mine, django_capture_on_commit_callbacks
):
    add(browser, holder, mine)
    (paper,) = current(mine)
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(holder, f"{mine.pk}/effacer")
    paper.file.refresh_from_db()
    assert paper.file.erased_at is not None
    with pytest.raises(FileNotFoundError):
        files.read(paper.file)
