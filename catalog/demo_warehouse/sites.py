"""The eight sites of the demonstration network, in their order, and their default sizes.

Sizes only keep the proportions plausible: the whole network is made in a few seconds. They are no
figure of any hospital.
"""

SITES: dict[str, int] = {
    "chu-rennes": 9_000,
    "chu-brest": 7_500,
    "chu-nantes": 10_000,
    "chu-angers": 7_000,
    "chu-tours": 7_000,
    "chr-orleans": 5_000,
    "ch-le-mans": 4_000,
    "ico": 4_500,
}
"""Slug -> persons."""
