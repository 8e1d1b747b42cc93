"""The document at an address that a person gave, fetched without lending them our network.

Only https, on its own port, and only from public addresses: the name is resolved once, every
address it has must be public, and the connection goes to the one that was checked, so that a name
that changes its answer gains nothing. Where it redirects is an address like another, checked
again. No proxy is used, no credential sent. The answer is cut off beyond its size and its time,
headers included.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from django.utils.translation import gettext_noop as _

from catalog.exchange.formats import FORMATS, Format
from catalog.exchange.records import LARGEST, Refused, too_large

SECONDS = 20
"""For the whole of it, from the first byte sent to the last read."""
HTTPS = 443
REDIRECTS = {301, 302, 303, 307, 308}
MOST_REDIRECTS = 3


@dataclass(frozen=True)
class Fetched:
    """What was at the address, in the form that its server says; `url` is the one that answered."""

    content: bytes
    format: Format
    url: str


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet."""
    found = ipaddress.ip_address(address)
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (inner is None or inner.is_global)


def fetch(url: str, *, port: int = HTTPS, allowed=is_public, trust=None) -> Fetched:
    """The document at ``url``. Raises Refused, in words.

    ``port``, ``allowed`` and ``trust`` (a TLS context) are for a server of the tests: nothing that
    a person writes reaches them.
    """
    until = time.monotonic() + SECONDS
    for _redirection in range(MOST_REDIRECTS + 1):
        found = _answer(url, until, port, allowed, trust or ssl.create_default_context())
        if isinstance(found, Fetched):
            return found
        url = found
    raise Refused(_("L'adresse renvoie ailleurs plus de %(most)d fois."), most=MOST_REDIRECTS)


def _answer(url: str, until: float, port: int, allowed, trust) -> Fetched | str:
    """The document at ``url``, or the address to which it redirects. Raises Refused."""
    host, target = _parts(url)
    address = _resolved(host, port, allowed)
    connection = _Pinned(host, address, port, context=trust)
    late = threading.Timer(max(until - time.monotonic(), 0), connection.cut)
    late.daemon = True
    late.start()
    try:
        connection.request(
            "GET",
            target,
            headers={
                "Accept": ", ".join(each.media_type for each in FORMATS),
                "Accept-Encoding": "identity",
                "User-Agent": "guichet",
            },
        )
        answer = connection.getresponse()
        if time.monotonic() >= until:  # headers that were cut off look like headers that ended
            raise _too_slow()
        if answer.status in REDIRECTS and answer.headers["Location"]:
            return urljoin(url, answer.headers["Location"])
        if answer.status != http.client.OK:
            raise Refused(
                _("L'adresse répond %(status)s au lieu du document."), status=answer.status
            )
        form, content = _form(answer), _body(answer)
        if time.monotonic() >= until:  # and so does a document
            raise _too_slow()
        return Fetched(content, form, url)
    except ssl.SSLCertVerificationError:
        raise Refused(_("Le certificat de %(host)s n'est pas valable."), host=host) from None
    except (OSError, http.client.HTTPException, ValueError):
        if time.monotonic() >= until:
            raise _too_slow() from None
        raise Refused(_("%(host)s ne répond pas comme il faut."), host=host) from None
    finally:
        late.cancel()
        connection.close()


class _Pinned(http.client.HTTPSConnection):
    """A connection to one address, with the certificate of the name."""

    def __init__(self, host: str, address: str, port: int, *, context: ssl.SSLContext):
        super().__init__(host, port, timeout=SECONDS, context=context)
        self.address, self.context = address, context

    def connect(self) -> None:
        plain = socket.create_connection((self.address, self.port), self.timeout)
        self.sock = plain
        self.sock = self.context.wrap_socket(plain, server_hostname=self.host)

    def cut(self) -> None:
        """End it from another thread: whoever waits for the network no longer does."""
        if (sock := self.sock) is not None:
            with suppress(OSError):
                # The plain socket's own: TLS would first say goodbye, and wait.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _parts(url: str) -> tuple[str, str]:
    """The name and the target of the request. Raises Refused for anything but plain https."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused(_("Cette adresse n'est pas lisible.")) from None
    if parts.scheme != "https" or not parts.hostname or port not in (None, HTTPS):
        raise Refused(_("L'adresse doit commencer par https://, sans numéro de port."))
    if parts.username or parts.password:
        raise Refused(_("L'adresse ne doit porter ni nom ni mot de passe."))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii() or any(character <= " " for character in target):
        raise Refused(_("Cette adresse n'est pas lisible."))
    return parts.hostname, target


def _resolved(host: str, port: int, allowed) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused(_("Aucune machine ne répond au nom %(host)s."), host=host) from None
    addresses = [entry[4][0] for entry in found]
    if not all(allowed(address.partition("%")[0]) for address in addresses):
        raise Refused(_("%(host)s n'est pas une adresse publique."), host=host)
    return addresses[0]


def _body(answer: http.client.HTTPResponse) -> bytes:
    content = answer.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise too_large()
    return content


def _form(answer: http.client.HTTPResponse) -> Format:
    said = answer.headers.get_content_type()
    for each in FORMATS:
        if each.media_type == said:
            return each
    raise Refused(_("L'adresse ne donne ni Turtle, ni RDF/XML, ni JSON-LD."))


def _too_slow() -> Refused:
    return Refused(_("Le document n'est pas arrivé en %(seconds)d secondes."), seconds=SECONDS)
