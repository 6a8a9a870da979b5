"""Open WebUI, all settings at their defaults, driven through headless Chromium as a reader would."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from checks import ADDRESS, FOLLOW_UP, QUESTION, holds, run
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

PROGRAM = Path(os.environ["PODIUM_OPENWEBUI"])
SHOTS = Path(os.environ["PODIUM_SHOTS"])
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --window-size=1280,1700"
)


def installed() -> str:
    code = "from importlib.metadata import version; print(version('open-webui'))"
    return subprocess.check_output([PROGRAM.with_name("python"), "-c", code], text=True).strip()


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a fresh Open WebUI that knows podium."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Nobody has to log in, and nothing is fetched from anywhere.
    settings = {
        "WEBUI_AUTH": "False",
        "OFFLINE_MODE": "1",
        "HF_HUB_OFFLINE": "1",
        "OPENAI_API_BASE_URL": f"{ADDRESS}/v1",
        "OPENAI_API_KEY": "none",
        "DATA_DIR": str(folder),
    }
    with (SHOTS / "openwebui.log").open("w", encoding="utf-8") as log:
        program = subprocess.Popen(
            [PROGRAM, "serve", "--host", "127.0.0.1", "--port", str(port)],
            env=os.environ | settings,
            cwd=folder,
            stdout=log,
            stderr=log,
        )
        try:
            for _ in range(300):
                time.sleep(1)
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5)
                    break
            yield f"http://127.0.0.1:{port}"
        finally:
            program.terminate()
            program.wait(30)


class Reader:
    """Somebody at Open WebUI's page."""

    def __init__(self, address: str, folder: Path) -> None:
        options = webdriver.ChromeOptions()
        for flag in (*FLAGS.split(), f"--user-data-dir={folder}"):
            options.add_argument(flag)
        self.address = address
        self.browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))

    def start(self, model: str) -> None:
        """Begin a chat with a model."""
        self.browser.get(f"{self.address}/?model={model}")
        self.wait(lambda: self.find("//*[@id='chat-input']"))
        # What is new is shown in a window above the page, a while after it.
        time.sleep(3)
        for button in self.find("//button[contains(., 'Okay')]"):
            button.click()

    def ask(self, question: str) -> None:
        """Ask, and wait for the suggestions that follow an answer or for the time that they take."""
        field = self.find("//*[@id='chat-input']")[0]
        self.wait(field.is_displayed)
        field.send_keys(question)
        time.sleep(0.5)
        before = len(self.sources())
        field.send_keys(Keys.ENTER)
        self.wait(lambda: len(self.sources()) > before)
        with contextlib.suppress(TimeoutError):
            self.wait(lambda: "Follow up" in self.text(), 20)

    def sources(self) -> list:
        return self.find("//button[contains(., ' Source')]")

    def find(self, path: str) -> list:
        return self.browser.find_elements(By.XPATH, path)

    def text(self) -> str:
        return self.find("//body")[0].text

    def wait(self, found: Callable[[], object], seconds: float = 90) -> None:
        for _ in range(int(seconds * 2)):
            if found():
                return
            time.sleep(0.5)
        raise TimeoutError(f"waited {seconds} s; the page has: {self.text()[-500:]}")

    def shoot(self, name: str) -> None:
        self.browser.save_screenshot(str(SHOTS / f"openwebui-{name}.png"))


def question() -> None:
    reader.start("podium-openwebui")
    reader.ask(QUESTION)
    reader.shoot("question")
    holds(reader.text())


def title_and_follow_ups() -> None:
    reader.wait(lambda: reader.browser.title.startswith(QUESTION[:20]), 30)
    assert "How has that changed over time?" in reader.text()


def sources() -> None:
    (button,) = reader.sources()
    button.click()
    time.sleep(1)
    reader.shoot("sources")
    # "1\nZhao Lijian to Reuters, 18 March 2021": a number, and the name of the source.
    names = [
        item.text.split("\n", 1)[1]
        for item in reader.find("//button[starts-with(@id, 'source-')]")
        if "\n" in item.text
    ]
    assert button.text.split()[-2] == str(len(names)), (button.text, names)
    assert len(set(names)) == len(names), names
    assert all(" to " in name or ", " in name for name in names), names
    assert "%" not in " ".join(names)


def a_source_opens_the_quote() -> None:
    reader.find("//button[contains(., 'Zhao Lijian to Reuters, 18 March 2021')]")[0].click()
    time.sleep(1)
    reader.shoot("source")
    link = reader.find(f"//a[starts-with(@href, '{ADDRESS}/read/')]")[0].get_attribute("href")
    reader.browser.get(link)
    reader.shoot("page")
    holds(reader.find("//mark")[0].text)


def follow_up() -> None:
    reader.start("podium-openwebui")
    reader.ask(QUESTION)
    reader.ask(FOLLOW_UP)
    reader.shoot("follow-up")
    assert len(reader.sources()) == 2


def the_plain_model_answers_too() -> None:
    reader.start("podium")
    reader.ask(QUESTION)
    reader.shoot("plain-model")
    holds(reader.text())


with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, served(Path(folder)) as address:
    reader = Reader(address, Path(folder) / "browser")
    try:
        run(
            installed(),
            question,
            title_and_follow_ups,
            sources,
            a_source_opens_the_quote,
            follow_up,
            the_plain_model_answers_too,
        )
    finally:
        reader.browser.quit()
