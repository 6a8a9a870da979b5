"""Question and passages read together: what answers stands out, and a file that is not a selector is told."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from embeddings.bert import Bert
from embeddings.encoder import ModelUnavailable
from embeddings.selector import SELECTOR, Selector

QUESTION = "When will the two sides hold talks?"
ANSWERS = "We welcome the visit of the delegation. The two sides will hold talks on May 3. We hope for progress."
OTHER = "The government attaches importance to flood control. Relief goods have reached the south."


def bounds(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a text stand.

    >>> bounds("A. Bc.")
    [(0, 2), (3, 6)]
    """
    found, start = [], 0
    for at, letter in enumerate(text):
        if letter == ".":
            found.append((start, at + 1))
            start = at + 2
    return found


@pytest.fixture(scope="module")
def selector() -> Selector:
    return Selector()


def test_what_answers_stands_out(selector: Selector) -> None:
    right, wrong = selector.relevance(QUESTION, [(ANSWERS, bounds(ANSWERS)), (OTHER, bounds(OTHER))])
    assert right.passage > wrong.passage + 1
    assert right.sentences.argmax() == 1 and right.sentences[1] > wrong.sentences.max()
    assert (right.sentences.shape, wrong.sentences.shape) == ((3,), (2,))


def test_passages_do_not_know_of_each_other(selector: Selector) -> None:
    alone = [selector.relevance(QUESTION, [(text, bounds(text))])[0] for text in (OTHER, ANSWERS)]
    together = selector.relevance(QUESTION, [(OTHER, bounds(OTHER)), (ANSWERS, bounds(ANSWERS))])
    for one, other in zip(alone, together, strict=True):
        assert one.passage == pytest.approx(other.passage, abs=0.1)
        assert np.allclose(one.sentences, other.sentences, atol=0.1)
    assert selector.relevance(QUESTION, []) == []


def shapes_read(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Of each batch that a model reads from now on, how many texts of how many tokens it has."""
    shapes: list[tuple[int, int]] = []
    call = Bert.__call__

    def noted(bert: Bert, ids: Any, *others: Any) -> Any:
        shapes.append(ids.shape)
        return call(bert, ids, *others)

    monkeypatch.setattr(Bert, "__call__", noted)
    return shapes


@pytest.mark.parametrize(("cores", "batches"), [(1, [4, 4]), (4, [2, 2, 2, 2])])
def test_every_core_has_a_share_and_none_reads_more_than_four_together(
    cores: int, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    selector, shapes = Selector(threads=cores), shapes_read(monkeypatch)
    selector.relevance(QUESTION, [(ANSWERS, bounds(ANSWERS))] * 8)
    assert [count for count, _ in shapes] == batches


def test_questions_of_every_length_come_in_few_shapes(selector: Selector, monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = shapes_read(monkeypatch)
    for words in range(1, 41):
        selector.relevance("word " * words, [(ANSWERS, bounds(ANSWERS))])
    assert len(shapes) == 40 and len(set(shapes)) <= 4


def test_a_long_question_is_read_from_its_end(selector: Selector) -> None:
    filler = "About trains and the weather. " * 80
    (long,) = selector.relevance(filler + QUESTION, [(ANSWERS, bounds(ANSWERS))])
    assert long.sentences.argmax() == 1


def test_the_shipped_file_is_small() -> None:
    assert SELECTOR.stat().st_size < 25e6


def test_a_file_that_is_no_selector_is_told(tmp_path: Path) -> None:
    missing, damaged, headless, narrow = (tmp_path / f"{name}.safetensors" for name in "abcd")
    damaged.write_bytes(SELECTOR.read_bytes()[:-1000])
    weights = load_file(SELECTOR)
    save_file({name: each for name, each in weights.items() if name != "passage.bias"}, headless)
    save_file(weights | {"sentence.weight": weights["sentence.weight"][:, :384]}, narrow)
    for file in (missing, damaged, headless, narrow):
        with pytest.raises(ModelUnavailable, match=f"selector {file.name}"):
            Selector(file)
