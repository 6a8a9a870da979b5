"""Where the time of a question goes: encoding, and everything after it.

    python bench/retrieval.py [ARCHIVE] [QUESTIONS.jsonl]

Asks every question of the set (by default the seeds' questions of the archive in ./archive) three times, in turn with
the selector and without it, and prints the median of each stage and of everything after encoding but selection.
"""

import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Literal

from eval.questions import read_questions
from rag.pipeline import Podium
from rag.settings import Settings

WAYS: tuple[Literal["on", "off"], ...] = ("on", "off")
ROUNDS = 3


def main() -> None:
    """Print the table."""
    archive = Path(sys.argv[1] if len(sys.argv) > 1 else "archive")
    questions = read_questions([Path(sys.argv[2] if len(sys.argv) > 2 else "eval/questions/seeds.jsonl")])
    podiums = {way: Podium(Settings(archive=archive, selector=way)) for way in WAYS}
    laps: dict[str, defaultdict[str, list[float]]] = {way: defaultdict(list) for way in WAYS}
    # Not counted: the first question of each waits for what is loaded late.
    for podium in podiums.values():
        podium.ask(questions[0].question)
    # Both ways in turn: what else the machine does falls on both alike.
    for question in questions * ROUNDS:
        for way, podium in podiums.items():
            timings = podium.ask(question.question, history=question.history).timings_ms
            for stage, spent in timings.items():
                laps[way][stage].append(spent)
            laps[way]["search + quote"].append(timings["search"] + timings["quote"])
            laps[way]["select / encode"].append(timings["select"] / timings["encode"])
    exchanges = len(podiums["on"].archive.exchanges)
    print(f"{exchanges} exchanges, {len(questions)} questions, {ROUNDS} rounds; medians, ms")
    print(f"  {'selector':<16}" + "".join(f"{way:>8}" for way in WAYS))
    for stage in laps["on"]:
        print(f"  {stage:<16}" + "".join(f"{median(laps[way][stage]):8.2f}" for way in WAYS))
    print("limits: search + quote within encode, select / encode 8, total 150")


if __name__ == "__main__":
    main()
