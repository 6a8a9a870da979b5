"""Milvus searches as the archive's own files do, and whatever breaks there, what is published goes on serving."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import SEEDS, SET

from embeddings.encoder import Encoder
from eval.questions import read_questions
from rag.archive.archive import open_archive
from rag.archive.generations import current_generation
from rag.errors import ArchiveDamaged, EncoderMismatch, EngineUnavailable
from rag.pipeline import Podium, build
from rag.question.asked import Asked
from rag.question.filters import Filters
from rag.settings import Settings

pytest.importorskip("pymilvus", reason="podium[milvus] is not installed: `make engines` runs these tests")
pytest.importorskip("milvus_lite", reason="podium[milvus] is not installed: `make engines` runs these tests")
pytestmark = pytest.mark.filterwarnings("default")

FILTERS = (
    Filters(spokespeople=("Zhao Lijian",)),
    Filters(outlets=("Reuters",)),
    Filters(spokespeople=("Nobody Known",)),
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, seeds_archive: Path, encoder: Encoder) -> Settings:
    """An archive of the seeds that was moved to Milvus: nothing was read again, only its collection was filled."""
    folder = tmp_path_factory.mktemp("milvus")
    shutil.copytree(seeds_archive, folder / "archive")
    settings = Settings(archive=folder / "archive", engine="milvus", milvus_uri=str(folder / "milvus.db"))
    assert build(settings, [SEEDS], encoder=lambda: encoder).generation is None
    return settings


@pytest.fixture(scope="module")
def there(settings: Settings, encoder: Encoder) -> Podium:
    return Podium(settings, encoder)


@pytest.fixture
def fresh(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """An archive and an alias of one test's own, in the same Milvus."""
    shutil.copytree(settings.archive, tmp_path / "archive")
    name = f"own_{tmp_path.name}".replace("-", "_")
    yield settings.model_copy(update={"archive": tmp_path / "archive", "milvus_alias": name})


def test_every_question_finds_the_same_exchanges_in_the_same_order(there: Podium, podium: Podium) -> None:
    assert there.archive.engine is not podium.archive.engine
    for question in read_questions([SET]):
        asked = Asked(question.question, history=tuple(question.history))
        ours, theirs = (each.retrieve(asked, depth=20).candidates for each in (podium, there))
        assert [each.place for each in theirs] == [each.place for each in ours], question.id
        assert np.allclose([each.score for each in theirs], [each.score for each in ours], atol=1e-4), question.id


@pytest.mark.parametrize("filters", FILTERS)
def test_filters_hold_inside_the_searches(there: Podium, podium: Podium, filters: Filters) -> None:
    days = sorted(int(day) for day in podium.archive.exchange_days if day)
    vector = podium.encoder.encode_queries(["trade"])[0]
    shares = {"china": 1.0, "us": 0.3}
    for each in (filters, *_dated(filters, days[len(days) // 2])):
        for k in (3, 1000):
            (rows, scores), (own, right) = (e.archive.engine.nearest(vector, k, each) for e in (there, podium))
            assert rows.tolist() == own.tolist() and np.allclose(scores, right, atol=1e-5)
            (rows, scores), (own, right) = (e.archive.engine.worded(shares, k, each) for e in (there, podium))
            assert len(rows) == len(own) and np.allclose(_shared(scores), _shared(right), atol=1e-4)


def test_a_new_generation_is_a_new_collection_behind_the_same_alias(fresh: Settings, encoder: Encoder) -> None:
    build(fresh, [SEEDS], encoder=lambda: encoder)
    serving = Podium(fresh, encoder)
    assert serving._milvus is not None
    client = serving._milvus.client
    first = client.describe_alias(fresh.milvus_alias)["collection_name"]
    for name in ("one.txt", "two.txt"):
        (fresh.archive.parent / name).write_text(_conference(name))
        build(fresh, [fresh.archive.parent / name], encoder=lambda: encoder)
    current = client.describe_alias(fresh.milvus_alias)["collection_name"]
    own = [each for each in client.list_collections() if each.startswith(fresh.milvus_alias)]
    assert current.endswith(current_generation(fresh.archive)) and current != first
    assert len(own) == 2 and first not in own
    assert serving.refresh() and serving.ask("What of the harbour of one.txt?").quotes


def test_what_fails_in_milvus_publishes_nothing(
    fresh: Settings, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pymilvus import MilvusClient
    from pymilvus.exceptions import MilvusException

    build(fresh, [SEEDS], encoder=lambda: encoder)
    before = current_generation(fresh.archive)
    (fresh.archive.parent / "one.txt").write_text(_conference("one.txt"))

    def full(*_: object, **__: object) -> None:
        raise MilvusException(message="no space left on device")

    monkeypatch.setattr(MilvusClient, "insert", full)
    with pytest.raises(EngineUnavailable, match="no space left"):
        build(fresh, [fresh.archive.parent / "one.txt"], encoder=lambda: encoder)
    monkeypatch.undo()
    assert current_generation(fresh.archive) == before
    assert [each.name for each in (fresh.archive / "generations").iterdir()] == [before]
    assert Podium(fresh, encoder).ask("What did China say about the trial of the two Canadians?").quotes
    assert build(fresh, [fresh.archive.parent / "one.txt"], encoder=lambda: encoder).generation is not None


def test_a_collection_that_is_not_the_generations_is_told_of_and_filled_anew(fresh: Settings, encoder: Encoder) -> None:
    with pytest.raises(ArchiveDamaged, match="isn't there") as missing:
        Podium(fresh, encoder)
    assert missing.value.key == "collection" and "podium ingest" in missing.value.remedy
    build(fresh, [SEEDS], encoder=lambda: encoder)
    podium = Podium(fresh, encoder)
    milvus = podium._milvus
    assert milvus is not None
    milvus.client.delete(podium.archive.engine._name, filter="row in [0, 1]")  # type: ignore[attr-defined]
    with pytest.raises(ArchiveDamaged, match="where there should be"):
        Podium(fresh, encoder)
    build(fresh, [SEEDS], encoder=lambda: encoder)
    other = open_archive(fresh.archive)
    other.manifest["encoder"]["fingerprint"] = "another"
    with pytest.raises(EncoderMismatch, match="another encoder") as mismatch:
        milvus.engine(other)
    assert podium.archive.engine._name in mismatch.value.message  # type: ignore[attr-defined]


def test_a_milvus_that_is_down_or_silent_is_told_of(fresh: Settings, encoder: Encoder) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        for listening in (False, True):
            if listening:
                silent.listen()
            gone = fresh.model_copy(update={"milvus_uri": address, "milvus_seconds": 1.0})
            with pytest.raises(EngineUnavailable) as error:
                Podium(gone, encoder)
            assert error.value.key == "milvus_uri" and address in error.value.message


def _dated(filters: Filters, day: int) -> Iterator[Filters]:
    import datetime
    from dataclasses import replace

    at = datetime.date.fromordinal(day)
    yield replace(filters, date_from=at)
    yield replace(filters, date_to=at)
    yield replace(filters, date_to=at, undated=True)


def _shared(scores: np.ndarray) -> np.ndarray:
    """Scores as shares of the best: Milvus's carry a factor that ours don't."""
    return scores / (scores[0] if len(scores) else 1)


def _conference(name: str) -> str:
    return (
        f"Press Briefing by Press Secretary Jo Roe, {3 if 'one' in name else 4} May 2024\n\n"
        f"Q  What of the harbour of {name}?\n\nMS. ROE: The harbour of {name} was dredged, and its quay is new.\n"
    )
