"""Identity providers are configuration: nothing without it, a refusal when it is half there."""

import json
import time

import jwt
import pytest
from allauth.socialaccount.internal import jwtkit
from cryptography.hazmat.primitives.asymmetric import rsa

from portal.accounts.federation import FederatedAdapter
from portal.accounts.identity_providers import ProviderIncomplete, providers_from

WHOLE = {
    "OIDC_PROCONNECT_CLIENT_ID": "portail",
    "OIDC_PROCONNECT_CLIENT_SECRET": "s3cret",
    "OIDC_PROCONNECT_URL": "https://identity.example/api/v2",
}


def apps(environment):
    return providers_from(environment)["openid_connect"]["APPS"]


def test_without_configuration_there_is_none():
    assert apps({"PATH": "/bin", "OIDC_PROCONNECT_CLIENT_ID": ""}) == []


def test_proconnect_needs_three_variables():
    (app,) = apps(WHOLE)
    assert (app["provider_id"], app["name"], app["client_id"]) == (
        "proconnect",
        "ProConnect",
        "portail",
    )
    assert app["settings"]["server_url"] == "https://identity.example/api/v2"
    assert "usual_name" in app["settings"]["scope"]


def test_a_hospital_of_ones_own_has_its_label_and_scopes():
    (app,) = apps(
        {
            "OIDC_CHU_CLIENT_ID": "a",
            "OIDC_CHU_CLIENT_SECRET": "b",
            "OIDC_CHU_URL": "https://chu.example",
            "OIDC_CHU_LABEL": "CHU de Rennes",
            "OIDC_CHU_SCOPES": "openid email",
        }
    )
    assert (app["name"], app["settings"]["scope"]) == ("CHU de Rennes", ["openid", "email"])


@pytest.mark.parametrize("missing", ["OIDC_PROCONNECT_CLIENT_SECRET", "OIDC_PROCONNECT_URL"])
def test_half_a_configuration_is_refused_by_name(missing):
    with pytest.raises(ProviderIncomplete, match=missing):
        apps({k: v for k, v in WHOLE.items() if k != missing})


def test_an_address_in_clear_is_refused():
    with pytest.raises(ProviderIncomplete, match="https"):
        apps(WHOLE | {"OIDC_PROCONNECT_URL": "http://identity.example"})


class _Answer:
    """An identity provider's answer, as the HTTP library gives it."""

    def __init__(self, text, content_type):
        self.text, self.headers = text, {"content-type": content_type}

    def raise_for_status(self):
        return None

    def json(self):
        return json.loads(self.text)


class _Session:
    """An HTTP session that gives recorded answers by address."""

    def __init__(self, answers):
        self.answers = answers

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return None

    def get(self, url, **options):
        return self.answers[url]


@pytest.fixture
def provider(monkeypatch, rf, clean_cache):
    """An adapter before a provider that signs its userinfo; gives the adapter and a signer."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    answers = {
        "https://id.example/.well-known/openid-configuration": _Answer(
            json.dumps(
                {
                    "issuer": "https://id.example",
                    "jwks_uri": "https://id.example/jwks",
                    "userinfo_endpoint": "https://id.example/userinfo",
                }
            ),
            "application/json",
        ),
        "https://id.example/jwks": _Answer(
            json.dumps({"keys": [public | {"kid": "k1", "alg": "RS256"}]}), "application/json"
        ),
    }
    monkeypatch.setattr(
        "allauth.socialaccount.adapter.DefaultSocialAccountAdapter.get_requests_session",
        lambda self: _Session(answers),
    )

    def answer(claims, signing_key=key):
        claims = {"iss": "https://id.example", "aud": "portail", "exp": time.time() + 60} | claims
        text = jwt.encode(claims, signing_key, algorithm="RS256", headers={"kid": "k1"})
        answers["https://id.example/userinfo"] = _Answer(text, "application/jwt; charset=utf-8")

    return FederatedAdapter(rf.get("/"), "chu"), answer


@pytest.fixture
def configured(settings):
    settings.SOCIALACCOUNT_PROVIDERS = providers_from(
        {
            "OIDC_CHU_CLIENT_ID": "portail",
            "OIDC_CHU_CLIENT_SECRET": "s",
            "OIDC_CHU_URL": "https://id.example",
        }
    )


@pytest.mark.django_db
def test_signed_userinfo_is_read(provider, configured):
    adapter, answer = provider
    answer({"sub": "1", "usual_name": "Le Goff"})
    assert adapter._fetch_user_info("jeton")["usual_name"] == "Le Goff"


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"iss": "https://other.example"}, {"aud": "autre"}, {"exp": 1}])
def test_userinfo_for_another_or_too_old_is_refused(provider, configured, wrong):
    adapter, answer = provider
    answer({"sub": "1"} | wrong)
    with pytest.raises(jwtkit.OAuth2Error):
        adapter._fetch_user_info("jeton")


@pytest.mark.django_db
def test_userinfo_signed_by_another_is_refused(provider, configured):
    adapter, answer = provider
    answer({"sub": "1"}, rsa.generate_private_key(public_exponent=65537, key_size=2048))
    with pytest.raises(jwtkit.OAuth2Error):
        adapter._fetch_user_info("jeton")
