"""What is known of how an establishment is credited: what was agreed, what was done since."""

from collections.abc import Iterable

from governance.models import Record, Track

CITED = "cited"
"""Nothing was agreed beyond the citation that every output owes."""


def last_recognition(track: Track, found: Iterable[Record]) -> tuple[Record | None, Record | None]:
    """Of the records of a case, in their order: what was last agreed with the establishment beyond
    the citation, and what was done of it since; None where there is none."""
    agreed = given = None
    for record in found:
        if record.track_id != track.pk:
            continue
        if record.kind == "recognition_agreed":
            agreed, given = (None if record.data["code"] == CITED else record), None
        elif record.kind == "recognition_given":
            given = record
    return agreed, given
