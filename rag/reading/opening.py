"""What stands before the first label -> opening words, of nobody: a head of press may say them, or a host."""

import re
from collections.abc import Collection, Sequence

from rag.reading.layout import Paragraph
from rag.reading.parts import Turn

# "I", "we have", "our guest"
_FIRST_PERSON = re.compile(
    r"\b(?:I|we|We|our|Our|my|My|us)\b|\b[Tt]hank you\b|^(?:Good (?:morning|afternoon|evening)|Hello)\b"
)
# "a transcript of the briefing", "The Minister said on Monday"
_NARRATION = re.compile(
    r"^\*+\s|\b(?:transcript|as delivered|for immediate release|issued|photo|watch|link|subscribe|copyright)\b"
    r"|\b(?:said|told|spoke|gave|held|hosted|met|addressed|answered|took questions|briefed)\b[^.]{0,60}"
    r"\b(?:on (?:mon|tues|wednes|thurs|fri|satur|sun)day|reporters|the press|journalists|media|today)\b",
    re.IGNORECASE,
)
_SHORT, _GREETING = 100, 60
NOBODY = ""
_DOUBT = ("opening-words", "Spoken before the first label; the file doesn't say by whom, so nobody is credited.")


def opening_turns(head: Sequence[Paragraph], lasts: Collection[str]) -> list[Turn]:
    """The last of the paragraphs of `head`, from where somebody speaks in the first person, as turns of nobody.

    None where nobody does. Whoever is told of is not who speaks: `lasts` are the last names of those who answer.
    """
    told = re.compile(rf"(?<!I'm )(?<!I am )\b(?:{'|'.join(map(re.escape, lasts))})\b") if lasts else None
    start = len(head)
    while start and not _NARRATION.search(head[start - 1].text) and not (told and told.search(head[start - 1].text)):
        start -= 1
    while start < len(head) and not _talks(head[start].text):
        start += 1
    words = head[start:]
    if not any(_FIRST_PERSON.search(item.text) for item in words) or sum(len(item.text) for item in words) < _SHORT:
        return []
    turns = [Turn(item, "answer", None, item.start, NOBODY) for item in words]
    turns[0].doubt = _DOUBT
    return turns


def _talks(words: str) -> bool:
    """Whether a paragraph is speech, and no line of a header: a sentence that is long, or a greeting."""
    ended = words.rstrip("\"'\u201d\u2019)").endswith((".", "!", "?", ":"))
    return ended and (len(words) > _GREETING or bool(_FIRST_PERSON.search(words)))
