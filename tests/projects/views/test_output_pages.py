"""The pages of what leaves the working spaces: the team deposits, checkers read and answer, the
team downloads; the others see that it is there and nothing of it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from governance.dates import say_day
from governance.domain import erasures
from governance.models import AccessLog
from projects.airlock.rules import RULES
from projects.demonstration import network
from projects.domain import openings, outputs
from projects.models import Output, Request
from projects.queries.outputs import SAID
from tests.projects.airlock.files import png
from tests.projects.conftest import NOW
from tests.projects.domain.test_outputs import ABOUT, SMALL, WHY
from tests.projects.stand import OTHER, opened_to_two


@pytest.fixture
def using(holder, order_key, settings, tmp_path):
    walk = opened_to_two(holder, NOW)
    settings.ERASURE_LOG = tmp_path / "erasures.log"
    return walk


def said_of_file(n=1, content=SMALL, name="t.csv", kind="frequencies") -> dict:
    return {
        f"file_{n}": SimpleUploadedFile(name, content),
        f"kind_{n}": kind,
        f"about_{n}": ABOUT,
    }


def text(page) -> str:
    return page.content.decode()


def test_a_deposit_goes_from_the_team_to_two_checkers_and_back(using, browser, clean_cache):
    holder, first = using.holder, using.staff("data_engineer")
    second, officer = using.staff("methodologist"), using.staff("case_officer")
    pages = f"{using.case.number}/sorties"
    assert f'href="/demandes/{pages}"' in text(browser.get(holder, f"{using.case.number}/donnees"))
    assert "Aucun dépôt" in text(browser.get(holder, pages))
    assert "Déposer des résultats" not in text(browser.get(officer, pages))

    wrong = browser.post(holder, f"{pages}/nouvelle", {"why": WHY, "about_2": ABOUT})
    assert "Ce champ manque pour ce fichier." in text(wrong)
    assert "choisissez-les de nouveau" not in text(wrong)
    wrong = text(browser.post(holder, f"{pages}/nouvelle", said_of_file()))
    assert "choisissez-les de nouveau" in wrong
    sent = {"why": WHY} | said_of_file() | said_of_file(2, png(), "courbe.png", "figure")
    assert browser.post(holder, f"{pages}/nouvelle", sent).status_code == 302
    assert "Vos fichiers sont déposés." in text(browser.get(holder, pages))
    output = Output.objects.get()
    assert "Les contrôles automatiques sont en cours" in text(browser.get(holder, f"{pages}/1"))
    outputs.examine(output, at=using.now)

    seen = text(browser.get(holder, f"{pages}/1"))
    assert str(SAID["small_cell"]) in seen and "CASD" in seen and "<code>B3</code>" in seen
    assert "Voir le début" not in seen and 'name="verdict"' not in seen
    assert browser.get(holder, f"{pages}/1/1").status_code == 404
    seen = text(browser.get(officer, f"{pages}/1"))
    assert "t.csv" not in seen and WHY not in seen and ABOUT not in seen
    assert browser.get(officer, f"{pages}/1/1").status_code == 404
    assert browser.get(using.staff("data_engineer", OTHER), f"{pages}/1/1").status_code == 404
    assert browser.get(network.person("Yann Kerbrat", at=NOW), pages).status_code == 404

    work = text(browser.get(first, "/travail"))
    assert f'href="/demandes/{pages}/1"' in work and "Dépôt n° 1" in work
    seen = text(browser.get(first, f"{pages}/1"))
    assert "<td>M</td><td>3</td>" in seen and f"/demandes/{pages}/1/2?vue" in seen
    read = browser.get(first, f"{pages}/1/1")
    assert (read.content, read["Content-Type"]) == (SMALL, "application/octet-stream")
    assert read["Content-Disposition"].startswith("attachment")
    picture = browser.get(first, f"{pages}/1/2", vue="")
    assert (picture["Content-Type"], picture["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert browser.get(first, f"{pages}/1/1", vue="")["Content-Type"] != "image/png"
    assert AccessLog.objects.filter(subject_type="output_file", by=first).count() == 3

    refused = browser.post(first, f"{pages}/1", {"verdict": "refused", "reason": "Trop petit."})
    assert "Un refus cite au moins un article." in text(refused)
    accepts = {"verdict": "accepted", "reason": "Trois services, non trois personnes."}
    assert browser.post(first, f"{pages}/1", accepts).status_code == 302
    assert "t.csv" in text(browser.get(holder, pages))
    assert "t.csv" not in text(browser.get(officer, pages))
    assert browser.post(first, f"{pages}/1", accepts).status_code == 302
    seen = text(browser.get(first, f"{pages}/1"))
    assert 'name="verdict"' not in seen and "n&#x27;attend plus la vôtre" in seen
    assert "le second" in text(browser.get(second, f"{pages}/1"))
    assert browser.get(holder, f"{pages}/1/1").status_code == 404
    assert browser.post(second, f"{pages}/1", accepts).status_code == 302
    assert browser.get(holder, f"{pages}/1/1").content == SMALL
    assert browser.get(officer, f"{pages}/1/1").status_code == 404
    assert "18 mois après la fin de l’accès" in text(browser.get(holder, f"{pages}/1"))
    public = text(browser.client.get(f"/projets/{using.case.number}"))
    assert (
        "Tableau d&#x27;effectifs : 1" in public.replace("’", "&#x27;") and "Figure : 1" in public
    )
    assert "Le contrôle de ce qui sort" in text(browser.client.get("/regles/egalite"))


def test_a_question_is_answered_by_a_corrected_deposit(using, browser):
    holder, engineer = using.holder, using.staff("data_engineer")
    pages = f"{using.case.number}/sorties"
    browser.post(holder, f"{pages}/nouvelle", {"why": WHY} | said_of_file())
    outputs.examine(Output.objects.get(), at=using.now)
    assert browser.get(holder, f"{pages}/1/corriger").status_code == 404
    asked = {"verdict": "asked", "reason": "Regroupez les deux lignes."}
    assert browser.post(engineer, f"{pages}/1", asked).status_code == 302
    assert f"/demandes/{pages}/1/corriger" in text(browser.get(holder, f"{pages}/1"))
    assert "Regroupez les deux lignes." in text(browser.get(holder, f"{pages}/1/corriger"))
    sent = {"why": WHY} | said_of_file(content=b"sexe;n\nF;25\nM;31\n")
    assert browser.post(holder, f"{pages}/1/corriger", sent).status_code == 302
    assert f"/demandes/{pages}/2" in text(browser.get(holder, f"{pages}/1"))
    assert browser.get(engineer, f"{pages}/1/1").status_code == 404

    outputs.examine(Output.objects.get(number=2), at=using.now)
    using.take(
        "block", using.staff("dpo"), articles=("U-08",), reason="Un croisement est à vérifier."
    )
    for address in (pages, f"{pages}/2"):
        seen = text(browser.get(engineer, address))
        assert "rien ne sort" in seen and 'name="verdict"' not in seen
    assert browser.get(holder, f"{pages}/nouvelle").status_code == 404
    using.take("end_access", using.holder)
    openings.seal({"case": str(using.case.pk)})
    seen = text(browser.get(holder, pages))
    assert "L’accès a pris fin" in seen and "Tombé avec l" in seen


def test_what_is_kept_no_longer_is_said_erased_and_leads_nowhere(using, browser):
    holder, pages = using.holder, f"{using.case.number}/sorties"
    safe = said_of_file(content=b"sexe;n\nF;25\nM;31\n")
    browser.post(holder, f"{pages}/nouvelle", {"why": WHY} | safe)
    output = outputs.examine(Output.objects.get(), at=using.now)
    outputs.check(output, "accepted", by=using.staff("data_engineer"), at=using.now)
    using.take("end_access", holder)
    using.case.refresh_from_db()
    last = outputs.kept_until(Request.objects.get(pk=using.case.pk))
    seen = text(browser.get(holder, f"{pages}/1"))
    assert f"jusqu’au {say_day(last)}" in seen and f'href="/demandes/{pages}/1/1"' in seen
    erasures.erase("file", output.files.get().file_id, by=None, at=using.now)
    seen = text(browser.get(holder, f"{pages}/1"))
    assert "effacé du portail" in seen and "t.csv" in seen
    assert f'href="/demandes/{pages}/1/1"' not in seen and "Preuve de la sortie" in seen
    assert browser.get(holder, f"{pages}/1/1").status_code == 404


def test_the_list_asks_as_many_queries_for_one_deposit_as_for_many(
    using, browser, django_assert_max_num_queries
):
    pages = f"{using.case.number}/sorties"
    for _n in range(4):
        browser.post(using.holder, f"{pages}/nouvelle", {"why": WHY} | said_of_file())
    client = browser.signed_in(using.holder)
    client.get(f"/demandes/{pages}")
    with django_assert_max_num_queries(60):
        assert text(client.get(f"/demandes/{pages}")).count("card-link") == 4


def test_each_rule_has_its_words():
    assert set(SAID) == set(RULES)
