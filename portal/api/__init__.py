"""The API under ``/api/v1/``: the same domain functions and permissions as the pages.

A module per resource, each a router of short operations: read what was sent, call one domain
function or one query, answer. ``application`` puts them together; ``errors`` says every refusal as
RFC 9457 ``application/problem+json``; ``parsing`` refuses hostile text before anything reads it.
"""
