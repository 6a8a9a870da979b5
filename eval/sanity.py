"""An archive without labels -> questions: each reporter's own, to be found by the answer alone.

The questions are hidden from the index first. They share the answer's words and its day's news, so the numbers
are higher than for people's questions: they tell when something broke, and are never mixed with hand-made sets.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from eval.results import Topic
from rag.archive.archive import Archive
from rag.transcript import Transcript

KIND = "automatic"
FEWEST_WORDS = 6


def hidden_transcripts(archive: Archive) -> Iterator[Transcript]:
    """Every transcript, its exchanges with the same ids and without their questions."""
    for transcript_id in archive.heads:
        transcript = archive.transcript(transcript_id)
        yield replace(
            transcript, exchanges=tuple(replace(exchange, question=None) for exchange in transcript.exchanges)
        )


def automatic_topics(archive: Archive, count: int) -> list[Topic]:
    """At most `count` reporters' questions of at least six words, the same ones each time; ids are the exchanges'."""
    topics = []
    for exchange in archive.exchanges:
        if exchange.question is None or not exchange.answer:
            continue
        words = " ".join(exchange.question.cut(archive.text(exchange.transcript_id)).split())
        if len(words.split()) >= FEWEST_WORDS:
            topics.append(Topic(exchange.id, words, KIND, exchange.transcript_id))
    # By hash: as random as needed, and the same sample each time.
    return sorted(topics, key=lambda topic: hashlib.sha256(topic.id.encode()).hexdigest())[:count]
