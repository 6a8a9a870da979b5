import json
import shutil
from pathlib import Path

import faiss
import numpy as np
import pytest
from conftest import SEEDS

from embeddings.encoder import Encoder
from embeddings.index import VectorIndex
from rag.archive.archive import open_archive
from rag.archive.generations import digest
from rag.archive.manifest import sealed
from rag.errors import ArchiveDamaged
from rag.intake.ingest import ingest
from rag.intake.older import FORMAT
from rag.pipeline import Podium


@pytest.fixture
def older(tmp_path: Path, podium: Podium) -> Path:
    """The archive of the seeds as format 3 had it."""
    place = tmp_path / "a" / "generations" / "000001"
    part = podium.archive.folder / "generations" / podium.archive.name / "parts" / "000001-1"
    shutil.copytree(part / "columns", place / "columns")
    shutil.copy(part / "catalogue.sqlite", place)
    sentences = np.arange(len(podium.archive.sentence_places))
    np.save(place / "columns" / "sentence_passage.npy", podium.archive.sentence_passages(sentences))
    save_flat(podium.archive.passage_vectors, place / "vectors.faiss")
    save_flat(podium.archive.sentence_vectors, place / "sentences.faiss")
    manifest = {key: podium.archive.manifest[key] for key in ("podium", "created", "encoder", "counts", "coverage")}
    files = [path for path in place.rglob("*") if path.is_file()]
    told = {str(path.relative_to(place)): {"sha256": digest(path), "bytes": path.stat().st_size} for path in files}
    (place / "manifest.json").write_bytes(sealed({"format": FORMAT, "recipe": 6, **manifest, "files": told}))
    (tmp_path / "a" / "CURRENT").write_text("000001\n")
    return tmp_path / "a"


def save_flat(index: VectorIndex, path: Path) -> None:
    vectors = index.vectors(np.arange(len(index)))
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    faiss.write_index(flat, str(path))


def test_an_archive_of_the_format_before_keeps_what_it_holds(older: Path, podium: Podium, encoder: Encoder) -> None:
    with pytest.raises(ArchiveDamaged, match="format 3"):
        open_archive(older)
    done = ingest(older, [SEEDS], encoder.name, lambda: encoder, seconds=60)
    assert (done.transcripts, done.vectors_made) == (5, 0)
    renewed = open_archive(older, verified=True)
    assert renewed.catalogue.exchanges() == podium.archive.catalogue.exchanges()
    rows = np.arange(len(podium.archive.sentence_places))
    assert np.array_equal(renewed.sentence_vectors.vectors(rows), podium.archive.sentence_vectors.vectors(rows))
    assert ingest(older, [SEEDS], encoder.name, lambda: encoder, seconds=60).generation is None


def test_a_damaged_archive_of_the_format_before_is_left_as_it_is(older: Path, encoder: Encoder) -> None:
    path = older / "generations" / "000001" / "sentences.faiss"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(ArchiveDamaged):
        ingest(older, [SEEDS], encoder.name, lambda: encoder, seconds=60)
    assert json.loads((older / "generations" / "000001" / "manifest.json").read_text())["format"] == FORMAT
