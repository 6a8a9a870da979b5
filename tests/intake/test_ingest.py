import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import SEEDS

from embeddings.encoder import Encoder
from rag.archive.archive import open_archive
from rag.archive.manifest import sealed
from rag.errors import BadInput, EncoderMismatch, UnreadableTranscript
from rag.intake.ingest import Ingested, ingest
from rag.pipeline import Podium
from rag.settings import Settings

TRIAL = "000_fe0e2805aa4ab78b.txt"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two of the seeds, in a folder that a test may change."""
    (tmp_path / "in").mkdir()
    for name in (TRIAL, "002_4492bcaa336717e6.txt"):
        shutil.copy(SEEDS / name, tmp_path / "in" / name)
    return tmp_path / "in"


def run(archive: Path, *paths: Path, encoder: Encoder | None, **options: object) -> Ingested:
    def load() -> Encoder:
        assert encoder is not None, "nothing had changed, yet the encoder was loaded"
        return encoder

    return ingest(archive, paths, "podium-MiniLM-L6", load, seconds=60, **options)  # type: ignore[arg-type]


def test_a_second_ingest_does_nothing(folder: Path, tmp_path: Path, encoder: Encoder) -> None:
    first = run(tmp_path / "a", folder, encoder=encoder)
    assert first.generation == "000001" and first.transcripts == 2
    second = run(tmp_path / "a", folder, encoder=None)
    assert second.generation is None and second.gathered.unchanged == 2


def test_a_changed_file_embeds_only_what_changed(folder: Path, tmp_path: Path, encoder: Encoder) -> None:
    run(tmp_path / "a", folder, encoder=encoder)
    before = {e.id: e for e in open_archive(tmp_path / "a").exchanges}
    text = (folder / TRIAL).read_text("utf-8")
    (folder / TRIAL).write_text(text.replace("China firmly opposes it.", "China opposes it most firmly."), "utf-8")
    changed = run(tmp_path / "a", folder, encoder=encoder)
    assert [Path(path).name for path in changed.gathered.changed] == [TRIAL]
    assert 1 <= changed.vectors_made <= 3 and changed.vectors_kept > 45
    after = open_archive(tmp_path / "a")
    assert {e.id for e in after.exchanges} == set(before)
    answers = [span.cut(after.text(e.transcript_id)) for e in after.exchanges for span in e.answer]
    assert any("China opposes it most firmly." in answer for answer in answers)


def test_vectors_that_are_kept_are_the_ones_that_would_be_made(folder: Path, tmp_path: Path, encoder: Encoder) -> None:
    run(tmp_path / "a", folder / TRIAL, encoder=encoder)
    run(tmp_path / "a", folder, encoder=encoder)
    run(tmp_path / "b", folder, encoder=encoder)
    grown, whole = open_archive(tmp_path / "a"), open_archive(tmp_path / "b")
    rows = range(len(whole.passage_exchange))
    assert [grown.passage(row) for row in rows] == [whole.passage(row) for row in rows]
    for kept, made in (
        (grown.passage_vectors, whole.passage_vectors),
        (grown.sentence_vectors, whole.sentence_vectors),
    ):
        every = np.arange(len(made))
        # A text's last digits depend on the batch that it was read in.
        assert (kept.vectors(every) * made.vectors(every)).sum(axis=1).min() > 0.999


def test_a_vanished_file_leaves_and_files_from_elsewhere_stay(folder: Path, tmp_path: Path, encoder: Encoder) -> None:
    run(tmp_path / "a", folder, encoder=encoder)
    run(tmp_path / "a", SEEDS / "003_4d07b25c1c8cc511.txt", encoder=encoder)
    (folder / TRIAL).unlink()
    done = run(tmp_path / "a", folder, encoder=encoder)
    assert [Path(path).name for path in done.gathered.removed] == [TRIAL]
    assert set(open_archive(tmp_path / "a").heads) == {"2021-01-28-zhao-lijian", "2021-02-26-wang-wenbin"}


def test_a_bad_file_is_listed_and_stops_nothing(folder: Path, tmp_path: Path, encoder: Encoder) -> None:
    (folder / "empty.txt").write_bytes(b"")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (folder / "poem.txt").write_text("Shall I compare thee to a summer's day?\n\nThou art more lovely.\n")
    done = run(tmp_path / "a", folder, encoder=encoder)
    assert done.transcripts == 2
    assert {Path(error.key).name for error in done.gathered.failed} == {"empty.txt", "binary.txt", "poem.txt"}


def test_a_file_that_can_no_longer_be_read_keeps_its_last_version(
    folder: Path, tmp_path: Path, encoder: Encoder
) -> None:
    run(tmp_path / "a", folder, encoder=encoder)
    (folder / TRIAL).write_bytes(b"\0\0\0")
    done = run(tmp_path / "a", folder, encoder=None)
    assert len(done.gathered.failed) == 1
    assert "2021-03-18-zhao-lijian" in open_archive(tmp_path / "a").heads


def test_the_same_conference_twice_is_one_transcript_with_both_sources(
    folder: Path, tmp_path: Path, encoder: Encoder
) -> None:
    (folder / "mirror.txt").write_text("Home > News\n" + (folder / TRIAL).read_text("utf-8"), "utf-8")
    done = run(tmp_path / "a", folder, encoder=encoder)
    assert done.transcripts == 2
    assert set(open_archive(tmp_path / "a").heads["2021-03-18-zhao-lijian"].sources) == {TRIAL, "mirror.txt"}
    assert run(tmp_path / "a", folder, encoder=None).generation is None


def test_two_conferences_of_one_day_stay_two(folder: Path, tmp_path: Path, encoder: Encoder) -> None:
    other = (folder / "002_4492bcaa336717e6.txt").read_text("utf-8")
    other = other.replace("January 28, 2021", "March 18, 2021").replace("2021-01-28 19:34", "2021-03-18 19:34")
    (folder / "other.txt").write_text(other, "utf-8")
    run(tmp_path / "a", folder, encoder=encoder)
    heads = set(open_archive(tmp_path / "a").heads)
    assert {"2021-03-18-zhao-lijian", "2021-03-18-zhao-lijian-2"} <= heads
    before = open_archive(tmp_path / "a").heads
    (folder / "0.txt").write_text("Regular Press Conference\n" + other.replace("March 18", "March 19"), "utf-8")
    run(tmp_path / "a", folder, encoder=encoder)
    after = open_archive(tmp_path / "a").heads
    assert all(after[key].sources == before[key].sources for key in before)


def test_an_inserted_exchange_leaves_the_others_their_numbers(folder: Path, tmp_path: Path, encoder: Encoder) -> None:
    run(tmp_path / "a", folder, encoder=encoder)
    before = open_archive(tmp_path / "a").transcript("2021-03-18-zhao-lijian")
    text = (folder / TRIAL).read_text("utf-8")
    added = "AFP: Is it going to rain?\n\nZhao Lijian: I am not a weatherman.\n\nXinhua News Agency: Could"
    (folder / TRIAL).write_text(text.replace("Xinhua News Agency: Could", added, 1), "utf-8")
    run(tmp_path / "a", folder, encoder=encoder)
    after = open_archive(tmp_path / "a").transcript("2021-03-18-zhao-lijian")
    words = {exchange.number: [span.cut(after.text) for span in exchange.spans] for exchange in after.exchanges}
    for exchange in before.exchanges:
        assert words.pop(exchange.number) == [span.cut(before.text) for span in exchange.spans]
    assert list(words.values()) == [["Is it going to rain?", "I am not a weatherman."]]


def test_a_dry_run_writes_nothing(folder: Path, tmp_path: Path) -> None:
    done = run(tmp_path / "a", folder, encoder=None, dry_run=True)
    assert done.generation is None and len(done.gathered.added) == 2
    assert not (tmp_path / "a" / "CURRENT").exists()


def test_a_folder_without_transcripts_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("hello")
    with pytest.raises(BadInput, match=r"no transcripts.*\.txt"):
        run(tmp_path / "a", tmp_path, encoder=None)
    assert not (tmp_path / "a").exists()


def test_nothing_readable_is_an_error_and_leaves_no_archive(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.txt").write_bytes(b"\0\1\2")
    with pytest.raises(UnreadableTranscript, match="none of 1"):
        run(tmp_path / "a", tmp_path / "in", encoder=None)
    assert not (tmp_path / "a" / "CURRENT").exists()


def test_names_and_links_that_try_to_escape(folder: Path, tmp_path: Path, encoder: Encoder) -> None:
    text = (folder / TRIAL).read_bytes()
    (folder / TRIAL).unlink()
    (folder / "weird 'name'\n新闻.txt").write_bytes(text)
    (folder / "loop").symlink_to(folder)
    done = run(tmp_path / "a", folder, encoder=encoder)
    assert done.transcripts == 2 and not done.gathered.failed


def test_an_archive_of_another_encoder_is_refused_with_both_names(own_archive: Path) -> None:
    with pytest.raises(EncoderMismatch, match=r"podium-MiniLM-L6.*other-model"):
        Podium(Settings(archive=own_archive, encoder="other-model"))


def test_changed_vectors_of_the_same_encoder_are_noticed(own_archive: Path) -> None:
    path = own_archive / "generations" / "000001" / "manifest.json"
    import json

    manifest = json.loads(path.read_text())
    manifest["encoder"]["probe"] = manifest["encoder"]["probe"][::-1]
    del manifest["seal"]
    path.write_bytes(sealed(manifest))
    with pytest.raises(EncoderMismatch, match="other vectors"):
        Podium(Settings(archive=own_archive))
