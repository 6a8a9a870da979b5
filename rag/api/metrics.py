"""What podium counts of itself, for Prometheus. The only file that imports prometheus_client."""

import logging
import secrets
import time
from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.api.asking import ASKING, Desk
from rag.api.following import Following
from rag.api.listening import Connections
from rag.api.workers import Workers

router = APIRouter(tags=["server"])

log = logging.getLogger("podium")


class Metrics:
    """The counts of one app: by route and status, never by what was asked or who asked it."""

    def __init__(
        self, desk: Desk, connections: Connections, following: Following, workers: Workers | None = None
    ) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "podium_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "podium_request_seconds", "Seconds until the answer began.", ["route"], registry=self.registry
        )
        self._watch("podium_questions_running", "Questions being answered.", lambda: desk.running)
        self._watch("podium_questions_waiting", "Questions waiting for their turn.", lambda: desk.waiting)
        self._watch("podium_connections", "Open connections.", lambda: connections.open)
        self._watch("podium_connections_dropped", "Connections dropped for want of time.", lambda: connections.dropped)
        if workers is not None:
            self._watch("podium_workers_ready", "Processes that can answer.", lambda: workers.ready)
            self._watch("podium_workers_lost", "Processes that ended unasked.", lambda: workers.lost)
        self._watch(
            "podium_generation_trouble", "1 where a generation can't be opened.", lambda: bool(following.trouble)
        )
        self._watch("podium_archive_damaged", "1 where a served file has changed.", lambda: bool(following.damage))

    def _watch(self, name: str, what: str, now: Callable[[], float]) -> None:
        Gauge(name, what, registry=self.registry).set_function(now)


class Measured:
    """Counts each request and the time until its answer began. Pure ASGI."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # Until the answer begins, since how long a stream goes on is up to its reader.
        began = time.perf_counter()
        method, number = scope["method"], secrets.token_hex(8)

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", []).append((b"x-request-id", number.encode()))
                self._count(scope, method, message["status"], time.perf_counter() - began, number)
            await send(message)

        await self.app(scope, receive, counting)

    def _count(self, scope: Scope, method: str, status: int, seconds: float, number: str) -> None:
        # A label for every path asked for would grow without end: routes only, and "other" for the rest.
        route = getattr(scope.get("route"), "path", scope["path"] if scope["path"] in ASKING else "other")
        method = method if method in ("GET", "POST", "HEAD", "OPTIONS", "DELETE") else "other"
        self.metrics.requests.labels(method, route, str(status)).inc()
        self.metrics.seconds.labels(route).observe(seconds)
        told = {"id": number, "method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
        stages = scope.get("state", {}).get("timings", {})
        log.info("answered", extra={"fields": told | {f"{stage}_ms": ms for stage, ms in stages.items()}})


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(request: Request) -> PlainTextResponse:
    """Counts of requests by route and status, and how long they took, for Prometheus."""
    counted: Metrics = request.app.state.metrics
    return PlainTextResponse(generate_latest(counted.registry), media_type="text/plain; version=0.0.4; charset=utf-8")
