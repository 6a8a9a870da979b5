"""An archive in several parts answers as one in one part does, and an ingest links what it leaves as it is."""

import shutil
from pathlib import Path

import pytest
from conftest import SEEDS

import rag.archive.parts
from embeddings.encoder import Encoder
from rag.archive.archive import Archive, open_archive
from rag.archive.parts import taken_up
from rag.errors import ArchiveDamaged
from rag.intake.ingest import Ingested, ingest
from rag.pipeline import Podium
from rag.question.asked import Asked
from rag.settings import Settings

FILES = sorted(SEEDS.glob("*.txt"))


@pytest.fixture
def in_parts(tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The five seeds, ingested three and two, in a part each."""
    monkeypatch.setattr(rag.archive.parts, "SMALL", 1)
    (tmp_path / "in").mkdir()
    for files in (FILES[:3], FILES[3:]):
        for file in files:
            shutil.copy(file, tmp_path / "in")
        run(tmp_path, encoder)
    return tmp_path


def run(place: Path, encoder: Encoder) -> Ingested:
    return ingest(place / "a", [place / "in"], encoder.name, lambda: encoder, seconds=60)


def names(archive: Archive) -> list[str]:
    return [part["name"] for part in archive.manifest["parts"]]


def test_parts_answer_as_one_does(in_parts: Path, podium: Podium, encoder: Encoder) -> None:
    asked = Podium(Settings(archive=in_parts / "a"), encoder)
    assert len(asked.archive.manifest["parts"]) == 2
    assert sorted(asked.archive.places) == sorted(podium.archive.places)
    assert asked.archive.coverage == podium.archive.coverage
    for question in ("What did China say about the trial of the two Canadians?", "Vaccines, asked by AFP in 2021"):
        ours, theirs = (each.ask(Asked(question)) for each in (asked, podium))
        assert [quote.text for quote in ours.quotes] == [quote.text for quote in theirs.quotes]
        assert ours.confidence == pytest.approx(theirs.confidence, abs=1e-3)
    for exchange_id in list(podium.archive.places)[::7]:
        assert asked.archive.exchange(exchange_id) == podium.archive.exchange(exchange_id)


def test_what_stands_is_linked_and_counted_as_before(in_parts: Path) -> None:
    generations = in_parts / "a" / "generations"
    first, second = (open_archive(in_parts / "a", name) for name in ("000001", "000002"))
    assert names(second)[0] == names(first)[0]
    for file in (generations / "000001" / "parts").rglob("*.*"):
        assert file.samefile(generations / "000002" / file.relative_to(generations / "000001"))
    open_archive(in_parts / "a", verified=True)
    assert second.manifest["counts"]["transcripts"] == 5 == len(second.heads)


def test_a_part_is_written_anew_where_a_transcript_of_it_changes_or_goes(in_parts: Path, encoder: Encoder) -> None:
    before = open_archive(in_parts / "a")
    changed = in_parts / "in" / FILES[0].name
    changed.write_text(changed.read_text("utf-8").replace("China firmly opposes it.", "China opposes it firmly."))
    assert 1 <= run(in_parts, encoder).vectors_made <= 3
    after = open_archive(in_parts / "a")
    assert sorted(after.places) == sorted(before.places) and names(after)[0] not in names(before)
    for file in FILES[:3]:
        (in_parts / "in" / file.name).unlink()
    done = run(in_parts, encoder)
    left = open_archive(in_parts / "a")
    assert (done.transcripts, done.vectors_made) == (2, 0) and len(left.manifest["parts"]) == 1
    assert set(left.places) == {each for each in before.places if before.exchange(each).transcript_id in left.heads}


def test_an_ingest_copies_nothing_that_is_damaged(in_parts: Path, encoder: Encoder) -> None:
    first = names(open_archive(in_parts / "a"))[0]
    path = in_parts / "a" / "generations" / "000002" / "parts" / first / "sayings" / "ring.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    (in_parts / "in" / FILES[0].name).unlink()
    with pytest.raises(ArchiveDamaged, match=r"ring\.npy"):
        run(in_parts, encoder)


def test_parts_stay_few() -> None:
    sizes: list[int] = []
    for _ in range(3000):
        first = taken_up(sizes, 300)
        sizes = [*sizes[:first], sum(sizes[first:]) + 300]
    assert sum(sizes) == 900_000 and len(sizes) < 9
