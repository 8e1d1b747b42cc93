"""An address that a person gives never makes the portal speak to a machine that is not public."""

import datetime
import ipaddress
import ssl
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from catalog.exchange import fetching
from catalog.exchange.fetching import Refused, fetch, is_public
from catalog.exchange.formats import TURTLE


class Node(BaseHTTPRequestHandler):
    """Another node, which behaves as the path says."""

    def do_GET(self):
        kind = self.path.strip("/")
        if kind == "slow-headers":
            with suppress(OSError):
                for _piece in range(10):
                    self.wfile.write(b"HTTP/1.0 200 OK\r\n" if not _piece else b"X: y\r\n")
                    self.wfile.flush()
                    self.server.pause.wait(0.3)
            return
        self.send_response(302 if kind == "redirect" else 200)
        self.send_header("Location", "http://169.254.169.254/")
        self.send_header("Content-Type", "text/html" if kind == "page" else "text/turtle")
        self.end_headers()
        try:
            for _piece in range(10 if kind == "slow" else 1):
                self.wfile.write(b"<x:a> <x:b> <x:c> ." if kind != "huge" else b" " * 5_000_000)
                self.wfile.flush()
                if kind == "slow":
                    self.server.pause.wait(0.3)
        except OSError:
            pass  # cut off, as it should be

    def log_message(self, *_given):
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("node") / "node.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def node(certificate):
    """Keyword arguments with which ``fetch`` speaks to a real server of this machine."""
    server = HTTPServer(("127.0.0.1", 0), Node)
    server.pause = threading.Event()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    running.start()
    yield {
        "port": server.server_port,
        "allowed": lambda _address: True,
        "trust": ssl.create_default_context(cafile=str(certificate)),
    }
    server.pause.set()
    server.shutdown()
    server.server_close()
    running.join()


def test_a_document_comes_with_its_form(node):
    found = fetch("https://localhost/catalogue", **node)
    assert found.content == b"<x:a> <x:b> <x:c> ."
    assert found.format is TURTLE


@pytest.mark.parametrize(
    ("path", "why"), [("redirect", "302"), ("huge", "4 Mo"), ("page", "ni Turtle")]
)
def test_what_is_not_a_document_is_refused(node, path, why):
    with pytest.raises(Refused, match=why):
        fetch(f"https://localhost/{path}", **node)


@pytest.mark.parametrize("path", ["slow", "slow-headers"])
def test_a_server_that_drips_is_cut_off(node, monkeypatch, path):
    monkeypatch.setattr(fetching, "SECONDS", 1)
    with pytest.raises(Refused, match="1 secondes"):
        fetch(f"https://localhost/{path}", **node)


def test_a_certificate_that_nobody_vouches_for_is_refused(node):
    with pytest.raises(Refused, match="certificat"):
        fetch("https://localhost/", **{**node, "trust": None})


def test_a_machine_of_our_own_network_is_refused(node):
    with pytest.raises(Refused, match="publique"):
        fetch("https://localhost/", **{**node, "allowed": is_public})


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
