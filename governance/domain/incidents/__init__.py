"""Incidents: declared, assessed, notified to the CNIL, told to persons, published, closed.

Each act is audited and, but for measures, is a leaf of the register: number, severity, band,
establishments and instants, nothing that names a person nor says what happened. Who may do what is
checked here too. What the portal declares itself has no ``by``.
"""

from governance.domain.incidents.acts import NOTICE
from governance.domain.incidents.declaring import declare
from governance.domain.incidents.following import add_measure, assess, close
from governance.domain.incidents.found import declare_found, found_by_portal
from governance.domain.incidents.notifying import excuse, notify, tell_persons
from governance.domain.incidents.permissions import (
    may_declare,
    may_defer,
    may_follow,
    may_handle,
    may_notify,
)
from governance.domain.incidents.publishing import defer, deferred, publish
from governance.domain.incidents.reminding import notice_owed, remind

__all__ = [
    "NOTICE",
    "add_measure",
    "assess",
    "close",
    "declare",
    "declare_found",
    "defer",
    "deferred",
    "excuse",
    "found_by_portal",
    "may_declare",
    "may_defer",
    "may_follow",
    "may_handle",
    "may_notify",
    "notice_owed",
    "notify",
    "publish",
    "remind",
    "tell_persons",
]
