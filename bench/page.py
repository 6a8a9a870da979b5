"""What a reader waits for: from Enter to the first quote on screen, beside /query; pages, and what they weigh.

    python bench/page.py [ARCHIVE]              print the table
    python bench/page.py ARCHIVE PICTURE.png    take the README's picture (`make picture`)

Serves the archive on a free port and asks the reporters' own questions in it. The time to the first quote is the
browser's, from the key to the first frame with a card in it: with the page's script, which changes the document in
place, and without it, which takes a new one; /query for the same question is asked in turn with them.
Medians of ROUNDS in one run, on loopback. Server times of pages are those of whole requests of one client, so they are
at least as long. Status 77 where there is no Chromium, 1 where a page is too slow or too heavy.
"""

import itertools
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import httpx
from selenium.webdriver.common.keys import Keys

ROOT = Path(__file__).parent.parent
# The window and the server are those of the tests.
sys.path.append(str(ROOT / "tests"))

from browsing import NO_CHROMIUM, Window, is_installed, window  # noqa: E402
from conftest import serve  # noqa: E402

from rag.pipeline import Podium  # noqa: E402
from rag.settings import Settings  # noqa: E402

ROUNDS = 20
PICTURED = "Is the trial of the two Canadians linked to the Alaska talks?"
QUESTIONS = (
    "What did China say about the trial of the two Canadians?",
    "What was said about the South China Sea?",
    "Is China going to buy more oil from Iran?",
    "What does China say about Xinjiang?",
    "What about the trade talks with the US?",
)
# From the key to the frame that shows the first card: the clock of the machine, which both documents share.
BEFORE = """
addEventListener("keydown", (event) => {
  if (event.key === "Enter") sessionStorage.pressed = performance.timeOrigin + performance.now();
}, true);
new MutationObserver(() => document.querySelector(".card p")?.setAttribute("elementtiming", "quote"))
  .observe(document, { childList: true, subtree: true });
new PerformanceObserver((list) => { window.painted = list.getEntries()[0].renderTime; })
  .observe({ type: "element", buffered: true });
"""
AFTER = """
const [fetched] = performance.getEntriesByType("resource").filter((each) => each.initiatorType === "fetch");
const [loaded] = performance.getEntriesByType("navigation");
const [paint] = performance.getEntriesByName("first-contentful-paint");
const { requestStart, responseStart } = fetched ?? loaded;
const painted = fetched ? window.painted : paint?.startTime;
return painted && [!fetched, ...[requestStart, responseStart, painted].map((at) => performance.timeOrigin + at)];
"""
# Seconds before and after Enter in which nobody looks at the page.
UNWATCHED = 0.5
PARTS = ("Enter to the request", "to its first byte", "to the paint")


def to_the_first_quote(opened: Window, address: str, question: str, *, new_document: bool) -> tuple[float, ...]:
    """Milliseconds from Enter to the paint of the answer's first card, and of each of the parts of that."""
    # What the browser has is not asked for again: the answer comes anew, the style with the page before it.
    opened.driver.execute_cdp_cmd("Network.enable", {})
    opened.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    opened.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*podium.js*"] * new_document})
    opened.open(address)
    opened.script(BEFORE)
    opened.press(question)
    time.sleep(UNWATCHED)
    # Whoever looks for the answer meanwhile takes a core from who gives it.
    opened.leave_by(lambda: (opened.press(Keys.ENTER), time.sleep(UNWATCHED)))
    new, *times = opened.wait(lambda: opened.script(AFTER))
    assert new == new_document and opened.all(".card")
    times = [float(opened.script("return +sessionStorage.pressed")), *times]
    return times[-1] - times[0], *(after - before for before, after in itertools.pairwise(times))


def milliseconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def weight(opened: Window, address: str) -> tuple[int, int]:
    """What a page weighs with all it loads, in bytes as they are sent, and in how many requests."""
    opened.driver.execute_cdp_cmd("Network.enable", {})
    opened.driver.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
    opened.open(address)
    sent = opened.script(
        "return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".map((each) => each.transferSize)"
    )
    opened.driver.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": False})
    return int(sum(sent)), len(sent)


def pages_of(podium: Podium, question: str) -> dict[str, str]:
    """A page of each kind; the longest transcript and the busiest speaker."""
    archive = podium.archive
    longest = max(archive.heads, key=lambda each: len(archive.text(each)))
    return {
        "ask": "/",
        "answer": f"/?{httpx.QueryParams({'q': question})}",
        "read (the longest)": f"/read/{longest}",
        "archive": "/archive",
        "speaker": f"/spokespeople/{archive.spokespeople[0]}",
        "verify": f"/verify?{httpx.QueryParams({'words': PICTURED})}",
    }


def main() -> int:
    """Print the table."""
    if not is_installed():
        print(f"page: {NO_CHROMIUM}")
        return 77
    settings = Settings(archive=Path(sys.argv[1] if len(sys.argv) > 1 else "archive"))
    podium = Podium(settings)
    with (
        contextmanager(serve)(podium, settings) as address,
        httpx.Client(base_url=address, timeout=60) as client,
        window() as opened,
    ):
        if len(sys.argv) > 2:
            take_picture(opened, address, sys.argv[2])
            return 0
        return report(podium, client, opened, address)


def take_picture(opened: Window, address: str, file: str) -> None:
    """The answer to the README's question, twice as fine as a screen shows it."""
    opened.open(f"{address}/?{httpx.QueryParams({'q': PICTURED})}")
    size = {"width": 860, "height": 490, "deviceScaleFactor": 2, "mobile": False}
    opened.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    opened.driver.save_screenshot(file)


def report(podium: Podium, client: httpx.Client, opened: Window, address: str) -> int:
    """Measure, print, and say whether all is well."""
    held = podium.archive.coverage
    print(f"{held.exchanges} exchanges of {held.transcripts} transcripts, medians of {ROUNDS}, ms")
    asked = itertools.cycle(QUESTIONS)
    rounds = []
    for number in range(ROUNDS + 2):
        question = next(asked)
        alone = partial(client.get, "/query", params={"q": question})
        # The first to ask a question waits for what the next ones find in memory.
        alone()
        ways = (False, True) if number % 2 else (True, False)
        taken = {new: to_the_first_quote(opened, address, question, new_document=new) for new in ways}
        rounds.append((*taken[False], *taken[True], milliseconds(alone)))
    *shown, query = (median(column) for column in zip(*rounds[2:], strict=True))
    in_place, anew = shown[: len(shown) // 2], shown[len(shown) // 2 :]
    print(f"{'':<28}{'in place':>12}{'new document':>16}")
    for name, *times in zip(("Enter to the first quote", *PARTS), in_place, anew, strict=True):
        print(f"{name:<28}{times[0]:>12.1f}{times[1]:>16.1f}")
    print(f"{'/query':<28}{query:>12.1f}{query:>16.1f}")
    print(f"{'more':<28}{in_place[0] - query:>12.1f}{anew[0] - query:>16.1f}")
    good = in_place[0] - query <= 50
    print(f"{'':<28}{'ms':>8}{'kB':>8}{'requests':>10}")
    for name, path in pages_of(podium, QUESTIONS[0]).items():
        spent = median(milliseconds(partial(client.get, path)) for _ in range(ROUNDS))
        size, requests = weight(opened, address + path)
        good = good and size < 100_000 and requests <= 6 and (not name.startswith("read") or spent <= 30)
        print(f"{name:<28}{spent:>8.1f}{size / 1000:>8.1f}{requests:>10}")
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
