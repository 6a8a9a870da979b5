"""Two readings of the same questions -> how far the readers agree on which sentences answer.

Run as `python -m eval.agreement eval/judgements/second-reading.jsonl eval/questions/*.jsonl --archive DIR`. Counted are
the sentences of the exchanges that the first reader named, as the second saw them.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from eval.gold import exchanges_of, resolve_held, rows_of, sentences_of
from eval.questions import read_questions
from rag.archive.archive import Archive, open_archive
from rag.errors import BadInput, PodiumError
from rag.settings import read_settings


def agreement(archive: Archive, first: Sequence[Path], second: Path) -> dict[str, float]:
    """Of the questions that both readers saw: how many; the share for which they mark a sentence in common, or one
    marks what the other says helps; and Cohen's kappa over sentences (Cohen 1960, doi 10.1177/001316446002000104).
    """
    again = resolve_held(read_questions([second]), archive)
    known = {question.id: question for question in read_questions(first) if question.id in again}
    golds = resolve_held(list(known.values()), archive)
    if not golds:
        raise BadInput(
            f"{archive.folder} has none of the questions that both readers saw.",
            key="archive",
            remedy="Ingest the conferences that they are about.",
        )
    common = helped = 0
    pairs: list[tuple[bool, bool]] = []
    for name, gold in golds.items():
        one, two = (sentences_of(archive, each, 2) for each in (gold, again[name]))
        common += bool(one & two)
        # What one marks as the answer, the other may mark as a help to it.
        helped += bool(one & (two | sentences_of(archive, again[name], 1)))
        # Every sentence of the exchanges that the first named, marked or not.
        for place in exchanges_of(archive, gold):
            pairs += [
                ((row, number) in one, (row, number) in two)
                for row in rows_of(archive, place)
                for number in range(len(archive.passage(row).sentences))
            ]
    return {
        "questions": len(golds),
        "common": common / len(golds),
        "or helps": helped / len(golds),
        "kappa": kappa(pairs),
    }


def kappa(pairs: Sequence[tuple[bool, bool]]) -> float:
    """Cohen's, of two yes or no verdicts on each of many things.

    >>> kappa([(True, True), (False, False), (True, False), (False, False)])
    0.5
    """
    same = sum(one == two for one, two in pairs) / len(pairs)
    yes, also = sum(one for one, _ in pairs) / len(pairs), sum(two for _, two in pairs) / len(pairs)
    by_chance = yes * also + (1 - yes) * (1 - also)
    return (same - by_chance) / (1 - by_chance)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 2 for bad input."""
    parser = argparse.ArgumentParser(prog="python -m eval.agreement", description="How far two readers agree.")
    parser.add_argument("second", type=Path)
    parser.add_argument("first", nargs="+", type=Path)
    parser.add_argument("--archive", type=Path, help="where the conferences are (PODIUM_ARCHIVE)")
    given = parser.parse_args(arguments)
    try:
        figures = agreement(open_archive(read_settings(archive=given.archive).archive), given.first, given.second)
    except PodiumError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(str(error), markup=False)
        return 2
    Console(highlight=False).print({name: round(figure, 3) for name, figure in figures.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
