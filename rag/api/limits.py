"""What a request may be before anything reads it: JSON, not compressed, small enough, in time. Pure ASGI."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.api.problems import problem


class RequestLimits:
    """Takes in the whole body within a size and a time, then hands it on; 408, 413 or 415 otherwise."""

    def __init__(self, app: ASGIApp, max_bytes: int, seconds: float) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS", "DELETE"):
            await self.app(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
        if kind != b"application/json" or headers.get(b"content-encoding", b"identity") != b"identity":
            refused = problem(
                415,
                "the body must be uncompressed JSON.",
                "content-type",
                "Send Content-Type: application/json.",
            )
            await refused(scope, receive, send)
            return
        try:
            body = await asyncio.wait_for(self._body(receive), self.seconds)
        except TimeoutError:
            slow = problem(408, f"the body took more than {self.seconds:g} s.", "body", "Send it faster.")
            await slow(scope, receive, send)
            return
        if body is None:
            large = problem(413, f"the body is over {self.max_bytes} bytes.", "body", "Send less.")
            await large(scope, receive, send)
            return
        await self.app(scope, _replay(body, receive), send)

    async def _body(self, receive: Receive) -> bytes | None:
        parts: list[bytes] = []
        size = 0
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return b"".join(parts)
            part: bytes = message.get("body", b"")
            size += len(part)
            if size > self.max_bytes:
                return None
            parts.append(part)
            more = message.get("more_body", False)
        return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
