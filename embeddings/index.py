"""Vectors <-> rows: cosine search, higher is better. The only file that imports faiss; its -1 ends here.

Up to EXACT_UP_TO rows every vector is compared. Above, a file beside the vectors sorts them into lists (an IVF with
8-bit residuals), of which a search reads the nearest few, and what they propose is compared exactly.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import faiss
import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# Comparing every vector takes about 0.16 us a row on one core: up to here, less than encoding a question.
EXACT_UP_TO = 50_000
# With a mask that allows so small a share, gathering those rows is faster than any selector of FAISS's.
GATHER_SHARE = 0.01
# Files up to this size are read, not mapped: a mapped one that shrinks while it is looked at ends the process.
COPIED = 16 * 2**20
# What lists must find of the exact ten nearest, and how many more than asked for are proposed for comparison.
RECALL, NEAREST, PROPOSED = 0.98, 10, 2
SAMPLE = 200
_BLOCK = 65_536
_SEED = 16
# What each code of half precision stands for: looking them up takes half of what numpy takes to convert them.
_HALVES = np.arange(2**16, dtype=np.uint16).view(np.float16).astype(np.float32)


Kind = TypeVar("Kind", faiss.IndexScalarQuantizer, faiss.IndexIVF, faiss.IndexFlat)


class IndexUnreadable(RuntimeError):
    """The file is not an index of unit vectors that this library wrote."""


@dataclass(frozen=True, slots=True)
class Lists:
    """How a file's vectors are sorted: into how many `lists`, how many a search reads, and the recall@10 measured."""

    lists: int
    probes: int
    recall: float


class VectorIndex:
    """Unit vectors in row order, immutable, in one part or several behind each other.

    Build one with `of`, or map saved ones with `open`. Vectors are kept in half precision.
    """

    def __init__(self, parts: "Sequence[_Part]") -> None:
        self._parts = parts
        self._first = np.cumsum([0, *map(len, parts)])

    @classmethod
    def of(cls, blocks: "Vectors | Iterator[Vectors]") -> "VectorIndex":
        """An index of (n, d) unit vectors, whole or in blocks; ValueError where a row is not finite or of length 1."""
        given = iter([blocks]) if isinstance(blocks, np.ndarray) else blocks
        index: faiss.IndexScalarQuantizer | None = None
        for vectors in given:
            if not np.isfinite(vectors).all():
                raise ValueError("a vector to be indexed is not finite")
            if len(vectors) and not np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=2e-3):
                raise ValueError("a vector to be indexed is not of length 1")
            index = index or _half_precision(vectors.shape[1])
            if len(vectors):
                index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls([_Part(index or _half_precision(1), None)])

    @classmethod
    def open(cls, paths: Sequence[Path]) -> "VectorIndex":
        """Saved indexes, one behind the other, large ones mapped; IndexUnreadable. Check their sha256 first."""
        parts = []
        for path in paths:
            lists = _lists_beside(path)
            half = _read(path, faiss.IndexScalarQuantizer)
            if half.sq.qtype != faiss.ScalarQuantizer.QT_fp16:
                raise IndexUnreadable(f"{path.name} is not in half precision")
            parts.append(_Part(half, _read(lists, faiss.IndexIVF) if lists.exists() else None))
            if parts[-1].lists is not None and parts[-1].lists.ntotal != len(parts[-1]):
                raise IndexUnreadable(f"{lists.name} sorts {parts[-1].lists.ntotal} rows of {len(parts[-1])}")
        return cls(parts)

    def save(self, path: Path) -> None:
        """Write an index of one part to a new file; OSError where the disk doesn't take it all."""
        (part,) = self._parts
        _write(part.half, path)

    def save_lists(self, path: Path, sample: Callable[[], Vectors]) -> Lists | None:
        """Beside the saved index, write the lists that a large one is searched by; None for a small one.

        `sample` gives vectors of questions or the like, (n, d): as many lists are read as find RECALL of what is
        nearest to these.
        """
        (part,) = self._parts
        if len(part) <= EXACT_UP_TO:
            return None
        sorted_, asked = _sorted(part), sample()
        exact = [part.search(vector, NEAREST, None)[0] for vector in asked]
        part.lists, found, recall = sorted_, 8, 0.0
        while recall < RECALL and found < sorted_.nlist:
            found = min(found + found // 2, sorted_.nlist)
            sorted_.nprobe = found
            near = [part.search(vector, NEAREST, None)[0] for vector in asked]
            recall = float(np.mean([np.isin(a, b).mean() for a, b in zip(exact, near, strict=True)]))
        _write(sorted_, _lists_beside(path))
        return Lists(int(sorted_.nlist), found, round(recall, 4))

    def __len__(self) -> int:
        return int(self._first[-1])

    def vectors(self, rows: Rows) -> Vectors:
        """The stored vectors of these rows, (len(rows), d)."""
        if len(self._parts) == 1:
            return self._parts[0].full(rows)
        of = np.searchsorted(self._first, rows, side="right") - 1
        found = np.empty((len(rows), self._parts[0].half.d), dtype=np.float32)
        for at in set(of.tolist()):
            here = of == at
            found[here] = self._parts[at].full(rows[here] - self._first[at])
        return found

    def scores(self, query: Vectors, rows: Rows) -> Vectors:
        """The cosine of `query` (d,) with each of these rows."""
        return np.asarray(self.vectors(rows) @ query, dtype=np.float32)

    def search(self, query: Vectors, k: int, allowed: Mask | None = None) -> tuple[Rows, Vectors]:
        """The at most `k` nearest rows to `query` (d,) among the allowed ones, best first, and their cosines.

        `allowed` is a boolean mask over all rows, applied inside the search. Equal scores go by row.
        """
        if not np.isfinite(query).all():
            raise ValueError("the query vector is not finite")
        if allowed is not None and allowed.shape != (len(self),):
            raise ValueError(f"the mask has {allowed.shape} rows, the index has {len(self)}")
        found = []
        for first, part in zip(self._first, self._parts, strict=False):
            rows, scores = part.search(query, k, None if allowed is None else allowed[first : first + len(part)])
            found.append((rows + first, scores))
        rows, scores = (np.concatenate(each) for each in zip(*found, strict=True))
        return _best(rows, scores, k)


class _Part:
    """One file of vectors, and the lists beside it where it is a large one."""

    def __init__(self, half: faiss.IndexScalarQuantizer, lists: faiss.IndexIVF | None) -> None:
        self.half, self.lists = half, lists
        codes = faiss.rev_swig_ptr(half.codes.data(), half.ntotal * half.d * 2) if half.ntotal else np.zeros(0, "u1")
        self.codes = codes.view(np.uint16).reshape(half.ntotal, half.d)

    def __len__(self) -> int:
        return int(self.half.ntotal)

    def full(self, rows: Rows | slice) -> Vectors:
        """The vectors of these rows in full precision."""
        return np.asarray(_HALVES.take(self.codes[rows]), dtype=np.float32)

    def search(self, query: Vectors, k: int, allowed: Mask | None) -> tuple[Rows, Vectors]:
        count = len(self) if allowed is None else int(allowed.sum())
        k = min(k, count)
        if k <= 0:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        if allowed is not None and count <= GATHER_SHARE * len(self):
            return self._compared(query, np.flatnonzero(allowed), k)
        faiss.omp_set_num_threads(1)
        asked = query.reshape(1, -1).astype(np.float32)
        bits = None if allowed is None or count == len(self) else np.packbits(allowed, bitorder="little")
        selector = None if bits is None else faiss.IDSelectorBitmap(len(self), faiss.swig_ptr(bits))
        if self.lists is None or count <= EXACT_UP_TO:
            parameters = None if selector is None else faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
            scores, rows = self.half.search(asked, k, params=parameters)
            return _best(rows[0][rows[0] >= 0], scores[0][rows[0] >= 0], k)
        probes = min(self.lists.nlist, self.lists.nprobe * len(self) // count)
        among = faiss.SearchParametersIVF(sel=selector, nprobe=probes)  # type: ignore[call-arg]
        rows = self.lists.search(asked, PROPOSED * k, params=among)[1][0]
        return self._compared(query, rows[rows >= 0], k)

    def _compared(self, query: Vectors, rows: Rows, k: int) -> tuple[Rows, Vectors]:
        return _best(rows, np.asarray(self.full(rows) @ query, dtype=np.float32), k)


def read_flat(path: Path) -> Vectors:
    """The vectors (n, d) of an index in full precision, as archives had them once; IndexUnreadable."""
    index = _read(path, faiss.IndexFlat)
    return np.array(faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d)).reshape(index.ntotal, index.d)


def _half_precision(dimension: int) -> faiss.IndexScalarQuantizer:
    index = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    index.is_trained = True
    return index


def _sorted(part: _Part) -> faiss.IndexIVF:
    """The vectors sorted into about 4 sqrt(n) lists, round the means of a sample; the same ones every time."""
    count, dimension = part.codes.shape
    lists = int(4 * count**0.5)
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension), dimension, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.seed, index.cp.niter, index.cp.max_points_per_centroid = _SEED, 6, 40
    sample = np.sort(np.random.default_rng(_SEED).permutation(count)[: 40 * lists])
    index.train(part.full(sample))
    for start in range(0, count, _BLOCK):
        index.add(part.full(slice(start, start + _BLOCK)))
    return index


def _lists_beside(path: Path) -> Path:
    return path.with_suffix(".lists.faiss")


def _read(path: Path, kind: type[Kind]) -> Kind:
    try:
        index = faiss.read_index(str(path), 0 if path.stat().st_size <= COPIED else faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise IndexUnreadable(f"{path.name} can't be read as a FAISS index") from error
    if not isinstance(index, kind):
        raise IndexUnreadable(f"{path.name} is a {type(index).__name__}, not an {kind.__name__}")
    return index


def _write(index: faiss.Index, path: Path) -> None:
    # FAISS's own file writer says nothing when the last bytes don't reach the disk; Python's does.
    with path.open("wb") as file:
        faiss.write_index(index, faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]


def _best(rows: Rows, scores: Vectors, k: int) -> tuple[Rows, Vectors]:
    order = np.lexsort((rows, -scores))[:k]
    return rows[order].astype(np.int64), scores[order]
