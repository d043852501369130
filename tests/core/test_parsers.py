"""What only looks like JSON is malformed at every door, and never a crash."""

import pytest
from django.test import Client

from tests.people import Tenant

BODIES = {"brackets": "[" * 100_000, "objects": '{"a":' * 50_000, "cut off": '{"a": [1, 2', "nothing": "\x00"}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_malformed_bodies(body: str, acme: Tenant) -> None:
    answers = [
        acme.developer().post("/api/v1/guard", body, "application/json"),
        acme.olivia.client().post("/dashboard/projects", body, "application/json"),
        Client().post("/dashboard/auth/login", body, "application/json"),
    ]
    assert {answer.status_code for answer in answers} <= {400, 422}
    assert all(len(answer.content) < 2000 for answer in answers), "an answer repeats nothing of it"
