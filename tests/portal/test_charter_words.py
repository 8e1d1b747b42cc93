"""What changes between two versions of a charter, as its readers are told."""

from django.utils.translation import override

from governance.charters import read_charter
from governance.charters.loader import FOLDER
from portal.words.charters import changes_between, with_labels

TEXT = (FOLDER / "utilisateur" / "1.toml").read_text(encoding="utf-8")
BASE = read_charter(TEXT, charter="utilisateur", version="1")
BEFORE, AFTER = "Mon accès a un début et une fin", "Mon accès a un jour de début et un de fin"


def test_a_text_changed_in_the_other_language_is_shown_in_that_one():
    assert BEFORE in TEXT
    changed = read_charter(TEXT.replace(BEFORE, AFTER), charter="utilisateur", version="1")
    told = {}
    for language in ("fr", "en"):
        with override(language):
            ((change,),) = (article.changes for article in changes_between(BASE, changed))
            told[language] = (change.lang, change.now.startswith(AFTER), change.was == change.now)
    assert told == {"fr": ("", True, False), "en": ("fr", True, False)}


def test_the_items_of_a_list_are_shown_in_words():
    items = 'value = ["no_data_delivered", "stopped_before_analysis"]'
    assert items in TEXT
    fewer = TEXT.replace(items, 'value = ["no_data_delivered"]', 1)
    told = {}
    for language in ("fr", "en"):
        with override(language):
            ((change,),) = (
                article.changes
                for article in changes_between(
                    BASE, read_charter(fewer, charter="utilisateur", version="1")
                )
            )
            told[language] = (change.what, change.was, change.now)
    assert told == {
        "fr": (
            "Motifs admis d'absence de résultat",
            "aucune donnée livrée et étude arrêtée avant analyse",
            "aucune donnée livrée",
        ),
        "en": (
            "Accepted reasons to have no result",
            "no data delivered and study stopped before analysis",
            "no data delivered",
        ),
    }


def test_what_a_proof_says_names_the_steps_as_people_do():
    french = (
        "Rien n'exige « U-04 » pour « to_committee ». "
        "Chemin : submit → state_feasibility:feasible → to_committee."
    )
    english = (
        "Nothing requires “U-04” for “to_committee”. "
        "Path: submit → state_feasibility:feasible → to_committee."
    )
    with override("fr"):
        assert with_labels(french) == (
            "Rien n'exige « U-04 » pour « Transmettre au comité ». "
            "Chemin : Déposer → Rendre la faisabilité (Faisable) → Transmettre au comité."
        )
    with override("en"):
        assert with_labels(english) == (
            "Nothing requires “U-04” for “Send to the committee”. "
            "Path: Submit → State feasibility (Feasible) → Send to the committee."
        )
        assert with_labels("“admit” leads to “close” and return.") == (
            "“Declare admissible” leads to “Close” and return."
        )
