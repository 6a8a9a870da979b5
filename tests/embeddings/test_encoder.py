import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from embeddings import encoder as module
from embeddings.encoder import UNTUNED_MODEL, Encoder, ModelUnavailable, TextTooLong, packaged_weights

SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.txt"))
# Where stretches of a seed start, and their characters.
SLICES = ((0, 30), (500, 200), (1500, 600), (3000, 900))


def test_like_means_near_and_vectors_are_of_length_one(encoder: Encoder) -> None:
    rows = encoder.encode_passages(["The trial opens on Monday.", "A court hearing begins.", "Bananas are yellow."])
    assert rows.shape == (3, 384) and rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows[0] @ rows[1] > 0.3 > rows[0] @ rows[2]


def test_order_of_texts_does_not_change_their_vectors(encoder: Encoder) -> None:
    texts = [f"Sentence number {n} " * n for n in range(1, 40)]
    assert np.allclose(encoder.encode_passages(texts)[::-1], encoder.encode_passages(texts[::-1]), atol=0.01)


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


@pytest.fixture(scope="module")
def reference() -> SentenceTransformer:
    return SentenceTransformer(str(packaged_weights()), device="cpu")


@pytest.fixture(scope="module")
def untuned() -> Encoder:
    return Encoder(UNTUNED_MODEL)


def test_vectors_are_those_of_sentence_transformers(untuned: Encoder, reference: SentenceTransformer) -> None:
    texts = [path.read_text("utf-8")[start : start + size] for path in SEEDS for start, size in SLICES]
    theirs = reference.encode(texts, normalize_embeddings=True)
    for ours in (untuned.encode_passages(texts), untuned.encode_queries(texts)):
        assert (ours * theirs).sum(axis=1).min() >= 0.9999
    counted = [len(ids) for ids in reference.tokenizer(texts)["input_ids"]]
    assert untuned.count_tokens(texts) == counted and max(counted) > 100 > min(counted)


def test_any_saved_model_loads_with_its_own_prompts(
    tmp_path: Path, untuned: Encoder, reference: SentenceTransformer
) -> None:
    reference.prompts = {"query": "ask: ", "document": "said: "}
    reference.save(str(tmp_path / "saved"))
    saved = Encoder(str(tmp_path / "saved"))
    plain, prompted = untuned.encode_passages(["said: hello", "hello"])
    assert saved.encode_passages(["hello"])[0] @ plain > 0.9999 > saved.encode_passages(["hello"])[0] @ prompted
    assert saved.encode_queries(["hello"])[0] @ untuned.encode_queries(["ask: hello"])[0] > 0.9999
    assert saved.count_tokens(["hello"])[0] > untuned.count_tokens(["hello"])[0]
    whole, parts = saved.encode_stretches(["hello there"], [[(0, 5)]])
    assert whole[0] @ saved.encode_passages(["hello there"])[0] > 0.9999
    assert parts[0][0] @ untuned.encode_passages(["hello"])[0] > 0.9999
    assert saved.fingerprint != untuned.fingerprint
    with pytest.raises(TextTooLong, match="reads: 'word"):
        saved.encode_passages(["word " * 300])
    long, told = "word " * 300, []
    assert saved.encode_queries([long]).shape == (1, 384)
    texts = [f"Sentence number {n} " * (n % 9 + 1) for n in range(40)]
    assert saved.encode_passages(texts, told.append)[7] @ saved.encode_passages(texts[7:8])[0] > 0.9999
    assert sum(told) == 40


def test_a_stretch_is_read_within_its_text(encoder: Encoder) -> None:
    text = "They met in Dandong. It is not linked to the talks."
    whole, (parts,) = encoder.encode_stretches([text], [[(0, 20), (21, len(text))]])
    assert np.allclose(whole, encoder.encode_passages([text]), atol=1e-3) and parts.shape == (2, 384)
    alone = encoder.encode_passages([text[:20], text[21:]])
    where, linked = encoder.encode_queries(["Where did they meet?", "Is it linked?"])
    assert where @ parts[0] > where @ parts[1] and linked @ parts[1] > linked @ parts[0]
    assert 0.5 < parts[1] @ alone[1] < 0.999


def test_tuning_sets_what_answers_nearer_than_what_repeats(encoder: Encoder, untuned: Encoder) -> None:
    asked = "Did Beijing schedule the Kovrig and Spavor hearings because of the Anchorage meeting?"
    answer, echo = "It is not linked to the high-level strategic dialogue.", "We noticed the Anchorage meeting reports."
    margins = []
    for each in (encoder, untuned):
        rows = each.encode_passages([answer, echo])
        margins.append(float(np.diff(each.encode_queries([asked]) @ rows.T)[0, 0]))
    assert margins[0] < margins[1]


def test_many_texts_are_encoded_in_blocks(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    texts, told = [f"Sentence number {n}" for n in range(20)], []
    whole = encoder.encode_passages(texts)
    monkeypatch.setattr(module, "BLOCK", 8)
    assert ((encoder.encode_passages(texts, told.append) * whole).sum(axis=1) > 0.9999).all() and sum(told) == 20
    assert encoder.encode_passages([]).shape == (0, 384)


def test_a_runtime_that_cannot_be_imported_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "embeddings.bert", raising=False)
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(ModelUnavailable, match="openvino"):
        Encoder()


def test_encoding_needs_no_torch() -> None:
    code = (
        "import sys; from embeddings.encoder import Encoder; Encoder().encode_queries(['Who asked?'])\n"
        "sys.exit(bool({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
