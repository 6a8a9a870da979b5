"""The commands of docs/chat-frontends.md, run as they stand, with a server's own address."""

import json
import re
import shutil
import subprocess
import sys

import httpx
import pytest
from conftest import ROOT

PAGE = (ROOT / "docs" / "chat-frontends.md").read_text("utf-8")
ADDRESS = "http://127.0.0.1:8080"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    return [line for block in blocks("sh") for line in block.replace("\\\n", " ").splitlines()]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def test_there_are_commands_to_run() -> None:
    assert len(commands()) == 5
    assert len(blocks("python")) == 1


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("command", commands())
def test_the_shell_commands(server: str, command: str) -> None:
    done = subprocess.run(
        ["sh", "-c", command.replace(ADDRESS, server) + " --silent --fail"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    if "stream" in command:
        assert done.stdout.endswith("data: [DONE]\n\n")
    else:
        assert set(json.loads(done.stdout)) & {"data", "choices", "records", "search_results"}


def test_the_python_example(server: str) -> None:
    (program,) = blocks("python")
    done = subprocess.run(
        [sys.executable, "-c", program.replace(ADDRESS, server)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert f"{server}/read/" in done.stdout


def test_the_models_are_the_ones_that_are_served(client: httpx.Client) -> None:
    named = set(re.findall(r"^\| `(podium[a-z-]*)` \|", PAGE, re.MULTILINE))
    served = {model["id"] for model in client.get("/v1/models").json()["data"]}
    assert served <= named
    assert named - served == {"podium-prose", "podium-prose-openwebui"}


def test_the_configuration_for_claude_is_json() -> None:
    (configuration,) = blocks("json")
    assert json.loads(configuration)["mcpServers"]["podium"]["args"][0] == "mcp"
