"""Vectors <-> rows: exact cosine search, higher is better. The only file that imports faiss; its -1 ends here."""

from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

GATHER_SHARE = 0.01
# Files up to this size are read, not mapped: a mapped one that shrinks while it is looked at ends the process.
COPIED = 16 * 2**20


class IndexUnreadable(RuntimeError):
    """The file is not an index of unit vectors that this library wrote."""


class VectorIndex:
    """Unit vectors in row order, immutable; build one with `of`, or map a saved one with `open`."""

    def __init__(self, index: faiss.IndexFlatIP) -> None:
        self._index = index
        flat = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d) if index.ntotal else np.zeros(0, np.float32)
        self._vectors: Vectors = flat.reshape(index.ntotal, index.d)

    @classmethod
    def of(cls, vectors: Vectors) -> "VectorIndex":
        """An index of (n, d) unit vectors; ValueError where a row is not finite or not of length 1."""
        if not np.isfinite(vectors).all():
            raise ValueError("a vector to be indexed is not finite")
        if len(vectors) and not np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3):
            raise ValueError("a vector to be indexed is not of length 1")
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @classmethod
    def open(cls, path: Path) -> "VectorIndex":
        """A saved index, a large one mapped; IndexUnreadable. Check its sha256 first: FAISS doesn't."""
        try:
            index = faiss.read_index(str(path), 0 if path.stat().st_size <= COPIED else faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise IndexUnreadable(f"{path.name} can't be read as a FAISS index") from error
        if not isinstance(index, faiss.IndexFlatIP):
            raise IndexUnreadable(f"{path.name} is a {type(index).__name__}, not an IndexFlatIP")
        return cls(index)

    def save(self, path: Path) -> None:
        """Write the index to a new file; OSError where the disk doesn't take it all."""
        # FAISS's own file writer says nothing when the last bytes don't reach the disk; Python's does.
        with path.open("wb") as file:
            faiss.write_index(self._index, faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    def vectors(self, rows: Rows) -> Vectors:
        """The stored vectors of these rows, (len(rows), d)."""
        return self._vectors[rows]

    def scores(self, query: Vectors, rows: Rows) -> Vectors:
        """The cosine of `query` (d,) with each of these rows."""
        return np.asarray(self._vectors[rows] @ query, dtype=np.float32)

    def search(self, query: Vectors, k: int, allowed: Mask | None = None) -> tuple[Rows, Vectors]:
        """The at most `k` nearest rows to `query` (d,) among the allowed ones, best first, and their cosines.

        `allowed` is a boolean mask over all rows, applied inside the search. Equal scores go by row.
        """
        if not np.isfinite(query).all():
            raise ValueError("the query vector is not finite")
        if allowed is not None and allowed.shape != (len(self),):
            raise ValueError(f"the mask has {allowed.shape} rows, the index has {len(self)}")
        k = min(k, len(self) if allowed is None else int(allowed.sum()))
        if k <= 0:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        if allowed is not None and k and allowed.sum() <= GATHER_SHARE * len(self):
            rows = np.flatnonzero(allowed)
            return _best(rows, self.scores(query, rows), k)
        return self._flat_search(query, k, allowed)

    def _flat_search(self, query: Vectors, k: int, allowed: Mask | None) -> tuple[Rows, Vectors]:
        parameters = None
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(self), faiss.swig_ptr(bits))
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        faiss.omp_set_num_threads(1)
        scores, rows = self._index.search(query.reshape(1, -1).astype(np.float32), k, params=parameters)
        found = rows[0] >= 0
        return _best(rows[0][found], scores[0][found], k)


def _best(rows: Rows, scores: Vectors, k: int) -> tuple[Rows, Vectors]:
    order = np.lexsort((rows, -scores))[:k]
    return rows[order].astype(np.int64), scores[order]
