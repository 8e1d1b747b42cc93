"""Identity providers by configuration: ProConnect, Pro Santé Connect, a hospital's own.

Read by the settings, so nothing of Django is imported. A provider named ``X`` is declared by
``OIDC_X_CLIENT_ID``, ``OIDC_X_CLIENT_SECRET`` and ``OIDC_X_URL`` (the issuer's address, or that of
its discovery document), and optionally ``OIDC_X_LABEL`` and ``OIDC_X_SCOPES``.
"""

import re
from collections.abc import Mapping

KNOWN = {
    # ProConnect gives the family name as usual_name, and userinfo as a signed token:
    # https://github.com/numerique-gouv/proconnect-documentation
    "proconnect": {
        "label": "ProConnect",
        "scopes": "openid given_name usual_name email siret",
        "auth_params": {"acr_values": "eidas1"},
    },
    # https://industriels.esante.gouv.fr/produits-et-services/pro-sante-connect
    "psc": {
        "label": "Pro Santé Connect",
        "scopes": "openid scope_all",
        "auth_params": {"acr_values": "eidas1"},
    },
}

DEFAULT_SCOPES = "openid profile email"

_CLIENT = re.compile(r"^OIDC_([A-Z][A-Z0-9]*)_CLIENT_ID$")


class ProviderIncomplete(ValueError):
    """A provider was declared without all it needs."""


def providers_from(environment: Mapping[str, str]) -> dict:
    """The value of ``SOCIALACCOUNT_PROVIDERS`` for the providers that ``environment`` declares.

    Raises ProviderIncomplete naming the missing variable, or an address that is not https.
    """
    apps = []
    for variable in sorted(environment):
        if (found := _CLIENT.match(variable)) and environment[variable]:
            apps.append(_application(found[1], environment))
    return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": apps}}


def _application(name: str, environment: Mapping[str, str]) -> dict:
    prefix, code = f"OIDC_{name}_", name.lower()
    for part in ("CLIENT_SECRET", "URL"):
        if not environment.get(prefix + part):
            raise ProviderIncomplete(f"{prefix}{part} is missing beside {prefix}CLIENT_ID")
    url = environment[prefix + "URL"]
    if not url.startswith("https://"):
        raise ProviderIncomplete(f"{prefix}URL must begin with https://")
    known = KNOWN.get(code, {})
    scopes = environment.get(prefix + "SCOPES") or known.get("scopes", DEFAULT_SCOPES)
    settings = {"server_url": url, "scope": scopes.split()}
    if known.get("auth_params"):
        settings["auth_params"] = known["auth_params"]
    return {
        "provider_id": code,
        "name": environment.get(prefix + "LABEL") or known.get("label", code),
        "client_id": environment[prefix + "CLIENT_ID"],
        "secret": environment[prefix + "CLIENT_SECRET"],
        "settings": settings,
    }
