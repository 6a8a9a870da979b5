"""A key entered once opens the pages to a browser, and nothing more."""

from collections.abc import Iterator

import httpx
import pytest
from callers import serving
from pydantic import SecretStr

from rag.api.session import COOKIE, Sessions
from rag.pipeline import Podium

KEYS = ("the-first-key-0123456789", "the-second-key-0123456789")
BROWSER = {"accept": "text/html,application/xhtml+xml"}
READ = "/read/2021-03-18-zhao-lijian?start=1&end=2&q=3-0000000000"


@pytest.fixture(scope="module")
def locked(podium: Podium) -> Iterator[httpx.Client]:
    with serving(podium, api_keys=tuple(map(SecretStr, KEYS))) as client:
        yield client


def test_a_browser_is_led_to_the_login_and_back(locked: httpx.Client) -> None:
    sent = locked.get(READ, headers=BROWSER)
    assert sent.status_code == 303 and sent.headers["location"].startswith("/login?next=/read/")
    form = locked.get(sent.headers["location"], headers=BROWSER)
    assert form.status_code == 200 and 'value="/read/2021-03-18-zhao-lijian?start=1&amp;end=2' in form.text
    wrong = locked.post("/login", data={"key": "no-such-key-0123456789", "next": "/"})
    assert wrong.status_code == 401 and "set-cookie" not in wrong.headers and "no-such-key" not in wrong.text
    entered = locked.post("/login", data={"key": KEYS[0], "next": READ})
    assert (entered.status_code, entered.headers["location"]) == (303, READ)
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and KEYS[0] not in cookie
    kept = {"cookie": cookie.partition(";")[0]}
    assert locked.get(READ, headers=BROWSER | kept).status_code == 200
    # A cookie comes along with what other pages make a browser send: it opens nothing that is posted.
    assert locked.post("/query", json={"question": "Xinjiang"}, headers=kept).status_code == 401
    out = locked.post("/login", data={"out": "1"}, headers=kept)
    assert out.headers["location"] == "/login" and 'podium=""' in out.headers["set-cookie"]
    assert "Max-Age=0" in out.headers["set-cookie"]
    locked.cookies.clear()


def test_programs_get_a_401_as_before(locked: httpx.Client) -> None:
    locked.cookies.clear()
    assert locked.get(READ).status_code == 401
    assert locked.get("/", headers={"authorization": f"Bearer {KEYS[1]}"}).status_code == 200


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_the_login_leads_nowhere_else(locked: httpx.Client, target: str) -> None:
    entered = locked.post("/login", data={"key": KEYS[0], "next": target})
    assert entered.headers["location"] == "/"
    locked.cookies.clear()


def test_a_foreign_page_cannot_log_a_browser_in(locked: httpx.Client) -> None:
    sent = locked.post("/login", data={"key": KEYS[0]}, headers={"origin": "https://evil.example"})
    assert sent.status_code == 403 and "set-cookie" not in sent.headers


def test_a_cookie_is_good_while_its_keys_are(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions(KEYS)
    value = sessions.issue("key 0123abcd")
    assert sessions.find(f"a=b; {COOKIE}={value}") == "key 0123abcd"
    assert Sessions(KEYS[:1]).find(f"{COOKIE}={value}") is None
    for bad in (value[:-1], value.replace("0123", "9999"), "", "x.y", f"x.99999999999.{'0' * 64}", "é.1.é"):
        assert sessions.find(f"{COOKIE}={bad}") is None
    monkeypatch.setattr("time.time", lambda: 4_000_000_000.0)
    assert sessions.find(f"{COOKIE}={value}") is None


def test_reading_may_be_public(podium: Podium) -> None:
    with serving(podium, api_keys=(SecretStr(KEYS[0]),), public_reading=True) as client:
        assert client.get(READ).status_code == client.get("/archive").status_code == 200
        assert client.get("/", params={"q": "Xinjiang"}).status_code == client.get("/transcripts").status_code == 401
