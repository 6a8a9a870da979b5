"""docs/archive.md is true: its commands run, in its order, and its folder is the one on disk."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from callers import podium_command
from conftest import ROOT, SEEDS

from rag.archive.generations import locked
from rag.intake.journal import NAME

PAGE = (ROOT / "docs" / "archive.md").read_text("utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory, seeds_archive: Path) -> Path:
    """A folder with somebody's transcripts, an archive that has had two generations, and `podium` on the path."""
    folder = tmp_path_factory.mktemp("clone")
    (folder / "my-transcripts").mkdir()
    shutil.copy(SEEDS / "002_4492bcaa336717e6.txt", folder / "my-transcripts" / "002.txt")
    (folder / "pages.tsv").write_text("file\turl\nmy-transcripts/002.txt\thttps://example.org/2\n")
    (folder / "podium").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m podium.cli "$@"\n')
    (folder / "podium").chmod(0o755)
    shutil.copytree(seeds_archive, folder / "archive")
    return folder


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": path}
    return subprocess.run(
        command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.heavy
def test_the_commands_run_one_after_another(clone: Path) -> None:
    assert len(COMMANDS) >= 11 and all("podium" in command for command in COMMANDS)
    for command in COMMANDS:
        # The watch runs until somebody ends it.
        limit = "timeout --preserve-status -s TERM 8 " if command.startswith("podium watch") else ""
        done = run(limit + command, clone)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        if "--sources" in command:
            reports = [json.loads(file.read_text("utf-8")) for file in clone.glob("archive/generations/*/report.json")]
            told = {file["source"] for report in reports for file in report["files"]}
            assert "https://example.org/2" in told


def test_the_folder_on_disk_is_the_one_drawn(own_archive: Path) -> None:
    drawn = set(re.findall(r"^ +([A-Za-z.]+)/?  ", PAGE, re.MULTILINE)) - {"generations"}
    generation = own_archive / "generations" / "000001"
    found = {
        path.name for folder in (own_archive, generation, *generation.glob("parts/*")) for path in folder.iterdir()
    }
    # A journal is there while an ingest runs.
    # Only a large archive has lists.
    assert drawn == (found | {NAME, "vectors.lists.faiss"}) - {"generations", "parts"}


def test_the_exit_statuses_are_those_of_the_code() -> None:
    from podium import cli

    listed = {int(status) for status in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)}
    assert listed == {cli.DONE, cli.REFUSED, cli.USAGE, cli.DAMAGED, cli.UNWRITABLE, cli.BUSY}


def test_an_ingest_over_a_damaged_archive_names_both_remedies_which_work(clone: Path, own_archive: Path) -> None:
    shutil.rmtree(clone / "archive")
    shutil.copytree(own_archive, clone / "archive")
    damaged = clone / "archive" / "generations" / "000001" / "parts" / "000001-1" / "vectors.faiss"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    done = podium_command("ingest", "my-transcripts", folder=clone)
    assert done.returncode == 65 and "podium rollback" in done.stderr and "--rebuild" in done.stderr
    rebuilt = podium_command("ingest", "my-transcripts", "--rebuild", folder=clone)
    assert rebuilt.returncode == 0 and "Generation 000002: 1 transcripts" in rebuilt.stderr


def test_a_second_ingest_says_who_holds_the_archive(clone: Path) -> None:
    with locked(clone / "archive"):
        done = podium_command("ingest", "my-transcripts", folder=clone)
    assert done.returncode == 75 and f"process {os.getpid()}" in done.stderr and "Traceback" not in done.stderr


def test_check_offers_the_newest_whole_generation_where_current_is_lost(clone: Path, own_archive: Path) -> None:
    shutil.rmtree(clone / "archive")
    shutil.copytree(own_archive, clone / "archive")
    (clone / "archive" / "CURRENT").unlink()
    checked = podium_command("check", folder=clone)
    assert checked.returncode == 65 and "newest whole: 000001" in checked.stdout
    assert "podium rollback" in checked.stderr
    assert podium_command("rollback", folder=clone).stdout == "current: 000001\n"
    assert podium_command("check", folder=clone).returncode == 0
