import subprocess
import sys

import numpy as np
import pytest

from embeddings import encoder as module
from embeddings.encoder import Encoder, ModelUnavailable, TextTooLong


def test_like_means_near_and_vectors_are_of_length_one(encoder: Encoder) -> None:
    rows = encoder.encode_passages(["The trial opens on Monday.", "A court hearing begins.", "Bananas are yellow."])
    assert rows.shape == (3, 384) and rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows[0] @ rows[1] > 0.3 > rows[0] @ rows[2]


def test_order_of_texts_does_not_change_their_vectors(encoder: Encoder) -> None:
    texts = [f"Sentence number {n} " * n for n in range(1, 40)]
    assert np.allclose(encoder.encode_passages(texts)[::-1], encoder.encode_passages(texts[::-1]), atol=1e-5)


def test_a_text_that_does_not_fit_is_refused_not_cut(encoder: Encoder) -> None:
    with pytest.raises(TextTooLong, match="302 tokens is over the 256"):
        encoder.encode_passages(["word " * 300])


def test_the_end_of_a_long_question_counts(encoder: Encoder) -> None:
    start = "We were talking of the weather. " * 60
    with_end, without = encoder.encode_queries([start + "What of the trial in Dandong? " * 20, start])
    trial = encoder.encode_passages(["The trial in Dandong"])[0]
    assert with_end @ trial > without @ trial + 0.1


def test_changed_weights_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEFAULT_WEIGHTS", "0" * 64)
    with pytest.raises(ModelUnavailable, match="sha256"):
        Encoder()


def test_an_unknown_model_is_refused_without_a_download(tmp_path) -> None:
    with pytest.raises(ModelUnavailable, match="no-such-model"):
        Encoder(str(tmp_path / "no-such-model"))


def test_any_saved_model_loads_with_its_own_prompts(tmp_path, encoder: Encoder) -> None:
    model = encoder._model
    before = dict(model.prompts)
    model.prompts = {"query": "ask: ", "document": "said: "}
    try:
        model.save(str(tmp_path / "saved"))
    finally:
        model.prompts = before
    saved = Encoder(str(tmp_path / "saved"))
    plain, prompted = encoder.encode_passages(["said: hello", "hello"])
    assert np.allclose(saved.encode_passages(["hello"])[0], plain, atol=1e-5)
    assert not np.allclose(saved.encode_passages(["hello"])[0], prompted, atol=1e-3)
    assert np.allclose(saved.encode_queries(["hello"])[0], encoder.encode_queries(["ask: hello"])[0], atol=1e-5)
    assert saved.count_tokens(["hello"])[0] > encoder.count_tokens(["hello"])[0]
    assert saved.fingerprint != encoder.fingerprint


def test_importing_the_file_does_not_import_torch() -> None:
    code = "import sys, embeddings.encoder; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
