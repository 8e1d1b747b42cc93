"""A site installed by hand: its folder made at the site, its key registered at the portal."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from catalog.models import SiteKey
from catalog.site import __main__ as program
from catalog.site import keys
from tests.people import establishment

KEY = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbL="


@pytest.fixture
def installed(tmp_path, monkeypatch, settings, capsys):
    """What the site prints once its folder is made."""
    settings.ORDER_KEY_FILE = str(tmp_path / "order.key")
    shown = StringIO()
    call_command("order_key", "create", stdout=shown)
    monkeypatch.setenv("SITE_FOLDER", str(tmp_path / "ico"))
    assert program.main(["ico", "--create", shown.getvalue().strip()]) == 0
    return capsys.readouterr().out.strip()


@pytest.mark.django_db
def test_the_key_that_the_site_prints_is_the_one_the_portal_registers(installed, tmp_path):
    establishment("ico")
    call_command("site_key", "ico", installed, stdout=StringIO())
    registered = SiteKey.objects.valid(timezone.now()).get(establishment="ico").public_key
    assert registered == keys.encode(keys.site_key(tmp_path / "ico/keys").public_key())


def test_making_the_folder_again_keeps_its_keys(installed, tmp_path, capsys):
    portal = next((tmp_path / "ico/keys").glob("portal-*.pub")).read_text().strip()
    assert program.main(["ico", "--create", portal]) == 0
    assert capsys.readouterr().out.strip() == installed


def test_a_key_that_is_none_is_explained(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SITE_FOLDER", str(tmp_path / "ico"))
    assert program.main(["ico", "--create", KEY]) == 2
    assert "not an Ed25519 public key" in capsys.readouterr().err


@pytest.mark.django_db
@pytest.mark.parametrize(("site", "key"), [("nowhere", KEY), ("ico", "x")])
def test_what_cannot_be_registered_is_explained(site, key):
    establishment("ico")
    with pytest.raises(CommandError):
        call_command("site_key", site, key)
