import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from transformers import AutoModel

from embeddings.bert import Bert, Build, WeightsUnusable, load_weights, map_weights, open_tokenizer
from embeddings.encoder import packaged_weights

TEXTS = ["Hello.", "The trial opens on Monday, the spokesperson said. " * 12, "A court hearing begins in Dandong."]


@pytest.fixture(scope="module")
def bert() -> Bert:
    return Bert.open(packaged_weights())


@pytest.fixture(scope="module")
def reference() -> Iterator[Any]:
    """The same weights in transformers."""
    with torch.no_grad():
        yield AutoModel.from_pretrained(str(packaged_weights())).eval()


def cosines(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    return (ours * theirs).sum(-1) / np.linalg.norm(ours, axis=-1) / np.linalg.norm(theirs, axis=-1)


def referred(reference: Any, text: Any) -> np.ndarray:
    ids, types = (torch.tensor([each]) for each in (text.ids, text.type_ids))
    return reference(input_ids=ids, token_type_ids=types).last_hidden_state[0].numpy()


@pytest.mark.parametrize("texts", [TEXTS, [(text, "Who asked, and of what?") for text in TEXTS]], ids=["one", "pairs"])
def test_every_token_of_texts_and_pairs_has_the_state_that_transformers_gives(
    bert: Bert, reference: Any, texts: Any
) -> None:
    tokens = bert.tokenise(texts)
    for text, states in zip(tokens, bert.read(tokens, lambda _, states: states), strict=True):
        assert states.shape == (len(text), 384)
        assert cosines(states, referred(reference, text)).min() > 0.998


def test_the_second_of_a_pair_is_read_as_a_second(bert: Bert) -> None:
    (pair,) = bert.tokenise([("Who?", "Nobody.")])
    ids = np.array([pair.ids])
    apart, alike = (bert(ids, np.ones_like(ids), np.array([types])) for types in (pair.type_ids, [0] * len(pair)))
    assert not np.allclose(apart, alike, atol=0.05) and np.array_equal(bert(ids, np.ones_like(ids)), alike)


def test_places_and_progress_come_with_many_texts(bert: Bert) -> None:
    tokens = bert.tokenise([f"{'word ' * (n % 30)}" for n in range(50)])
    told: list[int] = []
    assert bert.read(tokens, lambda at, states: (at, len(states)), told.append) == [
        (at, len(text)) for at, text in enumerate(tokens)
    ]
    assert sum(told) == 50 and len(told) > 1


def test_threads_that_read_at_once_get_their_own_states(bert: Bert) -> None:
    tokens = [bert.tokenise([text]) for text in TEXTS * 8]
    alone = [bert.read(each, lambda _, states: states.sum())[0] for each in tokens[: len(TEXTS)]]
    with ThreadPoolExecutor(8) as many:
        at_once = list(many.map(lambda each: bert.read(each, lambda _, states: states.sum())[0], tokens))
    assert np.allclose(at_once, alone * 8, rtol=1e-3)


def test_a_state_dict_may_be_halved_and_named_by_a_larger_model(bert: Bert, reference: Any, tmp_path: Path) -> None:
    folder = packaged_weights()
    halved = {
        f"reader.bert.{name}": weights.numpy().astype(np.float16) for name, weights in reference.state_dict().items()
    }
    halved["head.weight"] = np.zeros((1, 384), dtype=np.float16)
    smaller = Bert.of(halved, open_tokenizer(folder / "tokenizer.json"), Build(heads=12), threads=1)
    tokens = bert.tokenise(TEXTS)
    for one, other in zip(*(each.read(tokens, lambda _, states: states) for each in (bert, smaller)), strict=True):
        assert cosines(one, other).min() > 0.998
    save_file(halved, tmp_path / "model.safetensors")
    for file in ("config.json", "tokenizer.json"):
        (tmp_path / file).write_bytes((folder / file).read_bytes())
    assert Bert.open(tmp_path).tokenise(["Hello."])[0].ids == tokens[0].ids


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("content", [b"", b"{}", None], ids=["empty", "braces", "gone"])
def test_a_folder_that_holds_no_bert_is_refused(tmp_path: Path, file: str, content: bytes | None) -> None:
    for each in ("config.json", "model.safetensors", "tokenizer.json"):
        (tmp_path / each).symlink_to(packaged_weights() / each)
    (tmp_path / file).unlink()
    if content is not None:
        (tmp_path / file).write_bytes(content)
    with pytest.raises(WeightsUnusable, match=r"BERT|tokenizer"):
        Bert.open(tmp_path)


def test_mapped_weights_are_those_that_are_loaded_and_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    arrays = {
        "halves": np.arange(6, dtype=np.float16).reshape(2, 3),
        "rows": np.arange(4, dtype=np.float32),
        "places": np.arange(3),
    }
    save_file(arrays, file, {"made": "here"})
    mapped, loaded = map_weights(file), load_weights(file)
    assert mapped.keys() == loaded.keys() == arrays.keys()
    for name, array in mapped.items():
        assert array.dtype == loaded[name].dtype and (array == loaded[name]).all()
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(WeightsUnusable, match=r"model\.safetensors"):
        map_weights(file)


def test_weights_that_lack_a_layer_s_part_are_refused() -> None:
    state = {"embeddings.word_embeddings.weight": np.zeros((10, 24), dtype=np.float32)}
    with pytest.raises(WeightsUnusable, match="position_embeddings"):
        Bert.of(state, open_tokenizer(packaged_weights() / "tokenizer.json"))


def test_opening_a_model_imports_no_torch_and_calls_nobody() -> None:
    code = (
        "import sys; sys.addaudithook(lambda event, _: sys.exit(f'{event}') if event.startswith('socket.') else None)\n"
        "from embeddings.bert import Bert; from embeddings.encoder import packaged_weights\n"
        "Bert.open(packaged_weights())\n"
        "sys.exit(bool({'torch', 'transformers', 'openvino_telemetry'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
