"""MCP Inspector, by its command, which sends no key: over HTTP and over stdio."""

import json
import os
import subprocess
from pathlib import Path

from checks import ADDRESS, QUESTION, STDIO, holds, run

INSPECTOR = os.environ["PODIUM_INSPECTOR"]


def inspector(*words: str) -> dict:
    done = subprocess.run([INSPECTOR, "--cli", *words], capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def asks(*reached: str) -> None:
    listed = inspector(*reached, "--method", "tools/list")
    assert {tool["name"] for tool in listed["tools"]} >= {"search", "fetch", "ask"}
    called = inspector(*reached, "--method", "tools/call", "--tool-name", "ask", "--tool-arg", f"question={QUESTION}")
    holds(called["structuredContent"]["answer"])


def installed() -> str:
    # npm links the command from .bin to the package beside it.
    package = Path(INSPECTOR).parent.parent / "@modelcontextprotocol" / "inspector" / "package.json"
    return json.loads(package.read_text("utf-8"))["version"]


run(installed(), http=lambda: asks(f"{ADDRESS}/mcp", "--transport", "http"), stdio=lambda: asks(*STDIO))
