"""Files -> transcripts: the same conference from several sites becomes one, and every transcript gets its id."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rag.catalogue import SourceFile
from rag.sources import ReadFile
from rag.transcript import Exchange, Span, Transcript

SAME_SHARE = 0.6
_RUN = 4


def merge_mirrors(
    files: Sequence[ReadFile], ids_before: Mapping[str, str]
) -> tuple[list[Transcript], list[SourceFile]]:
    """What every file gave -> the transcripts by date and id, and which file went into which.

    Files of one day and one spokesperson that share most of their words are mirrors: the one with the most to
    say is kept, and lists the sources of all. Two conferences of one day get ids of their own: the second is
    `...-2`. A file keeps the id that it had in `ids_before` (by path).
    """
    transcripts: list[Transcript] = []
    placed: list[SourceFile] = []
    by_day = sorted(files, key=lambda file: (_base_id(file.transcript), str(file.path)))
    for base, same_day in itertools.groupby(by_day, key=lambda file: _base_id(file.transcript)):
        taken: set[str] = set()
        for group in sorted(_mirror_groups(list(same_day)), key=lambda group: _rank(group, base, ids_before)):
            transcript_id = _free_id(base, _id_before(group, base, ids_before), taken)
            taken.add(transcript_id)
            best = max(group, key=lambda file: (_said(file.transcript), file.transcript.sha256 == file.sha256))
            sources = tuple(dict.fromkeys(file.source for file in group))
            transcripts.append(replace(best.transcript.renamed(transcript_id), sources=sources))
            placed.extend(
                SourceFile(str(file.path), file.sha256, file.source, transcript_id, file.oddities) for file in group
            )
    transcripts.sort(key=lambda transcript: (transcript.date is None, transcript.date, transcript.id))
    return transcripts, sorted(placed, key=lambda file: file.path)


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


def _base_id(transcript: Transcript) -> str:
    head, _, tail = transcript.id.rpartition("-")
    return head if tail.isdigit() and len(tail) < 3 and head.count("-") > 2 else transcript.id


def _mirror_groups(files: list[ReadFile]) -> list[list[ReadFile]]:
    groups: list[tuple[frozenset[str], list[ReadFile]]] = []
    for file in files:
        runs = _runs(file.transcript)
        for theirs, group in groups:
            smaller = min(len(runs), len(theirs))
            if smaller and len(runs & theirs) >= SAME_SHARE * smaller:
                group.append(file)
                break
        else:
            groups.append((runs, [file]))
    return [group for _, group in groups]


def _runs(transcript: Transcript) -> frozenset[str]:
    """Every run of four words in the exchanges, case and white space folded."""
    words = " ".join(_words_of(transcript, exchange) for exchange in transcript.exchanges).casefold().split()
    return frozenset(" ".join(words[at : at + _RUN]) for at in range(max(1, len(words) - _RUN + 1)))


def _said(transcript: Transcript) -> int:
    return sum(span.end - span.start for exchange in transcript.exchanges for span in exchange.spans)


def _id_before(group: Sequence[ReadFile], base: str, ids_before: Mapping[str, str]) -> str | None:
    return next(
        (ids_before[str(file.path)] for file in group if ids_before.get(str(file.path), "").startswith(base)),
        None,
    )


def _rank(group: Sequence[ReadFile], base: str, ids_before: Mapping[str, str]) -> tuple[bool, str, str]:
    before = _id_before(group, base, ids_before)
    return (before is None, before or "", str(group[0].path))


def _free_id(base: str, wanted: str | None, taken: set[str]) -> str:
    if wanted is not None and wanted not in taken:
        return wanted
    return next(
        candidate
        for candidate in itertools.chain([base], (f"{base}-{number}" for number in itertools.count(2)))
        if candidate not in taken
    )
