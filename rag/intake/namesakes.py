"""Transcripts -> the same ones with one name a person: `Dr. Fauci` of one is the `Anthony Fauci` of another."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from rag.reading.offices import HONORIFICS, OFFICES, plain
from rag.transcript import Exchange, Speaker, Transcript

Names = Mapping[tuple[str | None, str], str]


def full_names(named: Iterable[tuple[str | None, str]]) -> Names:
    """(Institution, last name) -> the one full name that goes with them among (institution, name) pairs."""
    full: dict[tuple[str | None, str], set[str]] = defaultdict(set)
    for institution, name in named:
        if len(name.split()) > 1 and not _short(name):
            full[institution, _last(name)].add(name)
    # Two Powells at one institution: nobody knows which is meant.
    return {key: next(iter(names)) for key, names in full.items() if len(names) == 1}


def named_in(transcripts: Iterable[Transcript]) -> Iterator[tuple[str | None, str]]:
    """Who answers where: institutions and names."""
    return ((transcript.institution, name) for transcript in transcripts for name in _names(transcript))


def right_name(institution: str | None, name: str, known: Names) -> str:
    """The full name of somebody of whom only a title and a last name are told, where there is one; else the name."""
    if len(name.split()) < 2 or not _short(name):
        return name
    return known.get((institution, _last(name)), name)


def _names(transcript: Transcript) -> Iterator[str]:
    return (speaker.name for exchange in transcript.exchanges for speaker in exchange.speakers if speaker)


def _short(name: str) -> bool:
    return plain(name.split(maxsplit=1)[0]) in HONORIFICS | OFFICES


def _last(name: str) -> str:
    return name.rsplit(maxsplit=1)[-1].casefold()


def name_alike(transcript: Transcript, known: Names) -> Transcript:
    """The transcript with the full name of every speaker that the same institution's other transcripts tell."""

    def right(name: str | None) -> str | None:
        return None if name is None else right_name(transcript.institution, name, known)

    def speaker(each: Speaker | None) -> Speaker | None:
        return each and replace(each, name=right(each.name) or each.name)

    def exchange(each: Exchange) -> Exchange:
        return replace(each, speakers=tuple(map(speaker, each.speakers)), spokesperson=right(each.spokesperson))

    if all(right(name) == name for name in {*_names(transcript), transcript.spokesperson or ""}):
        return transcript
    exchanges = tuple(map(exchange, transcript.exchanges))
    return replace(transcript, spokesperson=right(transcript.spokesperson), exchanges=exchanges)
