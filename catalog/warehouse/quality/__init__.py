"""The quality of a warehouse, checked in the manner of the OHDSI Data Quality Dashboard.

``checks`` is the declared list: each has a code that never changes, a kind, a threshold and a
sentence; ``rules`` says how a row fails it. ``measuring`` runs them on any engine, exactly, for the
site's own eyes.
``figures`` says what of it may leave the site, and reads it at the other end. Nothing here knows
Django. ``docs/decisions/warehouse-quality.md`` says why it is so.
"""
