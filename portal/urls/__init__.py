"""The portal's addresses. Every address is readable and stable.

Pages for everyone carry their language in the address (`/…` French, `/en/…` English): add theirs to
`i18n_patterns`. Pages of signed-in people, published formats and probes have one address.
"""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from portal.api.application import readable as readable_api
from portal.api.application import urls as api_urls
from portal.urls.ledger import page_patterns as ledger_pages
from portal.views import probes

urlpatterns = [
    # Probes
    path("health/live", probes.live, name="live"),
    path("health/ready", probes.ready, name="ready"),
    path("metrics", probes.metrics, name="metrics"),
    # The API, its documentation in the language of its address
    *i18n_patterns(
        path("api/v1/docs", readable_api, name="api_docs"), prefix_default_language=False
    ),
    path("api/v1/", api_urls()),
    # Sign-in, in the language of its address
    *i18n_patterns(
        path("connexion/", include("portal.urls.sign_in")), prefix_default_language=False
    ),
    # Under one's name: account, commitments, absence
    path("", include("portal.urls.account")),
    # People, roles, delegations and contacts of an establishment
    path("", include("portal.urls.establishment")),
    # Versions of the charters on their way
    path("", include("portal.urls.charters")),
    # Incidents, declared and followed
    path("", include("portal.urls.incidents")),
    # Requests, from the idea to the results
    path("", include("projects.urls")),
    # Counts of patients
    path("", include("catalog.urls")),
    # The ledger's published format
    path("", include("portal.urls.ledger")),
    # Pages for everyone
    *i18n_patterns(
        path("", include("portal.urls.public")),
        path("", include("projects.urls_public")),
        path("", include("catalog.urls.public")),
        path("", include("catalog.urls.objections")),
        *ledger_pages,
        prefix_default_language=False,
    ),
]
