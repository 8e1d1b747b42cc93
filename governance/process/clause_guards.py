"""What the clauses of the charters read of a case's tracks, for the proofs.

Most clauses read facts that nobody can foresee; in the proofs such a fact is free. Two of them
read tracks: the engine judges them on facts drawn from the tracks, the proofs on the guards below.
A check of another name, or over *some* sites, is another guard: it proves nothing until it is
written here.
"""

from governance.charters.clauses import Clause
from governance.process.shape import Every, Some
from governance.process.table import EVERY_FORMALITY_FAVOURABLE, EVERY_SITE_ANSWERED, IN_PERIMETER

TRACKS_READ = {
    ("site_agreed@1", "every"): EVERY_SITE_ANSWERED,
    ("site_agreed@1", "some"): Some("site", IN_PERIMETER),
    ("formalities_favourable@1", None): EVERY_FORMALITY_FAVOURABLE,
}
"""By check and by what a clause says over sites."""


def track_guard(clause: Clause) -> Every | Some | None:
    """What `clause` reads of the tracks; None when it reads none."""
    return TRACKS_READ.get((clause.check, clause.over))
