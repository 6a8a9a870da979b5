"""A list of pages' addresses -> the address of each file."""

import re
from collections import Counter
from pathlib import Path

from rag.errors import BadInput


def read_addresses(path: Path) -> dict[str, str]:
    """File names and addresses from a list of two columns, `file<TAB>url` on its first line.

    A file is found under its name as listed (`html/t1.html`) and, where no other file is called so, under its last
    part (`t1.html`).
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} can't be read: {error}.", key="sources", remedy="Give a UTF-8 file.") from error
    lines = text.splitlines()
    if not lines or [cell.strip().lower() for cell in lines[0].split("\t")] != ["file", "url"]:
        raise _bad_list(path, 1, "the first line must be 'file', a tab, 'url'")
    listed: dict[str, str] = {}
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != 2 or not cells[0]:
            raise _bad_list(path, number, "a line must be a file name, a tab, an address")
        if not re.match(r"https?://\S+$", cells[1]):
            raise _bad_list(path, number, "an address must begin with http:// or https://")
        if listed.setdefault(cells[0], cells[1]) != cells[1]:
            raise _bad_list(path, number, "the file has two addresses")
    times = Counter(Path(file).name for file in listed)
    # By the last part of the name alone, where that says which file.
    bare = {Path(file).name: address for file, address in listed.items() if times[Path(file).name] == 1}
    return bare | listed


def _bad_list(path: Path, number: int, what: str) -> BadInput:
    return BadInput(f"{path}, line {number}: {what}.", key="sources", remedy="Mend that line and try again.")
