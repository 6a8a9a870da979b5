"""What every page for people is sent with, and the files that pages load."""

import hashlib

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from rag.errors import UnknownId
from rag.page.templates import HEADERS, KINDS, asset

router = APIRouter(include_in_schema=False)

_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


def send(request: Request, page: str, status: int = 200) -> Response:
    """A page as it goes to a browser, or 304 where the browser has it: it changes with the generation alone."""
    body = page.encode("utf-8", "replace")
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = HEADERS | {"ETag": tag}
    if status == 200 and tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return HTMLResponse(body, status, headers=headers)


@router.get("/assets/{name}")
def get_asset(name: str) -> Response:
    """The style, the script and the icon."""
    if name not in KINDS:
        raise UnknownId("there is no such file.", key="file", value=name[:80])
    return Response(asset(name), media_type=KINDS[name], headers=_FOR_EVER)
