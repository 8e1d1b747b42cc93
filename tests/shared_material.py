"""Where the shared material of the tests is: `GUICHET_SHARED`, else `../shared` of the checkout."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("GUICHET_SHARED") or Path(__file__).resolve().parents[2] / "shared")


def shared(name: str) -> Path:
    """The folder `name` of the shared material; the test is skipped by its name where absent."""
    place = SHARED / name
    if not place.exists():
        pytest.skip(f"{name} is not in {SHARED}")
    return place
