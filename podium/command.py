"""What commands have in common: their archive, their settings, where they talk, and their exit status."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from rag.settings import Settings

DONE, REFUSED, USAGE, DAMAGED, UNWRITABLE, BUSY = 0, 1, 2, 65, 73, 75

# Where it is piped, a message is one line.
talk = Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())

ArchiveOption = Annotated[Path | None, typer.Option("--archive", help="The archive's folder [PODIUM_ARCHIVE].")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print what the HTTP API would return.")]


def settings_of(archive: Path | None, **given: object) -> "Settings":
    """The settings of a command; what is given there goes before the environment."""
    from rag.settings import read_settings

    return read_settings(archive=archive, **given)
