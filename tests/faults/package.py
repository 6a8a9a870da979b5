"""The wheel of the sources in an empty environment and an empty folder: it takes in the seeds, serves, and answers."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from serving import QUESTIONS, ROOT, SEEDS, Measured, say, until

PORT = "18473"
BUILD = "build==1.6.1"


def run() -> Measured:
    """As a keeper does it, less the network's part: what pip has in its cache it takes from there."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        done = (
            all(_do(folder, [sys.executable, "-m", "venv", name]) for name in ("tools", "empty"))
            and _do(folder, ["tools/bin/pip", "install", "--quiet", BUILD])
            # The wheel is made of the source distribution, so that nothing is missing there.
            and _do(folder, ["tools/bin/python", "-m", "build", "--outdir", "dist", str(ROOT)])
            and _do(
                folder, ["empty/bin/pip", "install", "--quiet", "-c", str(ROOT / "constraints.txt"), *_wheels(folder)]
            )
            and _do(folder, ["empty/bin/pip", "check"])
            and _do(folder, ["empty/bin/podium", "ingest", str(SEEDS)])
        )
        return _ask(folder) if done else Measured("a step failed, see above", holds=False)


def _wheels(folder: Path) -> list[str]:
    return [str(wheel) for wheel in (folder / "dist").glob("podium-*.whl")]


def _do(folder: Path, command: list[str]) -> bool:
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=folder, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )
    say(f"package: {Path(command[0]).name} {command[1]}, {time.monotonic() - began:.0f} s, status {done.returncode}")
    if done.returncode:
        say(done.stderr[-3000:])
    return done.returncode == 0


def _ask(folder: Path) -> Measured:
    url = f"http://127.0.0.1:{PORT}"
    with subprocess.Popen(
        ["empty/bin/podium", "serve", "--port", PORT],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin"},
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            ready = until(lambda: _status(f"{url}/readyz") == 200, 300)
            told = httpx.get(f"{url}/query", params={"q": QUESTIONS[0]}, timeout=120).json() if ready else {}
            pages = {page: _status(url + page) for page in ("/", "/transcripts", "/docs", "/metrics", "/openapi.json")}
        finally:
            server.terminate()
        status = server.wait(60)
    quotes = len(told.get("quotes", ()))
    served = sum(code == 200 for code in pages.values())
    figure = f"{quotes} quotes to a question, {served} of {len(pages)} pages, ended with status {status}"
    return Measured(figure, quotes > 0 and set(pages.values()) == {200} and status == 0)


def _status(url: str) -> int:
    try:
        return httpx.get(url, timeout=60).status_code
    except httpx.TransportError:
        return 0
