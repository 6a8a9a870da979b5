"""Transcripts -> the same ones with one name a person: `Dr. Fauci` of one is the `Anthony Fauci` of another."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rag.reading.offices import HONORIFICS, OFFICES, plain
from rag.transcript import Exchange, Speaker, Transcript

Names = Mapping[tuple[str | None, str], str]


def name_alike(transcripts: Sequence[Transcript]) -> list[Transcript]:
    """Every speaker of whom only a title and a last name are told gets the full name that the same institution's
    other transcripts give to that last name, where they give one only."""
    full: dict[tuple[str | None, str], set[str]] = defaultdict(set)
    for transcript in transcripts:
        for name in _names(transcript):
            if len(name.split()) > 1 and not _short(name):
                full[transcript.institution, _last(name)].add(name)
    known = {key: next(iter(names)) for key, names in full.items() if len(names) == 1}
    return [_renamed(transcript, known) for transcript in transcripts]


def _names(transcript: Transcript) -> Iterator[str]:
    return (speaker.name for exchange in transcript.exchanges for speaker in exchange.speakers if speaker)


def _short(name: str) -> bool:
    return plain(name.split(maxsplit=1)[0]) in HONORIFICS | OFFICES


def _last(name: str) -> str:
    return name.rsplit(maxsplit=1)[-1].casefold()


def _renamed(transcript: Transcript, known: Names) -> Transcript:
    def right(name: str | None) -> str | None:
        if name is None or len(name.split()) < 2 or not _short(name):
            return name
        return known.get((transcript.institution, _last(name)), name)

    def speaker(each: Speaker | None) -> Speaker | None:
        return each and replace(each, name=right(each.name) or each.name)

    def exchange(each: Exchange) -> Exchange:
        return replace(each, speakers=tuple(map(speaker, each.speakers)), spokesperson=right(each.spokesperson))

    if all(right(name) == name for name in {*_names(transcript), transcript.spokesperson or ""}):
        return transcript
    exchanges = tuple(map(exchange, transcript.exchanges))
    return replace(transcript, spokesperson=right(transcript.spokesperson), exchanges=exchanges)
