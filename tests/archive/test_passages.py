import datetime
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.encoder import Encoder
from rag.archive.archive import open_archive
from rag.archive.passages import Shape, cut_passages, embedded_text
from rag.transcript import Exchange, Span

SENTENCES = st.lists(
    st.sampled_from(
        [
            "China firmly opposes it.",
            "We have said so in the U.S. and elsewhere many times over.",
            "是的。",
            "The two sides 🙂 met on Oct. 3\u00a0and agreed on a number of matters of common concern.",
            "word " * 90 + "ends.",
            "Is it so?",
        ]
    ),
    min_size=1,
    max_size=12,
)


def words_count(texts: list[str]) -> list[int]:
    return [len(text.split()) + 2 for text in texts]


def made_exchange(question: list[str], paragraphs: list[list[str]]) -> tuple[str, Exchange]:
    lines = [" ".join(question).strip(), *(" ".join(paragraph).strip() for paragraph in paragraphs)]
    spans, text = [], ""
    for line in lines:
        spans.append(Span("t", len(text), len(text) + len(line)))
        text += line + "\n\n"
    exchange = Exchange(
        "t", 1, "question", "AFP", "AFP", "Hua Chunying", datetime.date(2020, 1, 2), spans[0], tuple(spans[1:])
    )
    return text, exchange


@settings(max_examples=60)
@given(SENTENCES, st.lists(SENTENCES, min_size=1, max_size=4))
def test_passages_tile_the_answer_and_fit(question: list[str], paragraphs: list[list[str]]) -> None:
    text, exchange = made_exchange(question, paragraphs)
    shape = Shape(max_tokens=64, passage_tokens=40, context_tokens=20)
    passages = cut_passages(text, exchange, shape, words_count)
    for paragraph in exchange.answer:
        inside = [p.span for p in passages if paragraph.start <= p.span.start and p.span.end <= paragraph.end]
        joined = "".join("".join(span.cut(text).split()) for span in inside)
        assert joined == "".join(paragraph.cut(text).split())
        assert all(a.end <= b.start for a, b in pairwise(inside))
    assert len(passages) == sum(any(p.start <= q.span.start < p.end for p in exchange.answer) for q in passages)
    for passage in passages:
        assert words_count([embedded_text(text, passage)])[0] <= shape.max_tokens
        assert (passage.sentences[0].start, passage.sentences[-1].end) == (passage.span.start, passage.span.end)


def test_every_passage_of_the_seeds_fits_the_encoder_whole(seeds_archive, encoder: Encoder) -> None:
    archive = open_archive(seeds_archive)
    passages = [archive.passage(row) for row in range(len(archive.passage_exchange))]
    texts = [embedded_text(archive.text(p.span.transcript_id), p) for p in passages]
    assert len(texts) > 150
    assert max(encoder.count_tokens(texts)) <= encoder.max_tokens == 256
    said = sum(
        len("".join(span.cut(archive.text(e.transcript_id)).split())) for e in archive.exchanges for span in e.answer
    )
    assert sum(len("".join(p.span.cut(archive.text(p.span.transcript_id)).split())) for p in passages) == said
