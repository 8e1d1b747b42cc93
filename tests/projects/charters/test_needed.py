"""What the portal reads of a charter by a clause's code is kept by every version."""

import re
from pathlib import Path

from django.conf import settings

from catalog.domain import findings
from governance.process.proposed import NEEDED
from governance.queries import incidents
from projects.process.amendment_facts import TOUCHED

ASKED = re.compile(r'find_clause\(\s*"([UPC]-\d\d[a-z]?)"')
WITHOUT_IT = {"P-10", incidents.ARTICLE}
"""Those that may be missing: another delay is then said (`catalog.domain.findings`, incidents)."""


def test_no_clause_is_asked_for_by_a_code_that_a_version_may_drop():
    assert findings.PROMISED
    asked = {code for codes in TOUCHED.values() for code in codes}
    for app in ("governance", "catalog", "projects", "portal"):
        for path in Path(settings.BASE_DIR, app).rglob("*.py"):
            asked |= set(ASKED.findall(path.read_text(encoding="utf-8")))
    assert "U-12b" in asked
    assert asked - WITHOUT_IT <= {code for codes in NEEDED.values() for code in codes}
