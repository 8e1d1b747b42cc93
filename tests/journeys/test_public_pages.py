"""A reader without an account sees every public page, on a phone as on a screen."""

import pytest

PAGES = ("/", "/vos-droits", "/vos-droits/argent", "/projets", "/demander", "/regles/processus")


@pytest.mark.parametrize("width", [1280, 390])
def test_public_pages_are_accessible_at_every_width(people, width):
    reader = people(width=width)
    for path in (*PAGES, *(f"/en{p}" for p in PAGES)):
        reader.go(path).check_accessible()
    assert reader.page.context.cookies() == []
