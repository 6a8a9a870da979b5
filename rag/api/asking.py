"""Where questions wait for their turn: so many run at once, so many wait, the rest are told to come again."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from fastapi import Request

from rag.answering.answer import Answer
from rag.api.problems import Overloaded
from rag.pipeline import Podium

Result = TypeVar("Result")


class ClientGone(Exception):
    """The client hung up before its answer was ready."""


class Desk:
    """Runs blocking work in at most `at_once` threads, in the order it came; Overloaded when `waiting` are waiting."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._turns = anyio.CapacityLimiter(at_once)
        self._most = at_once + waiting
        self._here = 0

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` returns; a caller that is cancelled while it waits gives up its place."""
        if self._here >= self._most:
            raise Overloaded(
                "podium is answering as many questions as it can.", key="server", remedy="Ask again in a moment."
            )
        self._here += 1
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._turns)
        finally:
            self._here -= 1

    @property
    def running(self) -> int:
        """How many are being answered now."""
        return self._turns.statistics().borrowed_tokens

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return self._here - self.running


async def ask(request: Request, question: str, **how: Any) -> Answer:
    """`Podium.ask` in its turn, for as long as the client stays; ClientGone."""
    served: Podium = request.app.state.podium
    desk: Desk = request.app.state.desk
    return await while_connected(request, desk.run(partial(served.ask, question, **how)))


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
