"""A saved array -> the array; ranges of rows -> the rows."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.index import COPIED


def read_array(path: Path) -> npt.NDArray[Any]:
    """A small array whole, a large one mapped: nothing of it is read until it is looked at; OSError, ValueError."""
    array: npt.NDArray[Any] = np.load(path, mmap_mode=None if path.stat().st_size <= COPIED else "r")
    return array


def ranges(starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Every row from each start to before its end, one range after the other.

    >>> ranges(np.array([7, 2]), np.array([9, 5])).tolist()
    [7, 8, 2, 3, 4]
    """
    # A running count, moved for each range by where the range lies beside it.
    counts = ends - starts
    return np.arange(counts.sum()) + np.repeat(ends - np.cumsum(counts), counts)


def distinct(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Each value once, ascending. np.unique without further wishes would import numpy.ma."""
    return np.unique(values, return_index=True)[0]
