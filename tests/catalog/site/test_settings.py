"""The settings of a site: a file, the environment over it, and a clear refusal of the rest."""

import tomllib
from pathlib import Path

import pytest

from catalog.site import RELEASE
from catalog.site.provision import provision
from catalog.site.settings import SettingsError, load

CHECKOUT = Path(__file__).resolve().parents[3]


def test_the_environment_wins_over_the_file(tmp_path):
    provision("ico", tmp_path, portal_url="https://one.example")
    assert load("ico", folder=tmp_path, environment={}).portal_url == "https://one.example"
    over = {"SITE_PORTAL_URL": "https://two.example", "SITE_THREADS": "4", "SITE_NICE": "0"}
    found = load("ico", folder=tmp_path, environment=over)
    assert (found.portal_url, found.threads) == ("https://two.example", 4)
    assert (load("ico", folder=tmp_path, environment={}).nice, found.nice) == (10, 0)


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({"REDIS_URL": "unix:///run/r.sock"}, "redis+socket:///run/r.sock?virtual_host=0"),
        ({"REDIS_URL": "redis://host:6379"}, "redis://host:6379/0"),
        ({"REDIS_URL": "redis://a", "BROKER_URL": "redis://b/3"}, "redis://b/3"),
        ({"BROKER_URL": "redis://b/3", "SITE_BROKER_URL": "redis://c/4"}, "redis://c/4"),
    ],
)
def test_the_broker_is_found_where_it_is_said(tmp_path, environment, address):
    assert load("ico", folder=tmp_path, environment=environment).broker_url == address


@pytest.mark.parametrize(
    "content",
    [
        "site = 'chu-brest'",
        "[counts]\nthreshold = 5",
        "[counts]\nrounding = 1",
        "[warehouse]\nthreads = 0",
        "[warehouse]\nthreads = true",
        "[warehouse]\nnice = -1",
        "[warehouse]\nmemory = 'a lot'",
        "[counts]\nseconds = 0",
        "[portal]\nurl = 'ftp://x'",
        "[portal]\ncolour = 'blue'",
        "colour = 'blue'",
        "not toml",
    ],
)
def test_a_setting_that_cannot_be_used_is_refused(tmp_path, content):
    (tmp_path / "settings.toml").write_text(content)
    with pytest.raises(SettingsError):
        load("ico", folder=tmp_path, environment={})


@pytest.mark.parametrize("name", ["", "../ico", "CHU", "a b", "x" * 61])
def test_a_name_that_is_not_a_site_s_is_refused(name):
    with pytest.raises(SettingsError):
        load(name, environment={})


def test_the_release_is_that_of_the_project():
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    assert project["version"] == RELEASE
