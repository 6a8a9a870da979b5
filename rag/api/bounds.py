"""What a request may be before anything reads it: JSON, not compressed, small enough, in time. Pure ASGI."""

import asyncio
import json
import math
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.api.problems import problem

# Where a form of a page is posted to, and not JSON.
_FORMS = ("/login",)
_BODILESS = ("GET", "HEAD", "OPTIONS", "DELETE")
_LONGEST_NUMBER = 300


class RequestLimits:
    """Takes in the whole body within a size and a time, then hands it on; 400, 408, 413 or 415 otherwise."""

    def __init__(self, app: ASGIApp, max_bytes: int, seconds: float) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] in _BODILESS:
            await self.app(scope, receive, send)
            return
        taken = await self._take(scope, receive)
        if isinstance(taken, Response):
            await taken(scope, receive, send)
        elif taken is not None:
            await self.app(scope, _replay(taken, receive), send)

    async def _take(self, scope: Scope, receive: Receive) -> bytes | Response | None:
        """The body; what to refuse it with; None where the client has gone."""
        path = scope["path"]
        refused = self._headers_refusal(scope)
        if refused is not None:
            return refused
        try:
            body = await asyncio.wait_for(_body(receive, self.max_bytes), self.seconds)
        except TimeoutError:
            return problem(408, f"the body took more than {self.seconds:g} s.", "body", "Send it faster.", path=path)
        except _TooLarge:
            return self._too_large(path)
        wrong = "" if body is None or path in _FORMS else what_is_wrong(body)
        if wrong:
            return problem(400, f"the body is not JSON: {wrong}.", "body", "Send one JSON object as UTF-8.", path=path)
        return body

    def _headers_refusal(self, scope: Scope) -> Response | None:
        headers = {name.lower(): value for name, value in scope["headers"]}
        kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
        form = scope["path"] in _FORMS and kind == b"application/x-www-form-urlencoded"
        if not (form or kind == b"application/json") or headers.get(b"content-encoding", b"identity") != b"identity":
            remedy = "Send Content-Type: application/json and no Content-Encoding."
            return problem(415, "the body must be uncompressed JSON.", "content-type", remedy, path=scope["path"])
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and len(declared) < 20 and int(declared) > self.max_bytes:
            return self._too_large(scope["path"])
        return None

    def _too_large(self, path: str) -> Response:
        return problem(413, f"the body is over {self.max_bytes} bytes.", "body", "Send less.", path=path)


class _TooLarge(Exception):
    pass


class _NotJson(ValueError):
    pass


async def _body(receive: Receive, max_bytes: int) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > max_bytes:
            raise _TooLarge
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


def what_is_wrong(body: bytes) -> str:
    """Why a body is not the JSON of RFC 8259, which Python's own reader is more patient than; "" where it is.

    >>> what_is_wrong(b'{"k": NaN}')
    'it holds a number that JSON has no place for'
    """
    try:
        json.dumps(
            json.loads(
                body.decode("utf-8"),
                parse_constant=_no_constant,
                parse_float=_finite,
                parse_int=_short,
                object_pairs_hook=_once,
            ),
            ensure_ascii=False,
        ).encode("utf-8")
    except _NotJson as error:
        return str(error)
    except UnicodeDecodeError:
        return "it is not UTF-8"
    except UnicodeEncodeError:
        return "it holds half a character, a lone surrogate"
    except RecursionError:
        return "it is nested too deep"
    except ValueError:
        return "it can't be parsed"
    return ""


def _no_constant(_name: str) -> float:
    raise _NotJson("it holds a number that JSON has no place for")


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise _NotJson("it holds a number that is too large")
    return value


def _short(number: str) -> int:
    if len(number) > _LONGEST_NUMBER:
        raise _NotJson("it holds a number that is too long")
    return int(number)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _NotJson("an object has one key twice")
    return found


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
