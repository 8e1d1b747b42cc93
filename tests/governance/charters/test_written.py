"""A charter written as a file reads back as the same charter."""

from dataclasses import replace

import pytest

from governance.charters import CHARTERS, load_charter, read_charter
from governance.charters.compare import differences
from governance.charters.written import to_toml


@pytest.mark.parametrize("code", CHARTERS)
def test_what_is_written_reads_back_the_same(code):
    charter = load_charter(code, "1")
    again = read_charter(to_toml(charter), charter=code, version="1")
    assert again == charter
    assert differences(charter, again) == ()


def test_words_that_look_like_toml_stay_words():
    charter = load_charter("utilisateur", "1")
    hostile = 'Il dit "non" \\ [[article]]\ncode = "U-99" # fin'
    article = replace(charter.articles[0], text={"fr": hostile, "en": hostile})
    changed = replace(charter, articles=(article, *charter.articles[1:]))
    again = read_charter(to_toml(changed), charter="utilisateur", version="1")
    assert again.articles[0].text["fr"] == hostile
    assert len(again.articles) == len(charter.articles)
