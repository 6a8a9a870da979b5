"""What a person types -> the files it names: folders, files, globs, and lists of paths on standard input."""

import glob
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import BadInput, UnreadableTranscript

SUFFIXES = frozenset({".txt", ".html", ".htm", ".shtml", ".xhtml", ".pdf", ".srt", ".vtt"})


@dataclass(slots=True)
class Files:
    """The files that were named, the roots they were looked for under, and what could not be looked at.

    `closed` are folders that can't be listed: of the files below them nothing is known.
    """

    files: list[Path] = field(default_factory=list)
    roots: list[re.Pattern[str]] = field(default_factory=list)
    closed: list[Path] = field(default_factory=list)
    failed: list[UnreadableTranscript] = field(default_factory=list)

    def covers(self, path: Path) -> bool:
        """Whether the roots would have named this file, were it there."""
        return any(root.match(str(path)) for root in self.roots) and not any(
            path.is_relative_to(folder) for folder in self.closed
        )

    def close(self, path: Path, error: OSError) -> None:
        """Note a folder, or a path, that can't be looked at."""
        self.closed.append(path)
        self.failed.append(not_read(path, f"it can't be looked at: {error.strerror}"))


def listed_paths(content: bytes) -> list[Path]:
    r"""The paths of a list, one a line, or ended by NUL where there is one: `find ... -print0` gives the latter.

    >>> listed_paths(b"a b.txt\n\nc.txt\n")
    [PosixPath('a b.txt'), PosixPath('c.txt')]
    """
    names = content.split(b"\0") if b"\0" in content else content.splitlines()
    return [Path(os.fsdecode(name)) for name in names if name.strip()]


def find_files(paths: Sequence[Path], known: Iterable[Path] = ()) -> Files:
    """Every transcript file that the paths name: folders searched through without following links, globs expanded.

    A path that isn't there is an error, unless one of the `known` files stood there: then it is a file that is gone.
    """
    found = Files()
    files: set[Path] = set()
    known = list(known)
    for path in map(normal, paths):
        found.roots.append(_pattern(glob.escape(str(path))))
        try:
            path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            files.update(_matching(path, found, known))
        except OSError as error:
            found.close(path, error)
        else:
            files.update(_below(path, found) if path.is_dir() else [path])
    found.files = sorted(files)
    return found


def looked_into(paths: Sequence[Path]) -> list[Path]:
    """The files that the paths name, as they were named; folders and globs give what is in them. BadInput for none."""
    files: list[Path] = []
    for path in paths:
        is_one = os.path.lexists(path) and not path.is_dir()
        files.extend([path] if is_one or not (path.is_dir() or glob.has_magic(str(path))) else find_files([path]).files)
    if not files:
        raise no_transcripts(paths)
    return files


def no_transcripts(paths: Sequence[Path]) -> BadInput:
    """What to say of paths that name no file at all."""
    return BadInput(
        f"no transcripts at {', '.join(map(shown, paths[:5])) or 'no path'}.",
        key="path",
        remedy=f"Give files or folders that hold {', '.join(sorted(SUFFIXES))} files.",
    )


def not_read(path: Path, why: str, remedy: str = "") -> UnreadableTranscript:
    """A file that could not be read, and why."""
    return UnreadableTranscript(
        f"{shown(path)}: {why}.", key=str(path), remedy=remedy or "Check that it is there and may be read."
    )


def normal(path: Path) -> Path:
    """The absolute path without `..`; a link is followed only where a `..` stands after it.

    >>> normal(Path("/archive/seeds/../seeds"))
    PosixPath('/archive/seeds')
    """
    if ".." not in path.parts:
        return path.absolute()
    plain = Path(os.path.abspath(path))  # noqa: PTH100 - pathlib never takes a `..` away
    try:
        real = path.resolve(strict=True)
    except OSError:
        return plain
    return plain if plain.exists() and plain.samefile(real) else real


def shown(path: Path | str) -> str:
    r"""A path for a person's eyes, with nothing in it that would move the cursor or break a line.

    >>> shown("news\n2021.txt")
    'news\\n2021.txt'
    """
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def is_transcript_name(name: str) -> bool:
    """Whether a file of that name is looked at in a folder."""
    return Path(name).suffix.lower() in SUFFIXES and not name.startswith(".")


def _below(folder: Path, found: Files) -> list[Path]:
    files: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=lambda error: found.close(Path(error.filename), error)):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files.extend(Path(place, name) for name in names if is_transcript_name(name))
    return files


def _matching(path: Path, found: Files, known: Sequence[Path]) -> list[Path]:
    """The files of a glob; of a path that is no glob none, which is an error unless a known file stood there."""
    matched: list[str] = []
    own = found.roots[-1:]
    if glob.has_magic(str(path)):
        own.append(_pattern(str(path)))
        found.roots.append(own[-1])
        matched = glob.glob(str(path), recursive=True)  # noqa: PTH207 - Path.glob knows no absolute pattern
    if not matched and not any(root.match(str(each)) for each in known for root in own):
        found.failed.append(not_read(path, "there is no such file or folder"))
    return [file for match in map(Path, matched) for file in (_below(match, found) if match.is_dir() else [match])]


def _pattern(root: str) -> re.Pattern[str]:
    """A glob as an expression that matches what it names and everything below that; `**` spans folders."""
    parts = {"**/": r"(?:.*/)?", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    tokens = re.findall(r"\*\*/|\*\*|\*|\?|\[!?\]?[^]/]{0,255}\]|.", root.rstrip("/"), re.DOTALL)
    made = "".join(
        parts.get(token) or (f"[{_letters(token)}]" if len(token) > 2 else re.escape(token)) for token in tokens
    )
    return re.compile(rf"{made}(?:/.*)?\Z", re.DOTALL)


def _letters(token: str) -> str:
    inner = re.sub(r"([\[\\&~|])", r"\\\1", token[1:-1])
    return "^" + inner[1:] if inner.startswith("!") else inner
