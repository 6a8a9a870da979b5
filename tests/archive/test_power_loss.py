"""A model of power loss: what publishing does to the disk is recorded, cut at every point, and what was not yet
forced to the disk is dropped or torn at random. Whatever is left must be the old generation or the new one, whole.

The model is harsher than file systems are: each change of a folder that was not followed by an fsync of that folder
may be lost on its own, and a file without an fsync may hold anything between nothing and all of its bytes.
"""

import json
import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rag.archive.generations import current_generation, locked, publish
from rag.archive.manifest import read_manifest, verify_files
from rag.errors import PodiumError

TRIES = 12
Step = tuple[str, ...]
_heard: list[Callable[[str, tuple[object, ...]], None]] = []
sys.addaudithook(lambda event, arguments: [hear(event, arguments) for hear in _heard] and None)


def write(word: str) -> Callable[[Path], dict[str, object]]:
    def fill(folder: Path) -> dict[str, object]:
        (folder / "words").mkdir()
        (folder / "words" / "word.txt").write_text(word * 50)
        (folder / "vectors.faiss").write_text(word * 80)
        return {"word": word}

    return fill


@contextmanager
def recorded(archive: Path, monkeypatch: pytest.MonkeyPatch, *, forgetful: bool) -> Iterator[list[Step]]:
    """Every creation, renaming, removal and fsync below the archive; `forgetful` leaves out the fsyncs."""
    steps: list[Step] = []

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        path = str(arguments[0]) if arguments else ""
        if event == "open" and path.startswith(str(archive)) and int(arguments[2]) & os.O_CREAT:  # type: ignore[call-overload]
            steps.append(("create", path))
        elif event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir") and path.startswith(str(archive)):
            steps.append((event, path, *([str(arguments[1])] if event == "os.rename" else [])))

    real = os.fsync

    def fsync(descriptor: int) -> None:
        if not forgetful:
            steps.append(("fsync", str(Path(f"/proc/self/fd/{descriptor}").readlink())))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    _heard.append(hear)
    try:
        yield steps
    finally:
        _heard.remove(hear)


@dataclass
class Node:
    """A file or a folder: what is surely on the disk of it, and the changes that are not sure yet."""

    folder: bool
    words: bytes = b""
    sure: bool = False
    entries: dict[str, "Node"] = field(default_factory=dict)
    durable: dict[str, "Node"] = field(default_factory=dict)
    pending: list[dict[str, "Node | None"]] = field(default_factory=list)


class Disk:
    """The recorded steps, done one by one in memory."""

    def __init__(self, root: Path) -> None:
        self.root, self.top = root, self._load(root)
        self.words: dict[str, bytes] = {}

    def _load(self, path: Path) -> Node:
        if path.is_file():
            return Node(False, path.read_bytes(), sure=True)
        entries = {child.name: self._load(child) for child in path.iterdir()}
        return Node(True, entries=dict(entries), durable=dict(entries))

    def at(self, path: str) -> Node:
        node = self.top
        for part in Path(path).relative_to(self.root).parts:
            node = node.entries[part]
        return node

    def change(self, folder: Node, change: dict[str, Node | None]) -> None:
        for name, node in change.items():
            folder.entries.pop(name, None)
            if node is not None:
                folder.entries[name] = node
        folder.pending.append(change)

    def do(self, step: Step) -> None:
        kind, path = step[0], step[1]
        if kind == "fsync":
            node = self.at(path)
            node.sure = True
            node.durable, node.pending = dict(node.entries), []
            return
        parent, name = self.at(str(Path(path).parent)), Path(path).name
        if kind in ("create", "os.mkdir") and name in parent.entries:
            parent.entries[name].sure = parent.entries[name].folder
        elif kind in ("create", "os.mkdir"):
            self.change(parent, {name: Node(kind == "os.mkdir", self.words.get(path, b""))})
        elif kind == "os.rename":
            self.change(parent, {name: None, Path(step[2]).name: parent.entries[name]})
        elif kind in ("os.remove", "os.rmdir"):
            self.change(parent, {name: None})

    def lose_power(self, place: Path, chance: random.Random) -> None:
        """Write what a restart may find to `place`."""
        self._lose(self.top, place, chance)

    def _lose(self, node: Node, place: Path, chance: random.Random) -> None:
        if not node.folder:
            place.write_bytes(node.words if node.sure else node.words[: chance.randint(0, len(node.words))])
            return
        place.mkdir()
        entries = dict(node.durable)
        for change in node.pending:
            if chance.random() < 0.5:
                for name, child in change.items():
                    entries.pop(name, None)
                    if child is not None:
                        entries[name] = child
        for name, child in entries.items():
            self._lose(child, place / name, chance)


def states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, forgetful: bool) -> list[str]:
    """What a restart finds after each cut: the word of the generation that serves, or the error."""
    archive = tmp_path / "archive"
    for word in ("eldest", "old"):
        with locked(archive):
            publish(archive, write(word))
    disk = Disk(archive)
    with locked(archive), recorded(archive, monkeypatch, forgetful=forgetful) as steps:
        publish(archive, write("new"))
    monkeypatch.undo()
    words = {str(path): path.read_bytes() for path in archive.rglob("*") if path.is_file()}
    words |= {path.replace("/000003/", "/.new-000003/"): each for path, each in words.items()}
    words[str(archive / "CURRENT.tmp")] = words[str(archive / "CURRENT")]
    disk.words = words
    found = []
    for cut in range(len(steps) + 1):
        if cut:
            disk.do(steps[cut - 1])
        for attempt in range(TRIES):
            shutil.rmtree(archive)
            disk.lose_power(archive, random.Random(1000 * cut + attempt))
            found.append(serving(archive))
    return found


def serving(archive: Path) -> str:
    try:
        name = current_generation(archive)
        manifest = read_manifest(archive, name)
        verify_files(archive, name, manifest)
    except PodiumError as error:
        return type(error).__name__
    assert (archive / "generations" / name / "words" / "word.txt").read_text() == manifest["word"] * 50
    assert json.dumps(manifest)
    return str(manifest["word"])


def test_power_loss_leaves_the_old_generation_or_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = states(tmp_path, monkeypatch, forgetful=False)
    assert len(found) > 200 and set(found) == {"old", "new"}
    assert set(found[-TRIES:]) == {"new"}, "once published, a generation stays"


def test_the_model_finds_what_a_publish_without_fsync_would_lose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "ArchiveDamaged" in states(tmp_path, monkeypatch, forgetful=True)
