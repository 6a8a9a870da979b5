"""The first lines of a file -> its key of speakers: the names behind the initials with which it labels their turns."""

import re
from collections import Counter
from collections.abc import Collection, Sequence

from rag.language.names import folded
from rag.reading.offices import looks_like_a_name, titled

# "TAG        Dr Jo Roe", "JR - Jo Roe, Radio Nowhere", "JR: Jo Roe"
_ENTRY = re.compile(
    r"\s{0,20}(?P<initials>[A-Z][A-Za-z]?[A-Z]{0,3})(?:\t|\s{3}|\s{1,20}[\u2013\u2014=-]\s|\s?:\s)\s*+(?P<name>[A-Z].{1,90})$"
)
_INITIALS = re.compile(r"\s{0,20}(?P<initials>[A-Z][A-Za-z]?[A-Z]{0,3})(?:\t|\s{3}|\s?[:\u2013\u2014-]|\s*$)")
# "Ann Doe - Stone Bank"
_LISTED = re.compile(r"(?P<name>[A-Z][^\u2013\u2014-]{2,40}) (?:--?|[\u2013\u2014]) [A-Z]")
_FIRST, _FEWEST = 120, 2


def find_key(lines: Sequence[str], alone: Collection[str] = ()) -> tuple[tuple[str, str], ...]:
    """Initials and names of the key, none where nothing below it is labelled so; where labels stand `alone`, what a
    list of who takes part says of each.

    >>> find_key(["JR  -  Dr Jo Roe", "AD - Ann Doe, Moon Post", "JR: Hello.", "AD: Why?", "JR: So."])
    (('JR', 'Dr Jo Roe'), ('AD', 'Ann Doe, Moon Post'))
    """
    entries: dict[str, str] = {}
    for line in lines[:_FIRST]:
        found = _ENTRY.match(line)
        if found and found["initials"] not in entries and _is_a_name(name := folded(found["name"])):
            entries[found["initials"]] = name
    if len(entries) < _FEWEST:
        listed = ((line, found["name"]) for line in lines[:_FIRST] if (found := _LISTED.match(line)))
        return tuple((name, folded(line)) for line, name in listed if folded(name) in alone)
    said = Counter(found["initials"] for line in lines if (found := _INITIALS.match(line)))
    used = sum(said[initials] > 1 for initials in entries)
    return tuple(entries.items()) if used >= _FEWEST and 2 * used > len(entries) else ()


def _is_a_name(words: str) -> bool:
    """Whether words behind initials are a person, perhaps with an outlet or an office, and no sentence."""
    name = words.partition(",")[0].partition(" (")[0]
    return looks_like_a_name(name) and not words.endswith((".", "?", "!")) and bool(titled(name).bare)
