"""Changes x the generation before -> the next one's folder: parts that stand are linked, the rest is written."""

import importlib.metadata
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag.archive.archive import Archive
from rag.archive.catalogue import Catalogue
from rag.archive.generations import link_files
from rag.archive.manifest import verify_files
from rag.archive.parts import CATALOGUE, COUNTED, FOLDER, Entry, Parts, finish_part, join_parts, taken_up, write_part
from rag.errors import UnreadableTranscript
from rag.intake.changes import Changes
from rag.intake.cutting import Cutter, kept_vectors
from rag.intake.paths import shown

# Raised when files are read, passages are cut, words are stemmed or columns are laid differently: an older archive is
# then built anew, of the files that are there and the vectors it has.
RECIPE = 9
REPORT = "report.json"


class Generation:
    """The next generation on its way to the disk: the parts of the one before, and what has changed."""

    def __init__(
        self, changes: Changes, cutter: Cutter, before: Archive | None, failed: Sequence[UnreadableTranscript] = ()
    ) -> None:
        self.changes, self.cutter, self.before, self.failed = changes, cutter, before, failed
        self.passages = 0
        # The manifest's lines on files that are linked.
        self._linked: dict[str, Any] = {}
        self._same_encoder = (
            before is not None and before.manifest["encoder"]["fingerprint"] == cutter.encoder.fingerprint
        )
        if before is not None and not self._same_encoder:
            changes.take_all(before)

    def write(self, folder: Path) -> dict[str, object]:
        """Fill the generation's folder; the manifest's entries."""
        (folder / FOLDER).mkdir()
        kept = kept_vectors(self.before, sorted(self.changes.gone)) if self.before and self._same_encoder else {}
        cut = self.cutter.cut(folder, self.changes.fresh, self.changes.files, kept)
        # Another encoder leaves nothing of the parts before.
        old: list[Entry] = self.before.manifest["parts"] if self.before and self._same_encoder else []
        first, fresh = len(old), None
        if cut.transcripts:
            first = taken_up([entry["counts"]["passages"] for entry in old], len(cut.passages))
            fresh = folder / FOLDER / "fresh"
            write_part(fresh, cut)
        parts = [self._carried(folder, entry) for entry in old[:first]]
        if fresh is not None:
            parts.append(self._joined(folder, old[first:], fresh))
            shutil.rmtree(fresh)
        told = [part for part in parts if part is not None]
        self._report(folder, told)
        self.passages = sum(part["counts"]["passages"] for part in told)
        return {**self.manifest(told), "files": self._linked}

    def _carried(self, folder: Path, entry: Entry) -> Entry | None:
        """A part as it was, or, where a transcript of it is gone, what is left of it."""
        source = self._place(entry)
        catalogue = Catalogue([source / CATALOGUE])
        touched = any(map(catalogue.has, self.changes.gone))
        if touched:
            return self._joined(folder, [entry])
        link_files(source, folder / FOLDER / entry["name"])
        below = f"{FOLDER}/{entry['name']}/"
        self._linked |= {file: told for file, told in self._of().manifest["files"].items() if file.startswith(below)}
        return entry

    def _joined(self, folder: Path, entries: Sequence[Entry], fresh: Path | None = None) -> Entry | None:
        """One part of several less what is gone, and of what is fresh; None where nothing is left."""
        for entry in entries:
            self._verify(entry)
        parts = Parts([*map(self._place, entries), *([] if fresh is None else [fresh])])
        kept = [
            outline
            for outline in parts.catalogue.outlines()
            if outline.part == len(entries) or outline.transcript_id not in self.changes.gone
        ]
        # A name that no part of this generation has: 000042-1.
        number = len(list((folder / FOLDER).iterdir()))
        place = folder / FOLDER / f"{folder.name.rpartition('-')[2]}-{number}"
        if kept:
            join_parts(place, parts, kept)
        return finish_part(place, self.cutter.encoder.encode_queries) if kept else None

    def _place(self, entry: Entry) -> Path:
        """Where a part of the generation before is."""
        before = self._of()
        return before.folder / "generations" / before.name / FOLDER / str(entry["name"])

    def _verify(self, entry: Entry) -> None:
        """What is copied is as it was written; ArchiveDamaged. What is linked, `podium check` verifies."""
        before = self._of()
        verify_files(before.folder, before.name, before.manifest, below=f"{FOLDER}/{entry['name']}/")

    def _of(self) -> Archive:
        if self.before is None:
            raise ValueError("no part can be of a generation that there isn't")
        return self.before

    def _report(self, folder: Path, parts: Sequence[Entry]) -> None:
        catalogue = Catalogue([folder / FOLDER / part["name"] / CATALOGUE for part in parts])
        report = reading_report(catalogue.oddity_counts(), catalogue.report(), self.failed)
        (folder / REPORT).write_text(report, "utf-8", "backslashreplace")

    def manifest(self, parts: Sequence[Entry]) -> dict[str, Any]:
        """What is told of a generation of these parts."""
        encoder = self.cutter.encoder
        counts = {key: sum(part["counts"][key] for part in parts) for key in COUNTED}
        dates = sorted(part[key] for part in parts for key in ("date_from", "date_to") if part[key])
        return {
            "podium": importlib.metadata.version("podium"),
            "recipe": RECIPE,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "encoder": {
                "name": encoder.name,
                "fingerprint": encoder.fingerprint,
                "dimension": encoder.dimension,
                "probe": [round(float(x), 5) for x in encoder.probe],
            },
            "counts": counts,
            "coverage": {"date_from": dates[0] if dates else None, "date_to": dates[-1] if dates else None},
            "parts": parts,
        }


def reading_report(counts: Mapping[str, int], files: Iterable[str], failed: Sequence[UnreadableTranscript]) -> str:
    """What the reader made of every file of a generation (an object of JSON each), and of those that it could not."""
    not_read = [{"file": shown(error.key), "reason": error.message} for error in failed]
    listed = ",\n".join(files)
    told = (json.dumps(each, ensure_ascii=False, indent=1) for each in (counts, not_read))
    return f'{{"counts": {next(told)}, "files": [\n{listed}\n], "not_read": {next(told)}}}\n'
