"""The catalogue as linked data: what other nodes read of ours, and what we read of theirs.

Only ``vocabulary``, ``describe`` and ``reading`` import rdflib, which is slow to load: a view
imports them once someone asks for RDF, and what others write is read in a process apart
(``apart``).
"""
