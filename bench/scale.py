"""What grows with an archive and what doesn't: python bench/scale.py [PASSAGES ...] [--in FOLDER]

Makes archives of so many passages (by default 1,000, 10,000 and 100,000; 1,000,000 takes a good while and 12 GB)
out of the seeds' sentences, and prints for each how long it takes to open, where the time of a question goes, what
its search takes of the processor (which other work on the machine changes least), what `podium ask` takes from cold,
what one more conference costs beside the same in an empty archive, the memory that is its own and that of mapped
files, and how many of the ten nearest passages the search finds; draws it in out/scale.svg. FOLDER keeps the archives,
for another run to find.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median

import matplotlib
import numpy as np
from synthetic import SEEDS, Synthesis

from embeddings.encoder import Encoder
from eval.questions import read_questions
from rag.answering.retrieval import find_candidates
from rag.archive.archive import Archive, open_archive
from rag.archive.generations import rollback
from rag.pipeline import POOL, Podium, build
from rag.question.asked import Asked
from rag.settings import Settings

SIZES = (1_000, 10_000, 100_000)
QUESTIONS = Path(__file__).parent.parent / "eval" / "questions" / "seeds.jsonl"
ROUNDS, NEAREST = 2, 10
# What comes after encoding, selection aside.
AFTER = ("search", "quote", "matter")


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def memory() -> dict[str, float]:
    """The megabytes of this process: its own, and those of mapped files."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {key: int(lines[name].split()[0]) / 1024 for key, name in (("own MB", "RssAnon"), ("mapped MB", "RssFile"))}


def recall(archive: Archive, encoder: Encoder, questions: list[str]) -> float:
    """The share of the exact ten nearest passages among the ten that the search finds."""
    vectors = encoder.encode_queries(questions)
    blocks = np.array_split(np.arange(len(archive.passage_exchange)), 32)
    scores = np.concatenate([vectors @ archive.passage_vectors.vectors(rows).T for rows in blocks], axis=1)
    found = []
    for vector, own in zip(vectors, scores, strict=True):
        exact = np.argpartition(-own, NEAREST)[:NEAREST]
        found.append(np.isin(exact, archive.passage_vectors.search(vector, NEAREST)[0]).mean())
    return float(np.mean(found))


def searching(podium: Podium, questions: list[str]) -> list[float]:
    """The milliseconds of the processor that each search takes."""
    spent = []
    for question in questions:
        found = podium.retrieve(Asked(question), depth=POOL)
        began = time.thread_time()
        find_candidates(found.query, found.vector[None], podium.archive, podium.weights, POOL)
        spent.append(1000 * (time.thread_time() - began))
    return spent


def asked(folder: Path) -> dict[str, float]:
    """What opening an archive and asking it takes, in a process of its own."""
    opening = seconds(lambda: open_archive(folder))
    questions = [question.question for question in read_questions([QUESTIONS])]
    podium = Podium(Settings(archive=folder))
    podium.ask(Asked(questions[0]))
    laps: defaultdict[str, list[float]] = defaultdict(list)
    for question in questions * ROUNDS:
        timings = podium.ask(Asked(question)).timings_ms
        for stage, spent in timings.items():
            laps[stage].append(spent)
        laps["after encoding"].append(sum(timings[stage] for stage in AFTER))
    told = {"opening ms": 1000 * opening} | {f"{stage} ms": median(spent) for stage, spent in laps.items()}
    told["search p95 ms"] = float(np.quantile(laps["search"], 0.95))
    spent = searching(podium, questions * ROUNDS)
    told |= {"search CPU ms": median(spent), "search CPU p95 ms": float(np.quantile(spent, 0.95))}
    return told | memory() | {"recall@10": recall(podium.archive, podium.encoder, questions)}


def measured(folder: Path, encoder: Encoder) -> dict[str, float]:
    """The column of one archive."""
    child = subprocess.run([sys.executable, __file__, "--child", str(folder)], check=True, capture_output=True)
    told: dict[str, float] = json.loads(child.stdout)
    ask = [sys.executable, "-m", "podium.cli", "ask", "What was said about Xinjiang?", "--archive", str(folder)]
    told["podium ask ms"] = 1000 * median(
        seconds(lambda: subprocess.run(ask, check=False, capture_output=True)) for _ in range(3)
    )
    with tempfile.TemporaryDirectory() as empty:
        seed = [sorted(SEEDS.glob("*.txt"))[0]]
        alone = seconds(lambda: build(Settings(archive=Path(empty) / "a"), seed, encoder=lambda: encoder))
    more = seconds(lambda: build(Settings(archive=folder), seed, encoder=lambda: encoder))
    told["one more conference, s"] = more - alone
    rollback(folder)
    return told


def draw(columns: dict[int, dict[str, float]], path: Path) -> None:
    """The table's rows as lines over the number of passages."""
    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 5))
    for row in ("opening ms", "encode ms", "search ms", "after encoding ms", "podium ask ms"):
        axes.plot(list(columns), [column[row] for column in columns.values()], marker="o", label=row)
    axes.set(xscale="log", yscale="log", xlabel="passages", ylabel="milliseconds")
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def main() -> None:
    """Make the archives, and print the table."""
    words = sys.argv[1:]
    kept = Path(words[words.index("--in") + 1]) if "--in" in words else None
    sizes = [int(word) for word in words if word.isdecimal()] or list(SIZES)
    place = kept or Path(tempfile.mkdtemp())
    encoder = Encoder()
    synthesis = Synthesis(encoder)
    columns: dict[int, dict[str, float]] = {}
    for size in sizes:
        folder = place / str(size)
        if not (folder / "CURRENT").exists():
            built = seconds(lambda folder=folder, size=size: synthesis.publish(folder, size))  # type: ignore[misc]
            print(f"made {size} passages in {built:.0f} s", file=sys.stderr)
        columns[size] = measured(folder, encoder)
    print(f"{'passages':<24}" + "".join(f"{size:>12,}" for size in columns))
    for row in columns[sizes[0]]:
        print(f"{row:<24}" + "".join(f"{column[row]:>12.2f}" for column in columns.values()))
    if kept is None:
        shutil.rmtree(place)
    draw(columns, Path("out/scale.svg"))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(asked(Path(sys.argv[2]))))
    else:
        main()
