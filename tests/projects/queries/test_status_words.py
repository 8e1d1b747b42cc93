"""Where a hospital stands is said as the state of its request lets it be."""

import pytest

from governance.models.case import Track
from projects.queries.overview import status_words


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("access", "Accès ouvert"),
        ("suspended", "Suspendue"),
        ("revoked", "Révoquée"),
        ("results", "Accès terminé"),
        ("closed", "Accès terminé"),
    ],
)
def test_an_access_is_said_open_only_while_it_is(state, said):
    assert status_words(Track(kind="site", status="opened"), state) == said


def test_another_status_is_said_as_the_table_says_it():
    assert status_words(Track(kind="site", status="delivered"), "closed") == "Données livrées"
