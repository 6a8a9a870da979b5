import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from conftest import SEEDS

import rag.intake.cutting
from embeddings.encoder import Encoder
from rag.archive.archive import open_archive
from rag.errors import ArchiveUnwritable
from rag.intake.ingest import Ingested, ingest
from rag.intake.journal import KEY, NAME, Journal


class Usage(NamedTuple):
    """What a disk has, as `shutil.disk_usage` tells it."""

    total: int
    used: int
    free: int


KEYS = [letter * KEY for letter in "abcd"]
VECTORS = np.eye(4, 6, dtype=np.float32)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    journal = Journal(tmp_path)
    journal.add(KEYS[:2], VECTORS[:2])
    journal.add(KEYS[2:], VECTORS[2:])
    return journal


def test_what_was_noted_is_read(journal: Journal) -> None:
    found = journal.read(6)
    assert list(found) == KEYS and np.array_equal(np.stack(list(found.values())), VECTORS)
    journal.discard()
    assert journal.read(6) == {}
    journal.discard()


@pytest.mark.parametrize("left", [0, 5, 12, 40, 100])
def test_a_block_that_was_cut_off_goes_and_others_follow_it(journal: Journal, tmp_path: Path, left: int) -> None:
    whole = (tmp_path / NAME).stat().st_size // 2
    (tmp_path / NAME).write_bytes((tmp_path / NAME).read_bytes()[: whole + left])
    assert list(journal.read(6)) == KEYS[:2]
    journal.add(KEYS[3:], VECTORS[3:])
    assert list(journal.read(6)) == [*KEYS[:2], KEYS[3]]


def test_no_damaged_block_is_read_nor_one_of_other_dimensions(journal: Journal, tmp_path: Path) -> None:
    content = (tmp_path / NAME).read_bytes()
    for at in range(len(content)):
        flipped = bytearray(content)
        flipped[at] ^= 1
        (tmp_path / NAME).write_bytes(flipped)
        for key, vector in journal.read(6).items():
            assert np.array_equal(vector, VECTORS[KEYS.index(key)]), at
    (tmp_path / NAME).write_bytes(content)
    assert journal.read(4) == {}


class Counting:
    """The real encoder; counts the texts that it is given, and stops after so many calls."""

    def __init__(self, encoder: Encoder, stop: int, error: BaseException) -> None:
        self._encoder, self._stop, self._error, self.texts = encoder, stop, error, 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._encoder, name)

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None]) -> object:
        self._count(texts)
        return self._encoder.encode_passages(texts, progress)

    def encode_stretches(
        self, texts: Sequence[str], stretches: Sequence[Sequence[tuple[int, int]]], progress: Callable[[int], None]
    ) -> object:
        self._count(texts)
        return self._encoder.encode_stretches(texts, stretches, progress)

    def _count(self, texts: Sequence[str]) -> None:
        self._stop -= 1
        if self._stop < 0:
            raise self._error
        self.texts += len(texts)


def run(archive: Path, folder: Path, encoder: object) -> Ingested:
    return ingest(archive, [folder], encoder.name, lambda: encoder, seconds=60)  # type: ignore[arg-type, return-value]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(rag.intake.cutting, "BLOCK", 8)
    (tmp_path / "in").mkdir()
    shutil.copy(SEEDS / "000_fe0e2805aa4ab78b.txt", tmp_path / "in")
    return tmp_path / "in"


def test_an_ingest_takes_up_the_vectors_of_one_that_was_stopped(folder: Path, tmp_path: Path, encoder: Encoder) -> None:
    whole = run(tmp_path / "whole", folder, encoder)
    stopped = Counting(encoder, 2, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "a", folder, stopped)
    assert stopped.texts == 16 and (tmp_path / "a" / NAME).exists()
    again = Counting(encoder, 1000, KeyboardInterrupt())
    done = run(tmp_path / "a", folder, again)
    assert again.texts == done.vectors_made == whole.vectors_made - 16
    assert not (tmp_path / "a" / NAME).exists()
    one, other = (open_archive(tmp_path / name) for name in ("a", "whole"))
    for vectors in ("passage_vectors", "sentence_vectors"):
        ours, theirs = (getattr(each, vectors) for each in (one, other))
        every = np.arange(len(theirs))
        assert (ours.vectors(every) * theirs.vectors(every)).sum(axis=1).min() > 0.999


def test_a_disk_without_room_keeps_no_journal(folder: Path, tmp_path: Path, encoder: Encoder) -> None:
    with pytest.raises(ArchiveUnwritable, match="free"):
        run(tmp_path / "a", folder, Counting(encoder, 2, OSError(28, "No space left on device")))
    assert not (tmp_path / "a").exists()


def test_an_ingest_goes_on_where_the_disk_takes_no_journal(
    folder: Path, tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def full(path: Path, mode: str = "r", *given: Any, **how: Any) -> Any:
        if path.name == NAME and mode == "ab":
            raise OSError(28, "No space left on device")
        return opened(path, mode, *given, **how)

    monkeypatch.setattr(Path, "open", full)
    assert run(tmp_path / "a", folder, encoder).generation == "000001"
    assert not (tmp_path / "a" / NAME).exists()


def test_a_disk_that_is_too_small_is_told_before_anything_is_encoded(
    folder: Path, tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100_000, 90_000, 10_000))
    counting = Counting(encoder, 1000, KeyboardInterrupt())
    with pytest.raises(ArchiveUnwritable, match=r"takes more than [1-9][0-9]{2},[0-9]{3} bytes.*; 10,000 are free"):
        run(tmp_path / "a", folder, counting)
    assert counting.texts == 0 and not (tmp_path / "a").exists()


def test_a_journal_of_what_is_published_goes(folder: Path, tmp_path: Path, encoder: Encoder) -> None:
    run(tmp_path / "a", folder, encoder)
    Journal(tmp_path / "a").add(KEYS, VECTORS)
    assert run(tmp_path / "a", folder, encoder).generation is None
    assert not (tmp_path / "a" / NAME).exists()
