from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import embeddings.index
from embeddings.index import RECALL, IndexUnreadable, VectorIndex


def unit_rows(count: int, seed: int = 0, width: int = 24) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 300), st.integers(0, 1000))
def test_each_vector_is_its_own_nearest(count: int, seed: int) -> None:
    vectors = unit_rows(count, seed)
    index = VectorIndex.of(vectors)
    for row in range(0, count, max(1, count // 10)):
        rows, scores = index.search(vectors[row], 1)
        assert rows[0] == row and scores[0] == pytest.approx(1, abs=1e-3)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 400), st.floats(0, 1), st.integers(1, 50), st.integers(0, 99))
def test_a_mask_never_leaks_and_never_starves(count: int, share: float, k: int, seed: int) -> None:
    vectors = unit_rows(count, seed)
    allowed = np.random.default_rng(seed).random(count) < share
    rows, scores = VectorIndex.of(vectors).search(vectors[0], k, allowed)
    assert allowed[rows].all() and len(rows) == min(k, allowed.sum())
    expected = np.sort((vectors @ vectors[0])[allowed])[::-1][:k]
    assert np.allclose(scores, expected, atol=1e-3)


def test_a_saved_index_is_the_same_index(tmp_path: Path) -> None:
    vectors = unit_rows(50)
    VectorIndex.of(vectors).save(tmp_path / "v.faiss")
    opened = VectorIndex.open([tmp_path / "v.faiss"])
    assert np.allclose(opened.vectors(np.arange(50)), vectors, atol=1e-3)
    assert (opened.search(vectors[7], 3)[0] == VectorIndex.of(vectors).search(vectors[7], 3)[0]).all()


def test_asking_for_more_than_there_is_gives_what_there_is() -> None:
    rows, _ = VectorIndex.of(unit_rows(3)).search(unit_rows(1)[0], 10)
    assert sorted(rows) == [0, 1, 2]


@pytest.mark.parametrize("bad", [np.nan, np.inf, 5.0])
def test_vectors_that_are_not_unit_are_refused(bad: float) -> None:
    vectors = unit_rows(4)
    vectors[2, 0] = bad
    with pytest.raises(ValueError, match=r"finite|length 1"):
        VectorIndex.of(vectors)


def test_a_query_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        VectorIndex.of(unit_rows(4)).search(np.full(24, np.nan, np.float32), 1)


def test_a_file_that_is_no_index_is_named(tmp_path: Path) -> None:
    (tmp_path / "v.faiss").write_bytes(b"not an index at all")
    with pytest.raises(IndexUnreadable, match=r"v\.faiss"):
        VectorIndex.open([tmp_path / "v.faiss"])


@pytest.fixture
def sorted_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[VectorIndex, np.ndarray]:
    """3,000 vectors round 60 means, sorted into lists, behind 50 that are not."""
    monkeypatch.setattr(embeddings.index, "EXACT_UP_TO", 1000)
    vectors = unit_rows(60, 1).repeat(50, axis=0) + 0.6 * unit_rows(3000, 2)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for name, rows in (("few", unit_rows(50)), ("many", vectors), ("again", vectors)):
        index = VectorIndex.of(rows)
        index.save(tmp_path / f"{name}.faiss")
        lists = index.save_lists(tmp_path / f"{name}.faiss", lambda: vectors[::40])
        assert (lists is None) == (name == "few")
        assert lists is None or (lists.recall >= RECALL and 8 < lists.probes < lists.lists)
    assert (tmp_path / "many.lists.faiss").read_bytes() == (tmp_path / "again.lists.faiss").read_bytes()
    return VectorIndex.open([tmp_path / "few.faiss", tmp_path / "many.faiss"]), np.concatenate([unit_rows(50), vectors])


def test_lists_find_what_comparing_every_vector_finds(sorted_index: tuple[VectorIndex, np.ndarray]) -> None:
    index, vectors = sorted_index
    shared = []
    for asked in unit_rows(60, 1) + 0.4 * unit_rows(60, 3):
        rows, scores = index.search(asked, 10)
        shared.append(np.isin(rows, np.argsort(-(vectors @ asked))[:10]).mean())
        assert np.allclose(scores, vectors[rows] @ asked, atol=2e-3) and (np.diff(scores) <= 0).all()
    assert np.mean(shared) > 0.9


@pytest.mark.parametrize("share", [0.001, 0.2, 0.9])
def test_a_mask_holds_in_lists_too(sorted_index: tuple[VectorIndex, np.ndarray], share: float) -> None:
    index, vectors = sorted_index
    allowed = np.random.default_rng(4).random(len(vectors)) < share
    rows, _ = index.search(vectors[99], 20, allowed)
    assert allowed[rows].all() and len(rows) == min(20, allowed.sum())
