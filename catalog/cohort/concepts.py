"""Numbers of concepts for codes of the French terminologies, which OHDSI gives none here.

OHDSI leaves the numbers over two thousand millions to each one's own concepts. Ours is drawn from
the vocabulary and the code, so that a code has one number in every definition that is exported and
in every warehouse that numbers its codes so. It fits the 32 bits of OMOP's columns: two codes of
some ten thousands may meet, so a warehouse looks before it numbers (``catalog.demo_warehouse``).
"""

import hashlib

LOCAL = 2_000_000_000
"""Where numbers of concepts that are not OHDSI's begin."""
LAST = 2**31 - 1


def number_of(vocabulary: str, code: str) -> int:
    """The number of a code of a vocabulary, as OMOP names it (``ICD10``)."""
    drawn = hashlib.sha256(f"{vocabulary} {code}".encode()).digest()
    return LOCAL + int.from_bytes(drawn[:8], "big") % (LAST - LOCAL)
