"""The page of settings names every variable that the code reads, and no other."""

import re
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
PAGE = CHECKOUT / "docs" / "operator" / "settings.md"
READS = re.compile(
    r"""env\.\w+\(\s*"([A-Z][A-Z0-9_]+)"            # env.str("X", …)
    |   environ(?:\.get|\.setdefault|\.pop)?[\[(]\s*"([A-Z][A-Z0-9_]+)"   # os.environ["X"]
    |   "([A-Z][A-Z0-9_]+)"\s+(?:not\s+)?in\s+(?:env\.ENVIRON|os\.environ)
    |   _outside\("([A-Z][A-Z0-9_]+)"                                     # backups
    """,
    re.VERBOSE,
)
OF_THE_MACHINE = {"PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "JAVA_HOME"}
OF_THE_MACHINE |= {"DJANGO_SETTINGS_MODULE"}


def read_in_code() -> set[str]:
    files = [CHECKOUT / "manage.py", *(CHECKOUT / "portal").glob("*.py")]
    files += (CHECKOUT / "portal" / "servers").glob("*.py")
    files.append(CHECKOUT / "tests" / "shared_material.py")
    found = {
        name
        for file in files
        for groups in READS.findall(file.read_text(encoding="utf-8"))
        for name in groups
        if name
    }
    return found - OF_THE_MACHINE


def named_on_page() -> set[str]:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    firsts = [row.split("|")[1] for row in rows]
    return set(re.findall(r"`([A-Z][A-Z0-9_]+)`", " ".join(firsts)))


def test_every_variable_read_is_on_the_page():
    assert read_in_code() - named_on_page() == set()


def test_every_variable_on_the_page_is_read():
    providers = {name for name in named_on_page() if name.startswith("OIDC_X_")}
    assert named_on_page() - providers - read_in_code() == set()
    assert len(providers) == 3
