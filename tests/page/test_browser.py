"""The pages in a real browser: Chromium, headless. Screenshots lie in PODIUM_SCREENSHOTS, where it is set."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from callers import serving
from pydantic import SecretStr

from rag.pipeline import Podium

pytestmark = pytest.mark.heavy

TRIAL = "Is the trial of the two Canadians linked to the Alaska talks?"
SAID = "It is not linked to China-US high-level strategic dialogue."
KEY = "a-key-to-log-in-with-0123456789"
ALASKA = "/read/2021-03-18-zhao-lijian"
ENTER, TAB, SPACE = "\ue007", "\ue004", " "

# Every page in each of its states.
PAGES = {
    "front": "/",
    "answer": f"/?q={TRIAL}",
    "narrowed": "/?q=What+did+Zhao+Lijian+say+about+Xinjiang+in+March+2021",
    "follow-up": "/?h=Tell+me+about+Xinjiang&q=And+about+Taiwan",
    "refusal": "/?q=How+do+I+bake+sourdough+bread",
    "nearest": "/?q=Who+pays+for+the+cotton+of+Xinjiang",
    "mistake": "/?q=Xinjiang&date_from=yesterday",
    "read": ALASKA,
    "changed": f"{ALASKA}?start=1&end=9&q=3-0123456789",
    "archive": "/archive",
    "month": "/archive?month=2021-03",
    "speaker": "/spokespeople/Zhao%20Lijian",
    "outlet": "/outlets/Bloomberg",
    "verify": "/verify",
    "exact": "/verify?words=It+is+not+linked+to+China-US+high-level+strategic+dialogue",
    "near": "/verify?words=It+is+not+tied+to+China-US+high-level+strategic+dialogue&spokesperson=Wang+Wenbin",
    "absent": "/verify?words=Bread+is+baked+with+flour+and+water",
    "missing": "/nowhere",
    "login": "/login",
}


def show(window: Any, name: str, width: int = 1000, *, dark: bool = False) -> None:
    """Look at the page at a width, light or dark; it never scrolls sideways and says nothing in the console."""
    window.look(width, dark=dark)
    folder = os.environ.get("PODIUM_SCREENSHOTS")
    if folder:
        tall = window.script("return document.documentElement.scrollHeight")
        window.look(width, dark=dark, height=min(tall, 4000))
        window.driver.save_screenshot(str(Path(folder) / f"{name}-{width}{'-dark' * dark}.png"))
    assert window.script("return document.documentElement.scrollWidth <= innerWidth")
    # A browser notes the status of a page that isn't there.
    assert [said for said in window.said() if "404 (Not Found)" not in said and "422 (Unpro" not in said] == []


def in_view(window: Any, element: Any) -> bool:
    top = element.rect["y"] - window.script("return scrollY")
    return bool(0 <= top < window.script("return innerHeight"))


def test_ask_open_in_place_and_come_back(window: Any, server: str) -> None:
    window.open(server)
    # The box has the focus: typing needs no click.
    window.ask(TRIAL)
    quoted = window.find(".card blockquote p").text
    assert SAID in quoted
    window.leave_by(window.find(".card .actions a").click)
    mark = window.find("mark")
    assert mark.text == quoted and in_view(window, mark)
    window.leave_by(window.driver.back)
    assert window.find("#q").get_attribute("value") == TRIAL
    window.leave_by(window.driver.back)
    assert window.all(".card") == [] and window.find("h1").text == "Ask what was said"


def test_a_quote_is_opened_and_closed_once(window: Any, server: str) -> None:
    window.open(f"{server}/?q=What+did+Zhao+Lijian+reply+when+Blinken+spoke+of+genocide")
    marks = "return [...document.querySelector('.card blockquote').children].map((p) => ['before', 'after'].map("
    marks += "(side) => getComputedStyle(p, `::${side}`).content).join(' '))"
    opened, *between, closed = window.script(marks)
    assert (opened, set(between), closed) == ('"“" none', {"none none"}, 'none "”"')


def test_follow_up_and_forget(window: Any, server: str) -> None:
    window.open(f"{server}/?q=What+did+Zhao+Lijian+say+about+Xinjiang")
    window.leave_by(
        lambda: (window.find("#follow").send_keys("And about Taiwan?"), window.find(".follow button").click())
    )
    assert "Xinjiang" in window.find(".conversation li").text
    window.leave_by(window.find(".conversation > a").click)
    assert window.all(".conversation") == [] and window.find("#q").get_attribute("value") == "And about Taiwan?"
    window.leave_by(window.driver.back)
    assert window.find(".conversation li").text


def test_a_chip_is_removed_and_comes_back_with_the_page_before(window: Any, server: str) -> None:
    window.open(server + PAGES["narrowed"])

    def chips() -> list[str]:
        return [chip.text.partition(" ×")[0] for chip in window.all(".chip")]

    both = chips()
    assert both == ["said in March 2021", "said by Zhao Lijian"]
    window.leave_by(window.find(".chip").click)
    assert chips() == both[1:]
    window.leave_by(window.find(".chip").click)
    assert chips() == []
    window.leave_by(window.driver.back)
    assert chips() == both[1:]


def test_a_month_of_the_timeline_narrows_the_question(window: Any, server: str) -> None:
    window.open(f"{server}/?q=What+was+said+about+Xinjiang")
    months = [bar.get_attribute("aria-label") for bar in window.all(".matter svg a")]
    assert len(months) > 1
    window.leave_by(window.all(".matter svg a")[0].click)
    first = months[0].partition(":")[0]
    chip, told = window.find(".chip").text, [time.text for time in window.all(".credit time")]
    assert first in chip and told and all(first in day for day in told)
    # The other months stay to be pressed, and the one that was is marked.
    assert [bar.get_attribute("aria-label") for bar in window.all(".matter svg a")] == months
    assert window.find(".matter svg a[aria-current]").get_attribute("aria-label") == months[0]
    rows = [row.get_attribute("textContent").strip() for row in window.all(".matter tbody th")]
    assert rows == [month.partition(":")[0] for month in months]


def test_who_spoke_is_changed_with_one_press(window: Any, server: str) -> None:
    window.open(f"{server}/?q=What+was+said+about+Xinjiang")
    names = [link.text for link in window.all(".legend a")]
    assert len(names) > 1
    for name in names:
        window.leave_by(next(link for link in window.all(".legend a") if link.text == name).click)
        assert [chip.text.partition(" ×")[0] for chip in window.all(".chip")] == [f"said by {name}"]
        assert sorted(link.text for link in window.all(".legend a")) == sorted(names)
        assert window.find(".legend a[aria-current]").text == name


def test_what_does_not_come_as_it_should_the_browser_goes_to(window: Any, server: str) -> None:
    window.open(f"{server}/?q=Xinjiang")
    document = window.find("html")
    for path, found in (
        ("/archive", ".timeline"),
        ("/verify?words=Xinjiang+is+there", ".verdict"),
    ):
        window.script("document.querySelector('.quiet a').setAttribute('href', arguments[0])", path)
        window.leave_by(window.all(".quiet a")[0].click)
        assert window.find(found) and window.find("html") != document
        assert window.driver.current_url == server + path
        window.leave_by(window.driver.back)
        assert window.all(".card")
    # So it is after an upgrade, whose pages have another script.
    document = window.find("html")
    window.script("document.querySelector('script').setAttribute('src', '/assets/podium.js?v=0')")
    window.leave_by(window.find("nav a").click)
    assert window.find("h1").text == "Ask what was said" and window.find("html") != document


def test_a_problem_is_shown_in_place_and_asked_for_once(window: Any, server: str) -> None:
    window.open(f"{server}/?q=Xinjiang")
    document = window.find("html")
    window.script("document.querySelector('.quiet a').setAttribute('href', arguments[0])", PAGES["mistake"])
    window.leave_by(window.all(".quiet a")[0].click)
    alert = window.find("[role=alert]")
    assert "YYYY-MM-DD" in alert.text and window.focused == alert
    assert window.find("html") == document and window.driver.current_url == server + PAGES["mistake"]
    window.leave_by(window.driver.back)
    assert window.all(".card")


def test_who_asks_too_often_is_told_in_place(window: Any, podium: Podium) -> None:
    with serving(podium, rate_limit="50/hour") as client:
        window.open(str(client.base_url))
        document = window.find("html")
        while client.get("/opensearch.xml").status_code != 429:
            pass
        window.ask(TRIAL)
        told = window.find("h1")
        assert told.text == "Too Many Requests" and window.focused == told and window.find("html") == document


def test_what_an_extension_puts_into_a_page_changes_nothing(window: Any, server: str) -> None:
    window.open(server)
    document = window.find("html")
    window.script(
        "const put = document.createElement('script'); put.type = 'text/plain'; document.head.append(put);"
        "const style = document.createElement('link'); style.rel = 'stylesheet'; document.head.append(style);"
    )
    window.ask(TRIAL)
    assert window.all(".card") and window.find("html") == document


def test_of_two_questions_the_later_is_answered(window: Any, server: str) -> None:
    window.open(server)
    first, second = (each.get_attribute("href") for each in window.all(".suggestions a")[:2])
    window.leave_by(
        lambda: window.script("for (const each of [0, 1]) document.querySelectorAll('.suggestions a')[each].click()")
    )
    assert first != second == window.driver.current_url and window.all(".card")
    window.leave_by(window.driver.back)
    assert window.find("h1").text == "Ask what was said"


def test_names_are_ticked_or_named_in_the_box_beside(window: Any, several: Podium) -> None:
    with serving(several) as client:
        window.open(str(client.base_url))
        window.find(".filters summary").click()
        window.find("input[value='Jerome Powell']").click()
        window.find("#q").send_keys("What is new here?")
        window.leave_by(window.find(".apply button").click)
        assert [chip.text.partition(" ×")[0] for chip in window.all(".chip")] == ["said by Jerome Powell"]
        assert "=&" not in window.driver.current_url
        window.find(".filters summary").click()
        window.find("input[name=spokesperson].named").send_keys("Vladimir Putin")
        window.leave_by(window.find(".apply button").click)
        chips = {chip.text.partition(" ×")[0] for chip in window.all(".chip")}
        assert chips == {"said by Jerome Powell", "said by Vladimir Putin"}


def test_with_the_keyboard_alone(window: Any, server: str) -> None:
    window.open(server)
    # The box has the focus; one step back of it, the site's own links; before them all, the way past them.
    window.find("body").send_keys("/")
    window.press(TRIAL)
    window.tab_to(".filters summary")
    window.press(ENTER)
    choice = window.tab_to("input[value='Zhao Lijian']")
    window.press(SPACE)
    assert choice.is_selected()
    window.leave_by(lambda: window.press(ENTER))
    assert [chip.text.partition(" ×")[0] for chip in window.all(".chip")] == ["said by Zhao Lijian"]
    # On from what was found, not from the top again.
    assert window.focused == window.find(".found")
    window.press(TAB)
    assert window.focused in window.all(".card:first-of-type a")
    cite = window.tab_to(".cite summary")
    assert window.script("return getComputedStyle(arguments[0]).outlineStyle", cite) == "solid"
    window.press(ENTER)
    assert window.find(".formats textarea").is_displayed()
    link = window.find(".card .actions a")
    window.script("arguments[0].focus()", link)
    window.leave_by(lambda: window.press(ENTER))
    assert in_view(window, window.find("mark"))
    window.open(f"{server}/archive")
    window.press(TAB)
    assert window.focused.text == "Skip to the content"
    window.press(ENTER)
    assert window.driver.current_url.endswith("#main")


def test_from_question_to_question_the_document_stays(window: Any, server: str) -> None:
    window.open(server)
    document = window.find("html")
    window.ask("What was said about Xinjiang")
    feed = "return document.head.querySelectorAll('link[rel=alternate][href*=Xinjiang]').length"
    assert window.driver.current_url == f"{server}/?q=What+was+said+about+Xinjiang" and window.script(feed) == 1
    assert window.driver.title.startswith("What was said about Xinjiang")
    assert window.find(".actions > [data-copy]").is_displayed()
    window.script("scrollTo(0, 300)")
    scrolled = window.script("return scrollY")
    link = window.all(".legend a")[0]
    window.script("arguments[0].focus({preventScroll: true})", link)
    window.leave_by(lambda: window.press(ENTER))
    assert window.script("return scrollY") == 0 and window.focused == window.find(".found")
    window.find("#follow").send_keys("And about Taiwan?")
    window.leave_by(lambda: window.press(ENTER))
    assert len(window.all(".conversation li")) == 1
    # Back to where one was, and what had the focus has it again.
    window.leave_by(window.driver.back)
    assert window.all(".chip") and window.all(".conversation") == []
    assert window.find("#follow").get_attribute("value") == ""
    window.leave_by(window.driver.back)
    assert window.focused == link and scrolled > 0
    window.wait(lambda: window.script("return scrollY") == scrolled)
    assert window.driver.title.startswith("What was said about Xinjiang")
    window.leave_by(window.driver.back)
    assert window.find("h1").text == "Ask what was said" and window.focused == window.find("#q")
    assert window.script(feed) == 0
    window.leave_by(window.driver.forward)
    assert window.all(".card") and window.find("html") == document
    # The same address loaded is the same page.
    asked = window.find("main").text
    window.leave_by(window.driver.refresh)
    assert window.find("main").text == asked and window.find("html") != document
    window.leave_by(window.driver.back)
    assert window.find("h1").text == "Ask what was said" and window.all(".card") == []


def test_without_script_everything_but_copying_works(window: Any, server: str) -> None:
    with window.scriptless():
        for path in PAGES.values():
            window.open(f"{server}{path}")
            assert window.find("h1").get_attribute("textContent")
        window.open(server)
        window.find("#q").send_keys(TRIAL)
        window.leave_by(window.find(".ask button").click)
        window.find(".cite summary").click()
        assert SAID in window.find(".formats textarea").get_attribute("value")
        assert not window.find(".card button.plain").is_displayed()
        window.leave_by(window.find(".card .actions a").click)
        assert SAID in window.find("mark").text and in_view(window, window.find("mark"))
        window.open(f"{server}/verify")
        window.find("#words").send_keys(SAID)
        window.leave_by(window.find(".claims button").click)
        assert window.find(".verdict strong").text == "Exact"


def test_a_citation_is_copied_with_one_press(window: Any, server: str) -> None:
    window.driver.execute_cdp_cmd(
        "Browser.grantPermissions", {"origin": server, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    )
    window.open(f"{server}/?q={TRIAL}")

    def copy(button: str) -> str:
        window.find(button).click()
        window.wait(lambda: window.find(button).text == "Copied")
        return str(window.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0])"))

    citation, link = ".actions > [data-copy]", ".actions > [data-copy-link]"
    copied = copy(citation)
    assert SAID in copied and "Zhao Lijian, 18 March 2021, to FSN" in copied
    # In its place it is copied the same.
    window.leave_by(window.find(".card .actions a").click)
    assert copy(link) == window.driver.current_url and copy(citation) == copied
    assert window.said() == []


@pytest.fixture(scope="module")
def locked(podium: Podium) -> Iterator[str]:
    with serving(podium, api_keys=(SecretStr(KEY),)) as client:
        yield str(client.base_url).rstrip("/")


def test_log_in_with_a_key(window: Any, locked: str) -> None:
    window.open(f"{locked}/?q={TRIAL}")
    assert window.find("h1").text == "Enter your key"
    window.ask("not the key")
    assert window.find("[role=alert]").text == "That is no key of this archive."
    window.ask(KEY)
    # Back where it was led away from, the question asked; and in from now on.
    assert SAID in window.find(".card").text
    # Who is out meanwhile is led to the login from any link.
    kept = window.driver.get_cookies()
    window.driver.delete_all_cookies()
    window.leave_by(window.find("nav a").click)
    assert window.find("h1").text == "Enter your key"
    window.driver.add_cookie(kept[0])
    window.open(f"{locked}/archive")
    assert window.find("h1").text == "The archive"
    window.leave_by(window.find("button[name=out]").click)
    window.open(f"{locked}/archive")
    assert window.find("h1").text == "Enter your key"


@pytest.mark.parametrize("name", PAGES)
def test_every_page_holds_at_every_width(window: Any, server: str, name: str) -> None:
    window.open(f"{server}{PAGES[name]}")
    for width, dark in ((320, False), (360, True), (1280, False), (1280, True)):
        show(window, name, width, dark=dark)


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_wrong(window: Any, server: str, name: str) -> None:
    from browsing import AXE, NO_AXE

    if not AXE.is_file():
        pytest.skip(NO_AXE)
    window.open(f"{server}{PAGES[name]}")
    for width, dark in ((1280, False), (1280, True), (360, False)):
        window.look(width, dark=dark)
        assert window.violations() == [], (width, dark)
