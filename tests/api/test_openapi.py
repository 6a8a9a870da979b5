"""The OpenAPI document: every route, field, error and example."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from callers import routes_of

from rag.api import page_archive, page_ask, page_feed, page_login, page_read, page_verify, pages
from rag.api.app import create_app
from rag.pipeline import Podium

# The pages for people are no part of the API.
FOR_PEOPLE = (pages, page_archive, page_ask, page_feed, page_login, page_read, page_verify)
PAGES = {route for page in FOR_PEOPLE for route in routes_of(page.router.routes)}
UNDOCUMENTED = {"/docs", "/docs/{name}", "/openapi.json"}


@pytest.fixture(scope="module")
def document(client: httpx.Client) -> dict[str, Any]:
    answer = client.get("/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_every_route_is_in_it(document: dict[str, Any], podium: Podium) -> None:
    served = {
        (path, method.lower())
        for path, method in routes_of(create_app(podium, podium.settings).routes)
        if path not in UNDOCUMENTED and (path, method) not in PAGES and method != "HEAD"
    }
    assert served == {(path, method) for path, method, _ in operations(document)}
    assert len(served) >= 13


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    silent = [path for path, _, operation in operations(document) if not operation.get("description")]
    assert silent == []
    names = [operation["operationId"] for *_, operation in operations(document)]
    assert len(names) == len(set(names))


def test_every_error_has_a_shape_and_an_example(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        errors = {status: sent for status, sent in operation["responses"].items() if status >= "400"}
        wanted = {"401", "403", "421", "429", "503"} | ({"413", "415", "408", "400"} if method == "post" else set())
        assert path == "/healthz" or set(errors) >= wanted, path
        for status, sent in errors.items():
            (kind, content), *others = sent["content"].items()
            # What is no message is told so in JSON-RPC too.
            assert [kind for kind, _ in others] == ["application/json"] * ((path, status) == ("/mcp", "400")), path
            model = "OpenAIProblemSent" if path.startswith("/v1/") else "ProblemSent"
            assert kind == ("application/json" if path.startswith("/v1/") else "application/problem+json")
            assert content["schema"]["$ref"].endswith(model)
            assert content["example"]


def test_every_body_has_an_example(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for path, _, operation in operations(document):
        if "requestBody" in operation:
            content = operation["requestBody"]["content"]["application/json"]
            name = content["schema"].get("$ref", "").rpartition("/")[2]
            fields = schemas[name]["properties"] if name else {}
            assert "example" in content or any("examples" in field for field in fields.values()), path


def test_every_field_has_a_type_and_every_shape_a_sentence(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert schema.get("description"), name
        for field, told in schema.get("properties", {}).items():
            assert {"type", "$ref", "anyOf", "enum", "const", "allOf"} & set(told), (name, field)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def references(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            yield from (value for key, value in part.items() if key == "$ref")
            for value in part.values():
                yield from references(value)
        elif isinstance(part, list):
            for value in part:
                yield from references(value)

    named = {reference.rpartition("/")[2] for reference in references(document)}
    assert named <= set(document["components"]["schemas"])
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_docs_can_be_switched_off(podium: Podium) -> None:
    app = create_app(podium, podium.settings.model_copy(update={"docs": False, "metrics": False}))
    paths = {path for path, _ in routes_of(app.routes)}
    assert not paths & {"/docs", "/openapi.json", "/metrics"}


def test_the_docs_ask_no_other_server_for_anything(client: httpx.Client) -> None:
    page = client.get("/docs")
    assert "http" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    files = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(files) == 3
    for file in files:
        answer = client.get(f"/{file}")
        assert answer.status_code == 200
        assert answer.text
        assert not re.search(r"@import|url\(http", answer.text)
    assert client.get("/docs/other.js").status_code == 404
