"""The no-break spaces of a French sentence."""

import pytest

from governance.typography import set_in_french

SET = [
    ("Que manque-t-il ?", "Que manque-t-il\u202f?"),
    ("Non ; rien ! Voici : tout.", "Non\u202f; rien\u202f! Voici\u00a0: tout."),
    ("la réponse « oui »", "la réponse «\u00a0oui\u00a0»"),
    ("%(n)s %% en 24 heures", "%(n)s\u00a0%% en 24\u00a0heures"),
    ("de 101 à 1 000 personnes", "de 101 à 1\u202f000 personnes"),
    ("{low} ans, dès 8 h 30, 20 Mo", "{low}\u00a0ans, dès 8\u00a0h\u00a030, 20\u00a0Mo"),
    (" :", "\u00a0:"),
]
LEFT = [
    "%(n)s %(unit)s de %s",
    "la demande 2026-0042, en 2026 100 fois",
    '<a title="Quoi ?" href="/x?y : z">ici</a>',
    "https://exemple.fr/?q=1 swh:1:rev",
    "12 hommes, sans ponctuation",
]


@pytest.mark.parametrize(("written", "shown"), SET)
def test_no_line_may_begin_with_a_sign_or_a_unit(written, shown):
    assert set_in_french(written) == shown
    assert set_in_french(shown) == shown


@pytest.mark.parametrize("written", LEFT)
def test_what_is_not_a_sentence_is_left_as_it_is(written):
    assert set_in_french(written) == written
