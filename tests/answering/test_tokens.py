from pathlib import Path

import pytest

from rag.answering.tokens import VOCABULARIES, open_counter


def test_without_a_cached_vocabulary_the_encoder_counts(tmp_path: Path) -> None:
    counter = open_counter(tmp_path, lambda text: 7)
    assert (counter.vocabulary, counter.count("any")) == ("encoder", 7)
    assert open_counter(None, lambda text: 7).vocabulary == "encoder"


def test_a_cached_vocabulary_counts_as_tiktoken_does(material: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = material / "tiktoken"
    if not (cache / VOCABULARIES["o200k_base"]).is_file():
        pytest.skip(f"no vocabulary at {cache}")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(cache))
    counter = open_counter(cache, lambda text: 7)
    assert counter.vocabulary == "o200k_base"
    assert counter.count("hello world") == 2
    assert counter.count("<|endoftext|>") > 1
