"""Time and queries of the pages that matter, with 1 000 requests and with 30 000.

Four clients ask each page in turn from the real web server; queries are counted apart, in this
process. `--small` and `--large` change the sizes.
"""

import argparse
import threading
import time

import httpx

from benchmarks.material.demonstration import percentile, prepare, say, web_server

CLIENTS, ROUNDS = 4, 25
STAFF, RESEARCHER = "claire.morvan@demo.example", "marion.le-gall@demo.example"
LIMITS = {"ratio": 1.5, "milliseconds_p95": 150, "queries": 25}


def addresses() -> dict[str, tuple[str, str | None]]:
    """Each page's address, and who asks for it (None: a reader)."""
    from governance.models import Case

    public = Case.objects.filter(request__public_since__isnull=False).order_by("number").last()
    held = (
        Case.objects.filter(state="preparation", lead="chu-rennes", number__isnull=False)
        .order_by("number")
        .first()
    )
    return {
        "register": ("/projets", None),
        "search": ("/projets?q=medicaments", None),
        "project": (f"/projets/{public.number}", None),
        "work": ("/travail", STAFF),
        "requests": ("/demandes", STAFF),
        "request": (f"/demandes/{held.number}", STAFF),
        "my_requests": ("/mes-demandes", RESEARCHER),
    }


def _session(person: str | None) -> dict[str, str]:
    """The cookie of a signed-in `person`."""
    if person is None:
        return {}
    from django.conf import settings
    from django.test import Client

    from portal.accounts.models import User

    client = Client()
    client.force_login(User.objects.get(email=person), backend=settings.AUTHENTICATION_BACKENDS[0])
    session = client.session
    session["demonstration"] = True
    session.save()
    return {settings.SESSION_COOKIE_NAME: session.session_key}


def _queries(path: str, person: str | None) -> int:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(HTTP_HOST="localhost")
    for name, value in _session(person).items():
        client.cookies[name] = value
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path)
    if answer.status_code != 200:
        raise SystemExit(f"{path} answers {answer.status_code}")
    return len(captured)


def milliseconds(address: str, path: str, person: str | None) -> list[float]:
    """Milliseconds of each answer, CLIENTS asking at once."""
    cookies, found, lock = _session(person), [], threading.Lock()

    def ask() -> None:
        with httpx.Client(base_url=address, cookies=cookies, timeout=60) as client:
            client.get(path)
            for _ in range(ROUNDS):
                began = time.perf_counter()
                client.get(path).raise_for_status()
                with lock:
                    found.append((time.perf_counter() - began) * 1000)

    threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _measure() -> dict[str, dict]:
    figures = {}
    with web_server() as address:
        for name, (path, person) in addresses().items():
            times = milliseconds(address, path, person)
            figures[name] = {
                "p50_ms": round(percentile(times, 0.5), 1),
                "p95_ms": round(percentile(times, 0.95), 1),
                "queries": _queries(path, person),
            }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=30_000)
    sizes = parser.parse_args()
    prepare()
    from django.db import connection
    from django.utils import timezone

    from benchmarks.material.history import load_history

    result = {"benchmark": "pages", "clients": CLIENTS, "limits": LIMITS, "sizes": {}}
    for size in (sizes.small, sizes.large):
        began = time.perf_counter()
        loaded = load_history(size, at=timezone.now())
        connection.close()
        result["sizes"][size] = {
            "loaded": loaded | {"seconds": round(time.perf_counter() - began, 1)},
            "pages": _measure(),
        }
    small, large = (each["pages"] for each in result["sizes"].values())
    result["ratio_p50"] = {
        name: round(large[name]["p50_ms"] / small[name]["p50_ms"], 2) for name in small
    }
    result["within_limits"] = (
        all(ratio <= LIMITS["ratio"] for ratio in result["ratio_p50"].values())
        and all(page["p95_ms"] <= LIMITS["milliseconds_p95"] for page in large.values())
        and all(page["queries"] <= LIMITS["queries"] for page in large.values())
    )
    say(result)


if __name__ == "__main__":
    main()
