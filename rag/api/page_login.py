"""The page to enter a key on, once: a cookie lets the browser in from then on."""

from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from rag.api.door import Keys
from rag.api.pages import send
from rag.api.session import COOKIE, SECONDS, Sessions
from rag.settings import Settings

router = APIRouter(include_in_schema=False)


@router.get("/login")
def login_page(request: Request, next: str = "/") -> Response:  # noqa: A002
    """The form; `next` is where to go from there."""
    return send(request, "login.html", next=_here(next), wrong=False)


@router.post("/login")
async def login(request: Request) -> Response:
    """A cookie for a key that is known, and back to where the browser came from; with `out`, the cookie goes."""
    given = {name: values[0] for name, values in parse_qs((await request.body()).decode("utf-8", "replace")).items()}
    if "out" in given:
        left = RedirectResponse("/login", 303)
        left.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return left
    settings: Settings = request.app.state.settings
    keys = [key.get_secret_value() for key in settings.api_keys]
    who = Keys(keys).find(f"Bearer {given.get('key', '')}")
    target = _here(given.get("next", "/"))
    if who is None:
        return send(request, "login.html", 401, next=target, wrong=True)
    answer = RedirectResponse(target, 303)
    secure = request.url.scheme == "https" or settings.public_url.startswith("https://")
    answer.set_cookie(COOKIE, Sessions(keys).issue(who), max_age=SECONDS, httponly=True, samesite="lax", secure=secure)
    return answer


def _here(target: str) -> str:
    """An address of this site, `/` where the given one leads elsewhere."""
    # A browser reads `//elsewhere.example` as another site, and `\` as `/`.
    inside = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if inside else "/"
