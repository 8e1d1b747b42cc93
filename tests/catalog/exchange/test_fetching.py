"""An address that a person gives never makes the portal speak to a machine that is not public."""

import ipaddress

import pytest

from catalog.exchange import fetching
from catalog.exchange.fetching import fetch, is_public
from catalog.exchange.formats import TURTLE
from catalog.exchange.records import Refused


def test_a_document_comes_with_its_form(node):
    found = fetch("https://localhost/catalogue", **node.reached)
    assert found.content == b"<x:a> <x:b> <x:c> ."
    assert found.format is TURTLE


@pytest.mark.parametrize(
    ("path", "why"), [("missing", "404"), ("huge", "4 Mo"), ("page", "ni Turtle")]
)
def test_what_is_not_a_document_is_refused(node, path, why):
    with pytest.raises(Refused, match=why):
        fetch(f"https://localhost/{path}", **node.reached)


def test_a_redirection_is_followed_to_the_address_that_answers(node):
    node.elsewhere = {"old": "/older", "older": "https://localhost/new"}
    node.pages = {"new": b"<x:new> <x:b> <x:c> ."}
    found = fetch("https://localhost/old", **node.reached)
    assert (found.content, found.url) == (node.pages["new"], "https://localhost/new")


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("http://169.254.169.254/", "https://"),
        ("file:///etc/passwd", "https://"),
        ("https://localhost:22/", "sans numéro de port"),
        ("https://name:secret@localhost/", "mot de passe"),
        ("/old", "plus de 3 fois"),
    ],
)
def test_where_a_redirection_leads_is_checked_as_an_address_is(node, target, why):
    node.elsewhere = {"old": target}
    with pytest.raises(Refused, match=why):
        fetch("https://localhost/old", **node.reached)


def test_a_redirection_into_our_own_network_is_refused(node):
    node.elsewhere = {"old": "https://10.0.0.1/"}
    reached = {**node.reached, "allowed": lambda address: address != "10.0.0.1"}
    with pytest.raises(Refused, match="10.0.0.1 n'est pas une adresse publique"):
        fetch("https://localhost/old", **reached)


@pytest.mark.parametrize("path", ["slow", "slow-headers"])
def test_a_server_that_drips_is_cut_off(node, monkeypatch, path):
    monkeypatch.setattr(fetching, "SECONDS", 1)
    with pytest.raises(Refused, match="1 secondes"):
        fetch(f"https://localhost/{path}", **node.reached)


def test_a_certificate_that_nobody_vouches_for_is_refused(node):
    with pytest.raises(Refused, match="certificat"):
        fetch("https://localhost/", **{**node.reached, "trust": None})


def test_a_machine_of_our_own_network_is_refused(node):
    with pytest.raises(Refused, match="publique"):
        fetch("https://localhost/", **{**node.reached, "allowed": is_public})


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "file:///etc/passwd",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://0/",
        "https://2130706433/",
        "https://[::ffff:127.0.0.1]/",
        "https://example.org:8443/",
        "https://user:secret@example.org/",
        "https://example.org/a b",
        "https://[/",
        "https://",
        "",
    ],
)
def test_other_addresses_are_refused_in_words(url):
    with pytest.raises(Refused):
        fetch(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1",
        "224.0.0.1",
        "::1",
        "fe80::1",
        "fc00::1",
        "::ffff:10.0.0.1",
        "2002:0a00:0001::",
    ],
)
def test_addresses_that_are_not_public(address):
    assert ipaddress.ip_address(address)
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1"])
def test_addresses_that_are_public(address):
    assert is_public(address)
