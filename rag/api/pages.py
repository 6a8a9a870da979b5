"""What every page for people is sent with, and the files that pages load."""

import datetime
import gzip
import hashlib
from functools import cache

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from rag.api.query import podium_of
from rag.api.session import COOKIE
from rag.errors import UnknownId
from rag.page.templates import HEADERS, KINDS, asset, render

router = APIRouter(include_in_schema=False)

# How hard a page is packed: a third of it is left, at a millisecond for 60 kB.
PACKING = 4
# How long a page's script waits for an answer once its question's turn must have come.
ANSWER_SECONDS = 10
# A browser takes a longer wait for none.
LONGEST = 86400
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


def send(request: Request, template: str, status: int = 200, **values: object) -> Response:
    """A page as it goes to a browser."""
    patience = int(1000 * min(request.app.state.settings.turn_seconds + ANSWER_SECONDS, LONGEST))
    page = render(template, logged_in=COOKIE in request.cookies, patience=patience, **values)
    tag = {"ETag": request.state.tag} if status == 200 and hasattr(request.state, "tag") else {}
    packed = _packs(request)
    body = page.encode("utf-8", "replace")
    body = gzip.compress(body, PACKING) if packed else body
    return HTMLResponse(body, status, headers=HEADERS | tag | _told(packed=packed))


def _packs(request: Request) -> bool:
    """Whether the browser takes what is packed, as all do."""
    return "gzip" in request.headers.get("accept-encoding", "")


def _told(*, packed: bool) -> dict[str, str]:
    return {"Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if packed else {})


@cache
def _packed_asset(name: str) -> bytes:
    return gzip.compress(asset(name))


def unchanged(request: Request) -> Response | None:
    """304 where the browser has the page, before anything of it is made; else the page is to be sent with this tag.

    A page is the same while its address, the generation, the day, the cookie and the run of the server are.
    """
    made_of = (
        str(request.url),
        podium_of(request).archive.name,
        request.app.state.started,
        datetime.date.today(),
        request.cookies.get(COOKIE, ""),
    )
    # Weak: packed or not, it is the same page.
    tag = f'W/"{hashlib.sha256(repr(made_of).encode("utf-8", "replace")).hexdigest()[:20]}"'
    request.state.tag = tag
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=HEADERS | {"ETag": tag})
    return None


@router.get("/assets/{name}")
def get_asset(name: str, request: Request) -> Response:
    """The style, the script and the icon."""
    if name not in KINDS:
        raise UnknownId(
            "there is no such file.",
            key="file",
        )
    packed = _packs(request)
    body = _packed_asset(name) if packed else asset(name)
    return Response(body, media_type=KINDS[name], headers=_FOR_EVER | _told(packed=packed))
