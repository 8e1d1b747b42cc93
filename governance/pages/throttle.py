"""How often one may call: counted by window of time in the cache, each count with a lifetime.

A cache that is away throttles nobody: it is for whoever counts to let through (``RedisError``).
"""

import ipaddress
import time

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The caller's address; all those without one (a local socket) are one."""
    try:
        return get_adapter(request).get_client_ip(request)
    except PermissionDenied:
        return "none"


def network_of(request: HttpRequest) -> str:
    """The caller's address, or in IPv6 its /64: one subscriber has all the addresses of it."""
    address = address_of(request)
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address


def count(kind: str, who: str, *, window: int) -> int:
    """One more of ``kind`` by ``who`` in the window of so many seconds; how many that makes.

    Raises RedisError where the cache is away.
    """
    key = f"{kind}:{who}:{window}:{int(time.time()) // window}"
    cache.add(key, 0, timeout=2 * window)
    try:
        return cache.incr(key)
    except ValueError:  # the key went away in between
        return 1


def seconds_left(window: int) -> int:
    """How long until the window that runs is over."""
    return window - int(time.time()) % window
