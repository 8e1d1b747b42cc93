"""Production refuses to start with an unsafe setting."""

import os
import subprocess
import sys

import pytest

from portal.safety import unsafe_settings
from portal.servers.places import CHECKOUT

SAFE = {
    "environment": "production",
    "debug": False,
    "secret_key": "k9$Xw2vQz7!mB4nR8tY1uP6sD3fG5hJ0aL-cE_oIiUyTrWqAzSx",
    "allowed_hosts": ["guichet.example.org"],
    "site_url": "https://guichet.example.org",
    "database_url_given": True,
    "redis_url_given": True,
    "ledger_key_given": True,
}


def test_a_safe_production_is_accepted():
    assert unsafe_settings(**SAFE) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"debug": True}, "DEBUG"),
        ({"secret_key": ""}, "SECRET_KEY"),
        ({"secret_key": "short"}, "SECRET_KEY"),
        ({"secret_key": "a" * 80}, "SECRET_KEY"),
        ({"secret_key": "django-insecure-" + SAFE["secret_key"]}, "SECRET_KEY"),
        ({"allowed_hosts": []}, "ALLOWED_HOSTS"),
        ({"allowed_hosts": ["*"]}, "ALLOWED_HOSTS"),
        ({"allowed_hosts": ["*.example.org"]}, "ALLOWED_HOSTS"),
        ({"site_url": "http://guichet.example.org"}, "SITE_URL"),
        ({"database_url_given": False}, "DATABASE_URL"),
        ({"redis_url_given": False}, "REDIS_URL"),
        ({"ledger_key_given": False}, "LEDGER_KEY"),
        ({"environment": "prod"}, "GUICHET_ENV"),
    ],
)
def test_each_unsafe_setting_is_named(change, named):
    problems = unsafe_settings(**{**SAFE, **change})
    assert len(problems) == 1
    assert named in problems[0]


def test_the_demonstration_serves_its_own_machine_only():
    demonstration = {**SAFE, "environment": "demonstration", "secret_key": "x"}
    assert unsafe_settings(**{**demonstration, "allowed_hosts": ["localhost", "[::1]"]}) == []
    assert "guichet.example.org" in unsafe_settings(**demonstration)[0]


def _check(**variables: str) -> subprocess.CompletedProcess:
    ours = ("DATABASE", "REDIS", "GUICHET", "DJANGO")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=CHECKOUT,
        env={**kept, **variables},
        capture_output=True,
        text=True,
    )


def test_production_does_not_start_without_its_settings(tmp_path):
    refused = _check(GUICHET_ENV="production", GUICHET_DATA=str(tmp_path))
    assert refused.returncode != 0
    for name in (
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "SITE_URL",
        "DATABASE_URL",
        "REDIS_URL",
        "LEDGER_KEY",
    ):
        assert name in refused.stderr


def test_a_well_set_production_passes_djangos_own_checks(tmp_path):
    accepted = _check(
        GUICHET_ENV="production",
        GUICHET_DATA=str(tmp_path),
        SECRET_KEY=SAFE["secret_key"],
        ALLOWED_HOSTS="guichet.example.org",
        SITE_URL="https://guichet.example.org",
        DATABASE_URL="postgres://app@db/guichet",
        DATABASE_OWNER_URL="postgres://owner@db/guichet",
        REDIS_URL="redis://broker:6379",
        LEDGER_KEY_FILE=str(tmp_path / "ledger.key"),
    )
    assert (accepted.returncode, accepted.stderr) == (0, accepted.stderr)
