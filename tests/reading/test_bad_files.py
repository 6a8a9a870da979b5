"""Files that are no transcripts, or odd ones, among good ones: told, bounded, and never fatal for the rest."""

import json
import os
import shutil
import threading
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from callers import podium_command
from conftest import SEEDS

from embeddings.encoder import Encoder
from rag.errors import BadInput
from rag.intake.composing import reading_report
from rag.intake.ingest import Ingested, ingest
from rag.intake.sources import Gathered, gather

GOOD = SEEDS / "002_4492bcaa336717e6.txt"
CHINESE = "外交部发言人赵立坚主持例行记者会。中方对此表示坚决反对,敦促美方立即纠正错误。" * 40
UNANSWERED = "Press Conference on May 3, 2021\n\nReuters: What about trade?\n\nAFP: And what about tariffs?\n"
RECIPE = (
    "<html><body><h1>Bread</h1>"
    + "<p>Take the flour and the water, and mix them with care.</p>" * 30
    + "</body></html>"
)


def make_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(GOOD, "a.txt")


def make_sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(200_000_000)


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "200MB.txt": (make_sparse, "200,000,000 bytes"),
    "nested.html": (lambda path: path.write_text("<div>" * 20_000), "no transcript|empty"),
    "zip.html": (make_zip, "a zip archive"),
    "chinese.html": (lambda path: path.write_text(f"<p>{CHINESE}</p>"), "not in English"),
    "bread.html": (lambda path: path.write_text(RECIPE), "no transcript"),
    "empty.txt": (lambda path: path.write_bytes(b""), "is empty"),
    "binary.txt": (lambda path: path.write_bytes(bytes(range(256)) * 100), "binary|text"),
    "pipe.txt": (os.mkfifo, "no regular file"),
    "dangling.txt": (lambda path: path.symlink_to("nowhere"), "No such file"),
    "round.txt": (lambda path: path.symlink_to("round.txt"), "symbolic links"),
    os.fsdecode(b"latin-\xe9.txt"): (lambda path: shutil.copy(GOOD, path), "not UTF-8"),
}


def gathered(folder: Path) -> Gathered:
    return gather([folder], {}, None, lambda *_: None, seconds=60)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    shutil.copy(GOOD, tmp_path / "in" / "good.txt")
    return tmp_path / "in"


@pytest.mark.parametrize("name", BAD, ids=lambda name: os.fsencode(name).decode("ascii", "replace"))
def test_a_bad_file_is_told_with_its_reason_and_the_rest_is_read(folder: Path, name: str) -> None:
    make, reason = BAD[name]
    make(folder / name)
    started = time.process_time()
    gathered(folder)
    assert time.process_time() - started < 60
    tracemalloc.start()
    result = gathered(folder)
    assert tracemalloc.get_traced_memory()[1] < 120_000_000
    tracemalloc.stop()
    assert [file.path.name for file in result.files] == ["good.txt"]
    (error,) = result.failed
    assert any(part in error.message for part in reason.split("|"))
    assert error.key == str(folder / name) and error.remedy
    assert json.loads(reading_report({}, [], result.failed))["not_read"]


def test_a_page_on_which_nothing_is_answered_is_told(folder: Path) -> None:
    (folder / "asked.txt").write_text(UNANSWERED)
    result = gathered(folder)
    assert [file.path.name for file in result.files] == ["good.txt"]
    assert "nothing in it is answered" in result.failed[0].message


ODD = {
    "utf16.txt": lambda text: text.encode("utf-16"),
    "gb18030.txt": lambda text: text.replace("'", "’").encode("gb18030"),
    "nul.txt": lambda text: text.replace("China", "Ch\0ina", 1).encode(),
    "truncated.html": lambda text: f"<html><body><p>{text[:4000].replace(chr(10), '</p><p>')}".encode(),
    "crlf.txt": lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"),
    "a 'quoted' \"name\"\n新闻 \u202e.txt": lambda text: text.encode(),
}


@pytest.mark.parametrize("name", ODD, ids=range(len(ODD)))
def test_an_odd_file_is_read_and_what_is_odd_about_it_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(ODD[name](GOOD.read_text("utf-8")))
    (file,) = gathered(tmp_path).files
    assert file.transcript.date is not None and len(file.transcript.exchanges) >= 2
    expected = {"nul.txt": "control-characters", "truncated.html": "truncated"}.get(name)
    assert expected is None or expected in {oddity.kind for oddity in file.oddities}


def test_two_files_with_the_same_content_are_one_transcript_with_two_sources(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "good.txt", folder / "same.txt")
    done = ingest(tmp_path / "a", [folder], "x", no_encoder, dry_run=True, seconds=60)
    assert done.transcripts == 1 and len(done.gathered.added) == 2


def test_a_file_that_never_holds_still_is_told(folder: Path) -> None:
    moving = folder / "moving.txt"
    over = threading.Event()

    def move() -> None:
        while not over.is_set():
            moving.write_bytes(b"Q: What?\n\nA: That.\n" * 50_000)

    thread = threading.Thread(target=move)
    thread.start()
    try:
        while not moving.exists():
            time.sleep(0.01)
        results = [gathered(folder) for _ in range(5)]
    finally:
        over.set()
        thread.join()
    for result in results:
        assert "good.txt" in {file.path.name for file in result.files}
        assert all("moving.txt" in error.message for error in result.failed)
        assert len(result.files) + len(result.failed) == 2, "each file is read or told of"


def test_a_file_without_permission_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(GOOD, folder / "closed.txt")
    if os.geteuid():
        (folder / "closed.txt").chmod(0)
    else:
        real = Path.open

        def refusing(path: Path, *arguments: str) -> object:
            if path.name == "closed.txt":
                raise PermissionError(13, "Permission denied", str(path))
            return real(path, *arguments)

        monkeypatch.setattr(Path, "open", refusing)
    result = gathered(folder)
    assert [error.message.rpartition(": ")[2] for error in result.failed] == ["Permission denied."]
    assert len(result.files) == 1


def no_encoder() -> Encoder:
    raise AssertionError("nothing is to be encoded")


def test_a_dry_run_says_what_would_change_and_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    done = ingest(tmp_path / "a", [folder], "x", no_encoder, dry_run=True, seconds=60)
    assert [Path(path).name for path in done.gathered.added] == ["good.txt"]
    assert not (tmp_path / "a").exists()


def run_ingest(archive: Path, folder: Path, encoder: Encoder, **options: object) -> Ingested:
    return ingest(archive, [folder], encoder.name, lambda: encoder, seconds=60, **options)  # type: ignore[arg-type]


def test_an_ingest_never_empties_an_archive(folder: Path, tmp_path: Path, encoder: Encoder) -> None:
    run_ingest(tmp_path / "a", folder, encoder)
    (folder / "good.txt").unlink()
    with pytest.raises(BadInput, match="never empties an archive"):
        run_ingest(tmp_path / "a", folder, encoder)


def test_the_report_in_the_generation_has_oddities_remainders_and_what_was_not_read(
    folder: Path, tmp_path: Path, encoder: Encoder
) -> None:
    text = GOOD.read_text("utf-8")
    before, _, last = text.rpartition("\n\n")
    (folder / "good.txt").write_text(f"{before}\n\n****************\n\n{last}", "utf-8")
    (folder / "empty.txt").write_bytes(b"")
    done = run_ingest(tmp_path / "a", folder, encoder)
    assert done.report is not None
    report = json.loads(done.report.read_text("utf-8"))
    assert report["counts"] == {"row-of-signs": 1}
    assert report["not_read"] == [
        {"file": str(folder / "empty.txt"), "reason": f"{folder / 'empty.txt'}: it is empty."}
    ]
    (read,) = report["files"]
    assert read["transcript"] == "2021-01-28-zhao-lijian" and read["oddities"][0]["kind"] == "row-of-signs"
    (left,) = read["remainder"]
    assert left["words"] == "****************" and left["line"] == read["oddities"][0]["line"]
    (folder / "another.txt").write_text(text.replace("January 28", "January 27"), "utf-8")
    again = run_ingest(tmp_path / "a", folder, encoder)
    assert again.report is not None
    kept = {Path(file["file"]).name: file for file in json.loads(again.report.read_text("utf-8"))["files"]}
    assert kept["good.txt"] == read, "what is carried over keeps its report"


def test_inspect_tells_of_every_file_and_ends_with_status_1(folder: Path) -> None:
    for name, (make, _) in BAD.items():
        make(folder / name)
    done = podium_command("inspect", folder, "--json")
    assert done.returncode == 1, done.stderr
    sent = {each["file"]: each for each in json.loads(done.stdout)}
    assert len(sent) == len(BAD) + 1 and sum(each["error"] is None for each in sent.values()) == 1
    shown = podium_command("inspect", folder)
    assert shown.returncode == 1 and "AFP" in shown.stdout and "Traceback" not in shown.stderr


def test_inspect_shows_a_readable_table(folder: Path) -> None:
    done = podium_command("inspect", folder / "good.txt", COLUMNS="120").stdout
    lines = [" ".join(line.split()) for line in done.splitlines()]
    assert "spokesperson Zhao Lijian the title" in lines
    assert any(line.startswith("# asked by question answer") for line in lines)
    assert any(line.startswith("2 NPR ") or line.startswith("1 NPR ") for line in lines) or "NPR" in done


def test_inspect_shows_no_escape_codes_of_a_page(folder: Path) -> None:
    text = GOOD.read_text("utf-8").replace("AFP:", "AFP: \x1b[31mred", 1)
    (folder / "good.txt").write_text(text, "utf-8")
    assert "\x1b" not in podium_command("inspect", folder / "good.txt").stdout


def test_a_list_on_standard_input_names_the_files(folder: Path, tmp_path: Path) -> None:
    shutil.copy(GOOD, folder / "a b\nc.txt")
    listed = b"\0".join(os.fsencode(path) for path in sorted(folder.iterdir()))
    done = podium_command("ingest", "-", "--dry-run", archive=tmp_path / "a", given=listed)
    assert done.returncode == 0 and "2 added" in done.stderr, done.stderr
    assert "a b\\nc.txt" in done.stderr and not (tmp_path / "a").exists()
    empty = podium_command("ingest", "-", archive=tmp_path / "a")
    assert empty.returncode == 2 and "no transcripts at no path" in empty.stderr and not (tmp_path / "a").exists()
