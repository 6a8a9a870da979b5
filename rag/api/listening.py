"""The port: who is let connect, how long a connection may wait, and how uvicorn is run. Only importer of uvicorn.

A connection that waits for its client (nothing sent yet, half a request, an answer not taken) has a deadline. Where
there are as many connections as podium holds, the one that has waited longest makes room for the next.
"""

import asyncio
import resource
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from rag.settings import Settings

# Connections that the kernel has taken and the loop has not, at most: all are accepted at once, before any is closed.
BACKLOG = 100
# Descriptors for what is not a connection: the archive's files, pipes, and three rounds of the backlog.
RESERVED = 64 + 3 * BACKLOG
FEWEST = 16
SEND_BUFFER = 65536


class Connections:
    """The connections of one server, those that wait for their clients in the order in which they began to."""

    def __init__(self, most: int, patience: float) -> None:
        self.most = most
        self.patience = patience
        self.open = 0
        self.dropped = 0
        self._waiting: dict[Connection, asyncio.TimerHandle] = {}

    def accept(self, **given: Any) -> "Connection":
        """A connection's protocol, as uvicorn asks for it."""
        return Connection(self, **given)

    def wait_for(self, connection: "Connection") -> None:
        """Give a connection's client its time, from now."""
        self.go_on(connection)
        timer = connection.loop.call_later(self.patience, self._too_slow, connection, connection.unsent)
        self._waiting[connection] = timer

    def go_on(self, connection: "Connection") -> None:
        """A connection waits no more: its request has come whole, or it is closed."""
        timer = self._waiting.pop(connection, None)
        if timer is not None:
            timer.cancel()

    def is_waiting(self, connection: "Connection") -> bool:
        """Whether its client has the next move."""
        return connection in self._waiting

    def make_room(self) -> None:
        """Drop the connection that has waited longest, if there are more than podium holds."""
        if self.open > self.most and self._waiting:
            self._drop(next(iter(self._waiting)))

    def _too_slow(self, connection: "Connection", unsent: int) -> None:
        if connection.unsent < unsent:
            self.wait_for(connection)
        else:
            self._drop(connection)

    def _drop(self, connection: "Connection") -> None:
        self.go_on(connection)
        self.dropped += 1
        connection.transport.abort()


class Connection(H11Protocol):
    """uvicorn's protocol, whose every wait for the client has an end."""

    def __init__(self, connections: Connections, **given: Any) -> None:
        super().__init__(**given)
        self._all = connections

    @property
    def unsent(self) -> int:
        """The bytes of an answer that the client has yet to take."""
        return self.transport.get_write_buffer_size()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the client's time."""
        super().connection_made(transport)
        # The kernel's own buffer grows to megabytes, and hides for as long whether anybody reads.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self._all.open += 1
        self._all.wait_for(self)
        self._all.make_room()

    def data_received(self, data: bytes) -> None:
        """Stop the client's time once its request is whole: single bytes don't buy more of it."""
        super().data_received(data)
        if self._is_answering() and self._all.is_waiting(self):
            self._all.go_on(self)

    def pause_writing(self) -> None:
        """Start the client's time: it takes the answer more slowly than it is made."""
        super().pause_writing()
        self._all.wait_for(self)

    def resume_writing(self) -> None:
        """Stop the client's time: it has taken what there was."""
        super().resume_writing()
        if self._is_answering():
            self._all.go_on(self)

    def on_response_complete(self) -> None:
        """Start the client's time anew: to take the answer, and for its next request."""
        super().on_response_complete()
        if not self._is_answering():
            self._all.wait_for(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._all.open -= 1
        self._all.go_on(self)
        super().connection_lost(exc)

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body


def create_server(app: FastAPI, settings: Settings) -> uvicorn.Server:
    """A server over podium's app, ready to run."""
    accept: Callable[..., Connection] = app.state.connections.accept
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=accept,  # type: ignore[arg-type]
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        backlog=BACKLOG,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        server_header=False,
        timeout_graceful_shutdown=settings.grace_seconds,
    )
    return uvicorn.Server(config)


def most_connections(settings: Settings) -> int:
    """How many connections there may be; takes as many descriptors for them as the process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.connections + RESERVED
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(FEWEST, min(settings.connections, soft - RESERVED))
