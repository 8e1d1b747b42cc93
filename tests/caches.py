"""The cache of this process of tests, a part of the server that all share."""

import redis
from django.conf import settings

CACHE = settings.CACHES["default"]


def forget_cache() -> None:
    """Empty this process's part of the cache; `cache.clear()` would empty the others' too."""
    server = redis.Redis.from_url(CACHE["LOCATION"])
    for key in server.scan_iter(match=f"{CACHE['KEY_PREFIX']}*"):
        server.delete(key)
