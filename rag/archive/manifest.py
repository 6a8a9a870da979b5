"""A generation's manifest: what it was made of, the sha256 of every file beside it, and its own."""

import hashlib
import json
from pathlib import Path
from typing import Any

from rag.errors import ArchiveDamaged

FORMAT = 4
_UNSEALED = "0" * 64
REMEDY = "Go back with `podium rollback`, or build it anew with `podium ingest PATH... --rebuild`."


def read_manifest(archive: Path, name: str, wanted: int = FORMAT) -> dict[str, Any]:
    """A generation's manifest, of the wanted format, held against its own seal; ArchiveDamaged."""
    path = archive / "generations" / name / "manifest.json"
    try:
        content = path.read_bytes()
        manifest = json.loads(content)
        version = manifest["format"]
        if version == wanted and not all({"sha256", "bytes"} == set(of) for of in manifest["files"].values()):
            raise TypeError("files")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArchiveDamaged(
            f"{path} is missing or damaged ({type(error).__name__}).", key="archive", remedy=REMEDY
        ) from error
    if version != wanted:
        raise ArchiveDamaged(
            f"{path} is of archive format {version!r}; this podium reads format {FORMAT}.",
            key="format",
            remedy="`podium ingest PATH...` renews one of format 3; any other, build anew with `--rebuild`.",
        )
    if not _is_sealed(content, manifest):
        raise ArchiveDamaged(f"{path} is damaged: its sha256 is not the one in it.", key="file", remedy=REMEDY)
    return dict(manifest)


def sealed(manifest: dict[str, Any]) -> bytes:
    """A manifest as its file holds it: last of all the sha256 of the file with zeros in that place."""
    content = json.dumps({**manifest, "seal": _UNSEALED}, indent=1, ensure_ascii=False).encode()
    # The seal stands last.
    before, _, after = content.rpartition(_UNSEALED.encode())
    return before + hashlib.sha256(content).hexdigest().encode() + after


def _is_sealed(content: bytes, manifest: dict[str, Any]) -> bool:
    if "seal" not in manifest:
        # Archives from before there were seals end in their list of files.
        return content.rstrip().endswith(b"}\n}")
    return sealed({key: value for key, value in manifest.items() if key != "seal"}) == content


def verify_files(archive: Path, name: str, manifest: dict[str, Any], *, whole: bool = True, below: str = "") -> None:
    """Every file of the manifest, or of a folder in it, is there with its size and its sha256.

    ArchiveDamaged names the first that isn't. With `whole` false only sizes are looked at, which takes the same time
    for any archive.
    """
    for file, expected in manifest["files"].items():
        if not file.startswith(below):
            continue
        path = archive / "generations" / name / file
        try:
            kind = "size" if path.stat().st_size != expected["bytes"] else ""
            kind = kind or ("sha256" if whole and digest(path) != expected["sha256"] else "")
        except OSError as error:
            raise ArchiveDamaged(f"{path} can't be read: {error.strerror}.", key="file", remedy=REMEDY) from error
        if kind:
            raise ArchiveDamaged(f"{path} is damaged: its {kind} is not the manifest's.", key="file", remedy=REMEDY)


def digest(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
