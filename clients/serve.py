"""podium over an archive, the body of each POST kept as a line of JSON: python -m clients.serve ARCHIVE PORT FILE."""

import json
import sys
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.api.app import create_app
from rag.pipeline import Podium
from rag.settings import read_settings


class Recorder:
    """Writes path and body of every POST to `file`; never a header."""

    def __init__(self, app: ASGIApp, file: Path) -> None:
        self.app = app
        self.file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        body = b""

        async def received() -> Message:
            nonlocal body
            message = await receive()
            body += message.get("body", b"")
            return message

        await self.app(scope, received, send)
        if scope.get("method") == "POST":
            with self.file.open("a", encoding="utf-8") as out:
                out.write(json.dumps({"path": scope["path"], "body": json.loads(body)}, ensure_ascii=False) + "\n")


def main(archive: str, port: str, file: str) -> None:
    """Serve until the process is ended."""
    settings = read_settings(archive=Path(archive), port=int(port))
    # Outermost: what a client sends is kept, whatever podium answers.
    app = Recorder(create_app(Podium(settings), settings), Path(file))
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
