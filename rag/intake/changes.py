"""What was gathered x the archive before -> the transcripts to write anew, and those that go."""

import datetime
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from rag.archive.archive import Archive
from rag.archive.stored import SourceFile
from rag.intake.mirrors import keep_numbers, merge_mirrors
from rag.intake.namesakes import Names, full_names, name_alike, named_in, right_name
from rag.intake.sources import Gathered
from rag.transcript import Transcript


@dataclass(slots=True)
class Changes:
    """The next generation less the one before: `fresh` transcripts and their files; ids of those that are `gone`.

    A transcript that has changed is in both.
    """

    fresh: list[Transcript] = field(default_factory=list)
    files: list[SourceFile] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)

    def replace(self, transcript: Transcript, files: list[SourceFile]) -> None:
        """Write this one anew, in the place of one of its id."""
        self.fresh.append(transcript)
        self.files += files
        self.gone.add(transcript.id)

    def take_all(self, before: Archive) -> None:
        """Write every transcript anew that stays."""
        for transcript_id in sorted(before.heads.keys() - self.gone):
            self.replace(before.transcript(transcript_id), before.catalogue.files_of(transcript_id))
        self.fresh.sort(key=_by_date)


def changes_of(gathered: Gathered, before: Archive | None, *, every: bool) -> Changes:
    """What has changed; with `every`, all that was gathered is written anew."""
    transcripts, files = merge_mirrors(gathered.files, gathered.ids_before)
    of: defaultdict[str, list[SourceFile]] = defaultdict(list)
    for file in files:
        of[file.transcript_id].append(file)
    had = set(gathered.ids_before.values())
    known = full_names([*named_in(transcripts), *(() if before is None else _named_before(before, had))])
    changes = Changes(gone=had - {transcript.id for transcript in transcripts})
    for transcript in (name_alike(transcript, known) for transcript in transcripts):
        if before is None or transcript.id not in had:
            changes.fresh.append(transcript)
            changes.files += of[transcript.id]
            continue
        stored = before.transcript(transcript.id)
        # Numbers are in permalinks: an exchange that stays keeps its own.
        now = transcript if stored.sha256 == transcript.sha256 else keep_numbers(transcript, stored)
        if every or now != stored or of[transcript.id] != before.catalogue.files_of(transcript.id):
            changes.replace(now, of[transcript.id])
    if before is not None:
        for transcript_id in _misnamed(before, had, known):
            renamed = name_alike(before.transcript(transcript_id), known)
            changes.replace(renamed, before.catalogue.files_of(transcript_id))
    changes.fresh.sort(key=_by_date)
    return changes


def _by_date(transcript: Transcript) -> tuple[bool, datetime.date, str]:
    return transcript.date is None, transcript.date or datetime.date.max, transcript.id


def _named_before(before: Archive, without: set[str]) -> Iterator[tuple[str | None, str]]:
    """Who answers where in the archive before, those transcripts aside."""
    columns = before.columns
    aside = np.zeros(len(columns.exchange_day), dtype=np.bool_)
    for transcript_id in without:
        aside[before.parts.rows_of(transcript_id)[0]] = True
    counts = ~aside[columns.credit_exchange]
    institutions = columns.exchange_institution[columns.credit_exchange[counts]]
    # Each institution with each of its names, once, as one number.
    pairs = np.unique(institutions * len(columns.speakers) + columns.credit_speaker[counts])
    for institution, speaker in zip(*np.divmod(pairs, len(columns.speakers)), strict=True):
        yield columns.institutions[institution] or None, columns.speakers[speaker]


def _misnamed(before: Archive, without: set[str], known: Names) -> list[str]:
    """The transcripts, those aside, in which somebody has a short name whose full one is known now."""
    short = {
        (institution, name)
        for institution, name in _named_before(before, without)
        if right_name(institution, name, known) != name
    }
    columns = before.columns
    institutions = columns.exchange_institution[columns.credit_exchange]
    found: set[str] = set()
    for institution, name in short:
        rows = columns.credit_speaker == columns.speakers.index(name)
        rows &= institutions == columns.institutions.index(institution or "")
        found |= {before.exchanges[int(place)].transcript_id for place in np.unique(columns.credit_exchange[rows])}
    return sorted(found - without)
