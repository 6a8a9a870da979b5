"""A browser's cookie: with a key entered once, its owner may read and ask on the pages. Signed, short-lived."""

import hashlib
import hmac
import time
from collections.abc import Sequence

COOKIE = "podium"
SECONDS = 7 * 24 * 3600


class Sessions:
    """Cookies that the keys in use have signed: when a key goes, all of them end."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._secret = hashlib.sha256("\n".join(["podium session", *keys]).encode()).digest()

    def issue(self, who: str) -> str:
        """The value of a cookie for the key named `who`."""
        claim = f"{who.replace(' ', '-')}.{int(time.time()) + SECONDS}"
        return f"{claim}.{self._sign(claim)}"

    def find(self, cookies: str) -> str | None:
        """The name of the key whose cookie a Cookie header carries, None where none is good any more."""
        for each in cookies.split(";"):
            name, _, value = each.strip().partition("=")
            # `key-1a2b3c4d.1790000000.<signature>`
            claim, _, signed = value.rpartition(".")
            who, _, until = claim.rpartition(".")
            good = name == COOKIE and hmac.compare_digest(signed.encode(), self._sign(claim).encode())
            # Only what podium has signed is read as a number.
            if good and int(until) > time.time():
                return who.replace("-", " ")
        return None

    def _sign(self, claim: str) -> str:
        return hmac.new(self._secret, claim.encode(), hashlib.sha256).hexdigest()
