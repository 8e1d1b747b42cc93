"""Amendments: a change asked of an authorised request, a case of its own, applied when accepted."""
