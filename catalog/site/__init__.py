"""The program that runs at an establishment, beside its warehouse.

It takes the portal's signed orders from its own queue, counts, extracts, delivers into the
establishment's spaces, destroys on order, and answers with signed reports. It knows neither Django
nor the portal's database. ``python -m catalog.site NAME`` starts it; ``docs/developer/site.md`` has
the formats, ``docs/operator/site.md`` the running of it.
"""

import os

# Vectors of a few thousand numbers: threads of the algebra cost more than they give, and the site's
# processors are the engine's. Read when it is loaded, so said before.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

RELEASE = "0.1.0"
"""The version of the program, as manifests give it; that of pyproject.toml."""
