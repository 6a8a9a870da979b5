"""The archive folder as a row of immutable generations: lock, manifest, publish, rollback.

A generation is written whole in a temporary folder, every file fsynced, renamed into place, and then named by
CURRENT, itself replaced atomically. Whatever stops the process, CURRENT names a whole generation.
"""

import errno
import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rag.archive.manifest import FORMAT, REMEDY, digest, read_manifest, sealed, verify_files
from rag.errors import ArchiveBusy, ArchiveDamaged, ArchiveMissing, ArchiveUnwritable

_TEMPORARY = ".new-"


def current_generation(archive: Path) -> str:
    """The name that CURRENT holds; ArchiveMissing, or ArchiveDamaged where it names nothing that is there."""
    try:
        name = (archive / "CURRENT").read_text("ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        if whole_generations(archive):
            raise ArchiveDamaged(
                f"{archive} has generations but no CURRENT file.",
                key="archive",
                remedy="`podium rollback` names the newest whole one; `podium check` lists them.",
            ) from None
        raise ArchiveMissing(
            f"there is no archive at {archive}.",
            key="archive",
            remedy=f"Make one with: podium ingest PATH... --archive {archive}",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ArchiveDamaged(f"{archive / 'CURRENT'} can't be read: {error}.", key="archive", remedy=REMEDY) from error
    if not _is_there(archive, name):
        raise ArchiveDamaged(
            f"{archive / 'CURRENT'} names generation {name[:20]!r}, which isn't there or can't be read.",
            key="archive",
            remedy=REMEDY,
        )
    return name


# 000042
_NAME = re.compile(r"[0-9]{1,12}", re.ASCII)


def _is_there(archive: Path, name: str) -> bool:
    try:
        return _NAME.fullmatch(name) is not None and (archive / "generations" / name).is_dir()
    except OSError:
        return False


def whole_generations(archive: Path) -> list[str]:
    """The names of the published generations that have a manifest, oldest first."""
    names = (path.parent.name for path in (archive / "generations").glob("[0-9]*/manifest.json"))
    return sorted(filter(_NAME.fullmatch, names), key=int)


@contextmanager
def locked(archive: Path) -> Iterator[None]:
    """Hold the archive for writing; ArchiveBusy says who holds it, ArchiveUnwritable why it can't be."""
    try:
        descriptor = _take_lock(archive)
    except OSError as error:
        with suppress(OSError):
            archive.rmdir()
        raise _unwritable(archive, error) from error
    try:
        yield
    finally:
        _leave_no_empty_archive(archive)
        os.close(descriptor)


def _take_lock(archive: Path) -> int:
    """The lock file, open and held by this process. A lock of a dead process is free; its file stays."""
    while True:
        archive.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(archive / "LOCK", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # A first ingest that failed takes its lock away with its folder: then this is no lock any more.
            if (archive / "LOCK").exists() and os.path.samestat(os.fstat(descriptor), (archive / "LOCK").stat()):
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, str(os.getpid()).encode(), 0)
                return descriptor
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise ArchiveBusy(
                f"another ingest (process {holder}) holds {archive}.",
                key="archive",
                remedy="Wait for it to end, then run this again.",
            ) from None
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _leave_no_empty_archive(archive: Path) -> None:
    """Take away the folder in which nothing was ever published, with its lock."""
    with suppress(OSError):
        if not any((archive / "generations").glob("*")):
            (archive / "generations").rmdir()
    with suppress(OSError):
        if {path.name for path in archive.iterdir()} <= {"LOCK", "CURRENT.tmp"}:
            for path in archive.iterdir():
                path.unlink()
            archive.rmdir()


def publish(
    archive: Path, write: Callable[[Path], dict[str, Any]], ready: Callable[[str], None] = lambda _: None
) -> str:
    """Make the next generation current and return its name. Call it with the archive locked.

    `write` fills an empty folder and returns the manifest's own entries; files and their sha256 are added here, but
    for the `files` that it tells itself since it has linked them from the generation before.
    `ready` is told the generation's name once it is whole on the disk, and before it is current.
    On any error nothing is published and nothing is left behind. Only the generation before is kept beside it.
    """
    generations = archive / "generations"
    written = 0
    try:
        generations.mkdir(exist_ok=True)
        _sweep(archive)
        name = f"{_last_number(archive) + 1:06d}"
        temporary = generations / (_TEMPORARY + name)
        temporary.mkdir()
        try:
            manifest = {"format": FORMAT, "generation": name, **write(temporary)}
            linked = manifest.get("files", {})
            manifest["files"] = {
                file: linked.get(file) or {"sha256": digest(path), "bytes": path.stat().st_size}
                for file, path in ((path.relative_to(temporary).as_posix(), path) for path in _files_below(temporary))
            }
            _write_file(temporary / "manifest.json", sealed(manifest))
            _sync_tree(temporary)
            temporary.rename(generations / name)
        except BaseException:
            written = sum(path.stat().st_size for path in _files_below(temporary))
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        before = _make_current(archive, name, ready)
    except OSError as error:
        raise _unwritable(archive, error, written) from error
    _prune(generations, keep={name, before})
    return name


def check_room(folder: Path, needed: int) -> None:
    """ArchiveUnwritable where the disk has no room for so many bytes, the least that a generation in `folder` takes."""
    archive = folder.parent.parent
    if _free(archive) < needed:
        raise _unwritable(archive, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), needed)


def _make_current(archive: Path, name: str, ready: Callable[[str], None]) -> str:
    """Name a generation that has just been renamed into place as current, or leave the one before; its name."""
    before = _current_name(archive)
    try:
        _sync(archive / "generations")
        ready(name)
        _name_current(archive, name)
    except BaseException:
        with suppress(OSError):
            (archive / "CURRENT.tmp").unlink(missing_ok=True)
        if _current_name(archive) == name and before:
            # Which name the disk holds now nobody knows, so both generations stay.
            with suppress(OSError):
                _replace_current(archive, before)
        elif _current_name(archive) != name:
            shutil.rmtree(archive / "generations" / name, ignore_errors=True)
        raise
    return before


def rollback(archive: Path) -> str:
    """Name the newest whole generation older than the current one (or the newest, if CURRENT is lost) as current."""
    with locked(archive):
        try:
            current = int(current_generation(archive))
        except ArchiveDamaged:
            current = None
        name = newest_whole(archive, older_than=current)
        if name is not None:
            try:
                _name_current(archive, name)
            except OSError as error:
                raise _unwritable(archive, error) from error
            return name
    raise ArchiveMissing(
        f"{archive} holds no whole generation to go back to.",
        key="archive",
        remedy="Build it anew with `podium ingest PATH... --rebuild`.",
    )


def link_files(source: Path, folder: Path) -> None:
    """Give the files below one folder another name each below a new one; copies, where the disk can't link."""
    try:
        shutil.copytree(source, folder, copy_function=os.link)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(source, folder)


def finish_first(archive: Path) -> None:
    """Name the only generation there is, the first, where its ingest was stopped before it could. Needs the lock."""
    if not (archive / "CURRENT").exists() and whole_generations(archive) == ["000001"] == [newest_whole(archive)]:
        try:
            _name_current(archive, "000001")
        except OSError as error:
            raise _unwritable(archive, error) from error


def newest_whole(archive: Path, older_than: int | None = None) -> str | None:
    """The newest generation whose every file is as its manifest has it, or None."""
    for name in reversed(whole_generations(archive)):
        if older_than is None or int(name) < older_than:
            with suppress(ArchiveDamaged):
                verify_files(archive, name, read_manifest(archive, name))
                return name
    return None


def _name_current(archive: Path, name: str) -> None:
    """Replace CURRENT durably."""
    _replace_current(archive, name)
    _sync(archive)


def _replace_current(archive: Path, name: str) -> None:
    _write_file(archive / "CURRENT.tmp", f"{name}\n".encode())
    (archive / "CURRENT.tmp").rename(archive / "CURRENT")


def _current_name(archive: Path) -> str:
    """The name that CURRENT holds, whatever it is, or an empty string."""
    current = archive / "CURRENT"
    return current.read_text("ascii", "replace").strip() if current.is_file() else ""


def _last_number(archive: Path) -> int:
    """The highest number that a generation of this archive is known to have had."""
    # CURRENT too: the generation that it names may be gone, and its number is not to come again.
    names = [path.name for path in (archive / "generations").iterdir()] + [_current_name(archive)]
    return max((int(name) for name in names if _NAME.fullmatch(name)), default=0)


def _sweep(archive: Path) -> None:
    """Take away what an ingest that was killed has left."""
    (archive / "CURRENT.tmp").unlink(missing_ok=True)
    for left in (archive / "generations").glob(_TEMPORARY + "*"):
        shutil.rmtree(left)


def _prune(generations: Path, keep: set[str]) -> None:
    for path in generations.iterdir():
        if path.name.isdigit() and path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)


def _write_file(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_tree(folder: Path) -> None:
    for path in _files_below(folder):
        _sync(path)
    # A file is durable once the folder that names it is.
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            _sync(path)
    _sync(folder)


def _files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(archive: Path, error: OSError, written: int = 0) -> ArchiveUnwritable:
    # No room on the disk, in the user's share of it, or in one file.
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    needed = ""
    if full:
        needed = (
            f" The new generation takes more than {written:,} bytes, the one before it {_size_before(archive):,}; "
            f"{_free(archive):,} are free."
        )
    return ArchiveUnwritable(
        f"{archive} can't be written: {error.strerror or error}.{needed}",
        key="archive",
        remedy="Make room; nothing was published, and the last generation still serves."
        if full
        else "Check that this user may write there.",
    )


def _size_before(archive: Path) -> int:
    """The bytes of the current generation, which the next is likely to take too; 0 where there is none."""
    folder = archive / "generations" / (_current_name(archive) or "none")
    try:
        return sum(path.stat().st_size for path in _files_below(folder))
    except OSError:
        return 0


def _free(archive: Path) -> int:
    """The bytes free on the disk of the archive, or of the folder that it would have been made in."""
    there = next(folder for folder in (archive, *archive.absolute().parents) if folder.is_dir())
    return shutil.disk_usage(there).free
