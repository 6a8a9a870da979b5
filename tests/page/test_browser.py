"""The pages in a real browser: Chromium, headless. Screenshots lie in PODIUM_SCREENSHOTS, where it is set."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

selenium = pytest.importorskip("selenium", reason="selenium is not installed: pip install selenium")
from selenium import webdriver  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

TRIAL = "Is the trial of the two Canadians linked to the Alaska talks?"
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync --hide-scrollbars""".split()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("no chromium and chromedriver: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    running = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield running
    running.quit()


def show(browser: Any, name: str, width: int = 1000, *, dark: bool = False) -> None:
    """Look at the page at a width, light or dark; it never scrolls sideways and says nothing in the console."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
    folder = os.environ.get("PODIUM_SCREENSHOTS")
    if folder:
        browser.save_screenshot(str(Path(folder) / f"{name}-{width}{'-dark' * dark}.png"))
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    assert browser.get_log("browser") == []


def find(browser: Any, css: str) -> Any:
    return browser.find_element(By.CSS_SELECTOR, css)


def test_ask_open_in_place_and_come_back(browser: Any, server: str) -> None:
    browser.get(server)
    show(browser, "front")
    # The box has the focus: typing needs no click.
    browser.switch_to.active_element.send_keys(TRIAL, Keys.ENTER)
    quoted = find(browser, ".card blockquote p").text
    assert "It is not linked to China-US high-level strategic dialogue." in quoted
    for width, dark in ((320, False), (360, True), (1000, False)):
        show(browser, "answer", width, dark=dark)
    find(browser, ".card .actions a").click()
    mark = find(browser, "mark")
    assert mark.text == quoted
    top = mark.rect["y"] - browser.execute_script("return scrollY")
    assert 0 <= top < browser.execute_script("return innerHeight")
    show(browser, "read", 1200)
    browser.back()
    assert find(browser, "#q").get_attribute("value") == TRIAL


def test_follow_up_and_forget(browser: Any, server: str) -> None:
    browser.get(f"{server}/?q=What+did+Zhao+Lijian+say+about+Xinjiang")
    chips = browser.find_elements(By.CSS_SELECTOR, ".chip")
    assert [chip.text.partition(" ×")[0] for chip in chips] == ["said by Zhao Lijian"]
    chips[0].click()
    assert browser.find_elements(By.CSS_SELECTOR, ".chip") == []
    find(browser, "#follow").send_keys("And about Taiwan?", Keys.ENTER)
    assert "Xinjiang" in find(browser, ".conversation li").text
    find(browser, ".conversation > a").click()
    assert browser.find_elements(By.CSS_SELECTOR, ".conversation") == []


def test_without_script_everything_but_copying_works(browser: Any, server: str) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        for path in ("/?q=Xinjiang", "/archive", "/read/2021-03-18-zhao-lijian", "/verify?words=It+is+not+linked+to"):
            browser.get(f"{server}{path}")
            assert find(browser, "h1").get_attribute("textContent")
        browser.get(f"{server}/?q=Xinjiang")
        find(browser, ".cite summary").click()
        assert find(browser, ".formats textarea").is_displayed()
        assert not find(browser, ".card button.plain").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize("path", ["/archive", "/spokespeople/Zhao%20Lijian", "/verify?words=It+is+not+tied+to+China"])
def test_other_pages_hold_at_every_width(browser: Any, server: str, path: str) -> None:
    browser.get(f"{server}{path}")
    for width, dark in ((320, True), (1000, False)):
        show(browser, path.split("?", maxsplit=1)[0].strip("/").partition("/")[0], width, dark=dark)
