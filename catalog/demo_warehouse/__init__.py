"""The demonstration warehouse: synthetic persons, the same for the same seed.

Nobody in it exists. ``generate`` writes the tables of one site; ``SITES`` are the eight of the
demonstration network with the sizes they are given by default.
"""
