"""Where questions wait for their turn: so many run at once, so many wait, the rest are told to come again."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.answering.answer import Answer
from rag.api.problems import Overloaded, as_read, problem_of
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
# How long who finds no room is held for some: refused at once, it would come again at once.
HOLD_SECONDS = 2.0
# Who has waited so long is likely to go before the answer comes.
LATE_SECONDS = 0.5


class ClientGone(Exception):
    """The client hung up before its answer was ready."""


class Desk:
    """Runs blocking work in at most `at_once` threads; Overloaded when `waiting` are waiting.

    In the order it came, while nobody waits for long. Then the newest goes first: who has waited long is about to go,
    and an answer would be for nobody.
    """

    def __init__(self, answering: Podium | Workers, settings: Settings) -> None:
        self._answering = answering
        self._at_once = max(settings.at_once, settings.workers)
        self._line: deque[tuple[float, anyio.Event]] = deque()
        self._outside: list[anyio.Event] = []
        self.running = 0
        self._threads = anyio.CapacityLimiter(self._at_once)
        self._seconds = settings.turn_seconds
        self._most = settings.waiting

    async def ask(self, asked: Asked) -> Answer:
        """What `Podium.ask` answers."""
        return await self.run(partial(self._answering.ask, asked))

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` returns; a caller that is cancelled while it waits gives up its place."""
        await self.check_room()
        if self.running == self._at_once:
            await self._wait_in_line()
        else:
            self.running += 1
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._threads)
        finally:
            self._next()

    async def _wait_in_line(self) -> None:
        """Come back when it is the caller's turn."""
        mine = (anyio.current_time(), anyio.Event())
        self._line.append(mine)
        try:
            with anyio.fail_after(self._seconds):
                await mine[1].wait()
        except BaseException as error:
            if mine[1].is_set():
                self._next()
            else:
                self._line.remove(mine)
            if isinstance(error, TimeoutError):
                raise _overloaded(f"its turn did not come within {self._seconds:g} s") from None
            raise

    def _next(self) -> None:
        """Give the turn of one who is done to another, and the place in line to one outside."""
        if self._outside:
            self._outside.pop().set()
        if not self._line:
            self.running -= 1
            return
        late = anyio.current_time() - self._line[0][0] > LATE_SECONDS
        _, turn = self._line.pop() if late else self._line.popleft()
        turn.set()

    async def check_room(self) -> None:
        """Come back when there is room; Overloaded after a while: who comes again at once costs little then."""
        if self.running < self._at_once or len(self._line) < self._most:
            return
        room = anyio.Event()
        self._outside.append(room)
        try:
            with anyio.move_on_after(HOLD_SECONDS):
                await room.wait()
        finally:
            if not room.is_set():
                self._outside.remove(room)
        if not room.is_set():
            raise _overloaded("podium is answering as many questions as it can")

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._line)


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
            full = problem_of(_overloaded("podium is being read as much as it can"), path)
            await as_read(Request(scope), full)(scope, receive, send)
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
