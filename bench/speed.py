"""What the encoder's runtime and lazy imports bring: a cold question, --help, opening, and encoding beside torch's.

    python bench/speed.py [ARCHIVE]

Each row stands beside its reference in the same run, taken in turns, medians of ROUNDS; a ratio says more than a
millisecond on a busy machine. The reference of a cold start is importing sentence_transformers, which every question
once had to wait for; that of opening compares every checksum; that of encoding is SentenceTransformer.encode with the
same weights on the same passages.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from sentence_transformers import SentenceTransformer

from embeddings.encoder import UNTUNED_MODEL, Encoder, packaged_weights
from rag.archive.archive import open_archive
from rag.archive.passages import embedded_text

ROUNDS = 3
PASSAGES = 128
QUESTION = "What did China say about the trial of the two Canadians?"


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def process(*words: str) -> Callable[[], object]:
    """A Python process of its own, from its start to its end."""
    return lambda: subprocess.run([sys.executable, *words], check=False, capture_output=True)


def main() -> None:
    """Print the table."""
    archive = sys.argv[1] if len(sys.argv) > 1 else "archive"
    opened = open_archive(Path(archive))
    passages = map(opened.passage, range(min(PASSAGES, len(opened.passage_exchange))))
    texts = [embedded_text(opened.text(each.span.transcript_id), each) for each in passages]
    encoder, reference = Encoder(UNTUNED_MODEL), SentenceTransformer(str(packaged_weights()), device="cpu")
    tokens = sum(encoder.count_tokens(texts))
    torch = process("-c", "import sentence_transformers")
    rows: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "podium ask, cold": (process("-m", "podium.cli", "ask", QUESTION, "--archive", archive), torch),
        "podium --help": (process("-m", "podium.cli", "--help"), torch),
        "open the archive": (lambda: open_archive(Path(archive)), lambda: open_archive(Path(archive), verified=True)),
        "encode a question": (lambda: encoder.encode_queries([QUESTION]), lambda: reference.encode([QUESTION])),
        f"encode {tokens} tokens": (lambda: encoder.encode_passages(texts), lambda: reference.encode(texts)),
    }
    print(f"{'':<24}{'ms':>10}{'reference':>12}{'ratio':>8}")
    for name, pair in rows.items():
        pairs = [[seconds(work) for work in pair] for _ in range(ROUNDS + 1)][1:]
        ours, theirs = (1000 * median(each) for each in zip(*pairs, strict=True))
        print(f"{name:<24}{ours:>10.1f}{theirs:>12.1f}{ours / theirs:>8.2f}")


if __name__ == "__main__":
    main()
