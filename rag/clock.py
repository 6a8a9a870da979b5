"""Clock times in a stored text -> the second at which words were said, and the address of a recording at it."""

import re
from urllib.parse import urlsplit, urlunsplit

# A line of its own above the words that were said from then on.
STAMP = re.compile(r"\[(?P<hours>\d{1,3}):(?P<minutes>\d\d):(?P<seconds>\d\d)\]$", re.MULTILINE)
# briefing.mp4, which takes #t=62 where a page takes t=62
_MEDIA = re.compile(r"\.(?:mp[34]|m4[av]|webm|og[agv]|mov|wav)$", re.IGNORECASE)


def stamp(seconds: int) -> str:
    """The line that says a second.

    >>> stamp(62)
    '[0:01:02]'
    """
    return f"[{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}]"


def second_at(text: str, place: int) -> int | None:
    """The second that stands nearest above a place of a stored text; None for a text without.

    >>> second_at("[0:01:02]\\n\\nJo Roe: Yes.", 18), second_at("Jo Roe: Yes.", 8)
    (62, None)
    """
    line = place
    # Upwards, from one bracket to the one before.
    while line > 0:
        line = text.rfind("[", 0, line)
        found = STAMP.match(text, line) if line >= 0 and text[line - 1 : line] in ("", "\n") else None
        if found:
            return 3600 * int(found["hours"]) + 60 * int(found["minutes"]) + int(found["seconds"])
    return None


def source_at(source: str, text: str, place: int) -> str:
    """A source as it is cited for the words at a place of its text, with the second where the text gives one.

    >>> said = "[0:01:02]\\n\\nJo Roe: Yes."
    >>> source_at("https://example.org/watch?v=a", said, 18), source_at("a.vtt", said, 18)
    ('https://example.org/watch?v=a&t=62', 'a.vtt at 0:01:02')
    """
    second = second_at(text, place)
    if second is None:
        return source
    if not source.startswith(("http://", "https://")):
        return f"{source} at {stamp(second)[1:-1]}"
    at = urlsplit(source)
    if _MEDIA.search(at.path):
        return urlunsplit(at._replace(fragment=f"t={second}"))
    return urlunsplit(at._replace(query=f"{at.query}{'&' if at.query else ''}t={second}"))
