from pathlib import Path

from embeddings.encoder import Encoder
from eval.runs import SHIPPED, VARIATIONS, rank_topics
from eval.sanity import KIND, automatic_topics, hidden_transcripts
from rag.archive.archive import open_archive
from rag.archive.words import words_of
from rag.intake.ingest import publish_transcripts
from rag.pipeline import Podium
from rag.settings import Settings


def test_questions_are_the_reporters_own_and_the_same_each_time(podium: Podium) -> None:
    topics = automatic_topics(podium.archive, 20)
    assert len(topics) == 20 == len({topic.id for topic in topics}) and topics == automatic_topics(podium.archive, 20)
    for topic in topics:
        exchange = podium.archive.exchange(topic.id)
        assert exchange.question is not None
        asked = exchange.question.cut(podium.archive.text(exchange.transcript_id))
        assert topic.text == " ".join(asked.split()) and topic.kind == KIND
    assert topics[:5] == automatic_topics(podium.archive, 5)


def test_the_index_no_longer_knows_the_questions(tmp_path: Path, podium: Podium, encoder: Encoder) -> None:
    publish_transcripts(tmp_path, list(hidden_transcripts(podium.archive)), encoder, podium.archive)
    hidden = open_archive(tmp_path)
    assert [each.id for each in hidden.exchanges] == [each.id for each in podium.archive.exchanges]
    (word,) = words_of("AAPI")
    assert len(podium.archive.words.search({word: 1.0}, 1)[0]) == 1
    assert len(hidden.words.search({word: 1.0}, 1)[0]) == 0
    asked = Podium(Settings(archive=tmp_path), encoder)
    topics = automatic_topics(podium.archive, 12)
    ranked = rank_topics(asked, {topic.id: topic.text for topic in topics}, VARIATIONS[SHIPPED])
    first = sum(max(ranked[topic.id], key=ranked[topic.id].__getitem__) == topic.id for topic in topics)
    assert first >= 4
