"""A question and the ones before it -> a question that stands alone, composed by rules, never by guessing words.

A follow-up is put behind what it follows ("What was said about the trial? And what about Japan?"); a question that
stands alone stays as it is, however long the conversation before it.
"""

import re
from collections.abc import Sequence

from rag.language.glossary import find_named, same_meaning
from rag.language.names import known_names
from rag.question.rules import frame

# Turns back that a follow-up may lean on.
MEMORY = 3

# "and what", "How about"
_OPENS = r"^\W*<opens>\b"
# "did he", "the second one?", "the one who"
_PRONOUN = (
    r"\b(?:<pronouns>|the (?:first|second|third|other|last|former|latter)(?: one)?(?=\W*$)"
    r"|one(?=\s++(?:still|who|that|which)\b))\b"
)
# "What came of that?", "is this, then", "Who went there?"
_POINTING = re.compile(
    r"\b(?:(?:of|about|to|on|over|for|with|by|after|before|is|was|like|from|at|against|into|behind)\s++(?:that|this)"
    r"(?=\W*$|,|\s++(?:then|now|happen\w*|and|or|the|in|at|when|as|too|either|later|again)\b)|there(?=\W*$))",
    re.IGNORECASE,
)
# "What did Pompeo say", "China denies it"
_NAME = re.compile(r"(?<=[\w,;:)\"”’] )[A-Z][\w'’-]+|^(?:China|Beijing)\b")
# "And what about Janet Yellen?", "And the Kremlin?"
_ALONE = re.compile(
    r"^\W*(?:(?:and|but)\s++(?:(?:what|how)\s++about\s++|what\s++of\s++)?|(?:what|how)\s++about\s++|what\s++of\s++)"
    r"(?:the\s++)?+([^\W\d_][\w.’'-]*+(?:\s++[\w.’'-]++){0,5})\W*$",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
# A question of at most so many words that names nothing does not stand alone.
_FEW = 10
# No name with what opens a question is longer.
_LONGEST_NAME = 120


def leans_back(question: str) -> bool:
    """Whether a question needs the ones before it: it opens like a reply, points back, or is too short to stand.

    >>> leans_back("and what about Japan?"), leans_back("What did he say about the second one?")
    (True, True)
    >>> leans_back("Does China accept that it should leave the pact?")
    False
    """
    if frame(_OPENS).match(question) or _POINTING.search(question):
        return True
    pronoun = frame(_PRONOUN).search(question)
    if pronoun is not None and not _names_something(question[: pronoun.start()]):
        return True
    return len(_WORD.findall(question)) <= _FEW and not _names_something(question) and not same_meaning(question)


def _names_something(words: str) -> bool:
    """Whether the words hold a name that a pronoun may mean, which a spokesperson's seldom is: "Hong Kong" is none."""
    people = {part for name in known_names("people", ()) for part in name.split()}
    places = find_named(words)
    return any(
        match.group() not in people or any(named.start <= match.start() < named.end for named in places)
        for match in _NAME.finditer(words)
    )


def named_alone(question: str) -> str:
    """What a follow-up names and asks nothing else of; an empty string where it asks more.

    >>> named_alone("And what about Janet Yellen?"), named_alone("And what did Yellen say?")
    ('Janet Yellen', '')
    """
    found = _ALONE.match(question)
    return found[1].rstrip(".'’-") if found and len(question) <= _LONGEST_NAME else ""


def stand_alone(question: str, history: Sequence[str]) -> tuple[str, str]:
    """(what the question follows, or an empty string; the question with it in front).

    >>> stand_alone("And what about Japan?", ["Hello", "What was said of Korea?"])
    ('What was said of Korea?', 'What was said of Korea? And what about Japan?')
    """
    before = ""
    for turn in (" ".join(turn.split()) for turn in history[-MEMORY:]):
        if turn:
            joined = leans_back(turn) or frame(_PRONOUN).search(turn) is not None
            before = f"{before} {turn}" if before and joined else turn
    if not before or not leans_back(question):
        return "", question
    return before, f"{before} {question}"
