"""Errors as RFC 9457 problem+json: what is wrong, the field, the remedy; never the input echoed back."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from rag.errors import ArchiveError, BadInput, EncoderUnavailable, PodiumError, UnknownId

_STATUS = ((BadInput, 422), (UnknownId, 404), (ArchiveError, 503), (EncoderUnavailable, 503))


def problem(status: int, detail: str, field: str = "", remedy: str = "") -> JSONResponse:
    """A problem+json response; `field` and `remedy` are podium's own members."""
    return JSONResponse(
        {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "field": field,
            "remedy": remedy,
        },
        status_code=status,
        media_type="application/problem+json",
    )


def handle_problems(app: FastAPI) -> None:
    """Turn every error that a route may raise into a problem."""

    @app.exception_handler(PodiumError)
    def _podium(_request: Request, error: PodiumError) -> JSONResponse:
        status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
        return problem(status, _safe(error.message), error.key, _safe(error.remedy))

    @app.exception_handler(RequestValidationError)
    def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = [str(part) for part in first["loc"] if part not in ("body", "query", "path")]
        field = ".".join(place)[:100] if first["type"] != "json_invalid" else "body"
        status = 400 if first["type"] == "json_invalid" else 422
        return problem(status, _safe(f"{field or 'body'}: {first['msg']}."), _safe(field), "See /docs for its form.")

    @app.exception_handler(HTTPException)
    def _http(_request: Request, error: HTTPException) -> JSONResponse:
        response = problem(error.status_code, _safe(str(error.detail)))
        response.headers.update(error.headers or {})
        return response


def _safe(text: str) -> str:
    """Text that can be sent: lone surrogates, which UTF-8 has no bytes for, replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")
