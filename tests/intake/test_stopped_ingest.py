"""Whatever stops an ingest, the generation before serves, and the next ingest succeeds."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT, SEEDS
from stopping import digests, leftovers

from rag.archive.archive import open_archive
from rag.archive.generations import current_generation, locked, publish, rollback
from rag.errors import ArchiveUnwritable

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}


EVERY = pytest.param(1, marks=pytest.mark.heavy)


def stopping(mode: str, folder: Path, base: Path, step: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "tests" / "stopping.py"), mode, str(folder), str(base), str(step)],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        check=False,
        timeout=300,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    shutil.copy(SEEDS / "002_4492bcaa336717e6.txt", tmp_path / "in" / "a.txt")
    return tmp_path / "in"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the folder beside it, `in`, as that was before its file changed."""
    place = tmp_path_factory.mktemp("changed")
    (place / "in").mkdir()
    text = (SEEDS / "002_4492bcaa336717e6.txt").read_text("utf-8")
    (place / "in" / "a.txt").write_text(text, "utf-8")
    code = f"from stopping import *\nrun(Path({str(place / 'base')!r}), Path({str(place / 'in')!r}))"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT / "tests", env=ENVIRONMENT)
    (place / "in" / "a.txt").write_text(text.replace("NPR:", "AFP:"), "utf-8")
    return place / "base"


@pytest.mark.parametrize("step", [11, EVERY])
@pytest.mark.parametrize("mode", ["kill", "fail"])
def test_an_ingest_stopped_at_any_moment_leaves_the_old_or_the_new_generation(base: Path, mode: str, step: int) -> None:
    done = stopping(mode, base.with_name("in"), base, step)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 30, "fewer moments than an ingest has"


@pytest.mark.parametrize("step", [11, EVERY])
@pytest.mark.parametrize("mode", ["kill", "fail"])
def test_a_first_ingest_stopped_at_any_moment_is_followed_by_one_that_succeeds(
    folder: Path, tmp_path: Path, mode: str, step: int
) -> None:
    done = stopping(mode, folder, tmp_path / "none", step)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 30


@pytest.mark.heavy
def test_podium_killed_while_it_writes_vectors(own_archive: Path, folder: Path) -> None:
    before = digests(own_archive / "generations" / "000001")
    command = [sys.executable, "-m", "podium.cli", "ingest", str(folder), "--archive", str(own_archive)]
    process = subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stderr=subprocess.DEVNULL)
    while process.poll() is None and not list(own_archive.glob("generations/.new-*/parts/*/vectors.faiss")):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -9
    assert current_generation(own_archive) == "000001"
    assert digests(own_archive / "generations" / "000001") == before
    assert leftovers(own_archive) == [".new-000002"]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert leftovers(own_archive) == [] and len(open_archive(own_archive).heads) == 5


def test_a_full_disk_is_told_with_what_was_needed_and_leaves_nothing(tmp_path: Path, folder: Path) -> None:
    """A real disk of 60 kB, which only a user who may mount one can have."""
    (tmp_path / "disk").mkdir()
    inner = (
        f"mount -t tmpfs -o size=60k tmpfs {tmp_path}/disk || exit 77; "
        f'{sys.executable} -c \'from stopping import *; run(Path("{tmp_path}/disk/a"), Path("{folder}"))\'; '
        f"ls -A {tmp_path}/disk"
    )
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", inner],
        cwd=ROOT / "tests",
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("this user may not mount a small disk")
    message = done.stderr.splitlines()[-1]
    assert "ArchiveUnwritable" in message and "takes more than" in message and "are free" in message
    assert done.stdout == ""


@pytest.mark.parametrize("limit", [1_000, 20_000])
def test_a_file_that_may_not_grow_is_an_error_and_publishes_nothing(folder: Path, tmp_path: Path, limit: int) -> None:
    code = (
        f"import resource; from stopping import *\nresource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        f"run(Path({str(tmp_path / 'a')!r}), Path({str(folder)!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT / "tests",
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ArchiveUnwritable" in done.stderr.splitlines()[-1], done.stderr
    assert not (tmp_path / "a").exists()


def write_word(folder: Path) -> dict[str, object]:
    (folder / "word.txt").write_text("word")
    return {}


def test_names_of_generations_never_repeat(tmp_path: Path) -> None:
    names = []
    for _ in range(3):
        with locked(tmp_path):
            names.append(publish(tmp_path, write_word))
    names.append(rollback(tmp_path))
    shutil.rmtree(tmp_path / "generations" / "000003")
    with locked(tmp_path):
        publish(tmp_path, write_word)
    shutil.rmtree(tmp_path / "generations")
    with locked(tmp_path):
        names.append(publish(tmp_path, write_word))
    assert names == ["000001", "000002", "000003", "000002", "000004"]


def test_the_last_fsync_that_fails_leaves_the_old_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with locked(tmp_path):
        publish(tmp_path, write_word)
    real, synced = os.fsync, []

    def failing(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").resolve())
        if synced[-1] == tmp_path.resolve():
            raise OSError(5, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    with locked(tmp_path), pytest.raises(ArchiveUnwritable, match="Input/output error"):
        publish(tmp_path, write_word)
    assert current_generation(tmp_path) == "000001"
    assert leftovers(tmp_path) == []


def test_a_read_only_archive_can_be_read_and_an_ingest_says_what_it_cannot_write(own_archive: Path) -> None:
    podium = f"{sys.executable} -m podium.cli"
    inner = (
        f"mount --bind {own_archive} {own_archive} && mount -o remount,ro,bind {own_archive} || exit 77; "
        f"{podium} check --archive {own_archive} && {podium} ingest seeds --archive {own_archive}"
    )
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", inner], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("this user may not mount a folder read-only")
    assert "000001  whole  5 transcripts" in done.stdout
    assert done.returncode == 73 and "can't be written: Read-only file system" in done.stderr
