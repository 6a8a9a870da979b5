"""Errors as RFC 9457 problem+json, and in OpenAI's shape under /v1: what is wrong, the field, the remedy.

The input is never echoed back: a caller knows what it sent, and a log or a page that shows it may not be safe.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response

from rag.errors import ArchiveError, BadInput, EncoderUnavailable, PodiumError, UnknownId
from rag.page.templates import HEADERS, render

# `messages`, not `list[Part]`
_PLAIN = re.compile(r"[A-Za-z0-9_]{1,40}")
_STATUS = ((BadInput, 422), (UnknownId, 404), (ArchiveError, 503), (EncoderUnavailable, 503))
_OPENAI_KIND = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
_OPENAI_CODE = {
    401: "invalid_api_key",
    404: "not_found",
    413: "request_too_large",
    429: "rate_limit_exceeded",
    503: "overloaded",
}


class ProblemSent(BaseModel):
    """What is wrong (`detail`), where (`field`) and what to do (`remedy`): RFC 9457 with two members of podium's."""

    type: str
    title: str
    status: int
    detail: str
    field: str
    remedy: str


class OpenAIErrorSent(BaseModel):
    """What is wrong and where (`param`), as OpenAI's clients read it."""

    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIProblemSent(BaseModel):
    """An error under /v1."""

    error: OpenAIErrorSent


class Overloaded(PodiumError):
    """More is being asked at once than podium takes."""


class UnknownModel(PodiumError):
    """A chat completion named a model that podium does not have."""


def problem(
    status: int,
    detail: str,
    field: str = "",
    remedy: str = "",
    *,
    path: str = "",
    code: str = "",
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An error as the face at `path` sends it; `field` and `remedy` are podium's own members."""
    if path.startswith("/v1/") or path == "/v1":
        return _openai_problem(status, detail, field, remedy, code, headers)
    title = HTTPStatus(status).phrase
    sent = ProblemSent(type="about:blank", title=title, status=status, detail=detail, field=field, remedy=remedy)
    return JSONResponse(sent.model_dump(), status, dict(headers or {}), "application/problem+json")


def _openai_problem(
    status: int, detail: str, field: str, remedy: str, code: str, headers: Mapping[str, str] | None
) -> JSONResponse:
    # OpenAI's clients know no 422: what it stands for is a 400 there.
    status = 400 if status == 422 else status
    kind = _OPENAI_KIND.get(status, "invalid_request_error" if status < 500 else "server_error")
    says = f"{detail} {remedy}".strip()
    error = OpenAIErrorSent(message=says, type=kind, param=field or None, code=code or _OPENAI_CODE.get(status))
    return JSONResponse(OpenAIProblemSent(error=error).model_dump(), status, dict(headers or {}))


def as_read(request: Request, sent: JSONResponse) -> Response:
    """A problem as whoever asks reads it: as JSON, and as a page in a browser."""
    if "text/html" not in request.headers.get("accept", "") or request.scope["path"].startswith("/v1"):
        return sent
    page = render("problem.html", problem=json.loads(bytes(sent.body)))
    # What says when to come again, or with what, holds for a reader too.
    told = {name: value for name, value in sent.headers.items() if name in ("retry-after", "www-authenticate")}
    return HTMLResponse(page, sent.status_code, headers=HEADERS | told)


def handle_problems(app: FastAPI) -> None:
    """Turn every error that a route may raise into a problem."""

    @app.exception_handler(PodiumError)
    async def _podium(request: Request, error: PodiumError) -> Response:
        return as_read(request, problem_of(error, request.url.path))

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        # Their number says enough: a body may hold thousands.
        first, more = error.errors()[0], len(error.errors()) - 1
        field = _field(first["loc"])
        says = _safe(f"{field}: {first['msg']}." + (f" It has {more} more errors." if more else ""))
        return as_read(request, problem(422, says, _safe(field), "See /docs for its form.", path=request.url.path))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        remedy = "See /docs for the routes." if error.status_code in (404, 405) else ""
        says, path = _safe(f"{error.detail}."), request.url.path
        return as_read(request, problem(error.status_code, says, "", remedy, path=path, headers=error.headers))

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, _error: Exception) -> Response:
        return as_read(request, problem(500, "podium failed; its log says why.", path=request.url.path))


def problem_of(error: PodiumError, path: str) -> JSONResponse:
    """A PodiumError as the face at `path` sends it."""
    if isinstance(error, Overloaded):
        return problem(503, error.message, "", error.remedy, path=path, headers={"Retry-After": "1"})
    if isinstance(error, UnknownModel):
        return problem(404, error.message, error.key, _safe(error.remedy), path=path, code="model_not_found")
    if isinstance(error, UnknownId):
        return problem(404, f"this archive has no such {error.key}.", error.key, error.remedy, path=path)
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    return problem(status, _safe(error.message), error.key, _safe(error.remedy), path=path)


def _field(place: tuple[int | str, ...]) -> str:
    """`("body", "messages", 0, "content", "list[Part]")` -> `messages.0.content`: pydantic names union arms too.

    An unknown field has the name that the caller gave it, which is told only where it is short and plain.
    """
    parts = [str(part) for part in place[1:] if part != "str" and _PLAIN.fullmatch(str(part))]
    return ".".join(parts) or "body"


def _safe(text: str) -> str:
    """Text that can be sent: lone surrogates, which UTF-8 has no bytes for, replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")
