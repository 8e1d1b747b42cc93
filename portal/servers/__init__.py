"""The servers a copy of the portal runs on: PostgreSQL, Redis and our own processes.

Nothing here imports Django: these modules run before the settings exist.
"""
