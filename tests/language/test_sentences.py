import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language.sentences import split_sentences
from rag.transcript import Span


def sentences(text: str) -> list[str]:
    return [span.cut(text) for span in split_sentences(text, Span("t", 0, len(text)))]


@pytest.mark.parametrize(
    "text",
    [
        "The U.S. side called.",
        "No. 2 is that we agree.",
        "He met Mr. Smith and Dr. Wu at 3 p.m. on Oct. 3.",
        "It grew by 5.55 million, i.e. a lot.",
        'He said: "We hope so" and left.',
        "J. D. Vance and George H. W. Bush came.",
        "The ministry replied ... and nothing came of it.",
        "Washington D.C. has it.",
    ],
)
def test_one_sentence_stays_whole(text: str) -> None:
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("We said so. China agrees.", ["We said so.", "China agrees."]),
        ('"We know. Period." He left.', ['"We know.', 'Period."', "He left."]),
        ("They met in the U.S. The two sides agreed.", ["They met in the U.S.", "The two sides agreed."]),
        ("Is it so? Yes! We think “so.” That is all.", ["Is it so?", "Yes!", "We think “so.”", "That is all."]),
        ("In total, 3.5 million. 27 of them left.", ["In total, 3.5 million.", "27 of them left."]),
        ("中方反对。我们重申。", ["中方反对。", "我们重申。"]),
        ("So did I. They left.", ["So did I.", "They left."]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


@given(st.text(alphabet='aB .!?"”。\u00a0\n5U', min_size=1, max_size=200))
def test_sentences_tile_the_text(text: str) -> None:
    spans = split_sentences(text, Span("t", 0, len(text)))
    ends = [0, *(span.end for span in spans)]
    starts = [*(span.start for span in spans), len(text)]
    assert all(text[end:start].strip() == "" for end, start in zip(ends, starts, strict=True))
