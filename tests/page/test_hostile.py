"""Hostile transcripts and addresses on every page: shown as words, never as markup, never a broken page."""

import html
import re
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from conftest import serve

from rag.pipeline import Podium, build
from rag.settings import Settings

HEAD = "Foreign Ministry Spokesperson Hua Chunying's Regular Press Conference on May {}, 2020"
MARKUP = "<script>alert(3)</script> <img src=x onerror=alert(1)> {{ 1337 * 7 }} &lt;b&gt;"
MARKS = "\u202egnirts\u202c \u200bzero\u200dwidth\ufeff \u2066isolated\u2069"
SAID = f"As to {MARKUP} and {MARKS} the zebra treaty was signed by both sides."
HOSTILE = (
    '"><script>alert(2)</script>',
    "javascript:alert(1)",
    "' onmouseover='alert(1)",
    "{{ 1337 * 7 }}{% raw %}",
    "\u202e\u200b\ufeff zebra",
    "../../etc/passwd",
    "a\x00b\x07c",
    "\ud800",
    "%",
    "x" * 5000,
    "zebra " * 400,
)
PAGES = ("/", "/verify", "/archive", "/read/2020-05-04-hua-chunying", "/spokespeople/Hua%20Chunying", "/feed")
PARAMETERS = ("q", "h", "date_from", "date_to", "spokesperson", "outlet", "understand", "words", "date", "month")
PLACES = ("start", "end")
ELSEWHERE = re.compile(r"\s*(?:javascript|data|vbscript):", re.IGNORECASE)


class Tags(HTMLParser):
    """The tags of a page and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def is_harmless(page: str) -> bool:
    """Nothing runs, nothing is loaded from a text, and no link leads out of the web."""
    tags = Tags(page).found
    scripts = [attributes for tag, attributes in tags if tag == "script"]
    return (
        all((each.get("src") or "").startswith("/assets/") for each in scripts)
        and not any(tag in ("img", "iframe", "object", "embed", "style", "base") for tag, _ in tags)
        and not any(name.startswith("on") or name == "style" for _, each in tags for name in each)
        and not any(ELSEWHERE.match(each.get("href") or "") for _, each in tags)
        and str(1337 * 7) not in page
    )


def write(file: Path, day: int, asked: str, said: str) -> None:
    file.write_text(f"{HEAD.format(day)}\n\nAFP: {asked}\n\nHua Chunying: {said}\n", "utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of conferences whose words, outlet, name and title are hostile."""
    files = tmp_path_factory.mktemp("hostile") / "javascript:alert(1)"
    files.mkdir()
    for day in (4, 5):
        write(files / f"<b>{day}.txt", day, f"What of {MARKUP} and the zebra treaty?", f"{SAID} It was kept on {day}.")
    return files


@pytest.fixture(scope="module")
def hostile(made: Path) -> Iterator[httpx.Client]:
    settings = Settings(archive=made.parent / "archive")
    build(settings, [made])
    for address in serve(Podium(settings), settings):
        with httpx.Client(base_url=address, timeout=60, headers={"accept": "text/html"}) as client:
            yield client


def test_a_hostile_transcript_is_shown_as_words_on_every_page(hostile: httpx.Client) -> None:
    said = hostile.get("/exchanges/2020-05-04-hua-chunying/1").json()["answer"][0]["text"].partition(" It was")[0]
    assert MARKUP in said and "\u202egnirts\u202c" in said
    asked = "/?q=" + quote("Was the zebra treaty signed?")
    verified = "/verify?words=" + quote("the zebra treaty was signed by both sides")
    for path in (*PAGES, asked, verified, "/archive?month=2020-05"):
        answer = hostile.get(path)
        assert answer.status_code == 200 and is_harmless(answer.text), path
        if path in (asked, PAGES[3]):
            # Every letter of it, in the order that it was written.
            assert said in html.unescape(answer.text.replace("<mark>", "").replace("</mark>", ""))
    card = hostile.get(asked).text
    assert "Said twice in nearly the same words" in card


@pytest.mark.heavy
@pytest.mark.parametrize("given", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_address_gets_a_page(hostile: httpx.Client, given: str) -> None:
    encoded = quote(given.encode("utf-8", "surrogatepass"), safe="")
    for name in PARAMETERS:
        for path in PAGES[:3]:
            asked = "" if name == "q" else "&q=zebra" if path == "/" else "&words=a+zebra+treaty"
            answer = hostile.get(f"{path}?{name}={encoded}{asked}")
            assert answer.status_code in (200, 422) and is_harmless(answer.text), (path, name)
    for name in PLACES:
        answer = hostile.get(f"{PAGES[3]}?{name}={encoded}&q={encoded}")
        assert answer.status_code in (200, 422) and is_harmless(answer.text), name
    for path in ("/read/", "/spokespeople/", "/outlets/", "/"):
        answer = hostile.get(f"{path}{encoded}")
        assert answer.status_code in (404, 422) or (given.startswith("..") and answer.status_code == 200)
        assert is_harmless(answer.text), path


def test_pages_hold_while_the_archive_swaps(made: Path, tmp_path: Path) -> None:
    settings = Settings(archive=tmp_path / "archive")
    build(settings, [made])
    podium = Podium(settings)
    statuses: list[int] = []
    done = threading.Event()

    def keep_reading(client: httpx.Client) -> None:
        while not done.is_set():
            for path in (*PAGES, "/?q=zebra+treaty", "/verify?words=the+zebra+treaty+was+signed"):
                statuses.append(client.get(path).status_code)  # noqa: PERF401

    for address in serve(podium, settings):
        with httpx.Client(base_url=address, timeout=60) as client:
            reader = threading.Thread(target=keep_reading, args=(client,))
            reader.start()
            try:
                for day in range(6, 9):
                    write(tmp_path / f"{day}.txt", day, "What of it?", f"{SAID} It came on {day}.")
                    build(settings, [tmp_path / f"{day}.txt"])
                    podium.refresh()
            finally:
                done.set()
                reader.join(60)
            assert set(statuses) == {200}
            assert client.get("/read/2020-05-08-hua-chunying").status_code == 200
