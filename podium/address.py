"""Where podium is reached: its address, whether it is served there now, whether it can be."""

import socket
from typing import TYPE_CHECKING

from rag.errors import BadInput

if TYPE_CHECKING:
    from rag.settings import Settings


def base_url_of(settings: "Settings") -> str:
    """What links start with while podium is served."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return (settings.public_url or f"http://{host}:{settings.port}").rstrip("/")


def running_url(settings: "Settings") -> str:
    """What links to pages start with: the public address, or this machine's while podium is served there; else ""."""
    if settings.public_url:
        return base_url_of(settings)
    try:
        socket.create_connection((settings.host, settings.port), timeout=0.5).close()
    except OSError:
        return ""
    # Only now: it brings ssl, and mostly nothing listens.
    from urllib.request import urlopen

    try:
        with urlopen(f"{base_url_of(settings)}/healthz", timeout=0.5) as answer:
            return base_url_of(settings) if b'"status":"ok"' in answer.read(1000) else ""
    except (OSError, ValueError):
        return ""


def check_port(settings: "Settings") -> None:
    """BadInput where something listens on the port already: that is told before the archive is opened."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as trying:
        # As the server will: else a port that was left a minute ago counts as taken.
        trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trying.bind((settings.host, settings.port))
        except OSError as error:
            raise BadInput(
                f"podium can't listen on {settings.host} port {settings.port}: {error.strerror or error}.",
                key="port",
                remedy=f"End what listens there, or name another port: --port {settings.port + 1}.",
            ) from error
