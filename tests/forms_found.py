"""The forms of a page, as a browser would send them, and what to send them that nobody should."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.core.files.uploadedfile import SimpleUploadedFile

DATES = ("0001-01-01", "9999-12-31", "2026-02-30")
TEXTS = ("\x00", "<script>😀\u202e" + "x" * 30_000)
NUMBERS = ("-1", "9" * 40)
FILES = (("a.pdf", b"\x00\xff" * 50), ("\u202egpj.exe", b"%PDF-1.4"))
JUNK = {
    "date": DATES,
    "datetime-local": ("0001-01-01T00:00", "9999-12-31T23:59", "hier"),
    "number": NUMBERS,
    "file": tuple(SimpleUploadedFile(name, content) for name, content in FILES),
    "select": ("ailleurs",),
    "radio": ("ailleurs",),
    "checkbox": ("ailleurs",),
}
"""What each kind of field is sent; the others, TEXTS."""


@dataclass
class Form:
    """A form of a page: where it is sent, what a browser would send, the kind of each field."""

    action: str
    method: str
    sent: dict[str, str | list[str]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    @property
    def buttons(self) -> set[str]:
        """The names of its buttons: a browser sends the one that was pressed."""
        return {name for name, kind in self.kinds.items() if kind in ("button", "submit")}

    def junk(self) -> Iterator[tuple[str, dict]]:
        """Nothing at all, then each field in turn with each thing that it should not hold."""
        yield "nothing", {"csrfmiddlewaretoken": "sent with every form"}
        for name, kind in self.kinds.items():
            for wrong in JUNK.get(kind, TEXTS):
                yield f"{name}={str(wrong)[:20]!r}", self.sent | {name: wrong}


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.form: Form | None = None
        self.choosing = self.writing = ""

    def handle_starttag(self, tag, attributes):
        said = dict(attributes)
        name = said.get("name", "")
        if tag == "a" and said.get("href"):
            self.links.append(said["href"])
        elif tag == "form":
            self.form = Form(said.get("action") or "", (said.get("method") or "get").lower())
            self.forms.append(self.form)
        elif self.form is None or (not name and tag != "option"):
            return
        elif tag == "option" and self.choosing:
            if "selected" in said or self.choosing not in self.form.sent:
                self.form.sent[self.choosing] = said.get("value") or ""
        elif tag == "select":
            self.choosing, self.form.kinds[name] = name, "select"
        elif tag == "textarea":
            self.writing, self.form.kinds[name], self.form.sent[name] = name, "textarea", ""
        elif tag in ("input", "button") and name != "csrfmiddlewaretoken":
            self._field(name, said.get("type", "text" if tag == "input" else "button"), said)

    def _field(self, name: str, kind: str, said: dict) -> None:
        value = said.get("value")
        self.form.kinds[name] = kind
        if kind in ("checkbox", "radio"):
            if "checked" in said:
                self.form.sent.setdefault(name, []).append(value or "on")
        elif kind not in ("file", "button", "submit"):
            self.form.sent[name] = value or ""

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.choosing = ""
        elif tag == "textarea":
            self.writing = ""

    def handle_data(self, data):
        if self.writing and self.form is not None:
            self.form.sent[self.writing] += data


def read_page(html: str) -> tuple[list[Form], list[str]]:
    """The forms and the links of a page."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms, reader.links
