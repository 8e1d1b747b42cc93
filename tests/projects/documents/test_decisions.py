"""The papers: tagged, in French, made once, with a leaf that attests their bytes."""

import hashlib
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader

from governance.charters import load_charter
from governance.domain import files
from governance.domain.documents import is_as_attested
from governance.models import AccessLog, Document, Leaf, StoredFile
from governance.process.engine import take_step
from projects.documents.decisions import make, silence_on
from projects.documents.pdf import OwnFonts, render_pdf
from projects.domain import amendments
from tests.people import person


def paper(decision) -> Document:
    make({"decision": str(decision.pk)})
    return Document.objects.get(decision=decision)


def text_of(document) -> str:
    pages = PdfReader(io.BytesIO(files.read(document.file))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.fixture
def refused(walk):
    walk.until("admissibility")
    return walk.take(
        "refuse",
        walk.staff("delegate"),
        articles=("U-01", "U-03"),
        reason="Le porteur <b>n'est pas</b> identifié.\nVoir l'article U-01.",
    )


def test_a_paper_is_tagged_french_and_has_its_title(refused):
    reader = PdfReader(io.BytesIO(files.read(paper(refused).file)))
    root = reader.trailer["/Root"]
    assert bool(root["/MarkInfo"]["/Marked"])
    assert root["/Lang"] == "fr"
    assert bool(root["/ViewerPreferences"]["/DisplayDocTitle"])
    assert "/StructTreeRoot" in root
    assert reader.metadata.title == f"Refusée, demande {refused.case.number}"
    assert b"pdfuaid" in root["/Metadata"].get_data()


def test_a_paper_says_who_decided_under_which_delegation_and_why(refused):
    said = text_of(paper(refused))
    delegation = refused.delegation
    for part in (
        str(refused.by),
        "délégataire",
        delegation.act_reference,
        delegation.establishment.name,
        "passe de « Recevabilité » à « Refusée »",
        "Le porteur <b>n'est pas</b> identifié.",
    ):
        # A long reference may be cut at its hyphens, at the end of a line.
        assert part.replace(" ", "") in said.replace(" ", "")


def test_a_paper_gives_the_text_of_its_articles_and_what_they_cite(refused):
    said = text_of(paper(refused))
    charter = load_charter("utilisateur", refused.charters["utilisateur"])
    for code in ("U-01", "U-03"):
        article = charter.article(code)
        assert f"{code}, {article.title['fr']}" in said
        assert " ".join(article.text["fr"].split())[:120] in said
        assert article.sources[0].label["fr"] in said


def test_a_negative_decision_gives_the_means_of_appeal(refused):
    said = text_of(paper(refused))
    assert "Contester cette décision" in said and "CJA R.421-1" in said


def test_computed_verdicts_say_their_article_and_version(walk):
    walk.until("instruction")
    decision = walk.case.decisions.get(step="admit")
    said = text_of(paper(decision))
    assert "calculé par l'article C-01" in said
    assert "(CRPA L.311-3-1)" in said
    assert "Contester cette décision" not in said


def test_an_authorisation_lists_its_conditions_article_by_article(walk):
    walk.until("authorised")
    said = text_of(paper(walk.case.decisions.get(step="authorise")))
    assert "L.242-2" in said
    assert "L'accès est accordé pour 24 mois" in said
    assert "U-06, " in said and "U-08, " in said


def test_every_decision_of_a_life_has_a_paper_that_renders(walk):
    walk.until("authorised")
    for decision in walk.case.decisions.all():
        assert paper(decision).file.size > 5_000


def test_a_paper_is_attested_by_a_leaf_of_its_own(refused):
    document = paper(refused)
    leaf = json.loads(bytes(Leaf.objects.get(pk=document.leaf_index).bytes))
    digest = hashlib.sha256(files.read(document.file)).hexdigest()
    assert leaf["kind"] == "document"
    assert leaf["decision"] == refused.attestation.leaf_index
    assert leaf["sha256"] == digest == document.file.sha256
    assert leaf["template"] == document.template_version
    assert is_as_attested(document)


def test_a_paper_that_was_changed_is_no_longer_as_attested(refused, settings):
    document = paper(refused)
    (Path(settings.ATTACHMENTS_ROOT) / document.file.path).write_bytes(b"%PDF-1.7 autre")
    assert not is_as_attested(document)


def test_a_second_run_renders_nothing(refused, monkeypatch):
    first = paper(refused)
    leaves, stored = Leaf.objects.count(), StoredFile.objects.count()
    monkeypatch.setattr(
        "projects.documents.pdf.render_pdf", lambda *_: pytest.fail("rendered again")
    )
    assert paper(refused) == first
    assert (Leaf.objects.count(), StoredFile.objects.count()) == (leaves, stored)


def test_a_receipt_says_who_holds_it_until_when_and_what_silence_means(walk):
    walk.until("admissibility")
    decision = walk.case.decisions.get(step="submit")
    said = text_of(paper(decision))
    assert "Accusé de réception" in said
    assert walk.case.number in said
    for source in ("L.112-3", "R.112-5", "L.231-4", "L.232-4", "R.421-1"):
        assert source in said
    assert silence_on(decision).strftime("%Y") in said
    assert walk.case.lead.email in said and walk.case.lead.phone in said


def test_silence_counts_the_months_of_the_establishment(walk):
    walk.until("admissibility")
    decision = walk.case.decisions.get(step="submit")
    decision.case.lead.silence_months = 4
    assert silence_on(decision) > decision.at.date() + timedelta(days=115)


def test_what_people_wrote_makes_the_renderer_read_nothing():
    with pytest.raises(ValueError, match="nothing but its fonts"):
        OwnFonts().fetch("file:///etc/passwd")
    with pytest.raises(ValueError, match="nothing but its fonts"):
        OwnFonts().fetch("http://127.0.0.1/")


def test_a_paper_uses_the_fonts_of_the_product(refused):
    reader = PdfReader(io.BytesIO(files.read(paper(refused).file)))
    fonts = {
        font.get_object()["/BaseFont"].partition("+")[2]
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert any("Atkinson" in font for font in fonts) and any("Source" in font for font in fonts)
    assert render_pdf  # imported once, loaded with its fonts


def test_the_paper_is_served_to_who_may_see_the_request_and_its_reading_is_kept(
    client, walk, holder
):
    walk.until("admissibility")
    decision = walk.case.decisions.get(step="submit")
    document = paper(decision)
    client.force_login(holder)
    for address in ("decisions/1.pdf", "recepisse.pdf"):
        answer = client.get(f"/demandes/{walk.case.number}/{address}")
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.content == files.read(document.file)
    assert AccessLog.objects.filter(by=holder, subject_type="document").count() == 2


def test_the_paper_of_what_one_may_not_see_does_not_exist(client, walk):
    walk.until("admissibility")
    paper(walk.case.decisions.get(step="submit"))
    client.force_login(person())
    for address in ("decisions/1.pdf", "recepisse.pdf"):
        assert client.get(f"/demandes/{walk.case.number}/{address}").status_code == 404


def test_a_decision_that_is_not_there_has_no_paper(client, walk, holder):
    walk.until("admissibility")
    client.force_login(holder)
    assert client.get(f"/demandes/{walk.case.number}/decisions/9.pdf").status_code == 404
    draft = client.get(f"/demandes/{walk.request.pk}/decisions/0.pdf")
    assert draft.status_code == 404


def test_before_it_is_made_the_page_says_that_it_is_being_prepared(client, walk, holder):
    walk.until("admissibility")
    client.force_login(holder)
    answer = client.get(f"/demandes/{walk.case.number}/recepisse.pdf")
    assert answer.status_code == 202
    assert "en préparation" in answer.content.decode()


def test_a_paper_whose_bytes_were_erased_does_not_exist(client, walk, holder):
    walk.until("admissibility")
    document = paper(walk.case.decisions.get(step="submit"))
    files.erase(document.file, at=walk.now)
    client.force_login(holder)
    assert client.get(f"/demandes/{walk.case.number}/recepisse.pdf").status_code == 404


@pytest.fixture
def amended(walk):
    """An amendment of an authorised request, refused."""
    walk.until("authorised")
    made = amendments.propose(
        walk.request, "period", {"months": 36}, "Pour finir.", by=walk.holder, at=walk.now
    )
    delegate = walk.staff("delegate")
    return take_step(
        made.case, "reject", by=delegate, at=walk.now, articles=("U-10",), reason="Trop long."
    )


def test_the_paper_of_an_amendment_says_what_was_asked_and_how_to_contest(amended):
    said = text_of(paper(amended))
    for part in (
        "Porter la durée d'accès à 36 mois",
        "L'état de l'avenant passe de « Avenant proposé » à « Avenant refusé »",
        "demander au directeur de l'établissement de la revoir",
        f"/avenants/{amended.case_id}",
    ):
        assert part in said.replace("\u00a0", " "), part


def test_the_paper_of_an_amendment_is_served_beside_it_and_linked_from_its_page(
    client, walk, amended
):
    page = f"/demandes/{walk.case.number}/avenants/{amended.case_id}"
    client.force_login(walk.holder)
    assert client.get(f"{page}/decisions/{amended.index}.pdf").status_code == 202
    assert ".pdf" not in client.get(page).content.decode()
    document = paper(amended)
    assert document.file.name == f"{walk.case.number}-avenant-1-{amended.index:02d}.pdf"
    assert f"{page}/decisions/{amended.index}.pdf" in client.get(page).content.decode()
    answer = client.get(f"{page}/decisions/{amended.index}.pdf")
    assert answer.content == files.read(document.file)
    own = walk.case.pk
    elsewhere = f"/demandes/{walk.case.number}/avenants/{own}/decisions/1.pdf"
    assert client.get(elsewhere).status_code == 404
    client.force_login(person())
    assert client.get(f"{page}/decisions/{amended.index}.pdf").status_code == 404
