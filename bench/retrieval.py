"""Where the time of a question goes: encoding, and everything after it.

    python bench/retrieval.py [ARCHIVE] [QUESTIONS.jsonl]

Asks every question of the set (by default the seeds' questions of the archive in ./archive) three times and prints
the median of each stage, of everything after encoding, and the limit that this is to stay under.
"""

import sys
from collections import defaultdict
from pathlib import Path
from statistics import median

from eval.questions import read_questions
from rag.pipeline import Podium
from rag.settings import Settings

ROUNDS = 3
LIMIT_MS = 5.0


def main() -> None:
    """Print the table."""
    archive = Path(sys.argv[1] if len(sys.argv) > 1 else "archive")
    questions = read_questions([Path(sys.argv[2] if len(sys.argv) > 2 else "eval/questions/seeds.jsonl")])
    podium = Podium(Settings(archive=archive))
    podium.ask(questions[0].question)
    laps: defaultdict[str, list[float]] = defaultdict(list)
    for question in questions * ROUNDS:
        timings = podium.ask(question.question, history=question.history).timings_ms
        for stage, spent in timings.items():
            laps[stage].append(spent)
        laps["after encoding"].append(sum(timings[stage] for stage in ("search", "weigh", "quote")))
    print(f"{len(podium.archive.exchanges)} exchanges, {len(questions)} questions, {ROUNDS} rounds; ms, median")
    for stage, spent in laps.items():
        print(f"  {stage:<16}{median(spent):8.2f}")
    print(f"limit for what comes after encoding: {LIMIT_MS} ms")


if __name__ == "__main__":
    main()
