"""Calling the API in a line: a person's token, a request of JSON, what came back."""

from django.test import Client
from django.utils import timezone

from portal.accounts.tokens import issue_token

ROOT = "/api/v1"


class Caller:
    """A program that acts for ``someone`` (nobody: without a token)."""

    def __init__(self, someone=None, *scopes, language="fr"):
        self.client = Client(enforce_csrf_checks=True)
        self.headers = {"Accept-Language": language}
        if someone is not None:
            scopes = scopes or ("read", "write")
            _token, plain = issue_token(
                person=someone,
                name="essai",
                scopes=scopes,
                days=30,
                by=someone,
                at=timezone.now(),
            )
            self.headers["Authorization"] = f"Bearer {plain}"

    def get(self, path, query=None, **headers):
        return self._call("get", path, query, headers=headers)

    def post(self, path, body=None, **headers):
        return self._call("post", path, body, content_type="application/json", headers=headers)

    def patch(self, path, body=None, **headers):
        return self._call("patch", path, body, content_type="application/json", headers=headers)

    def upload(self, path, fields, **headers):
        return self._call("post", path, fields, headers=headers)

    def _call(self, method, path, data, *, headers, **more):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        call = getattr(self.client, method)
        return call(ROOT + path, data, headers=self.headers | named, **more)


def refusal(answer) -> tuple[int, str, dict]:
    """(status, code, messages by field) of a problem; fails when the answer is none."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    said = answer.json()
    assert said["status"] == answer.status_code
    return answer.status_code, said["type"].rsplit("#", 1)[1], said["errors"]
