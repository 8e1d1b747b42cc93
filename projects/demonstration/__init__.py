"""The demonstration: a network, its people, and requests walked through the real process.

Nothing here writes a state: every request is moved by the same functions as the pages use, each
step at its own instant in the past. Tests build their requests with the same functions.
"""
