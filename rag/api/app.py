"""The HTTP face: one app over one Podium."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from fastapi import FastAPI, Request
from pydantic import BaseModel

from rag.api import query, reader
from rag.api.limits import RequestLimits
from rag.api.problems import handle_problems
from rag.api.shapes import CoverageSent, coverage_sent
from rag.errors import PodiumError
from rag.pipeline import Podium
from rag.settings import Settings

LOOK_FOR_GENERATION_SECONDS = 1.0

log = logging.getLogger("podium")


class HealthSent(BaseModel):
    """What is being served, and with what."""

    status: str
    generation: str
    encoder: str
    tokens: str
    coverage: CoverageSent


def create_app(podium: Podium, settings: Settings) -> FastAPI:
    """The app that serves `podium`; it swaps to a newly published generation between two requests."""
    app = FastAPI(
        title="podium",
        description="Ask an archive of press conferences; get the words that were said, with their citations.",
        lifespan=_watch_generations,
    )
    app.state.podium = podium
    app.state.settings = settings
    app.include_router(query.router)
    app.include_router(reader.router)
    handle_problems(app)
    app.add_middleware(RequestLimits, max_bytes=settings.max_body_bytes, seconds=settings.body_seconds)

    @app.get("/healthz")
    def healthz(request: Request) -> HealthSent:
        """Whether podium runs, and what it serves."""
        served = query.podium_of(request)
        return HealthSent(
            status="ok",
            generation=served.archive.name,
            encoder=served.encoder.name,
            tokens=served.tokens.vocabulary,
            coverage=coverage_sent(served.archive.coverage),
        )

    @app.get("/readyz")
    def readyz() -> dict[str, str]:
        """Whether podium can answer now: the archive and the encoder are open before it listens."""
        return {"status": "ready"}

    return app


@contextlib.asynccontextmanager
async def _watch_generations(app: FastAPI) -> AsyncIterator[None]:
    async def watch() -> None:
        while True:
            await asyncio.sleep(LOOK_FOR_GENERATION_SECONDS)
            try:
                if await asyncio.to_thread(app.state.podium.refresh):
                    log.info("now serving generation %s", app.state.podium.archive.name)
            except PodiumError as error:
                log.warning("still serving generation %s: %s", app.state.podium.archive.name, error)

    watching = asyncio.create_task(watch())
    yield
    watching.cancel()
