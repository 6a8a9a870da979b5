import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.archive import generations
from rag.archive.archive import open_archive
from rag.archive.generations import current_generation, locked, publish, rollback
from rag.archive.manifest import read_manifest, sealed
from rag.errors import ArchiveBusy, ArchiveDamaged, ArchiveMissing, ArchiveUnwritable


def write_word(word: str):
    def write(folder: Path) -> dict[str, object]:
        (folder / "words").mkdir()
        (folder / "words" / "word.txt").write_text(word)
        return {"word": word}

    return write


def word(archive: Path) -> str:
    return (archive / "generations" / current_generation(archive) / "words" / "word.txt").read_text()


def test_a_published_generation_is_current_and_the_one_before_stays(tmp_path: Path) -> None:
    names = []
    for each in ("one", "two", "three"):
        with locked(tmp_path):
            names.append(publish(tmp_path, write_word(each)))
    assert names == ["000001", "000002", "000003"] and word(tmp_path) == "three"
    assert sorted(path.name for path in (tmp_path / "generations").iterdir()) == ["000002", "000003"]
    assert rollback(tmp_path) == "000002" and word(tmp_path) == "two"
    with locked(tmp_path):
        assert publish(tmp_path, write_word("four")) == "000004"


def test_what_fails_before_the_end_publishes_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    with locked(tmp_path):
        publish(tmp_path, write_word("whole"))

    def break_off(folder: Path) -> dict[str, object]:
        (folder / "half.txt").write_text("half")
        raise KeyboardInterrupt

    with locked(tmp_path), pytest.raises(KeyboardInterrupt):
        publish(tmp_path, break_off)
    assert word(tmp_path) == "whole"
    assert [path.name for path in (tmp_path / "generations").iterdir()] == ["000001"]


@pytest.mark.parametrize("at", range(12))
def test_any_fsync_that_fails_publishes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    with locked(tmp_path):
        publish(tmp_path, write_word("old"))
    real, calls = os.fsync, []

    def failing(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == at + 1:
            raise OSError(5, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(generations.os, "fsync", failing)
    try:
        with locked(tmp_path):
            publish(tmp_path, write_word("new"))
    except ArchiveUnwritable:
        # Only the last fsync, of the folder after CURRENT was replaced, comes too late to keep the old name.
        assert word(tmp_path) in ("old", "new")
        assert word(tmp_path) == "old" or len(calls) > 6
    else:
        assert len(calls) <= at and word(tmp_path) == "new"


def test_leftovers_of_a_killed_ingest_are_swept(tmp_path: Path) -> None:
    left = tmp_path / "generations" / ".new-000001"
    left.mkdir(parents=True)
    (left / "vectors.faiss").write_bytes(b"half")
    with locked(tmp_path):
        publish(tmp_path, write_word("whole"))
    assert not left.exists()


def test_a_second_writer_is_told_who_holds_the_archive(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(ArchiveBusy, match=f"process {os.getpid()}"), locked(tmp_path):
        pass


def test_a_lock_whose_process_is_dead_is_free(tmp_path: Path) -> None:
    code = (
        "import os; from pathlib import Path; from rag.archive.generations import locked\n"
        f"with locked(Path({str(tmp_path)!r})): os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    with locked(tmp_path):
        pass


def test_current_that_names_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(ArchiveMissing, match="podium ingest"):
        current_generation(tmp_path)
    with locked(tmp_path):
        publish(tmp_path, write_word("one"))
    for broken in ("", "000009", "../../etc", "\x00", "9" * 300, "9" * 5000):
        (tmp_path / "CURRENT").write_text(broken)
        with pytest.raises(ArchiveDamaged, match="rollback"):
            current_generation(tmp_path)
    (tmp_path / "CURRENT").unlink()
    with pytest.raises(ArchiveDamaged, match="no CURRENT"):
        current_generation(tmp_path)
    assert rollback(tmp_path) == "000001" == current_generation(tmp_path)


@pytest.mark.parametrize("file", ["catalogue.sqlite", "vectors.faiss", "columns/exchange_day.npy", "words/words.json"])
@pytest.mark.parametrize("damage", ["flip", "cut", "remove"])
def test_a_damaged_file_is_named(own_archive: Path, file: str, damage: str) -> None:
    path = own_archive / "generations" / "000001" / "parts" / "000001-1" / file
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif damage == "cut":
        path.write_bytes(content[:-1])
    else:
        path.unlink()
    # Opening looks at sizes alone, whatever the archive's; `podium check` and every ingest look at each byte.
    for verified in (True,) if damage == "flip" else (True, False):
        with pytest.raises(ArchiveDamaged, match=f"{Path(file).name}.*--rebuild"):
            open_archive(own_archive, verified=verified)


def test_rows_that_disagree_are_refused(own_archive: Path) -> None:
    folder = own_archive / "generations" / "000001"
    part = folder / "parts" / "000001-1"
    (part / "vectors.faiss").write_bytes((part / "sentences.faiss").read_bytes())
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["parts/000001-1/vectors.faiss"] = manifest["files"]["parts/000001-1/sentences.faiss"]
    del manifest["seal"]
    (folder / "manifest.json").write_bytes(sealed(manifest))
    with pytest.raises(ArchiveDamaged, match=r"vectors\.faiss.*rows"):
        open_archive(own_archive)


def test_an_archive_of_a_later_format_is_refused(own_archive: Path) -> None:
    path = own_archive / "generations" / "000001" / "manifest.json"
    path.write_text(path.read_text().replace('"format": 4', '"format": 99'))
    with pytest.raises(ArchiveDamaged, match="format 99"):
        open_archive(own_archive)


def test_no_byte_of_a_manifest_can_change_unseen(tmp_path: Path) -> None:
    with locked(tmp_path):
        publish(tmp_path, write_word("one"))
    path = tmp_path / "generations" / "000001" / "manifest.json"
    whole = path.read_bytes()
    read_manifest(tmp_path, "000001")
    for place in range(len(whole)):
        for bit in (1, 32):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
            with pytest.raises(ArchiveDamaged):
                read_manifest(tmp_path, "000001")


def test_a_manifest_from_before_there_were_seals_is_read(tmp_path: Path) -> None:
    with locked(tmp_path):
        publish(tmp_path, write_word("one"))
    path = tmp_path / "generations" / "000001" / "manifest.json"
    manifest = json.loads(path.read_bytes())
    del manifest["seal"]
    path.write_text(json.dumps(manifest, indent=1))
    assert read_manifest(tmp_path, "000001")["word"] == "one"


def test_a_full_disk_says_how_much_the_generation_before_takes(tmp_path: Path) -> None:
    with locked(tmp_path):
        publish(tmp_path, write_word("x" * 5000))

    def full(folder: Path) -> dict[str, object]:
        (folder / "half.txt").write_text("half")
        raise OSError(28, "No space left on device")

    with locked(tmp_path), pytest.raises(ArchiveUnwritable, match=r"more than 4 bytes, the one before it 10,\d\d\d;"):
        publish(tmp_path, full)
