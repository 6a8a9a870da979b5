"""Tokens -> hidden states: a BERT (Devlin et al., 2019) on OpenVINO, built from its weights as they lie; no torch.

The only file that imports openvino, tokenizers and safetensors. Nothing is exported: the graph is put together from
the state dict in a few milliseconds whenever a model is opened, so there is no second file to grow stale or damaged.

    bert = Bert.open(folder)                # a saved BertModel: config.json, model.safetensors, tokenizer.json
    bert = Bert.of(state, tokenizer)        # or a state dict of numpy arrays: {name: tensor.numpy(), ...}
    pairs = bert.tokenise([(question, passage), ...])           # or plain texts; each has .ids, .type_ids, .offsets
    logits = bert.read(pairs, lambda at, states: states[0] @ head)   # states: (tokens, dimension) of pairs[at]
    states = bert(input_ids, attention_mask, token_type_ids)    # or one padded batch: (n, t) int64 -> (n, t, dimension)

A tuned model is kept with `safetensors.numpy.save_file(state, path)`, in float16 where half the bytes matter.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file
from tokenizers import Encoding, Tokenizer

# openvino's converter, which nothing here uses, calls home as it is imported; openvino itself does without it.
sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]
import openvino  # noqa: E402
from openvino import opset13 as ops  # noqa: E402

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
State = Mapping[str, npt.NDArray[Any]]
Texts = Sequence[str] | Sequence[tuple[str, str]]
Made = TypeVar("Made")

# Texts a batch: few, since what a core holds close is small, and a batch is as long as its longest text.
BATCH = 8
_FIRST = "embeddings.word_embeddings.weight"
# What safetensors calls numbers.
_KINDS = {"F32": np.float32, "F16": np.float16, "I64": np.int64}


class WeightsUnusable(ValueError):
    """The weights are not those of a BERT, or can't be read."""


@dataclass(frozen=True, slots=True)
class Build:
    """What a state dict doesn't tell: attention heads, the layers' epsilon."""

    heads: int = 12
    epsilon: float = 1e-12


def has_bfloat16() -> bool:
    """Whether this processor multiplies in bfloat16: where it must make up for it, that is tens of times slower."""
    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


class Bert:
    """A compiled model with its tokenizer. Several threads may use it at once; each call takes one core.

    `threads` is how many cores it takes in all, every one by default. Products are in bfloat16 where the processor has
    it, else in float32. Raises WeightsUnusable.
    """

    def __init__(self, model: Any, tokenizer: Tokenizer, threads: int | None = None) -> None:
        self.tokenizer = tokenizer
        self.threads = threads or len(os.sched_getaffinity(0))
        core = openvino.Core()
        compiled = core.compile_model(
            model,
            "CPU",
            {
                "NUM_STREAMS": self.threads,
                "INFERENCE_NUM_THREADS": self.threads,
                "INFERENCE_PRECISION_HINT": "bf16" if has_bfloat16() else "f32",
                "ENABLE_CPU_PINNING": False,
            },
        )
        self.dimension = int(compiled.output(0).partial_shape[2].get_length())
        self._requests: SimpleQueue[Any] = SimpleQueue()
        for _ in range(self.threads):
            self._requests.put(compiled.create_infer_request())
        self._workers = ThreadPoolExecutor(self.threads, thread_name_prefix="bert")

    @classmethod
    def of(cls, state: State, tokenizer: Tokenizer, build: Build | None = None, threads: int | None = None) -> "Bert":
        """The model of a BertModel's state dict; what stands before `embeddings.` in its names doesn't matter."""
        return cls(_graph(_plain(state), build or Build()), tokenizer, threads)

    @classmethod
    def open(cls, folder: Path, threads: int | None = None, tuned: Path | None = None) -> "Bert":
        """The model saved in a folder; what stands in the file `tuned` goes before the weights of the same name."""
        try:
            config = json.loads((folder / "config.json").read_text("utf-8"))
            build = Build(int(config["num_attention_heads"]), float(config["layer_norm_eps"]))
        except (OSError, ValueError, KeyError) as error:
            raise WeightsUnusable(f"{folder.name} holds no BERT that can be read: {error}") from error
        state = map_weights(folder / "model.safetensors") | ({} if tuned is None else load_weights(tuned))
        return cls.of(state, open_tokenizer(folder / "tokenizer.json"), build, threads)

    def tokenise(self, texts: Texts) -> list[Encoding]:
        """Each text, or pair of texts, as the model's tokens, special ones included, nothing cut."""
        return list(self.tokenizer.encode_batch(list(texts)))

    def read(
        self,
        texts: Sequence[Encoding],
        take: Callable[[int, Floats], Made],
        progress: Callable[[int], None] = lambda _: None,
        batch: int = BATCH,
        step: int = 1,
    ) -> list[Made]:
        """What `take` makes of each text's place and its hidden states (tokens, dimension), in the order of `texts`.

        Texts of like length go together; `take` runs on several threads. `progress` is told of each batch's size.
        Batches are as long as a multiple of `step`: OpenVINO keeps about a megabyte for each shape that it has met.
        """
        made: dict[int, Made] = {}
        order = sorted(range(len(texts)), key=lambda at: -len(texts[at]))
        batches = [order[start : start + batch] for start in range(0, len(order), batch)]

        def done(batch: list[int]) -> int:
            states = self(*_padded([texts[at] for at in batch], step))
            for at, rows in zip(batch, states, strict=True):
                made[at] = take(at, rows[: len(texts[at])])
            return len(batch)

        # A lone batch needs no hop to another thread.
        for count in map(done, batches) if len(batches) < 2 else self._workers.map(done, batches):
            progress(count)
        return [made[at] for at in range(len(texts))]

    def __call__(self, input_ids: Ids, attention_mask: Ids, token_type_ids: Ids | None = None) -> Floats:
        """Tokens (n, t), their mask (1 to read, 0 padding) and types -> the last hidden states (n, t, dimension)."""
        types = np.zeros_like(input_ids) if token_type_ids is None else token_type_ids
        request = self._requests.get()
        try:
            request.infer([input_ids, attention_mask, types], share_inputs=True)
            return np.array(request.get_output_tensor(0).data, dtype=np.float32)
        finally:
            self._requests.put(request)


def load_weights(file: Path) -> dict[str, npt.NDArray[Any]]:
    """The arrays in a file, by name; WeightsUnusable."""
    try:
        return load_file(file)
    except (OSError, SafetensorError) as error:
        raise WeightsUnusable(f"{file.name} holds no BERT that can be read: {error}") from error


def map_weights(file: Path) -> dict[str, npt.NDArray[Any]]:
    """The arrays in a file where they lie: read when needed, shared by all who map it; WeightsUnusable."""
    try:
        with safe_open(file, "numpy"):  # refuses a file that is cut short, or whose arrays overlap
            raw: npt.NDArray[np.uint8] = np.asarray(np.memmap(file, mode="c"))
        start = 8 + int.from_bytes(raw[:8].tobytes(), "little")
        table = json.loads(raw[8:start].tobytes())
        table.pop("__metadata__", None)
        return {
            name: raw[start:][slice(*entry["data_offsets"])].view(_KINDS[entry["dtype"]]).reshape(entry["shape"])
            for name, entry in table.items()
        }
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise WeightsUnusable(f"{file.name} holds no BERT that can be read: {error}") from error


def open_tokenizer(file: Path) -> Tokenizer:
    """The tokenizer saved in a file, told neither to cut nor to pad; WeightsUnusable."""
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # tokenizers raises no narrower class
        raise WeightsUnusable(f"{file.name} can't be read as a tokenizer: {error}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _padded(texts: Sequence[Encoding], step: int) -> tuple[Ids, Ids, Ids]:
    """Tokens, mask and types (n, t) of texts, padded with 0 to the longest's length or the next multiple of `step`."""
    length = step * -(-max(map(len, texts)) // step)
    ids, mask, types = (np.zeros((len(texts), length), dtype=np.int64) for _ in range(3))
    for row, text in enumerate(texts):
        ids[row, : len(text)], mask[row, : len(text)], types[row, : len(text)] = text.ids, 1, text.type_ids
    return ids, mask, types


def _plain(state: State) -> dict[str, Floats]:
    """The state dict in float32, under the names that BertModel itself gives."""
    prefix = next((name.removesuffix(_FIRST) for name in state if name.endswith(_FIRST)), None)
    if prefix is None:
        raise WeightsUnusable(f"the weights have no {_FIRST}: they are not those of a BERT")
    return {
        name.removeprefix(prefix): np.require(weights, np.float32, ["C", "W"])
        for name, weights in state.items()
        if name.startswith(prefix)
    }


def _graph(state: Mapping[str, Floats], build: Build) -> Any:
    """The model's graph, its weights held where they are."""
    nodes = _Nodes(state, build)
    ids, mask, types = (
        ops.parameter(openvino.PartialShape([-1, -1]), openvino.Type.i64, name=name)
        for name in ("input_ids", "attention_mask", "token_type_ids")
    )
    try:
        hidden = nodes.embedded(ids, types)
        hidden_from = nodes.padding(mask)
        depth = sum(name.endswith("attention.self.query.weight") for name in state)
        for layer in range(depth):
            hidden = nodes.layer(f"encoder.layer.{layer}", hidden, hidden_from)
    except (KeyError, RuntimeError) as error:
        raise WeightsUnusable(f"the weights are not those of a BERT: {error}") from error
    return openvino.Model([hidden], [ids, mask, types], "bert")


class _Nodes:
    """Pieces of the graph over one state dict."""

    def __init__(self, state: Mapping[str, Floats], build: Build) -> None:
        self.state, self.build = state, build
        self.dimension = state[_FIRST].shape[1]

    def embedded(self, ids: Any, types: Any) -> Any:
        """Word, type and position vectors, summed."""
        length = ops.gather(ops.shape_of(ids), _whole(1), _whole(0))
        vectors = self._weights("embeddings.position_embeddings.weight")
        places = ops.slice(vectors, _whole([0]), ops.reshape(length, _whole([1]), False), _whole([1]), _whole([0]))
        words = ops.gather(self._weights(_FIRST), ids, _whole(0))
        kinds = ops.gather(self._weights("embeddings.token_type_embeddings.weight"), types, _whole(0))
        return self._normalised(ops.add(ops.add(words, kinds), places), "embeddings.LayerNorm")

    def padding(self, mask: Any) -> Any:
        """What is added to attention scores, (n, 1, 1, t): 0 where there is a token, else far below."""
        lacks = ops.subtract(_number(1), ops.convert(mask, "f32"))
        return ops.unsqueeze(ops.multiply(lacks, _number(-1e9)), _whole([1, 2]))

    def layer(self, name: str, hidden: Any, padding: Any) -> Any:
        """Attention, then the two-layer perceptron, each added to what went in and normalised."""
        parts = [self._heads(self._linear(hidden, f"{name}.attention.self.{each}")) for each in _ATTENTION]
        attended = ops.transpose(ops.scaled_dot_product_attention(*parts, padding, causal=False), _whole([0, 2, 1, 3]))
        attended = self._linear(
            ops.reshape(attended, _whole([0, 0, self.dimension]), True), f"{name}.attention.output.dense"
        )
        hidden = self._normalised(ops.add(attended, hidden), f"{name}.attention.output.LayerNorm")
        inner = ops.gelu(self._linear(hidden, f"{name}.intermediate.dense"), "erf")
        return self._normalised(
            ops.add(self._linear(inner, f"{name}.output.dense"), hidden), f"{name}.output.LayerNorm"
        )

    def _heads(self, hidden: Any) -> Any:
        """(n, t, d) -> (n, heads, t, d / heads)."""
        shape = _whole([0, 0, self.build.heads, self.dimension // self.build.heads])
        return ops.transpose(ops.reshape(hidden, shape, True), _whole([0, 2, 1, 3]))

    def _linear(self, hidden: Any, name: str) -> Any:
        product = ops.matmul(hidden, self._weights(f"{name}.weight"), False, True)
        return ops.add(product, self._weights(f"{name}.bias"))

    def _normalised(self, hidden: Any, name: str) -> Any:
        even = ops.mvn(hidden, _whole([-1]), True, self.build.epsilon, "inside_sqrt")
        return ops.add(ops.multiply(even, self._weights(f"{name}.weight")), self._weights(f"{name}.bias"))

    def _weights(self, name: str) -> Any:
        return ops.constant(self.state[name], shared_memory=True)


_ATTENTION = ("query", "key", "value")


def _whole(value: int | list[int]) -> Any:
    return ops.constant(np.array(value, dtype=np.int64))


def _number(value: float) -> Any:
    return ops.constant(np.float32(value))
