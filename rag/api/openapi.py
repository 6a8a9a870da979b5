"""The OpenAPI document: what FastAPI can't know of, the errors of every route, the key, and /mcp."""

import json
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from rag.api.problems import OpenAIProblemSent, ProblemSent, problem

_ERRORS = {
    400: "The body is not JSON.",
    401: "The request carries no API key that podium knows; only where keys are set.",
    403: "Pages of that origin may not call podium.",
    404: "There is no such thing.",
    408: "The body took too long.",
    413: "The body is too large.",
    415: "The body is not uncompressed JSON.",
    421: "Podium is not known by that name.",
    422: "A field can't be used; the remedy says what can.",
    429: "Too many requests; Retry-After says when to come again.",
    503: "Podium is answering as many questions as it can; Retry-After says when to come again.",
}
_OF_BODIES = (400, 408, 413, 415)
_OPEN = "/healthz"
_MESSAGE = {"application/json": {"schema": {"type": "object", "description": "A JSON-RPC 2.0 message."}}}
_MCP = {
    "post": {
        "tags": ["assistants"],
        "summary": "Mcp",
        "operationId": "mcp",
        "description": "The Model Context Protocol, streamable HTTP without sessions: search, fetch, ask, "
        "verify, list_spokespeople, coverage.",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"type": "object", "description": "A JSON-RPC 2.0 message."},
                    "example": {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}},
                }
            },
        },
        "responses": {
            "200": {"description": "A JSON-RPC 2.0 message.", "content": _MESSAGE},
            "400": {"description": "The body is not JSON, or no message of JSON-RPC 2.0.", "content": _MESSAGE},
        },
    }
}


def describe(app: FastAPI) -> None:
    """Let `app` give the whole document at /openapi.json."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
    )
    document["paths"]["/mcp"] = _MCP
    parts = document["components"]
    for model in (ProblemSent, OpenAIProblemSent):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        parts["schemas"] |= schema.pop("$defs", {})
        parts["schemas"][model.__name__] = schema
    for unused in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(unused, None)
    parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer", "description": "One of PODIUM_API_KEYS."}}
    # With a key, or without where podium has none set.
    document["security"] = [{}, {"key": []}]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _add_errors(path, operation)
    return document


def _add_errors(path: str, operation: dict[str, Any]) -> None:
    """Every error that the operation may answer with, in the shape that the path has."""
    if path == _OPEN:
        operation["security"] = []
        return
    responses = operation["responses"]
    responses.pop("422", None)
    openai = path.startswith("/v1/")
    takes_body = "requestBody" in operation
    # What takes no body has no bad one, and what names nothing finds all that it names.
    left_out = {
        *(() if takes_body else _OF_BODIES),
        *((422,) if openai or not (takes_body or "parameters" in operation) else ()),
        *((404,) if "{" not in path and "404" not in responses else ()),
    }
    for status, description in _ERRORS.items():
        if status not in left_out:
            said = "The body is not JSON, or a field can't be used." if openai and status == 400 else description
            own = responses.get(str(status), {}) if path == "/mcp" else {}
            content = _content(status, said, path) | own.get("content", {})
            responses[str(status)] = {"description": own.get("description", said), "content": content}


def _content(status: int, description: str, path: str) -> dict[str, Any]:
    sent = problem(status, description, path=path)
    model = "OpenAIProblemSent" if path.startswith("/v1/") else "ProblemSent"
    kind = sent.headers["content-type"]
    example = json.loads(bytes(sent.body))
    return {kind: {"schema": {"$ref": f"#/components/schemas/{model}"}, "example": example}}
