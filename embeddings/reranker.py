"""(query, text) pairs -> scores by a cross-encoder, which reads both at once. Optional: it needs a model of its own."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.encoder import ModelUnavailable

Scores = npt.NDArray[np.float32]


class Reranker:
    """A sentence-transformers CrossEncoder: the folder of a saved one, or a model's name on a hub.

    A name is looked up in the local cache and fetched only if `download` is true. Raises ModelUnavailable.
    """

    def __init__(self, model: str, *, download: bool = False) -> None:
        from sentence_transformers import CrossEncoder

        try:
            self._model: Any = CrossEncoder(model, device="cpu", local_files_only=not download)
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise ModelUnavailable(f"the reranker {model!r} can't be loaded: {error}") from error
        self.name = model

    def scores(self, query: str, texts: Sequence[str]) -> Scores:
        """One score a text, higher is better; what is too long is cut by the model, as cross-encoders do."""
        if not texts:
            return np.zeros(0, dtype=np.float32)
        pairs = [(query, text) for text in texts]
        return np.asarray(self._model.predict(pairs, show_progress_bar=False), dtype=np.float32).reshape(-1)
