"""What a request may be before anything reads it: JSON, not compressed, small enough, in time. Pure ASGI."""

import asyncio
import json
import math
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.api.problems import Overloaded, problem, problem_of

# Where a form of a page is posted to, and not JSON.
_FORMS = ("/login",)
_LONGEST_NUMBER = 300
# Values in one body: a conversation has thousands, and each costs a hundred times its bytes once it is checked.
_MOST_VALUES = 10_000
# Whole bodies that may be on their way in at once, in sizes of the largest.
_BODIES_AT_ONCE = 64


class RequestLimits:
    """Takes in the whole body within a size and a time, then hands it on; 400, 408, 413 or 415 otherwise."""

    def __init__(self, app: ASGIApp, max_bytes: int, seconds: float) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.seconds = seconds
        self._arriving = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            # What GET would send, less the body.
            scope["method"] = "GET"
            await self.app(scope, receive, _without_body(send))
            return
        if scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        taken = await self._take(scope, receive)
        if isinstance(taken, Response):
            await taken(scope, receive, send)
        elif taken is not None:
            await self.app(scope, replay(taken, receive), send)

    async def _take(self, scope: Scope, receive: Receive) -> bytes | Response | None:
        """The body; what to refuse it with; None where the client has gone."""
        path = scope["path"]
        refused = self._headers_refusal(scope)
        if refused is not None:
            return refused
        try:
            body = await asyncio.wait_for(self._body(receive), self.seconds)
        except TimeoutError:
            detail = f"the body took more than {self.seconds:g} s."
            return problem(408, detail, "body", "Send it faster.", path=path, headers={"Connection": "close"})
        except _TooLarge:
            return self._too_large(path)
        except Overloaded as error:
            return problem_of(error, path)
        try:
            if body is not None and path not in _FORMS:
                scope["json"] = read_json(body)
        except NotJson as error:
            return problem(400, f"the body is not JSON: {error}.", "body", "Send one JSON object as UTF-8.", path=path)
        return body

    async def _body(self, receive: Receive) -> bytes | None:
        parts: list[bytes] = []
        size = 0
        more = True
        try:
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                part: bytes = message.get("body", b"")
                size += len(part)
                self._arriving += len(part)
                if size > self.max_bytes:
                    raise _TooLarge
                if self._arriving > _BODIES_AT_ONCE * self.max_bytes:
                    raise Overloaded("podium is being sent too much at once.", remedy="Send it again in a moment.")
                parts.append(part)
                more = message.get("more_body", False)
        finally:
            self._arriving -= size
        return b"".join(parts)

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


class NotJson(ValueError):
    """A body that is not JSON; the message says why."""


class ReadRequest(Request):
    """A request whose body was read on its way in, and is not parsed again."""

    async def json(self) -> Any:
        """What the body says."""
        return self.scope["json"]


class ReadRoute(APIRoute):
    """A route that takes JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, given a ReadRequest."""
        handle = super().get_route_handler()

        async def handle_read(request: Request) -> Response:
            return await handle(ReadRequest(request.scope, request.receive))

        return handle_read


def read_json(body: bytes) -> Any:
    """What a body says, by RFC 8259, which Python's own reader is more patient than; NotJson.

    >>> read_json(b'{"k": NaN}')
    Traceback (most recent call last):
    rag.api.bounds.NotJson: it holds a number that JSON has no place for
    """
    try:
        text = body.decode("utf-8")
        value = json.loads(
            text, parse_constant=_no_constant, parse_float=_finite, parse_int=_short, object_pairs_hook=_once
        )
        _check_values(value)
        # Only an escape can make half a character: UTF-8 has no bytes for one.
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError:
        raise NotJson("it is not UTF-8") from None
    except UnicodeEncodeError:
        raise NotJson("it holds half a character, a lone surrogate") from None
    except RecursionError:
        raise NotJson("it is nested too deep") from None
    except json.JSONDecodeError:
        raise NotJson("it can't be parsed") from None
    return value


def _check_values(value: Any) -> None:
    # A list of what is left, since a call a level would end where the nesting is deep.
    left, count = [value], 0
    while left:
        each = left.pop()
        inner: Iterable[Any] = each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        count += len(each) if isinstance(each, dict | list) else 0
        if count > _MOST_VALUES:
            raise NotJson(f"it holds more than {_MOST_VALUES} values")
        left.extend(inner)


def _no_constant(_name: str) -> float:
    raise NotJson("it holds a number that JSON has no place for")


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise NotJson("it holds a number that is too large")
    return value


def _short(number: str) -> int:
    if len(number) > _LONGEST_NUMBER:
        raise NotJson("it holds a number that is too long")
    return int(number)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJson("an object has one key twice")
    return found


def _without_body(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.body":
            message["body"] = b""
        await send(message)

    return sending


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body which was taken in already, and then what follows it."""

    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
