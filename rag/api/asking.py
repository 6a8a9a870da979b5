"""Where questions wait for their turn: so many run at once, so many wait, the rest are told to come again."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.answering.answer import Answer
from rag.api.problems import Overloaded, problem_of
from rag.api.workers import REMEDY, Workers
from rag.pipeline import Podium
from rag.question.asked import Asked
from rag.settings import Settings

Result = TypeVar("Result")


# The paths that wait for their turn at the desk.
ASKING = ("/query", "/v1/chat/completions", "/v1/responses", "/retrieval", "/mcp", "/verify")
# Those that tell how podium does are answered whatever it does.
TELLING = ("/healthz", "/readyz", "/metrics")
# Other requests that may be on their way at once, slow readers' with them.
READ_AT_ONCE = 256
HOLD_SECONDS = 1.0


class ClientGone(Exception):
    """The client hung up before its answer was ready."""


class Desk:
    """Runs blocking work in at most `at_once` threads, in the order it came; Overloaded when `waiting` are waiting."""

    def __init__(self, answering: Podium | Workers, settings: Settings) -> None:
        self._answering = answering
        at_once = max(settings.at_once, settings.workers)
        self._turns = anyio.CapacityLimiter(at_once)
        self._threads = anyio.CapacityLimiter(at_once)
        self._seconds = settings.turn_seconds
        self._most = at_once + settings.waiting
        self._here = 0

    async def ask(self, asked: Asked) -> Answer:
        """What `Podium.ask` answers."""
        return await self.run(partial(self._answering.ask, asked))

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` returns; a caller that is cancelled while it waits gives up its place."""
        await self.check_room()
        self._here += 1
        mine = object()
        try:
            with anyio.move_on_after(self._seconds) as waited:
                await self._turns.acquire_on_behalf_of(mine)
            if waited.cancelled_caught:
                raise _overloaded(f"its turn did not come within {self._seconds:g} s")
            try:
                return await anyio.to_thread.run_sync(work, limiter=self._threads)
            finally:
                self._turns.release_on_behalf_of(mine)
        finally:
            self._here -= 1

    async def check_room(self) -> None:
        """Overloaded where there is no room, after a while: a client that comes again at once costs little then."""
        if self._here >= self._most:
            await anyio.sleep(HOLD_SECONDS)
            raise _overloaded("podium is answering as many questions as it can")

    @property
    def running(self) -> int:
        """How many are being answered now."""
        return self._turns.statistics().borrowed_tokens

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return self._here - self.running


class Admission:
    """Lets a request in before any of its body is read, if there is room for its kind; 503 otherwise. Pure ASGI."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self.app = app
        self.desk = desk
        self._reading = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path = scope.get("path", "")
        if scope["type"] != "http" or path in TELLING:
            await self.app(scope, receive, send)
        elif path in ASKING:
            try:
                await self.desk.check_room()
            except Overloaded as error:
                await problem_of(error, path)(scope, receive, send)
                return
            await self.app(scope, receive, send)
        elif self._reading >= READ_AT_ONCE:
            await anyio.sleep(HOLD_SECONDS)
            await problem_of(_overloaded("podium is being read as much as it can"), path)(scope, receive, send)
        else:
            self._reading += 1
            try:
                await self.app(scope, receive, send)
            finally:
                self._reading -= 1


def _overloaded(why: str) -> Overloaded:
    return Overloaded(f"{why}.", key="server", remedy=REMEDY)


async def ask(request: Request, asked: Asked) -> Answer:
    """`Podium.ask` in its turn, for as long as the client stays; ClientGone."""
    desk: Desk = request.app.state.desk
    answer = await while_connected(request, desk.ask(asked))
    request.state.timings = answer.timings_ms
    return answer


async def while_connected(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """What `work` returns, cancelled when the client hangs up; ClientGone."""
    # A cancel scope, not Task.cancel: a thread that runs keeps its turn until it is done.
    with anyio.CancelScope() as scope:
        watching = asyncio.ensure_future(_hung_up(request, scope))
        try:
            return await work
        finally:
            watching.cancel()
    raise ClientGone


async def _hung_up(request: Request, scope: anyio.CancelScope) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
