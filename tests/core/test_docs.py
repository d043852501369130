"""OpenAPI 3.1 of both planes says what the doors are."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from promptguard.core.docs import openapi
from tests.people import api_client
from tests.surface import DASHBOARD, DEVELOPER


@pytest.mark.parametrize(("plane", "doors"), [("developer", DEVELOPER), ("dashboard", DASHBOARD)])
def test_every_door_is_documented(plane: str, doors: list[Any]) -> None:
    document = openapi(plane)
    assert document["openapi"].startswith("3.1")
    operations = [
        (path, verb) for path, item in document["paths"].items() for verb in item if verb != "parameters"
    ]
    expected = {(door.name, door.verb) for door in doors}
    assert len(operations) == len(expected)
    for path, verb in operations:
        operation = document["paths"][path][verb]
        assert operation["responses"], (path, verb)


@pytest.mark.parametrize("plane", ["developer", "dashboard"])
def test_every_schema_is_a_json_schema(plane: str) -> None:
    for schema in openapi(plane)["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_the_page_and_what_it_loads_come_from_us(db: None) -> None:
    page = api_client().get("/api/docs").content.decode()
    assert "//" not in page.replace("</", "").replace("<!doctype html>", "")
    assert api_client().get("/api/openapi.json").json()["openapi"].startswith("3.1")
    script = api_client().get("/static/core/api_docs.js")
    assert b"SwaggerUIBundle" in b"".join(script.streaming_content)  # type: ignore[attr-defined]
    script.close()
