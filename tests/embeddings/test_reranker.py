from pathlib import Path

import numpy as np
import pytest

from embeddings.encoder import ModelUnavailable, packaged_weights
from embeddings.reranker import Reranker
from rag.answering.retrieval import RERANKED
from rag.errors import EncoderUnavailable
from rag.pipeline import Podium
from rag.question.asked import Asked
from rag.settings import Settings


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder with random weights, made here: its judgement is worthless, its mechanics are real."""
    import torch
    from sentence_transformers import CrossEncoder
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = AutoTokenizer.from_pretrained(str(packaged_weights()))
    shape = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        num_labels=1,
    )
    BertForSequenceClassification(shape).save_pretrained(folder / "plain")
    tokenizer.save_pretrained(folder / "plain")
    CrossEncoder(str(folder / "plain"), device="cpu").save_pretrained(str(folder / "saved"))
    return folder / "saved"


def test_the_best_candidates_come_in_the_rerankers_order(tiny: Path, podium: Podium) -> None:
    reranked = Podium(Settings(archive=podium.settings.archive, reranker=str(tiny)), encoder=podium.encoder)
    plain, again = (each.retrieve(Asked("What of Xinjiang?"), depth=40).candidates for each in (podium, reranked))
    assert {c.place for c in plain[:RERANKED]} == {c.place for c in again[:RERANKED]}
    assert plain[RERANKED:] == again[RERANKED:]
    reranker = Reranker(str(tiny))
    archive = podium.archive
    passages = [archive.passage(c.row) for c in again[:RERANKED]]
    texts = [
        (p.context.cut(archive.text(p.span.transcript_id)) + "\n" if p.context else "")
        + p.span.cut(archive.text(p.span.transcript_id))
        for p in passages
    ]
    scores = reranker.scores("What of Xinjiang?", texts)
    assert np.allclose(scores, np.sort(scores)[::-1], atol=1e-4) and scores[0] > scores[-1]
    assert "rerank" in reranked.ask("What of Xinjiang?").timings_ms


def test_quotes_stand_in_the_rerankers_order(tiny: Path, podium: Podium) -> None:
    reranked = Podium(Settings(archive=podium.settings.archive, reranker=str(tiny)), encoder=podium.encoder)
    found = reranked.retrieve(Asked("Xinjiang"), depth=40)
    ranked = [found.archive.exchanges[each.place].id for each in found.candidates]
    shown = [ranked.index(quote.exchange_id) for quote in reranked.ask("Xinjiang", k=10).quotes]
    surest = [ranked.index(quote.exchange_id) for quote in podium.ask("Xinjiang", k=10).quotes]
    assert len(shown) > 1 and shown == sorted(shown) and shown[0] != surest[0]


def test_no_reranker_by_default_and_none_is_downloaded(podium: Podium, tmp_path: Path) -> None:
    assert podium.reranker is None
    with pytest.raises(ModelUnavailable, match="no-such"):
        Reranker(str(tmp_path / "no-such"))
    with pytest.raises(EncoderUnavailable, match="no-such"):
        Podium(Settings(archive=podium.settings.archive, reranker=str(tmp_path / "no-such")), encoder=podium.encoder)
