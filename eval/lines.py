"""Files of lines -> each line with its place, and what a line of JSON says; BadInput names file and line."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from rag.errors import BadInput

Line = TypeVar("Line", bound=BaseModel)


def read_text(path: Path) -> str:
    """The text of a file, its byte order mark aside; BadInput where it can't be read."""
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
    except UnicodeDecodeError as error:
        reason = f"it is not UTF-8: byte {error.start} is {error.object[error.start]:#04x}"
    raise BadInput(f"{path} can't be read: {reason}.", key="file", remedy="Give a text file in UTF-8.")


def read_lines(path: Path) -> Iterator[tuple[str, str]]:
    """(`file:line`, line) of every line that isn't blank."""
    # Not splitlines: a question may hold U+2028 and the like, which end no line of JSON.
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            yield f"{path}:{number}", line


def parse(kind: type[Line], line: str, place: str, remedy: str) -> Line:
    """What a line of JSON says, checked; the first thing that is wrong with it is told."""
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise BadInput(
            f"{place}: {f'{key}: ' if key else ''}{first['msg']}.", key=key or "line", remedy=remedy
        ) from error
