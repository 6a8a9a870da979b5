"""Captions (SubRip, WebVTT) and rows (JSON lines, CSV) -> turns with their speakers, as labelled paragraphs."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.calendar.printed import find_date
from rag.clock import stamp
from rag.errors import UnreadableTranscript
from rag.language.names import folded
from rag.reading.frontmatter import FrontMatter, read_front_matter
from rag.reading.habits import NO_HABITS, Habits

COLUMNS = ("speaker", "text", "title", "date", "url", "institution")
_CAPTIONS = re.compile(r"\.(?:srt|vtt)$", re.IGNORECASE)
_ROWS = re.compile(r"\.(?:jsonl|ndjson|csv)$", re.IGNORECASE)
# "00:01:02,500 -->", "01:02.5 -->"
_TIMES = re.compile(r"(?:(?P<hours>\d{1,3}):)?(?P<minutes>\d{1,2}):(?P<seconds>\d\d)[.,]\d{1,3}\s*+-->")
# "WEBVTT - Briefing of May 3"
_HEADER = re.compile(r"\ufeff?WEBVTT[ \t]++-?[ \t]*(?P<title>\S[^\n]{0,200})")
_SENTENCE_END = (".", "?", "!", '."', '?"', "\u201d")
# A turn gets its time again after so many seconds, at a sentence's end.
_STAMPED = 20
_NUMBERED = re.compile(r"^\d{1,7}[ \t]*\n(?=(?:\d+:)?\d{1,2}:\d\d[.,])", re.MULTILINE)
# "<v.loud Jen Psaki>"
_VOICE = re.compile(r"<v(?:\.[^ >]{0,80})?\s++([^>]{1,80})>")
# "<i>", "{\an8}"
_TAG = re.compile(r"</?[a-z][^<>]{0,80}>|\{\\[^{}]{0,40}\}", re.IGNORECASE)
# ">> MR. SMITH: ", "Jen Psaki: "
_NAMED = re.compile(r"(?:>>\s*+)?(?P<speaker>[A-Z][\w.'\u2019 -]{0,50}):\s++")


@dataclass(frozen=True, slots=True)
class Written:
    """What turns came to: the text that is stored, what the file says of itself, and its labels."""

    text: str
    front: FrontMatter
    habits: Habits


@dataclass(frozen=True, slots=True)
class Spoken:
    """A caption or a row: who says what, and at which second of a recording."""

    speaker: str
    words: str
    second: int | None = None


def write_out(text: str, name: str, columns: Mapping[str, str]) -> Written | None:
    """A file of captions or rows as labelled paragraphs; None for a file that is neither. `columns` names columns
    otherwise than `speaker`, `text`, `title`, `date`, `url`, `institution`. UnreadableTranscript.

    >>> write_out("speaker,text\\nJo Roe,Hello.\\n", "a.csv", {}).text
    'Jo Roe: Hello.\\n'
    """
    if _CAPTIONS.search(name):
        return _written(list(_captions(text)), _front_of(text))
    if not _ROWS.search(name):
        return None
    rows = list(_rows(text, name))
    told = {column: columns.get(column, column) for column in COLUMNS}
    missing = [told[column] for column in ("speaker", "text") if not any(told[column] in row for row in rows)]
    if missing:
        has = ", ".join(sorted({column for row in rows for column in row})[:12]) or "none"
        raise UnreadableTranscript(
            f"{name} has no column {' and no column '.join(missing)}; it has: {has}.",
            key=name,
            remedy="Name them: --columns speaker=NAME,text=NAME.",
        )
    turns = [Spoken(str(row.get(told["speaker"]) or ""), str(row.get(told["text"]) or "")) for row in rows]
    said = {
        column: next((str(row[told[column]]) for row in rows if row.get(told[column])), "") for column in COLUMNS[2:]
    }
    front = FrontMatter(
        title=said["title"],
        date=find_date(said["date"]),
        address=said["url"] or None,
        institution=said["institution"] or None,
    )
    return _written(turns, front)


def _front_of(captions: str) -> FrontMatter:
    """What captions say of themselves: in front matter, or behind `WEBVTT`."""
    front, header = read_front_matter(captions), _HEADER.match(captions)
    title = front.title or (header["title"].strip() if header else "")
    return replace(front, end=0, title=title, date=front.date or find_date(title))


def _written(turns: Sequence[Spoken], front: FrontMatter) -> Written:
    paragraphs: list[str] = []
    before, stamped = "", 0
    for turn in turns:
        speaker, words = folded(turn.speaker), turn.words.strip()
        if not words:
            continue
        goes_on = bool(speaker and speaker == before and paragraphs)
        if turn.second is not None and not (goes_on and _same_time(paragraphs[-1], turn.second - stamped)):
            paragraphs.append(stamp(turn.second))
            stamped = turn.second
        elif goes_on and turn.second is not None:
            paragraphs[-1] += f" {words}"
            continue
        paragraphs.append(f"{speaker}: {words}" if speaker and not goes_on else words)
        before = speaker or before
    speakers = frozenset(folded(turn.speaker) for turn in turns if turn.speaker.strip())
    habits = Habits(names=speakers, strict=True) if speakers else NO_HABITS
    return Written("\n\n".join(paragraphs) + "\n", front, habits)


def _same_time(words: str, passed: int) -> bool:
    """Whether a turn's next words need no time of their own yet."""
    return passed < _STAMPED or not words.endswith(_SENTENCE_END)


def _captions(text: str) -> Iterator[Spoken]:
    """The words of every cue, when and by whom they are said, where the cue names a speaker or the one before did."""
    speaker, in_cue, second = "", False, 0
    for line in map(str.strip, _NUMBERED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")):
        times = _TIMES.match(line)
        in_cue = bool(line) and (in_cue or times is not None)
        if times:
            second = 3600 * int(times["hours"] or 0) + 60 * int(times["minutes"]) + int(times["seconds"])
        if not in_cue or times:
            continue
        voice = _VOICE.search(line)
        words = _TAG.sub("", _VOICE.sub("", line)).strip()
        named = None if voice else _NAMED.match(words)
        if voice:
            speaker = voice[1].strip()
        elif named:
            speaker, words = named["speaker"], words[named.end() :]
        elif words.startswith(">>"):
            speaker, words = "", words.lstrip("> ")
        yield Spoken(speaker, words, second)


def _rows(text: str, name: str) -> Iterator[dict[str, object]]:
    if name.lower().endswith(".csv"):
        try:
            yield from ({key: value for key, value in row.items() if key} for row in csv.DictReader(io.StringIO(text)))
        except csv.Error as error:
            raise _bad(name, 1, str(error)) from error
        return
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _bad(name, number, str(error)) from error
        if not isinstance(row, dict):
            raise _bad(name, number, "it is no object")
        yield row


def _bad(name: str, number: int, why: str) -> UnreadableTranscript:
    return UnreadableTranscript(
        f"{name}, line {number}, can't be read: {why}.", key=name, remedy="Mend that line and try again."
    )
