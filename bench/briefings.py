"""What the reader makes of briefings of other institutions: python bench/briefings.py [FOLDER] [--files]

Prints by set, and with --files by file, how many files have their date, their speakers' full names and a sensible
number of exchanges, and which share of the reporters' turns stands in somebody's answer. The turns are found here by
a look of its own at the printed labels, so this is an estimate; status 77 where there are no files to read.
"""

import csv
import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from rag.errors import UnreadableTranscript
from rag.reading.reading import Reading, read_file

MATERIAL = Path(os.environ.get("PODIUM_MATERIAL", Path(__file__).parents[2] / "shared"))

# "Question:", "Journalist (through an interpreter):", "Q   Thanks, Jen."
_GENERIC = re.compile(
    r"(?:^[ \t]*|(?<=[.?!)\u2019\u201d\"] )|(?<=\s\s))"
    r"(?:(?i:question|journa\w{3,5}|reporter|remark|reply)(?: \([^)\n]*\))?\s*:"
    r"|Q(?=[ \t\xa0]+[^\s,.:]|:))[\s\xa0:]*(?=\S)",
    re.MULTILINE,
)
# "SAM FLEMING.  Thank you…"
_CAPITALS = re.compile(
    r"^[ \t]*(?P<name>(?:[A-Z][A-Za-z.'\u2019-]* ){1,3}[A-Z][A-Z'\u2019-]+)\.\s+(?=\S)", re.MULTILINE
)
# "<b>Darya Knorre</b>: Good afternoon…"
_BOLD = re.compile(r"<(?:b|strong)>\s*(?P<name>[^<:]{2,60}?)\s*:?\s*</(?:b|strong)>\s*:?\s*(?P<words>[^<]{1,40})")
_OFFICIALS = re.compile(r"CHAIR|MICHELLE SMITH|Putin|Peskov|President|Minister|Chancellor", re.IGNORECASE)


@dataclass(slots=True)
class Score:
    """Counts over the files of a set."""

    files: int = 0
    refused: int = 0
    dated: int = 0
    dates_right: int = 0
    named: int = 0
    names_right: int = 0
    sensible: int = 0
    turns: int = 0
    in_answers: int = 0

    def add(self, other: "Score") -> None:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    def line(self, name: str) -> str:
        shares = (
            ("dates", self.dates_right, self.dated),
            ("names", self.names_right, self.named),
            ("exchanges", self.sensible, self.files),
            ("reporters in answers", self.in_answers, self.turns),
        )
        told = "  ".join(f"{what} {got}/{of} {got / of if of else 0:.1%}" for what, got, of in shares)
        return f"{name:22} {self.files:3} files, {self.refused} refused  {told}"


def reporters_turns(raw: str, text: str) -> Iterator[int]:
    """Where in the stored text a reporter's words begin, as far as the printed labels tell."""
    yield from (found.end() for found in _GENERIC.finditer(text))
    stops = [found for found in _CAPITALS.finditer(text) if not _OFFICIALS.search(found["name"])]
    # Fewer are headings.
    if len(stops) > 5:
        yield from (found.end() for found in stops)
    bold = [found for found in _BOLD.finditer(raw) if not _OFFICIALS.search(found["name"])]
    if len({found["name"] for found in bold}) > 12:
        for found in bold:
            label = " ".join(found["name"].split())
            turn = f"{label}: {' '.join(found['words'].split())}"
            at = -1 if re.match("Question|Remark|Reply", label) else text.find(turn)
            if at >= 0:
                yield at + len(label) + 2


def people(gold: str) -> list[str]:
    """The names of a table's cell: `Mark, (Chief of the Force) Binskin; Kim Beazley`."""
    return [" ".join(re.sub(r",\s*\(.*?\)|[,]", " ", name).split()) for name in gold.split(";") if name.strip()]


def speakers(reading: Reading) -> set[str]:
    """Everybody who is credited with words."""
    exchanges = reading.transcript.exchanges
    return {speaker.name.casefold() for exchange in exchanges for speaker in exchange.speakers if speaker}


def names_right(reading: Reading, gold: list[str]) -> bool:
    """Whether the people of the table who have a label of their own are credited under their full names."""
    said = speakers(reading)
    text = reading.transcript.text.casefold()
    labelled = [
        name for name in gold if re.search(rf"\b{re.escape(name.split()[-1].casefold())}[^:.\n]{{0,40}}[:.]", text)
    ]
    wanted = {
        name.casefold()
        for name in labelled
        if re.search(rf"(?m)^.{{0,40}}{name.split()[-1]}\s*[:.]", reading.transcript.text, re.I)
    }
    return wanted <= said if wanted else any(name.casefold() in said for name in gold)


def scored(path: Path, gold: dict[str, str]) -> Score:
    """One file against its line of the table."""
    score = Score(files=1, dated=bool(gold["date"]), named=bool(gold["speaker"]))
    try:
        reading = read_file(path, gold["url"] if gold["url"].startswith("http") else None)
    except UnreadableTranscript:
        score.refused = 1
        return score
    transcript = reading.transcript
    answers = sorted((span.start, span.end) for exchange in transcript.exchanges for span in exchange.answer)
    turns = sorted(set(reporters_turns(path.read_text("utf-8"), transcript.text)))
    score.turns = len(turns)
    score.in_answers = sum(any(start <= at < end for start, end in answers) for at in turns)
    asked = sum(exchange.kind == "question" for exchange in transcript.exchanges)
    # The turns are an estimate: of those found, a fifth may be none.
    score.sensible = 0.8 * len(turns) <= asked <= 1.1 * len(turns) + 1
    score.dates_right = bool(gold["date"]) and str(transcript.date) == gold["date"]
    score.names_right = bool(gold["speaker"]) and names_right(reading, people(gold["speaker"]))
    return score


def main() -> int:
    """Read every set of the folder."""
    named = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    folder = Path(named[0]) if named else MATERIAL / "archive" / "other"
    tables = sorted(folder.glob("*/pages.tsv"))
    if not tables:
        print(f"briefings: no pages.tsv below {folder}; name a folder, or set PODIUM_MATERIAL")
        return 77
    total, started = Score(), time.perf_counter()
    for table in tables:
        over_set = Score()
        with table.open(encoding="utf-8", newline="") as file:
            for gold in csv.DictReader(file, delimiter="\t"):
                score = scored(table.parent / gold["file"], gold)
                over_set.add(score)
                if "--files" in sys.argv:
                    print("   ", score.line(gold["file"][:40]))
        print(over_set.line(table.parent.name))
        total.add(over_set)
    print(total.line("all"))
    print(f"{time.perf_counter() - started:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
