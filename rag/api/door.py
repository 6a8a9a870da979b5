"""Who may come in: the Host and Origin they name, the key they carry, how often they ask. Pure ASGI, outermost.

The only file that imports limits.
"""

import hashlib
import hmac
import ipaddress
import logging
import math
import re
import time
from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.api.problems import as_read, problem
from rag.api.session import Sessions
from rag.errors import BadInput
from rag.settings import Settings

OPEN_PATH = "/healthz"
LOGIN = "/login"
# What the login page loads.
_ITS_FILES = "/assets/"
_READING = ("/read/", "/archive", "/spokespeople/", "/outlets/")
STRANGERS_RATE = "120/minute"
_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
# podium.example, 127.0.0.1:8080, [::1]:8080
_HOST = re.compile(r"(?P<name>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")

log = logging.getLogger("podium")


class Door:
    """Lets a request through, or answers it with 401, 403, 421 or 429."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.hosts = _hosts(settings)
        named = (*settings.cors_origins, settings.public_url)
        self.origins = frozenset(_origin(address) for address in named if address)
        keys = [key.get_secret_value() for key in settings.api_keys]
        self.keys = Keys(keys)
        self.sessions = Sessions(keys)
        self.open = (_ITS_FILES, *(_READING if settings.public_reading else ()))
        rate = rate_of(settings)
        self.rate = None if rate is None else Rate(rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if isinstance(refused, JSONResponse) and scope["type"] == "http":
            refused = as_read(Request(scope), refused)
        await (refused or self.app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        # Any byte is a letter of latin-1: no header is too odd to be looked at.
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        path = scope["path"]
        if path == OPEN_PATH and scope.get("method") in ("GET", "HEAD"):
            return None
        address = scope["client"][0] if scope.get("client") else ""
        looks = scope.get("method") in ("GET", "HEAD")
        key = self.keys.find(headers.get("authorization", ""))
        if key is None and self.keys and looks:
            # A cookie may look and ask on pages; what changes things or is dear takes a key, so no page can forge it.
            key = self.sessions.find(headers.get("cookie", ""))
        who = key or address
        refused = self._place_refusal(headers, path) or self._rate_refusal(who, path)
        open_ = path == LOGIN or (looks and path.startswith(self.open))
        if refused is None and self.keys and key is None and not open_:
            if looks and "text/html" in headers.get("accept", ""):
                asked = f"{path}?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else path
                return RedirectResponse(f"{LOGIN}?next={quote(asked, safe='/')}", 303)
            log.warning("%s: refused, %s", address, "wrong key" if "authorization" in headers else "no key")
            says = "this podium asks for an API key, and the request carries none that it knows."
            told = {"WWW-Authenticate": "Bearer"}
            return problem(401, says, "authorization", "Send Authorization: Bearer <key>.", path=path, headers=told)
        return refused

    def _place_refusal(self, headers: dict[str, str], path: str) -> Response | None:
        host = headers.get("host", "").lower()
        named = _HOST.fullmatch(host)
        if named is None or (self.hosts and named["name"] not in self.hosts):
            remedy = "Add the name to PODIUM_ALLOWED_HOSTS, or set PODIUM_PUBLIC_URL."
            return problem(421, "podium is not known by that name here.", "host", remedy, path=path)
        origin = headers.get("origin", "").lower()
        # A page of podium's own comes from the host that it asks.
        if origin and not self.origins & {origin, "*"} and origin.partition("://")[2] != host:
            remedy = "Add the page's origin to PODIUM_CORS_ORIGINS."
            return problem(403, "pages of that origin may not call podium.", "origin", remedy, path=path)
        return None

    def _rate_refusal(self, who: str, path: str) -> Response | None:
        wait = 0 if self.rate is None else self.rate.wait(who)
        if not wait:
            return None
        headers = {"Retry-After": str(wait)}
        return problem(429, "too many requests in too short a time.", "", f"Wait {wait} s.", path=path, headers=headers)


class Keys:
    """API keys, kept as digests, each known in logs by the first eight letters of its own."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._digests = [hashlib.sha256(key.encode()).digest() for key in keys]

    def __len__(self) -> int:
        return len(self._digests)

    def find(self, authorization: str) -> str | None:
        """The name of the key that a header carries; every key is compared, each in constant time."""
        kind, _, given = authorization.partition(" ")
        digest = hashlib.sha256(given.strip().encode("latin-1", "replace")).digest()
        found = None
        # No early end: how long it takes tells nothing about the keys.
        for known in self._digests:
            if hmac.compare_digest(known, digest) and kind.lower() == "bearer":
                found = f"key {known.hex()[:8]}"
        return found


class Rate:
    """How often each caller may ask, in a sliding window."""

    def __init__(self, rate: RateLimitItem) -> None:
        self._rate = rate
        self._counter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def wait(self, who: str) -> int:
        """Count a request; the seconds that `who` has to wait, 0 where there is nothing to wait for."""
        if self._counter.hit(self._rate, who):
            return 0
        reset = self._counter.get_window_stats(self._rate, who).reset_time
        return max(1, math.ceil(reset - time.time()))


def rate_of(settings: Settings) -> RateLimitItem | None:
    """The rate that the settings name: none on loopback unless asked for; BadInput."""
    if settings.rate_limit == "off":
        return None
    if not settings.rate_limit:
        return None if is_loopback(settings.host) else parse(STRANGERS_RATE)
    try:
        return parse(settings.rate_limit)
    except ValueError:
        raise BadInput(
            f"the setting rate_limit is {settings.rate_limit[:40]!r}, which is no rate.",
            key="rate_limit",
            remedy="Set PODIUM_RATE_LIMIT to a rate such as 120/minute, or to off.",
        ) from None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _origin(address: str) -> str:
    """`https://Podium.example/ask` -> `https://podium.example`; `*` stays."""
    parts = urlsplit(address.lower())
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else address


def _hosts(settings: Settings) -> tuple[str, ...]:
    """The names podium goes by; empty where any will do: beyond loopback, with none set."""
    named = [host.lower() for host in settings.allowed_hosts]
    if settings.public_url:
        named.append((urlsplit(settings.public_url).hostname or "").lower())
    if not named and not is_loopback(settings.host):
        return ()
    own = f"[{settings.host}]" if ":" in settings.host else settings.host.lower()
    return (*_LOCAL_NAMES, own, *named)
