"""Words and the short hash that a permalink carries of them, by which a page finds them again after a correction."""

import re
import zlib

_WORD = re.compile(r"\w+")
# 4-8abfaa9eac: four words, and their hash
_HASH = re.compile(r"(\d{1,6})-([0-9a-f]{10})")
_BASE = 1_000_003
_PRIME = 1_099_511_627_689
_OPENS, _CLOSES = "“‘\"'([", re.compile(r"[.,;:!?…]*[”’\"']*")


def word_hash(text: str) -> str:
    """How many words a text has and a hash of them, marks and white space aside.

    >>> word_hash("It is not linked."), word_hash("It is\\nnot linked")
    ('4-8abfaa9eac', '4-8abfaa9eac')
    """
    values = _values(text)
    folded = 0
    for value in values:
        folded = (folded * _BASE + value) % _PRIME
    return f"{len(values)}-{folded:010x}"


def find_words(text: str, near: int, hashed: str) -> tuple[int, int] | None:
    """Start and end of the words with that hash in `text`, the nearest to the offset `near` of them; None for none.

    The hash rolls over the text, so that the time grows with its length alone.
    """
    wanted = _HASH.fullmatch(hashed)
    count = int(wanted[1]) if wanted else 0
    places = [match.span() for match in _WORD.finditer(text)]
    if wanted is None or not 0 < count <= len(places):
        return None
    values = _values(text)
    # What the word that leaves the window counts, the furthest back in it.
    leaving = pow(_BASE, count, _PRIME)
    sought, folded, found = int(wanted[2], 16), 0, []
    for at, value in enumerate(values):
        folded = (folded * _BASE + value - (values[at - count] * leaving if at >= count else 0)) % _PRIME
        if folded == sought and at >= count - 1:
            found.append((places[at - count + 1][0], places[at][1]))
    if not found:
        return None
    # Where the words stand more than once.
    start, end = min(found, key=lambda place: abs(place[0] - near))
    return _with_marks(text, start, end)


def _with_marks(text: str, start: int, end: int) -> tuple[int, int]:
    """The place of words with the quotation marks and the full stop around them."""
    before, closes = text[max(0, start - 4) : start], _CLOSES.match(text, end)
    return start - len(before) + len(before.rstrip(_OPENS)), (closes.end() if closes else end)


def _values(text: str) -> list[int]:
    return [zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in _WORD.findall(text)]
