"""Files -> transcripts: the same conference from several sites becomes one, and every transcript gets its id."""

import itertools
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag.archive.stored import SourceFile
from rag.intake.sources import ReadFile
from rag.transcript import Exchange, Oddity, Span, Transcript

# Of the words of the shorter of two mirrors, so many must stand in the longer one.
SAME_SHARE = 0.6
_RUN = 4
# What bounds the cost on a day of very many files: how many runs stand for a file in the search for its mirrors,
# how many conferences one run may point to, and how many of those pointed to are compared word by word.
_SKETCH, _CROWD, _COMPARED = 256, 50, 4
# "2021-03-18-zhao-lijian-2", "undated-zhao-lijian"
_ID = re.compile(r"(?P<base>(?:undated|\d{4}-\d\d-\d\d)-.+?)(?:-\d{1,2})?")


def merge_mirrors(
    files: Sequence[ReadFile], ids_before: Mapping[str, str]
) -> tuple[list[Transcript], list[SourceFile]]:
    """What every file gave -> the transcripts by date and id, and which file went into which.

    Files of one day that share most of their words, and don't name two spokespeople, are mirrors: the one that names
    its spokesperson and has the most to say is kept, and lists the sources of all; what another words differently is
    noted as an oddity of that file. Two conferences of one day get ids of their own: the second is `...-2`. A file
    keeps the id that it had in `ids_before` (by path).
    """
    transcripts: list[Transcript] = []
    placed: list[SourceFile] = []
    by_day = sorted(files, key=lambda file: (_day(file), str(file.path)))
    for _, same_day in itertools.groupby(by_day, key=_day):
        taken: set[str] = set()
        groups = [_ranked(group) for group in _mirror_groups(list(same_day))]
        for group in sorted(groups, key=lambda group: _claim(group, ids_before)):
            transcript_id = _free_id(_base(group[0].transcript.id), _id_before(group, ids_before), taken)
            taken.add(transcript_id)
            by_path = sorted(group, key=lambda file: str(file.path))
            sources = tuple(dict.fromkeys(file.source for file in by_path))
            transcripts.append(replace(group[0].transcript.renamed(transcript_id), sources=sources))
            placed.extend(_placed(file, group[0], transcript_id) for file in group)
    transcripts.sort(key=lambda transcript: (transcript.date is None, transcript.date, transcript.id))
    return transcripts, sorted(placed, key=lambda file: file.path)


def _day(file: ReadFile) -> str:
    return "" if file.transcript.date is None else file.transcript.date.isoformat()


def _ranked(group: list[ReadFile]) -> list[ReadFile]:
    """Mirrors, the one to keep first."""
    return sorted(
        group,
        key=lambda file: (
            file.transcript.spokesperson is None,
            -_said(file.transcript),
            file.transcript.sha256 != file.sha256,
            str(file.path),
        ),
    )


def _placed(file: ReadFile, kept: ReadFile, transcript_id: str) -> SourceFile:
    """The record of a file; a mirror that is not the one kept says what of its words is lost by that."""
    oddities = list(file.oddities)
    if file.transcript.sha256 == file.sha256:
        oddities = [oddity for oddity in oddities if oddity.kind != "mirror"]
    if file is not kept and file.transcript.sha256 == file.sha256:
        theirs = {_answered(kept.transcript, exchange) for exchange in kept.transcript.exchanges}
        own = sum(_answered(file.transcript, exchange) not in theirs for exchange in file.transcript.exchanges)
        message = f"The same conference as {kept.path.name}, which is kept; {own} of its answers are worded otherwise."
        oddities.insert(0, Oddity(0, "mirror", message))
    return SourceFile(str(file.path), file.sha256, file.source, transcript_id, tuple(oddities), file.remainder)


def keep_numbers(transcript: Transcript, before: Transcript) -> Transcript:
    """A corrected transcript whose exchanges keep the numbers, and so the permalinks, that they had.

    An exchange is the one it was if its words are the same, or else its question is, or else its answer is; what
    is new gets numbers that were never used.
    """
    numbers: dict[int, int] = {}
    for part in (_words_of, _asked, _answered):
        old = {
            part(before, exchange): exchange.number
            for exchange in before.exchanges
            if exchange.number not in numbers.values()
        }
        for exchange in transcript.exchanges:
            words = part(transcript, exchange)
            if exchange.number not in numbers and words and words in old:
                numbers[exchange.number] = old.pop(words)
    fresh = itertools.count(max((exchange.number for exchange in before.exchanges), default=0) + 1)
    for exchange in transcript.exchanges:
        if exchange.number not in numbers:
            numbers[exchange.number] = next(fresh)
    exchanges = tuple(
        replace(
            exchange,
            number=numbers[exchange.number],
            follows=None if exchange.follows is None else numbers[exchange.follows],
        )
        for exchange in transcript.exchanges
    )
    return replace(transcript, exchanges=exchanges)


def _asked(transcript: Transcript, exchange: Exchange) -> str:
    return "" if exchange.question is None else _folded(transcript, [exchange.question])


def _answered(transcript: Transcript, exchange: Exchange) -> str:
    return _folded(transcript, exchange.answer)


def _words_of(transcript: Transcript, exchange: Exchange) -> str:
    return _folded(transcript, exchange.spans)


def _folded(transcript: Transcript, spans: Sequence[Span]) -> str:
    return "\n".join(" ".join(span.cut(transcript.text).split()) for span in spans)


def _base(transcript_id: str) -> str:
    """The id without the number of a second conference of that day.

    >>> _base("2021-03-18-zhao-lijian-2")
    '2021-03-18-zhao-lijian'
    """
    found = _ID.fullmatch(transcript_id)
    return found["base"] if found else transcript_id


@dataclass(slots=True)
class _Group:
    """Files found to be mirrors of one another; `runs` are those of the first, `people` whom any of them names."""

    files: list[ReadFile]
    runs: frozenset[int]
    people: set[str]


def _mirror_groups(files: list[ReadFile]) -> list[list[ReadFile]]:
    if len(files) == 1:
        return [files]
    groups: list[_Group] = []
    pointing: dict[int, list[int]] = defaultdict(list)
    for file in files:
        runs = _runs(file.transcript)
        sketch = sorted(runs)[:_SKETCH]
        votes = Counter(place for run in sketch for place in pointing[run])
        people = {file.transcript.spokesperson} if file.transcript.spokesperson else set()
        place = next(
            (place for place, _ in votes.most_common(_COMPARED) if _are_mirrors(groups[place], runs, people)), None
        )
        if place is None:
            place = len(groups)
            groups.append(_Group([], runs, set()))
            for run in sketch:
                if len(pointing[run]) < _CROWD:
                    pointing[run].append(place)
        groups[place].files.append(file)
        groups[place].people |= people
    return [group.files for group in groups]


def _are_mirrors(group: _Group, runs: frozenset[int], people: set[str]) -> bool:
    if people and group.people and people != group.people:
        return False
    return len(runs & group.runs) >= SAME_SHARE * min(len(runs), len(group.runs))


def _runs(transcript: Transcript) -> frozenset[int]:
    """Every run of four words in the exchanges, case and white space folded, each as a number."""
    words = " ".join(_words_of(transcript, exchange) for exchange in transcript.exchanges).casefold().split()
    return frozenset(
        zlib.crc32(" ".join(words[at : at + _RUN]).encode("utf-8", "surrogatepass"))
        for at in range(max(1, len(words) - _RUN + 1))
    )


def _said(transcript: Transcript) -> int:
    return sum(span.end - span.start for exchange in transcript.exchanges for span in exchange.spans)


def _id_before(group: Sequence[ReadFile], ids_before: Mapping[str, str]) -> str | None:
    """The id that one of these files had, unless it was read with another day or spokesperson then."""
    bases = {_base(file.transcript.id) for file in group}
    had = (ids_before.get(str(file.path)) for file in group)
    return next((before for before in had if before is not None and _base(before) in bases), None)


def _claim(group: Sequence[ReadFile], ids_before: Mapping[str, str]) -> tuple[bool, str, str]:
    """Who chooses an id first: those who had one, then by path."""
    before = _id_before(group, ids_before)
    return (before is None, before or "", min(str(file.path) for file in group))


def _free_id(base: str, wanted: str | None, taken: set[str]) -> str:
    if wanted is not None and wanted not in taken:
        return wanted
    return next(
        candidate
        for candidate in itertools.chain([base], (f"{base}-{number}" for number in itertools.count(2)))
        if candidate not in taken
    )
