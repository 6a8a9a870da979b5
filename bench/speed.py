"""What a question costs from cold and warm, what an ingest encodes, the memory taken: python bench/speed.py [ARCHIVE]

Each row stands beside its reference in the same run, taken in turns, medians of ROUNDS. `CPU ms` is the processor's
time of all threads, which other work on the machine changes least; shares and aims go by it. The reference of a cold
start is importing sentence_transformers, which every question once had to wait for; that of opening compares every
checksum; that of encoding is SentenceTransformer.encode with the same weights on the same texts, for passages with
their sentences (encoded within them) on these by themselves too, as an ingest once did; that of a whole question is
encoding it.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import torch
from sentence_transformers import SentenceTransformer

from embeddings.encoder import UNTUNED_MODEL, Encoder, packaged_weights
from rag.archive.archive import open_archive
from rag.archive.passages import embedded_text
from rag.intake.cutting import sentences_within
from rag.pipeline import Podium
from rag.settings import Settings

ROUNDS = 3
PASSAGES = 128
QUESTION = "What did China say about the trial of the two Canadians?"
MEMORY = """
import sys
from pathlib import Path
from rag.pipeline import Podium
from rag.settings import Settings
Podium(Settings(archive=Path(sys.argv[1]))).ask(sys.argv[2])
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(*(int(status[name].split()[0]) // 1024 for name in ("RssAnon", "RssFile")))
"""
Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Row:
    """What is timed, so many times over, and beside what; `aim` is in milliseconds from cold, else in shares."""

    name: str
    ours: Work
    reference: Work
    aim: float | None = None
    times: int = 1
    cold: bool = False


@dataclass(frozen=True, slots=True)
class Timed:
    """A row's milliseconds: of the clock, of the processor, of the processor for the reference."""

    row: Row
    wall: float
    cpu: float
    reference: float

    @property
    def share(self) -> float:
        return self.cpu / self.reference

    def line(self) -> str:
        aim = "" if self.row.aim is None else f"{self.row.aim:.3g}{' ms' if self.row.cold else ''}"
        numbers = f"{self.wall:>10.1f}{self.cpu:>10.1f}{self.reference:>12.1f}{self.share:>8.2f}"
        return f"{self.row.name:<24}{numbers}{aim:>10}"


def processor() -> float:
    """Seconds of the processor so far, in processes that were waited for too."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def spent(work: Work, times: int) -> tuple[float, float]:
    """Milliseconds that it takes, of the clock and of the processor."""
    began, before = time.perf_counter(), processor()
    for _ in range(times):
        work()
    return 1000 * (time.perf_counter() - began) / times, 1000 * (processor() - before) / times


def timed(row: Row) -> Timed:
    """Ours and the reference in turns; the first turn warms."""
    # Without the first turn: (ours by the clock, ours by the processor, the reference by the processor).
    turns = [(*spent(row.ours, row.times), spent(row.reference, row.times)[1]) for _ in range(ROUNDS + 1)][1:]
    return Timed(row, *(median(column) for column in zip(*turns, strict=True)))


def process(*words: str) -> Work:
    """A Python process of its own, from its start to its end."""
    return lambda: subprocess.run([sys.executable, *words], check=False, capture_output=True)


def rows_of(archive: Path) -> list[Row]:
    """All that is timed."""
    opened = open_archive(archive)
    passages = [opened.passage(row) for row in range(min(PASSAGES, len(opened.passage_exchange)))]
    texts = [embedded_text(opened.text(each.span.transcript_id), each) for each in passages]
    bounds = [sentences_within(text, passage) for text, passage in zip(texts, passages, strict=True)]
    sentences = [text[start:end] for text, pairs in zip(texts, bounds, strict=True) for start, end in pairs]
    # Both untuned, since the reference has no other weights.
    encoder, reference = Encoder(UNTUNED_MODEL), SentenceTransformer(str(packaged_weights()), device="cpu")
    tokens = sum(encoder.count_tokens(texts))
    whole, plain = Podium(Settings(archive=archive)), Podium(Settings(archive=archive, selector="off"))
    # More of them wait for each other, busily: twenty times the processor's time for one question.
    torch.set_num_threads(1)
    importing = process("-c", "import sentence_transformers")
    ask = process("-m", "podium.cli", "ask", QUESTION, "--archive", str(archive))

    def encode() -> object:
        return encoder.encode_queries([QUESTION])

    return [
        Row("podium ask, cold", ask, importing, 1500, cold=True),
        Row("podium --help", process("-m", "podium.cli", "--help"), importing, 250, cold=True),
        Row("open the archive", lambda: open_archive(archive), lambda: open_archive(archive, verified=True), times=5),
        Row("encode a question", encode, lambda: reference.encode([QUESTION]), 0.5, 20),
        Row("ask, no selector", lambda: plain.ask(QUESTION), encode, 2, 20),
        Row("ask, with selector", lambda: whole.ask(QUESTION), encode, 10, 5),
        Row(f"encode {tokens} tokens", lambda: encoder.encode_passages(texts), lambda: reference.encode(texts), 0.56),
        Row(
            "and their sentences",
            lambda: encoder.encode_stretches(texts, bounds),
            lambda: (reference.encode(texts), reference.encode(sentences)),
            1 / 3,
        ),
    ]


def main() -> None:
    """Print the table."""
    archive = Path(sys.argv[1] if len(sys.argv) > 1 else "archive")
    print(f"{'':<24}{'ms':>10}{'CPU ms':>10}{'reference':>12}{'share':>8}{'aim':>10}")
    for row in rows_of(archive):
        print(timed(row).line(), flush=True)
    asked = subprocess.run(
        [sys.executable, "-c", MEMORY, str(archive), QUESTION], check=True, capture_output=True, text=True
    )
    print("memory after a question: {} MB of its own, {} MB of mapped files".format(*asked.stdout.split()))


if __name__ == "__main__":
    main()
