"""The README is true: its commands run, what it shows is what they print, its links lead somewhere."""

import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from conftest import ROOT, SEEDS

README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like a clone with a set-up .venv and somebody's own transcripts."""
    if not (ROOT / ".venv" / "bin" / "podium").exists():
        pytest.skip("the README's commands run in .venv, and there is none: make test makes it")
    folder = tmp_path_factory.mktemp("clone")
    for name in (".venv", "Makefile", "constraints.txt", "eval", "pyproject.toml", "seeds"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "my-transcripts").mkdir()
    shutil.copy(SEEDS / "000_fe0e2805aa4ab78b.txt", folder / "my-transcripts")
    return folder


@pytest.fixture(scope="module")
def served(clone: Path) -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    process = subprocess.Popen(
        ["make", "serve"], cwd=clone, env={**os.environ, "PODIUM_PORT": str(port)}, start_new_session=True
    )
    for _ in range(300):
        try:
            httpx.get(f"http://127.0.0.1:{port}/readyz")
            break
        except httpx.TransportError:
            time.sleep(0.2)
    yield port
    os.killpg(process.pid, 15)
    process.wait(20)


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What a newcomer's shell does; under `make test` alone, make would tell which folder it is in."""
    return subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_every_command_of_the_readme_is_run_here() -> None:
    tested = ("make ask", "make test", "make serve", ".venv/bin/podium", "curl")
    assert COMMANDS and all(command.startswith(tested) for command in COMMANDS)


@pytest.fixture(scope="module")
def asked(clone: Path) -> subprocess.CompletedProcess[str]:
    """What the README's first command does in that folder, the first time."""
    return run(next(c for c in COMMANDS if c.startswith("make ask")), clone)


@pytest.mark.heavy
def test_the_answer_shown_is_the_answer_given(asked: subprocess.CompletedProcess[str]) -> None:
    assert asked.returncode == 0, asked.stderr
    shown = re.findall(r"```\n(\[1\].*?)```", README, re.DOTALL)[0]
    timeless = re.compile(r"\d+\.\d s|\d+ ms")
    assert timeless.sub("", " ".join(shown.split())) == timeless.sub("", " ".join(asked.stdout.split()))
    assert "Generation 000001" in asked.stderr


@pytest.mark.heavy
def test_a_second_ask_neither_installs_nor_indexes(clone: Path, asked: subprocess.CompletedProcess[str]) -> None:
    second = run(next(c for c in COMMANDS if c.startswith("make ask")), clone)
    assert second.stdout.splitlines()[:5] == asked.stdout.splitlines()[:5]
    assert not re.search("Installing|Generation|Nothing to do", second.stdout + second.stderr)


@pytest.mark.heavy
@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith(".venv/bin/podium")])
def test_commands_run(clone: Path, command: str) -> None:
    done = run(command, clone)
    assert done.returncode == 0, done.stderr
    assert "Zhao Lijian" in done.stdout or "Generation 000001" in done.stderr


@pytest.mark.heavy
def test_the_curl_command_gives_what_is_shown(served: int) -> None:
    command = next(c for c in COMMANDS if c.startswith("curl")).replace(":8080", f":{served}")
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    sent = json.loads(run(command, ROOT).stdout)
    shown = json.loads(re.findall(r"```json\n(.*?)```", README, re.DOTALL)[0])
    assert sent["answered"] == shown["answered"]
    expected = {key: value for key, value in shown["quotes"][0].items() if key != "..."}
    assert {key: sent["quotes"][0][key] for key in expected} == expected


@pytest.mark.heavy
def test_make_serve_is_what_the_readme_serves(served: int) -> None:
    assert httpx.get(f"http://127.0.0.1:{served}/docs").status_code == 200


def test_ci_runs_the_readmes_test_command_and_what_that_leaves_out() -> None:
    assert "make test" in COMMANDS
    assert {"make lint", "make test", "make test-heavy"} <= set((ROOT / ".ci" / "run").read_text("utf-8").splitlines())


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / link).exists(), link


def test_every_dependency_has_its_line() -> None:
    listed = (ROOT / "docs" / "dependencies.md").read_text("utf-8").lower()
    names = re.findall(r'^    "([A-Za-z0-9_-]+)[><=]', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert len(names) > 15 and [name for name in names if name.lower() not in listed] == []
