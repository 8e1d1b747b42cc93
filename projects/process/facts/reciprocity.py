"""What is known of what a team offers back."""

from collections.abc import Iterable

from governance.models import Record


def last_said(records: Iterable[Record]) -> Record | None:
    """Of the records of a case, in their order: what was last said of it."""
    return next((r for r in reversed(list(records)) if r.kind == "reciprocity"), None)
