"""Folders -> the moments at which their transcripts have changed and come to rest. Only importer of watchfiles."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import watchfiles

from rag.errors import ArchiveBusy, ArchiveUnwritable, BadInput, PodiumError
from rag.intake.paths import is_transcript_name, normal, shown

# However long a burst of changes lasts, after so many seconds what has come so far is read.
LONGEST_BURST = 60.0
# An archive that was busy, or could not be written, is tried again after so many seconds.
RETRY = 10.0


def keep_current(
    folders: Sequence[Path],
    ingest: Callable[[], None],
    tell: Callable[[PodiumError], None],
    *,
    settle: float = 2.0,
    retry: float = RETRY,
    told: threading.Event | None = None,
) -> None:
    """Run `ingest` now and whenever transcripts in the folders have changed and lain still for `settle` seconds.

    An error of podium's own is told, and the watch goes on; ends by KeyboardInterrupt, or when `told` is set. BadInput
    where a folder isn't there.
    """
    again = 0.0
    for changed in _moments(folders, settle, told):
        if not changed and not 0 < again <= time.monotonic():
            continue
        again = 0.0
        try:
            ingest()
        except PodiumError as error:
            tell(error)
            if isinstance(error, (ArchiveBusy, ArchiveUnwritable)):
                again = time.monotonic() + retry


def _moments(folders: Sequence[Path], settle: float, told: threading.Event | None) -> Iterator[bool]:
    """True once the folders are watched and still, and after every burst of changes; False now and then between."""
    folders = [normal(folder) for folder in folders]
    for folder in folders:
        if not folder.is_dir():
            raise BadInput(
                f"there is no folder {shown(folder)} to watch.", key="folder", remedy="Make it, or name another."
            )
    bursts = watchfiles.watch(
        *folders,
        watch_filter=lambda _, path: _may_matter(Path(path)),
        rust_timeout=max(50, round(settle * 1000)),
        yield_on_timeout=True,
        ignore_permission_denied=True,
        stop_event=told,
    )
    # A timeout is a stretch of `settle` seconds without a change, which is what a file being written never has.
    changed, since = True, time.monotonic()
    for changes in bursts:
        if changes and not changed:
            changed, since = True, time.monotonic()
        if not changes or time.monotonic() - since > LONGEST_BURST:
            yield changed
            changed = False


def _may_matter(path: Path) -> bool:
    """Whether a change there can change what is read: of a transcript, or of a folder that may hold some."""
    return is_transcript_name(path.name) or not path.suffix or path.is_dir()
