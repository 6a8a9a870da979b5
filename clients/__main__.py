"""Drive the programs that people use against podium, note what they show, keep what they send: `make clients`.

    python -m clients FOLDER      environments, npm packages and screenshots lie in FOLDER

The table goes into docs/chat-frontends.md, the requests (headers aside) into tests/api/recorded.
"""

import datetime
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
HERE = ROOT / "clients"
RECORDED = ROOT / "tests" / "api" / "recorded"
PAGE = ROOT / "docs" / "chat-frontends.md"
TABLE = re.compile(r"(?<=<!-- make clients writes this table -->\n).*?(?=<!-- end -->)", re.DOTALL)
# All in one environment; Open WebUI pins too much to share it.
LIBRARIES = ("openai", "llm", "langchain-openai", "litellm", "pydantic-ai-slim[openai]", "fastmcp", "selenium")
INSPECTOR = "@modelcontextprotocol/inspector"
CLIENTS = {
    "openwebui": "Open WebUI",
    "llm": "llm",
    "openai": "openai (Python)",
    "langchain": "langchain-openai",
    "litellm": "litellm",
    "pydantic_ai": "pydantic-ai",
    "fastmcp": "fastmcp",
    "inspector": "MCP Inspector",
}
KEY = "a-key-for-the-clients-run"


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one client's checks: "" for each that held."""

    client: str
    version: str
    checks: dict[str, str]


def main(folder: Path) -> int:
    """Install what is missing, run every client, write the table and the recordings; 1 if a check failed."""
    folder = folder.resolve()
    install(folder)
    shots = folder / "screenshots"
    shots.mkdir(exist_ok=True)
    archive = folder / "archive"
    subprocess.run([sys.executable, "-m", "podium.cli", "ingest", "seeds", "--archive", archive], cwd=ROOT, check=True)
    requests = folder / "requests.jsonl"
    requests.unlink(missing_ok=True)
    with serving(archive, requests) as open_address, serving(archive, requests, key=KEY) as keyed_address:
        reached = {
            "PODIUM_ADDRESS": open_address,
            "PODIUM_KEYED_ADDRESS": keyed_address,
            "PODIUM_KEY": KEY,
            "PODIUM_STDIO": json.dumps([sys.executable, "-m", "podium.cli", "mcp", "--archive", str(archive)]),
            "PODIUM_INSPECTOR": str(folder / "npm" / "node_modules" / ".bin" / "mcp-inspector"),
            "PODIUM_OPENWEBUI": str(folder / "openwebui" / "bin" / "open-webui"),
            "PODIUM_SHOTS": str(shots),
            "PYTHONPATH": str(ROOT),
        }
        seen = [drive(client, folder, reached, requests) for client in CLIENTS]
    PAGE.write_text(TABLE.sub(lambda _: table(seen), PAGE.read_text("utf-8")), "utf-8")
    print(f"Screenshots are in {shots}.")
    return int(any(any(each.checks.values()) or not each.checks for each in seen))


def install(folder: Path) -> None:
    """The clients, each kind in an environment of its own."""
    for name, packages in (("libraries", [LIBRARIES]), ("openwebui", [["torch==2.13.0"], ["open-webui"]])):
        environment = folder / name
        if environment.exists():
            continue
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        for together in packages:
            print(f"Installing {' '.join(together)}", file=sys.stderr)
            subprocess.run([environment / "bin" / "python", "-m", "pip", "install", "--quiet", *together], check=True)
    # MCP Inspector has no package on PyPI.
    npm = folder / "npm"
    if not npm.exists():
        npm.mkdir()
        command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", npm, INSPECTOR]
        subprocess.run(command, check=True)
    for program in ("chromium", "chromedriver"):
        if shutil.which(program) is None:
            sys.exit(f"clients: {program} is missing. Install Debian's chromium and chromium-driver.")


@contextmanager
def serving(archive: Path, requests: Path, key: str = "") -> Iterator[str]:
    """podium on a free port, what it is sent kept in `requests`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "clients.serve", str(archive), str(port), str(requests)]
    program = subprocess.Popen(command, cwd=ROOT, env=os.environ | ({"PODIUM_API_KEYS": key} if key else {}))
    try:
        for _ in range(120):
            time.sleep(0.5)
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5)
                break
            except OSError:
                continue
        yield f"http://127.0.0.1:{port}"
    finally:
        program.terminate()
        program.wait(30)


def drive(client: str, folder: Path, reached: dict[str, str], requests: Path) -> Seen:
    """Run one client's checks, and keep what it sent."""
    began = len(lines_of(requests))
    done = subprocess.run(
        [folder / "libraries" / "bin" / "python", HERE / f"ask_{client}.py"],
        env=os.environ | reached,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    (folder / f"{client}.log").write_text(done.stderr, "utf-8")
    # A client that can't be imported says nothing on stdout.
    told = json.loads(done.stdout) if done.stdout.startswith("{") else {"version": "", "checks": {}}
    seen = Seen(client, told["version"], told["checks"])
    for check, wrong in seen.checks.items():
        print(f"{CLIENTS[client]} {seen.version}: {check}: {wrong or 'holds'}", flush=True)
    if not seen.checks:
        print(f"{CLIENTS[client]}: did not run: {done.stderr.strip()[-300:]}", flush=True)
    record(seen, lines_of(requests)[began:])
    return seen


def lines_of(file: Path) -> list[str]:
    """The lines of a file that may not be there yet."""
    return file.read_text("utf-8").splitlines() if file.exists() else []


def record(seen: Seen, lines: Sequence[str]) -> None:
    """The requests that a client sent, one of each shape, with its name and version."""
    # A run's addresses and ids would make every recording another one.
    sent = [json.loads(re.sub(r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:8080", line)) for line in lines]
    # Of those alike the first is kept.
    shapes = {_shape(request): request for request in reversed(sent)}
    if sent:
        whole = {"client": CLIENTS[seen.client], "version": seen.version, "requests": [*reversed(shapes.values())]}
        text = json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
        RECORDED.mkdir(exist_ok=True)
        (RECORDED / f"{seen.client}.json").write_text(text, "utf-8")


def _shape(request: dict[str, Any]) -> tuple[object, ...]:
    """What tells two requests apart: where they go, their fields, and how the last turn begins."""
    body = request["body"]
    turns = body.get("messages") or [""]
    called = body.get("params") or {}
    return request["path"], *body, body.get("method"), called.get("name"), len(turns), str(turns[-1])[:80]


def table(seen: Sequence[Seen]) -> str:
    """What was driven, as a Markdown table."""
    day = f"{datetime.date.today():%-d %B %Y}"
    rows = ["| client | version | driven on | holds | fails |", "|---|---|---|---|---|"]
    for each in seen:
        held = ", ".join(check for check, wrong in each.checks.items() if not wrong)
        failed = ", ".join(check for check, wrong in each.checks.items() if wrong) or ("" if held else "did not run")
        rows.append(f"| {CLIENTS[each.client]} | {each.version} | {day} | {held} | {failed} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
