"""Figures: what a picture carries beside its pixels, the points that a drawing is made of."""

import re
import struct
import zlib

from projects.airlock.content import LONGEST_TEXT, Content, Unreadable
from projects.airlock.findings import found
from projects.airlock.markup import parse

PNG = b"\x89PNG\r\n\x1a\n"
WRITTEN = {b"tEXt", b"zTXt", b"iTXt", b"eXIf"}
DRAWN = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"bKGD"}
DRAWN |= {b"pHYs", b"sBIT", b"tIME", b"cICP"}
USUAL = (b"Software\0", b"Creation Time\0", b"date:", b"Title\0matplotlib")
"""What drawing programs write of themselves."""
LONGEST_WRITTEN = 500
"""Characters beside a picture, or in an attribute of a drawing, over which they may be data."""
LEAST_TOLD = 13
"""Characters of an attribute that may tell a number of persons."""
DRAWING = {"d", "points", "transform", "style", "viewBox", "font-family", "stroke-dasharray"}
DRAWING |= {"gradientTransform", "patternTransform", "values", "keyTimes", "rotate", "x", "y"}
"""Attributes that are long because of what they draw."""
MOST_POINTS = 30
"""Marks of one kind over which a drawing may hold one for each person."""
MOST_VERTICES = 100
POINTS = ("circle", "ellipse", "use")


def read_png(content: bytes) -> Content:
    """What stands beside the pixels: texts, unknown chunks, bytes after the end."""
    written, unknown, at = [], [], len(PNG)
    texts, long = [], []
    while at + 12 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        if len(body) < length:
            raise Unreadable
        at += 12 + length
        if kind in WRITTEN:
            told = _told(kind, body)
            if len(told) > LONGEST_WRITTEN:
                long.append(kind.decode())
            if len(told) > LONGEST_WRITTEN or not body.startswith(USUAL):
                written.append(kind.decode())
                texts.append(told)
        elif kind not in WRITTEN | DRAWN:
            unknown.append(kind.decode("ascii", "replace"))
        if kind == b"IEND":
            break
    else:
        raise Unreadable
    out = Content([], texts, found("picture", ["PNG"]))
    out.findings += found("metadata", written) + found("embedded_object", unknown + long)
    out.findings += found("trailing_data", ["PNG"] if content[at:].strip(b"\0\r\n ") else [])
    return out


def _told(kind: bytes, body: bytes) -> str:
    """What a chunk of text says: its keyword, then its text, inflated where it is deflated."""
    keyword, _, rest = body.partition(b"\0")
    if kind == b"zTXt":
        rest = _inflated(rest[1:])
    elif kind == b"iTXt" and rest[:1] == b"\1":
        rest = _inflated(rest[2:].split(b"\0", 2)[-1])
    return (keyword + b" " + rest).decode("utf-8", "replace")


def _inflated(packed: bytes) -> bytes:
    """Raises Unreadable for what is not deflated, or is longer than what is read of a text."""
    inflate = zlib.decompressobj()
    try:
        told = inflate.decompress(packed, LONGEST_TEXT)
    except zlib.error as error:
        raise Unreadable from error
    if inflate.unconsumed_tail:
        raise Unreadable
    return told


def read_svg(content: bytes) -> Content:
    """A drawing: its points are data that anyone reads back."""
    root = parse(content)
    if root.tag != "svg":
        raise Unreadable
    counts = {tag: sum(1 for _each in root.iter(tag)) for tag in POINTS}
    lines = [_vertices(each) for tag in ("path", "polyline") for each in root.iter(tag)]
    everything = list(root.iter())
    said = [(e.tag, value) for e in everything for value in _said(e)]
    texts = [t.strip() for t in root.itertext() if t.strip()] + [value for _tag, value in said]
    out = Content([], ["\n".join(texts)])
    out.findings += found("vector_figure", ["SVG"])
    points = [f"<{tag}> × {count}" for tag, count in counts.items() if count > MOST_POINTS]
    points += [f"<path> {n}" for n in lines if n > MOST_VERTICES]
    out.findings += found("plotted_points", points)
    out.findings += found("script", [e.tag for e in everything if _acts(e)])
    hidden = [e.tag for e in everything if e.get("display") == "none" or e.get("opacity") == "0"]
    out.findings += found("hidden_text", hidden)
    inside = [e.tag for e in everything if e.tag in ("image", "foreignObject")]
    inside += [tag for tag, value in said if len(value) > LONGEST_WRITTEN]
    out.findings += found("embedded_object", inside)
    outside = [e.tag for e in everything if re.match(r"(https?:)?//", e.get("href", ""))]
    out.findings += found("external_link", outside)
    return out


def _said(element) -> list[str]:
    """The attributes that may say something, not draw it."""
    return [
        value
        for name, value in element.attrib.items()
        if name not in DRAWING and len(value) >= LEAST_TOLD
    ]


def _acts(element) -> bool:
    return element.tag == "script" or any(name.startswith("on") for name in element.attrib)


def _vertices(element) -> int:
    drawn = element.get("d") or element.get("points") or ""
    return len(re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?[ ,]+-?\d", drawn[:500_000]))
