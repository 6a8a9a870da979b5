"""A saved array -> the array."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.index import COPIED


def read_array(path: Path) -> npt.NDArray[Any]:
    """A small array whole, a large one mapped: nothing of it is read until it is looked at; OSError, ValueError."""
    array: npt.NDArray[Any] = np.load(path, mmap_mode=None if path.stat().st_size <= COPIED else "r")
    return array
