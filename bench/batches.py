"""Whether questions that wait anyway are encoded faster together: one call for several against one for each.

    python bench/batches.py [QUESTIONS.jsonl]

Both ways take every core that there is. One prints in which share of the time the same questions are encoded.
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from embeddings.encoder import Encoder
from eval.questions import read_questions

ROUNDS = 9


def main() -> None:
    """Print the table."""
    questions = read_questions([Path(sys.argv[1] if len(sys.argv) > 1 else "eval/questions/seeds.jsonl")])
    texts = [question.question for question in questions][:48]
    encoder, cores = Encoder(), len(os.sched_getaffinity(0))

    def seconds(size: int) -> float:
        """How long it takes to encode all of them, so many to a call, with a call on each core."""
        calls = [texts[at : at + size] for at in range(0, len(texts), size)]
        began = time.perf_counter()
        with ThreadPoolExecutor(cores) as crowd:
            list(crowd.map(encoder.encode_queries, calls))
        return time.perf_counter() - began

    print(f"{cores} cores, {len(texts)} questions, {ROUNDS} rounds, median")
    print(f"{'to a call':<12}{'ms each':>10}{'of one by one':>16}")
    pairs = {size: [(seconds(size), seconds(1)) for _ in range(ROUNDS)] for size in (1, 2, 4, 8)}
    for size, taken in pairs.items():
        each = 1000 * median(together for together, _ in taken) / len(texts)
        share = median(together / alone for together, alone in taken)
        print(f"{size:<12}{each:>10.2f}{share:>16.2f}")


if __name__ == "__main__":
    main()
