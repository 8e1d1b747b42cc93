"""The whole document, fuzzed: no 5xx, and every answer is one that the document foresees."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portal.accounts.tokens import issue_token
from projects.domain.amendments import propose
from tests.catalog.making import order_key

EXAMPLES = 10
"""Calls of each operation, in each mode."""

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


@pytest.fixture
def one_connection():
    """The end of a request closes no connection: the test's holds what will be rolled back."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def api_schema(one_connection, walk, tmp_path, settings):
    walk.until("authorised")
    order_key(tmp_path, settings)
    settings.API_CALLS_A_MINUTE_BY_TOKEN = settings.API_CALLS_A_MINUTE_BY_ADDRESS = 1_000_000
    change, reason = {"months": 36}, "Pour finir l'analyse."
    propose(walk.request, "period", change, reason, by=walk.holder, at=walk.now)
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


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_one_that_the_document_foresees(api_schema, walk, token, mode):
    for operation in (found.ok() for found in api_schema.get_all_operations()):

        @seed(2026)
        @settings(
            max_examples=EXAMPLES,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def fuzz(case):
            if "id" in case.path_parameters and mode == GenerationMode.POSITIVE:
                # A request that is there, so that what stands behind it is reached too.
                case.path_parameters["id"] = walk.case.number
            if "amendment" in case.path_parameters and mode == GenerationMode.POSITIVE:
                case.path_parameters["amendment"] = str(walk.request.amendments.first().pk)
            case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)

        if can_be(operation, mode):
            fuzz()


def can_be(operation, mode) -> bool:
    """Whether anything sent to the operation can be wrong."""
    return mode == GenerationMode.POSITIVE or bool(len(operation.query) or len(operation.body))
