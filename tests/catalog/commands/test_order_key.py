"""``manage.py order_key`` makes the portal's key once, and shows its public half."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command


def order_key(act: str) -> str:
    out = StringIO()
    call_command("order_key", act, stdout=out)
    return out.getvalue().strip()


@pytest.fixture
def path(tmp_path, settings):
    settings.ORDER_KEY_FILE = str(tmp_path / "keys/order.key")
    return tmp_path / "keys/order.key"


def test_it_is_made_private_and_shown_by_its_public_half(path):
    assert order_key("create") == order_key("show")
    assert path.stat().st_mode & 0o777 == 0o600


def test_it_is_not_overwritten(path):
    order_key("create")
    with pytest.raises(CommandError, match="not overwritten"):
        order_key("create")


def test_where_it_is_absent_the_message_says_what_to_do(path):
    with pytest.raises(CommandError, match="order_key create"):
        order_key("show")
