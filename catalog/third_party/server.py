"""The third party's door: ``POST /links``, by HTTP.

Headers ``X-Site`` (the site's name) and ``X-Grant`` (the grant's envelope, JSON in base64), body
the box. 200 answers a box; 403 a reason of ``catalog.linkage.REASONS``. All that is said is sealed
by its own means; TLS in front of it hides who asks.
"""

import base64
import binascii
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from catalog.linkage import (
    GRANT_HEADER,
    MOST,
    PATH,
    REASONS,
    SITE_HEADER,
    VALUE,
    LinkageRefused,
)
from catalog.third_party.program import ThirdParty

LONGEST = MOST * VALUE + 4_096
"""Bytes of a request that are read at most."""
DRAINED = 1_000_000
"""Bytes taken of a request that is refused on its headers."""


class Door(ThreadingHTTPServer):
    """The HTTP server of `program`."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], program: ThirdParty):
        super().__init__(address, _Handler)
        self.program = program


class _Handler(BaseHTTPRequestHandler):
    timeout = 60
    server: Door

    def do_GET(self) -> None:  # noqa: N802 (the name is the standard library's)
        if self.path == "/health":
            self._say(200, b"ok\n", "text/plain")
        else:
            self.send_error(404)

    def do_POST(self) -> None:  # noqa: N802
        if self.path != PATH:
            self.send_error(404)
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            self.send_error(411)
            return
        sealed = None
        try:
            if int(length) > LONGEST:
                raise LinkageRefused("too_many_persons")
            site, envelope = self.headers.get(SITE_HEADER, ""), self._grant()
            self.server.program.admit(site, envelope)
            sealed = self.rfile.read(int(length))
            links = self.server.program.answer(site, envelope, sealed)
        except LinkageRefused as refused:
            if sealed is None:
                # What was being sent is taken, up to a point, so that the reason is heard.
                self.rfile.read(min(int(length), DRAINED))
                self.close_connection = True
            said = {"reason": refused.reason, "message": REASONS[refused.reason]}
            self._say(403, json.dumps(said).encode(), "application/json")
            return
        self._say(200, links, "application/octet-stream")

    def _grant(self):
        text = self.headers.get(GRANT_HEADER)
        if not text:
            return None
        try:
            return json.loads(base64.b64decode(text, validate=True))
        except (ValueError, RecursionError, binascii.Error) as error:
            raise LinkageRefused("malformed") from error

    def _say(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments) -> None:
        """The journal says what was asked; what the network did goes to standard error."""
        if not format.startswith('"%s"'):
            sys.stderr.write(f"{format % arguments}\n")
