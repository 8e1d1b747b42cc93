"""The whole document, fuzzed: no 5xx, and every answer is one that the document foresees."""

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portal.accounts.tokens import issue_token
from tests.catalog.making import order_key

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


@pytest.fixture
def api_schema(walk, tmp_path, settings):
    order_key(tmp_path, settings)
    settings.API_CALLS_A_MINUTE_BY_TOKEN = settings.API_CALLS_A_MINUTE_BY_ADDRESS = 1_000_000
    walk.until("instruction")
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())


@pytest.fixture
def token(holder):
    _row, plain = issue_token(
        person=holder,
        name="essai",
        scopes=["read", "write"],
        days=30,
        by=holder,
        at=timezone.now(),
    )
    return plain


schema = schemathesis.pytest.from_fixture("api_schema")


@schema.parametrize()
@settings(
    max_examples=15,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_one_that_the_document_foresees(case, walk, token):
    if "id" in case.path_parameters:
        # A request that is there, so that what stands behind it is reached too.
        case.path_parameters["id"] = walk.case.number
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)
