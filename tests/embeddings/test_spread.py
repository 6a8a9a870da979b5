"""An ingest whose passages workers read gives the same archive, and one whose workers die publishes nothing."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import SEEDS

from embeddings import spread
from embeddings.encoder import DEFAULT_MODEL
from embeddings.spread import LOCAL, SpreadEncoder, WorkersUnavailable
from rag.archive.archive import open_archive
from rag.errors import EncoderUnavailable
from rag.loading import load_encoder
from rag.pipeline import build
from rag.settings import Settings

ray = pytest.importorskip("ray", reason="podium[ray] is not installed: `make engines` runs these tests")
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def workers() -> Iterator[SpreadEncoder]:
    """A Ray of two workers on this machine."""
    encoder = SpreadEncoder(DEFAULT_MODEL, LOCAL, workers=2)
    yield encoder
    encoder.close()


def test_the_archive_is_the_same_to_the_last_bit(workers: SpreadEncoder, seeds_archive: Path, tmp_path: Path) -> None:
    made = build(Settings(archive=tmp_path / "archive"), [SEEDS], encoder=lambda: workers)
    spread, here = open_archive(tmp_path / "archive"), open_archive(seeds_archive)
    assert made.vectors_made == len(here.passage_exchange) > 100
    for ours, theirs in (
        (here.passage_vectors, spread.passage_vectors),
        (here.sentence_vectors, spread.sentence_vectors),
    ):
        rows = np.arange(len(ours))
        assert np.array_equal(ours.vectors(rows), theirs.vectors(rows))


def test_the_texts_of_a_worker_that_dies_go_to_another(workers: SpreadEncoder, tmp_path: Path) -> None:
    texts = [f"The harbour of town {at} was dredged." for at in range(70)]
    bounds = [[(0, 11), (12, len(text))] for text in texts]
    whole, parts = super(SpreadEncoder, workers).encode_stretches(texts, bounds)
    usual = workers._work
    workers._work = _dying(tmp_path / "died", once=True)
    try:
        found, inner = workers.encode_stretches(texts, bounds)
    finally:
        workers._work = usual
    assert (tmp_path / "died").exists()
    assert np.allclose(found, whole, atol=1e-6)
    assert all(np.allclose(ours, theirs, atol=1e-6) for ours, theirs in zip(inner, parts, strict=True))


def test_workers_that_go_on_dying_publish_nothing(workers: SpreadEncoder, own_archive: Path, tmp_path: Path) -> None:
    before = open_archive(own_archive).name
    shutil.copy(next(SEEDS.glob("*.txt")), tmp_path / "again.txt")
    (tmp_path / "more.txt").write_text(
        "Press Briefing by Press Secretary Jo Roe, 3 May 2024\n\nQ  And the harbour?\n\nMS. ROE: It was dredged.\n"
    )
    usual = workers._work
    workers._work = _dying(tmp_path / "died", once=False)
    try:
        with pytest.raises(EncoderUnavailable, match="worker died") as error:
            build(Settings(archive=own_archive), [tmp_path / "more.txt"], on=LOCAL, encoder=lambda: workers)
    finally:
        workers._work = usual
    assert error.value.key == "on" and "--on" in error.value.remedy
    assert open_archive(own_archive).name == before
    assert [each.name for each in (own_archive / "generations").iterdir()] == [before]


def test_a_worker_with_another_model_is_told_of(workers: SpreadEncoder) -> None:
    usual = workers._work
    workers._work = ray.remote(lambda *_: ("another", workers_probe, np.zeros((1, 384)), [np.zeros((1, 384))])).remote
    workers_probe = workers.probe
    try:
        with pytest.raises(WorkersUnavailable, match="not the one that is here"):
            workers.encode_stretches(["One."], [[(0, 4)]])
    finally:
        workers._work = usual


@pytest.mark.parametrize(
    ("on", "said"), [(LOCAL, "Ray can't be started here"), ("ray://127.0.0.1:9", "no Ray answers")]
)
def test_a_ray_that_does_not_come_up_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch, on: str, said: str) -> None:
    def late(**_: Any) -> None:
        raise Exception("The current node timed out during startup.\nSee the logs.")  # as Ray itself does

    monkeypatch.setattr(ray, "init", late)
    with pytest.raises(EncoderUnavailable, match=f"^{said}.*timed out during startup") as error:
        load_encoder(Settings(), on=on)
    assert "logs" not in error.value.message and "--on" in error.value.remedy
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def _dying(flag: Path, *, once: bool) -> Any:
    """Work of which the first worker, or every one, dies."""
    work = spread._read

    def dying(*given: Any) -> Any:
        if not once or not flag.exists():
            flag.touch()
            os._exit(1)
        return work(*given)

    return ray.remote(num_cpus=1, max_retries=2)(dying).remote
