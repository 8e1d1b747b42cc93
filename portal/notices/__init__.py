"""Notices: what a person is told, in the portal and by mail.

Whom something concerns, and what is asked of them, is handed on by the layer that knows it
(``projects.notices``), as messages ``notice`` of the outbox. Here they are kept, said in the
person's language, and sent as their quality wants: see ``delivery``.
"""
