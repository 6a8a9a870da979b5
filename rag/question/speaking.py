"""Whether a sentence makes what it names its speaker: "what did the Kremlin say", not "sanctions on the Kremlin".

A person or an institution of several is a topic as often as a speaker, so that a name counts only where something
near it says so. The words are in `rules.toml`.
"""

import re

from rag.question.rules import frame

# "What did "
_AUXILIARY = r"\b(?:did|does|do|has|have|had|would|will|could)\s+$"
# " say", " and the White House, in 2019, warn"
_SAYS = (
    r"(?:\s+(?:and|or)\s+(?:the\s+)?(?-i:[A-Z])[\w'’-]+){0,2}"
    r"(?:[\s,]+(?!(?:and|or|to)\b)[\w'’-]+){0,5}?[\s,]+<speech>\b"
)
# "When he was "
_PASSIVE = r"\b(?:is|was|were|been)\s+$"
# "'s own view", " answer"
_OWN_WORDS = r"(?:['’]s?\s+(?:\w+\s+){0,2}?|\s+)<own_words>\b"
# "'s own eyes"
_IN_EYES = r"['’]s?\s+(?:\w+\s+)?<in_eyes>\b"
# "sanctions on "
_ABOUT = r"\b(?:to|on|of|about|against|with|over|at|by)\s+$"
# "according to ", "the reply of "
_CREDITED = r"\b<credited>\s+$"
# "?", " in May", ", which"
_ENDS = r"['’]?\W*$|[^\w\s'’]|\s+(?:in|on|at|as|when|after|before|during|since|that|to|<months>|\d+)\b"
# What begins a question or a part of it: "…, Pence said", "Powell to Reuters", "…? Gibbs in 2009", "Hussain: which?"
_APART = re.compile(r"(?:^|[,?;.:–—-])\s*(?:as\s+)?$")
# " has said so", " insisted in 2019?"
_SAID_APART = r"\s+(?:has\s+|had\s+)?<said_apart>\b(?:\W+\w+){0,6}\W*$"
_ON = re.compile(r"\s+on\b")
# " to Reuters: ", " to the White House?", " to Kyodo in May"
_TO = re.compile(r"\s+to\s+(?:the\s+)?[A-Z][\w.]*(?:['’]s)?(?:\s+[A-Z][\w.]*)*\s*(?:$|[?,;:.–-]|(?:after|in|on|at)\b)")
# " when asked if", " was asked", not " asked him"
_ASKED = re.compile(r"\s+(?:(?:was|when)\s+)?asked\b(?!\s+(?:him|her|them|for)\b|\s+[A-Z])")
# ", early in March 2019?", " in the Rose Garden"
_DATED = r"(?:[\s,]+(?:(?:in|on|at|of|the|early|late|mid|way|to|\d{1,4}|<months>)\b|(?-i:[A-Z])[\w'’]*)){0,7}\W*$"
# ": which of them will go?"
_HEADED = re.compile(r"\s*:\s*(?:wh\w+|how|did|does|do|is|are|was|were|has|have|will)\b[^.?]*\?\W*$", re.IGNORECASE)
# "the tariffs: "
_BREAK = re.compile(r"[,.;:?–—-]")
_ANSWERED = r"\b<answered_back>\b"


def speaks(text: str, start: int, end: int) -> bool:
    """Whether what stands at text[start:end] is who speaks.

    >>> asked = "What did Putin say about sanctions on the Kremlin?"
    >>> speaks(asked, 9, 14), speaks(asked, 38, 49)
    (True, False)
    """
    before, after = text[:start], text[end:]
    if frame(_AUXILIARY).search(before) and frame(_SAYS).match(after):
        return True
    if frame(_IN_EYES).match(after) or (frame(_OWN_WORDS).match(after) and not frame(_ABOUT).search(before)):
        return True
    if frame(_PASSIVE).search(before) and _ASKED.match(after):
        return True
    if frame(_CREDITED).search(before):
        return frame(_ENDS).match(after) is not None and (len(before.split()) > 2 or not _is_answered(after))
    return _APART.search(before) is not None and not _is_answered(after) and _speaks_apart(before, after)


def _is_answered(after: str) -> bool:
    """Whether somebody else replies to what was said: "Trump on tariffs: China's answer?"."""
    end = _BREAK.search(after)
    return end is not None and frame(_ANSWERED).search(after, end.end()) is not None


def _speaks_apart(before: str, after: str) -> bool:
    if any(pattern.match(after) for pattern in (_ON, _TO, _ASKED, _HEADED)):
        return True
    return bool(before.strip()) and any(frame(pattern).match(after) for pattern in (_SAID_APART, _DATED))
