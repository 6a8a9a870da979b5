"""Archives of any size, put together at random (seeded) from the sentences of the seeds, by the archive's own writers.

Up to REAL passages every vector is the encoder's. Above, a passage's is the mean of its sentences' and its question's,
with noise; and above BLOCK passages, conferences come again under other names, with vectors of their own: reading a
million passages would take hours. Nothing is measured by running this file.
"""

import datetime
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np

from embeddings.encoder import Encoder, Vectors, unit
from embeddings.index import VectorIndex
from rag.archive.generations import locked, publish
from rag.archive.parts import (
    CATALOGUE,
    FOLDER,
    PASSAGE_VECTORS,
    SENTENCE_VECTORS,
    Cut,
    Parts,
    finish_part,
    join_parts,
    write_part,
)
from rag.archive.passages import Passage
from rag.archive.stored import SourceFile
from rag.intake.changes import Changes
from rag.intake.composing import Generation
from rag.intake.cutting import Cutter
from rag.intake.ingest import publish_transcripts
from rag.intake.journal import Journal
from rag.language.sentences import split_sentences
from rag.reading.reading import read_file
from rag.transcript import Exchange, Span, Transcript

SEEDS = Path(__file__).parent.parent / "seeds"
# Like the conferences of the seeds' ministry: exchanges a conference, passages an exchange, sentences a passage.
EXCHANGES, MOST_PASSAGES, SENTENCES = 10, 4, (2, 3, 3)
REAL, BLOCK = 1_000, 100_000
NOISE = 0.35
PEOPLE = ("Wang Wenbin", "Zhao Lijian", "Hua Chunying", "Mao Ning")
OUTLETS = ("AFP", "Reuters", "CCTV", "Bloomberg", "NHK", "TASS", "PTI", "Kyodo News")
FIRST = datetime.date(1950, 1, 1)
DAYS = 28_000

Conference = tuple[Transcript, list[Passage], list[int], list[list[int]]]


class Synthesis:
    """What is recombined: the seeds' sentences and questions with their vectors."""

    def __init__(self, encoder: Encoder) -> None:
        said: dict[str, None] = {}
        asked: dict[str, None] = {}
        for path in sorted(SEEDS.glob("*.txt")):
            transcript = read_file(path).transcript
            for exchange in transcript.exchanges:
                if exchange.question is not None:
                    # The end of a long question, where it asks.
                    asked[" ".join(exchange.question.cut(transcript.text).split()[-60:])] = None
                spans = (each for span in exchange.answer for each in split_sentences(transcript.text, span))
                said.update((" ".join(span.cut(transcript.text).split()[:40]), None) for span in spans)
        self.encoder, self.said, self.asked = encoder, list(said), list(asked)
        self._said, self._asked = encoder.encode_passages(self.said), encoder.encode_passages(self.asked)

    def publish(self, archive: Path, passages: int) -> None:
        """Make an archive of about so many passages."""
        chance = np.random.default_rng(passages)
        made = self._conferences(min(passages, BLOCK), chance)
        if passages <= REAL:
            publish_transcripts(archive, [each[0] for each in made], self.encoder)
            return
        block = archive.with_name(archive.name + "-block")
        shutil.rmtree(block, ignore_errors=True)
        write_part(block, self._cut(made, chance))
        with locked(archive):
            publish(archive, lambda folder: self._generation(folder, block, -(-passages // BLOCK), chance))
        shutil.rmtree(block)

    def _generation(self, folder: Path, block: Path, times: int, chance: np.random.Generator) -> dict[str, object]:
        (folder / FOLDER).mkdir()
        copies = [block, *(_again(block, number, chance) for number in range(1, times))]
        parts, place = Parts(copies), folder / FOLDER / "000001-1"
        join_parts(place, parts, parts.catalogue.outlines())
        for copy in copies[1:]:
            shutil.rmtree(copy)
        entry = finish_part(place, self.encoder.encode_queries)
        cutter = Cutter(self.encoder, Journal(folder), lambda *_: None)
        return {**Generation(Changes(), cutter, None).manifest([entry]), "files": {}}

    def _conferences(self, passages: int, chance: np.random.Generator) -> list[Conference]:
        made: list[Conference] = []
        count = 0
        while count < passages:
            made.append(self._conference(chance, len(made)))
            count += len(made[-1][1])
        return made

    def _conference(self, chance: np.random.Generator, number: int) -> Conference:
        """A transcript, its passages, and of each passage which question and which sentences it is made of."""
        day = FIRST + datetime.timedelta(days=int(chance.integers(DAYS)))
        of, text = f"{day}-{number}", ""
        exchanges: list[Exchange] = []
        passages: list[Passage] = []
        questions: list[int] = []
        groups: list[list[int]] = []
        for place in range(1, EXCHANGES + 1):
            question = int(chance.integers(len(self.asked)))
            asked = Span(of, len(text), len(text) + len(self.asked[question]))
            text += self.asked[question] + "\n"
            start = len(text)
            for _ in range(int(chance.integers(1, MOST_PASSAGES + 1))):
                group = chance.integers(len(self.said), size=int(chance.choice(SENTENCES))).tolist()
                spans = []
                for at in group:
                    spans.append(Span(of, len(text), len(text) + len(self.said[at])))
                    text += self.said[at] + " "
                passages.append(Passage(f"{of}/{place}", Span(of, spans[0].start, spans[-1].end), asked, tuple(spans)))
                questions.append(question)
                groups.append(group)
            who, outlet = PEOPLE[chance.integers(len(PEOPLE))], OUTLETS[chance.integers(len(OUTLETS))]
            answer = (Span(of, start, len(text) - 1),)
            exchanges.append(Exchange(of, place, "question", outlet, outlet, who, day, asked, answer))
        who = exchanges[0].spokesperson
        made = Transcript(of, f"Press Conference {number}", day, who, (f"{of}.txt",), "0" * 64, text, tuple(exchanges))
        return made, passages, questions, groups

    def _cut(self, made: list[Conference], chance: np.random.Generator) -> Cut:
        groups = [group for *_, each in made for group in each]
        asked = [question for _, _, questions, _ in made for question in questions]
        means = unit(np.stack([self._said[group].mean(axis=0) for group in groups]))
        words = [
            f"{self.asked[at]}\n{' '.join(self.said[each] for each in group)}"
            for at, group in zip(asked, groups, strict=True)
        ]
        return Cut(
            [each[0] for each in made],
            [SourceFile(f"/{each[0].id}.txt", each[0].sha256, each[0].sources[0], each[0].id) for each in made],
            [passage for each in made for passage in each[1]],
            [f"{row:032}" for row in range(len(groups))],
            words,
            _turned(means + 0.7 * self._asked[asked], NOISE, chance),
            _turned(self._said[np.concatenate([np.array(group) for group in groups])], NOISE / 2, chance),
        )


def _turned(vectors: Vectors, noise: float, chance: np.random.Generator) -> Vectors:
    """Unit vectors, each turned by about so much at random."""
    made = unit(vectors)
    # Of about this length, whatever the number of dimensions.
    made += chance.standard_normal(made.shape, dtype=np.float32) * np.float32(noise / made.shape[1] ** 0.5)
    return unit(made)


def _again(block: Path, number: int, chance: np.random.Generator) -> Path:
    """The same part under other names, its vectors turned."""
    copy = block.with_name(f"{block.name}-{number}")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(block, copy)
    # Else every vector would have so many twins that no search could tell them apart.
    for file in (PASSAGE_VECTORS, SENTENCE_VECTORS):
        index = VectorIndex.open([block / file])
        (copy / file).unlink()
        VectorIndex.of(_turned(index.vectors(np.arange(len(index))), NOISE, chance)).save(copy / file)
    with closing(sqlite3.connect(copy / CATALOGUE)) as connection:
        connection.execute("UPDATE transcripts SET id = id || ?", (f"-{number}",))
        connection.execute("UPDATE files SET path = path || ?1, transcript_id = transcript_id || ?1", (f"-{number}",))
        connection.execute("UPDATE exchanges SET transcript_id = transcript_id || ?", (f"-{number}",))
        connection.commit()
    return copy
