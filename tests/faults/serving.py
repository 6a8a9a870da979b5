"""A real `podium serve` in a process of its own over an archive of the seeds, and what it answers."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parent.parent.parent
SEEDS = ROOT / "seeds"
PODIUM = (sys.executable, "-m", "podium.cli")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PODIUM_RATE_LIMIT": "off"}
# A machine that does other things starts a server in minutes.
STARTS_WITHIN = 300.0
QUESTIONS = (
    "What did China say about the trial of the two Canadians?",
    "How did Zhao Lijian respond to the question on climate change?",
    "When is Russia's foreign minister due in China?",
    "What is China's position on Myanmar?",
    "What did China say about vaccines for other countries?",
    "Is the hearing linked to the strategic dialogue in Anchorage?",
    "What did he say about Xinjiang?",
    "What does China think of sanctions on Hong Kong officials?",
)


@dataclass(frozen=True)
class Measured:
    """What came out of a part of the faults, and whether that keeps the promise."""

    figure: str
    holds: bool


def say(words: str) -> None:
    """A line of progress."""
    print(f"  {time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


@dataclass
class Served:
    """A server on a port that stays its own when it is started anew."""

    archive: Path
    descriptors: int = 4096
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it is ready."""
        if not self.port:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
        command = [*PODIUM, "serve", "--archive", str(self.archive), "--port", str(self.port)]
        limited = ["sh", "-c", f'ulimit -n {self.descriptors}; exec "$@"', "-", *command]
        self.process = subprocess.Popen(
            limited,
            cwd=ROOT,
            env={**ENVIRONMENT, **self.settings},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"podium serve ended with status {self.process.returncode}")
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"podium serve is not ready within {STARTS_WITHIN:g} s")

    def kill(self) -> None:
        """SIGKILL."""
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def memory(self) -> int:
        """The bytes that are its own: pages of mapped files are the kernel's to take back."""
        if self.process is None:
            return 0
        for line in Path(f"/proc/{self.process.pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Anonymous:"):
                return int(line.split()[1]) * 1024
        raise RuntimeError("the kernel does not tell how much of its memory is its own")


@contextlib.contextmanager
def served(archive: Path, descriptors: int = 4096, **settings: str) -> Iterator[Served]:
    server = Served(archive, descriptors, settings)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def ingest(archive: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PODIUM, "ingest", str(folder), "--archive", str(archive)],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )


def seeds_archive(folder: Path) -> Path:
    """An archive of the seeds, `folder/in` being what it was made of."""
    shutil.copytree(SEEDS, folder / "in", ignore=shutil.ignore_patterns("*.md"))
    done = ingest(folder / "archive", folder / "in")
    if done.returncode:
        raise RuntimeError(done.stderr)
    return folder / "archive"


def correct(folder: Path) -> None:
    """Change every file of a folder as a correction would, so that no quote stands where it stood."""
    for file in folder.glob("*.txt"):
        file.write_text("Corrected.\n" + file.read_text("utf-8").replace(" is ", " is indeed "), "utf-8")


def answer(url: str, question: str, timeout: float = 120) -> dict[str, Any]:
    """What is answered, less what differs from one time to the next."""
    said = httpx.post(f"{url}/query", json={"question": question, "k": 3}, timeout=timeout)
    said.raise_for_status()
    told: dict[str, Any] = said.json()
    return {name: value for name, value in told.items() if name != "timings_ms"}


def until(ready: Callable[[], bool], seconds: float) -> bool:
    """Whether something came true within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return True
        time.sleep(0.05)
    return ready()
