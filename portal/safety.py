"""The settings that production refuses to start with."""

LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]", "::1", "testserver"}
SHORTEST_SECRET = 50
MARKS_OF_A_DEFAULT = ("django-insecure", "changeme", "change-me", "secret", "example")


def unsafe_settings(
    *,
    environment: str,
    debug: bool,
    secret_key: str,
    allowed_hosts: list[str],
    site_url: str,
    database_url_given: bool,
    redis_url_given: bool,
    ledger_key_given: bool,
) -> list[str]:
    """What is unsafe, a sentence each that says what to set; empty when nothing is.

    The demonstration has accounts anybody may enter: it may only be served to its own machine.
    """
    if environment not in ("demonstration", "test", "production"):
        return [f"GUICHET_ENV is {environment!r}: it is one of demonstration, test, production."]
    if environment != "production":
        if outside := sorted(set(allowed_hosts) - LOCAL_HOSTS):
            return [
                f"ALLOWED_HOSTS names {', '.join(outside)}: only production may be served to "
                "others. Set GUICHET_ENV=production."
            ]
        return []
    found = []
    if debug:
        found.append("DEBUG is on: unset it.")
    if len(secret_key) < SHORTEST_SECRET or len(set(secret_key)) < 10:
        found.append(f"SECRET_KEY is missing or short: give {SHORTEST_SECRET} random characters.")
    elif any(mark in secret_key.lower() for mark in MARKS_OF_A_DEFAULT):
        found.append("SECRET_KEY looks like an example: give random characters.")
    if not allowed_hosts:
        found.append("ALLOWED_HOSTS is empty: name the portal's host.")
    if any("*" in host or host in (".", "") for host in allowed_hosts):
        found.append("ALLOWED_HOSTS holds a joker: name the portal's host.")
    if not site_url.startswith("https://"):
        found.append("SITE_URL is not https: give the portal's public address.")
    if not database_url_given:
        found.append(
            "DATABASE_URL and DATABASE_OWNER_URL are missing: the embedded server is for "
            "the demonstration."
        )
    if not redis_url_given:
        found.append("REDIS_URL is missing: the embedded server is for the demonstration.")
    if not ledger_key_given:
        found.append("LEDGER_KEY_FILE (or LEDGER_KEY) is missing: the ledger's key is kept apart.")
    return found
