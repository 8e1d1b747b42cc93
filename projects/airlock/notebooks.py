"""Notebooks: a program, and what it printed when it ran over the data."""

import json

from projects.airlock.content import LONGEST_TEXT, Content, Unreadable
from projects.airlock.delimited import decode, drawn
from projects.airlock.findings import found


def read(content: bytes) -> Content:
    """The cells, their outputs and what is attached to them."""
    try:
        cells = json.loads(decode(content))["cells"]
        outputs, attached, texts = [], [], []
        for number, cell in enumerate(cells, start=1):
            texts.append(_text(cell.get("source", "")))
            attached += [str(number)] if cell.get("attachments") else []
            for output in cell.get("outputs", ()):
                outputs.append(str(number))
                texts.append(_text(output.get("text", "")))
                data = output.get("data", {})
                texts += [_text(data[kind]) for kind in data if kind.startswith("text/")]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable from error
    whole = "\n".join(texts)
    out = Content(drawn(whole), [whole[:LONGEST_TEXT]])
    out.findings += found("cell_outputs", outputs) + found("attachments", attached)
    out.findings += found("cut_short", ["ipynb"] if len(whole) > LONGEST_TEXT else [])
    return out


def _text(written) -> str:
    return "".join(written) if isinstance(written, list) else str(written)
