"""Another node: a real server of this machine, over real TLS."""

import datetime
import ssl
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Answers(BaseHTTPRequestHandler):
    """What another node answers, as the path says."""

    def do_GET(self):
        kind = self.path.strip("/")
        if kind in self.server.elsewhere:
            self.send_response(301)
            self.send_header("Location", self.server.elsewhere[kind])
            self.end_headers()
            return
        if kind == "slow-headers":
            with suppress(OSError):
                for _piece in range(10):
                    self.wfile.write(b"HTTP/1.0 200 OK\r\n" if not _piece else b"X: y\r\n")
                    self.wfile.flush()
                    self.server.pause.wait(0.3)
            return
        self.send_response(404 if kind == "missing" else 200)
        self.send_header("Content-Type", "text/html" if kind == "page" else "text/turtle")
        self.end_headers()
        try:
            for _piece in range(10 if kind == "slow" else 1):
                self.wfile.write(
                    b" " * 5_000_000
                    if kind == "huge"
                    else self.server.pages.get(kind, self.server.document)
                )
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
    """A node that answers ``document``, or what ``pages`` says of a path, and redirects those of
    ``elsewhere``; ``reached`` are the keyword arguments with which ``fetch``
    speaks to it."""
    server = HTTPServer(("127.0.0.1", 0), Answers)
    server.pause, server.document = threading.Event(), b"<x:a> <x:b> <x:c> ."
    server.pages, server.elsewhere = {}, {}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    running.start()
    server.reached = {
        "port": server.server_port,
        "allowed": lambda _address: True,
        "trust": ssl.create_default_context(cafile=str(certificate)),
    }
    yield server
    server.pause.set()
    server.shutdown()
    server.server_close()
    running.join()
