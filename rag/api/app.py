"""The HTTP face: one app over one Podium."""

import contextlib
import time
from collections.abc import AsyncIterator

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel
from starlette.middleware.cors import CORSMiddleware

from rag.answering.choosing import open_chooser
from rag.api import (
    chat,
    dify,
    metrics,
    page_archive,
    page_ask,
    page_feed,
    page_login,
    page_read,
    page_verify,
    pages,
    query,
    responses,
    swagger,
    verdict,
)
from rag.api.asking import Admission, ClientGone, Desk
from rag.api.bounds import RequestLimits
from rag.api.door import Door
from rag.api.following import Following
from rag.api.listening import Connections, most_connections
from rag.api.mcp import ToolsOverHttp, create_tools
from rag.api.openapi import describe
from rag.api.problems import Overloaded, handle_problems
from rag.api.shapes import CoverageSent, coverage_sent
from rag.api.workers import REMEDY, Workers
from rag.errors import ArchiveDamaged
from rag.pipeline import Podium
from rag.settings import VERSION, Settings


class HealthSent(BaseModel):
    """What is being served, and with what."""

    status: str
    generation: str
    encoder: str
    selector: str
    tokens: str


class ReadySent(BaseModel):
    """Whether podium can answer now, and from what; `trouble` where CURRENT names a generation that won't open."""

    status: str
    generation: str
    coverage: CoverageSent
    trouble: str


def create_app(podium: Podium, settings: Settings) -> FastAPI:
    """The app that serves `podium`; it swaps to a newly published generation between two requests."""
    app = FastAPI(
        title="podium",
        version=VERSION,
        description="Ask an archive of press conferences; get the words that were said, with their citations.",
        lifespan=_running,
        docs_url=None,
        openapi_url="/openapi.json" if settings.docs else None,
        redoc_url=None,
    )
    app.state.podium = podium
    app.state.settings = settings
    app.state.workers = Workers(podium, settings) if settings.workers > 1 else None
    app.state.desk = Desk(app.state.workers or podium, settings)
    app.state.following = Following(podium)
    app.state.connections = Connections(most_connections(settings), settings.patience_seconds)
    app.state.metrics = metrics.Metrics(app.state.desk, app.state.connections, app.state.following, app.state.workers)
    app.state.chooser = open_chooser(settings, podium.tokens.count)
    app.state.tools = ToolsOverHttp(create_tools(podium, app.state.desk, settings.public_url.rstrip("/")))
    app.state.started = int(time.time())
    # In the order in which /docs lists them.
    app.include_router(query.router)
    app.include_router(verdict.router)
    for page in (pages, page_archive, page_ask, page_feed, page_login, page_read, page_verify):
        app.include_router(page.router)
    app.include_router(chat.router)
    app.include_router(responses.router)
    app.include_router(dify.router)
    app.router.routes.append(app.state.tools.route)
    if settings.docs:
        app.include_router(swagger.router)
    if settings.metrics:
        app.include_router(metrics.router)
    _add_health(app)
    handle_problems(app)
    describe(app)
    app.add_exception_handler(ClientGone, _hung_up)
    _add_layers(app, settings)
    return app


def _add_layers(app: FastAPI, settings: Settings) -> None:
    """From the inside out: what a body may be, is there room, who may come in, whose scripts may read, the counts."""
    app.add_middleware(
        RequestLimits,
        max_bytes=settings.max_body_bytes,
        seconds=settings.body_seconds,
    )
    app.add_middleware(Admission, desk=app.state.desk)
    app.add_middleware(Door, settings=settings)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST", "OPTIONS"],
            allow_headers=["authorization", "content-type"],
            expose_headers=["retry-after"],
        )
    app.add_middleware(metrics.Measured, metrics=app.state.metrics)


def _add_health(app: FastAPI) -> None:
    @app.get("/healthz", tags=["server"])
    def healthz(request: Request) -> HealthSent:
        """Whether podium runs, and what it serves."""
        served = query.podium_of(request)
        return HealthSent(
            status="ok",
            generation=served.archive.name,
            encoder=served.encoder.name,
            selector="off" if served.selector is None else served.selector.fingerprint[:12],
            tokens=served.tokens.vocabulary,
        )

    @app.get("/readyz", tags=["server"])
    def readyz(request: Request) -> ReadySent:
        """Whether podium can answer now; 503 where files of the generation that it serves have changed on disk."""
        archive = query.podium_of(request).archive
        workers: Workers | None = request.app.state.workers
        if workers is not None and not workers.ready:
            raise Overloaded("no worker is ready.", key="server", remedy=REMEDY)
        following: Following = request.app.state.following
        if following.damage:
            raise ArchiveDamaged("the archive on disk has changed; the log says where.", remedy="Run `podium check`.")
        trouble = "a newer generation can't be opened; the log says why" if following.trouble else ""
        return ReadySent(
            status="ready", generation=archive.name, coverage=coverage_sent(archive.coverage), trouble=trouble
        )


def _hung_up(_request: Request, _error: Exception) -> Response:
    # Nobody reads it; the status is what the counts and the log show.
    return Response(status_code=499)


@contextlib.asynccontextmanager
async def _running(app: FastAPI) -> AsyncIterator[None]:
    async with contextlib.AsyncExitStack() as running:
        for part in (app.state.workers, app.state.following, app.state.tools):
            if part is not None:
                await running.enter_async_context(part.running())
        yield
    if app.state.chooser is not None:
        await app.state.chooser.close()
