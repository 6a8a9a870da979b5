"""A window of headless Chromium, for tests, benches and pictures. It waits for what it looks for, however slow."""

import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

AXE = Path(__file__).parent.parent / ".venv" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
NO_AXE = "axe-core is not installed: make browser"
NO_CHROMIUM = "no chromium and chromedriver: apt-get install chromium chromium-driver"
PATIENCE = 60
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync --hide-scrollbars""".split()


def is_installed() -> bool:
    """Whether there is a Chromium to drive."""
    return bool(shutil.which("chromium") and shutil.which("chromedriver"))


@contextlib.contextmanager
def window() -> Iterator["Window"]:
    """An open window, with nothing remembered from any before it."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
        try:
            yield Window(driver)
        finally:
            driver.quit()


class Window:
    """One window and what somebody does in it."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, address: str) -> None:
        """Go to an address."""
        self.driver.get(address)

    def wait(self, condition: Callable[[], Any]) -> Any:
        """What the condition gives once it gives something."""

        def holds(_: object) -> Any:
            try:
                return condition()
            except WebDriverException as error:
                if _has_left(error):
                    return None
                raise

        return WebDriverWait(self.driver, PATIENCE, 0.02).until(holds)

    def find(self, css: str) -> Any:
        """The first element that a selector matches, once there is one."""
        return self.wait(lambda: self.driver.find_element(By.CSS_SELECTOR, css))

    def all(self, css: str) -> list[Any]:
        """All elements that a selector matches now."""
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def press(self, *keys: str) -> None:
        """Press keys, as they fall to whatever has the focus."""
        self.focused.send_keys(*keys)

    @property
    def focused(self) -> Any:
        """What has the focus."""
        return self.driver.switch_to.active_element

    def leave_by(self, act: Callable[[], object]) -> None:
        """Do what leads to another page, and wait for that: for another `main`, in a new document or in this one."""
        before = self.find("main")
        act()
        self.wait(lambda: _is_gone(before))
        self.find("body > footer")

    def ask(self, question: str) -> None:
        """Type a question into the box that has the focus, and wait for the answer."""
        self.press(question)
        self.leave_by(lambda: self.press(Keys.ENTER))

    def tab_to(self, css: str, most: int = 60) -> Any:
        """Press Tab until what a selector matches has the focus."""
        for _ in range(most):
            self.press(Keys.TAB)
            if self.focused in self.all(css):
                return self.focused
        raise AssertionError(f"{most} times Tab did not reach {css}")

    def script(self, words: str, *given: object) -> Any:
        """What a script returns."""
        return self.driver.execute_script(words, *given)

    def look(self, width: int = 1000, *, dark: bool = False, height: int = 900) -> None:
        """Be so wide, and light or dark."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})

    @contextlib.contextmanager
    def scriptless(self) -> Iterator[None]:
        """Scripts of pages are off meanwhile."""
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        try:
            yield
        finally:
            self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})

    def said(self) -> list[str]:
        """What stands in the console since it was last looked at."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def violations(self) -> list[str]:
        """What axe-core finds wrong with the page, everything in it unfolded."""
        self.script("for (const each of document.querySelectorAll('details')) each.open = true")
        self.script(AXE.read_text("utf-8"))
        found = self.driver.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
        assert found["passes"]
        return [
            f"{each['id']}: {json.dumps([node['html'][:200] for node in each['nodes']], ensure_ascii=False)}"
            for each in found["violations"]
        ]


def _is_gone(element: Any) -> bool:
    try:
        element.is_enabled()
    except WebDriverException as error:
        if _has_left(error):
            return True
        raise
    return False


def _has_left(error: WebDriverException) -> bool:
    """Whether an element was asked for while its page gave way to another; chromedriver has two ways to say so."""
    return isinstance(error, StaleElementReferenceException) or "does not belong to the document" in str(error.msg)
