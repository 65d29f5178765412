"""Requests made up from the official specification: whatever is sent, the server does not fail.

A bounded run of schemathesis: a few requests an operation, the same every time. Answers are checked for server
errors, and those of the success statuses for their shape against the specification with the exceptions of
`test_server_contract`.
"""

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance
from test_server_contract import with_exceptions

EXAMPLES = 4
NOT_SERVED = ("/symplectic", "/altmetric", "/institution/hrfeed")


@pytest.fixture(scope="module")
def official(shared):
    text = (shared / "api" / "figshare-openapi-v2.json").read_text(encoding="utf-8")
    schema = schemathesis.openapi.from_dict(with_exceptions(json.loads(text)))
    operations = [result.ok() for result in schema.get_all_operations()]
    return [
        one
        for one in operations
        if not one.path.startswith(NOT_SERVED) and (one.method, one.path) != ("post", "/token")
    ]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_made_up_requests_never_break_the_server(official, server, method):
    operations = [one for one in official if one.method == method]
    assert operations
    for operation in operations:
        send_made_up_requests(operation, server.url)


def send_made_up_requests(operation, url):
    """Sends a few requests of an operation."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def send(case):
        reply = case.call(base_url=url, headers={"Authorization": "token local-admin"}, timeout=20)
        case.validate_response(reply, checks=[not_a_server_error])
        if 200 <= reply.status_code < 300 and reply.content:
            case.validate_response(reply, checks=[response_schema_conformance])

    send()
