"""What the pages have in common: errors that help, feeds, search from the address bar, what is kept."""

import html
import math
import re
import xml.etree.ElementTree as ET

import httpx
import pytest
from callers import serving

from rag.page.templates import asset, asset_address
from rag.pipeline import Podium

BROWSER = {"accept": "text/html"}
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.mark.parametrize("path", ["/nowhere", "/read/no-such", "/spokespeople/Nobody", "/archive?month=x"])
def test_a_browser_gets_a_page_that_leads_on(client: httpx.Client, path: str) -> None:
    page = client.get(path, headers=BROWSER)
    assert page.status_code in (404, 422) and page.headers["content-type"].startswith("text/html")
    assert 'href="/archive"' in page.text and "content-security-policy" in page.headers
    assert client.get(path).headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/", "/archive", "/verify", "/read/2021-03-18-zhao-lijian", "/?q=Xinjiang"])
def test_a_page_that_the_browser_has_is_not_sent_again(
    client: httpx.Client, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = client.get(path)
    assert "no-cache" in first.headers["cache-control"]
    with monkeypatch.context() as patched:
        # Nothing of it is made again.
        patched.setattr("rag.api.pages.render", None)
        again = client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    assert client.get(path, headers={"if-none-match": '"another"'}).text == first.text


def test_who_asks_too_often_is_told_on_a_page(podium: Podium) -> None:
    with serving(podium, rate_limit="1/hour") as client:
        assert client.get("/", headers=BROWSER).status_code == 200
        page = client.get("/?q=Xinjiang", headers=BROWSER)
        assert page.status_code == 429 and page.headers["content-type"].startswith("text/html")
        assert "Too Many Requests" in page.text and f"Wait {page.headers['retry-after']} s." in page.text
        assert client.get("/query?q=Xinjiang").headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("host", ["evil.example", "[", "a b"])
def test_who_comes_by_a_foreign_name_is_told_on_a_page(client: httpx.Client, host: str) -> None:
    page = client.get("/", headers=BROWSER | {"host": host})
    assert page.status_code == 421 and page.headers["content-type"].startswith("text/html")
    assert "not known by that name" in page.text and "evil" not in page.text


def test_a_page_gives_no_question_up_while_it_waits_for_its_turn(podium: Podium) -> None:
    with serving(podium, turn_seconds=100) as client:
        patience = re.search(r'data-patience="(\d+)"', client.get("/").text)
        assert patience and int(patience[1]) > 100_000
    # A browser takes a wait of more than 2 ** 31 ms for none.
    with serving(podium, turn_seconds=math.inf) as client:
        patience = re.search(r'data-patience="(\d+)"', client.get("/").text)
        assert patience and int(patience[1]) < 2**31
    assert b"currentScript.dataset.patience" in asset("podium.js")


def test_what_is_wrong_has_no_tag(client: httpx.Client) -> None:
    assert "etag" not in client.get("/?q=Xinjiang&date_from=x").headers
    assert "etag" not in client.get("/read/no-such", headers=BROWSER).headers


def test_the_feed_has_the_newest_conferences_first(client: httpx.Client) -> None:
    feed = ET.fromstring(client.get("/feed").content)
    listed = client.get("/transcripts").json()
    links = [entry.find("a:link", ATOM).get("href") for entry in feed.findall("a:entry", ATOM)]  # type: ignore[union-attr]
    assert [link.rpartition("/")[2] for link in links if link] == [each["id"] for each in listed[::-1]]


def test_a_question_can_be_followed(client: httpx.Client) -> None:
    page = html.unescape(client.get("/", params={"q": "Xinjiang cotton"}).text)
    assert 'href="/feed?q=Xinjiang+cotton"' in page
    feed = ET.fromstring(client.get("/feed", params={"q": "Xinjiang cotton"}).content)
    quotes = client.get("/query", params={"q": "Xinjiang cotton", "k": 20}).json()["quotes"]
    assert {entry.findtext("a:content", "", ATOM) for entry in feed.findall("a:entry", ATOM)} == {
        q["text"] for q in quotes
    }


def test_browsers_can_ask_from_the_address_bar(client: httpx.Client) -> None:
    described = ET.fromstring(client.get("/opensearch.xml").content)
    url = described.find("{http://a9.com/-/spec/opensearch/1.1/}Url")
    assert url is not None and url.get("template", "").endswith("/?q={searchTerms}")


def test_pages_and_what_they_load_are_packed_for_who_takes_it(client: httpx.Client) -> None:
    for path in ("/", "/archive", asset_address("podium.css")):
        packed = client.get(path, headers={"accept-encoding": "gzip"})
        plain = client.get(path, headers={"accept-encoding": "identity"})
        assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
        assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding" and packed.text == plain.text
        assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
