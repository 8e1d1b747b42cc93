"""Facts in their plainest form: dates as text, absent ones left out."""


def last(records, kind: str, default: dict) -> dict:
    return next((r.data for r in reversed(records) if r.kind == kind), default)


def length_of(text: str) -> int:
    """How many characters a text really says: neither spaces repeated nor characters that show
    nothing count."""
    words = ("".join(filter(str.isprintable, word)) for word in text.split())
    return len(" ".join(filter(None, words)))


def iso(day) -> str | None:
    return day.isoformat() if day else None


def without_none(facts: dict) -> dict:
    return {name: value for name, value in facts.items() if value is not None}


def without_empty(facts: dict) -> dict:
    return {name: value for name, value in facts.items() if value not in (None, "")}
