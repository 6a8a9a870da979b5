"""Words -> what podium replies to what is no question: a greeting, one about podium, another language, marks alone.

What is a question is searched for, however odd: only what holds nothing to search for gets a reply of its own.
"""

import re
import tomllib
import unicodedata
from functools import cache
from importlib import resources
from typing import Any

from rag.archive.archive import Archive, Coverage
from rag.archive.words import STOP_WORDS, words_of
from rag.language.glossary import find_named

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


def reply_to(text: str, archive: Archive, *, follows: bool = False) -> str:
    """What podium says to what is no question, an empty string where it is one.

    With `follows` there is a conversation that "why?" may lean on.
    """
    replies: dict[str, str] = _rules()["replies"]
    if is_about_podium(text):
        return f"{replies['about']} {_held(archive.coverage)}."
    if said := small_talk(text):
        return said
    if is_foreign(text):
        return replies["foreign"]
    words = words_of(text)
    if not words:
        return "" if follows and _WORD.search(text) else replies["nothing"]
    known = any(archive.words.weight(word) or archive.words.nearest(word) for word in words)
    return "" if follows or known or find_named(text) else replies["unknown"]


def small_talk(text: str) -> str:
    """The reply to a line that is made up of the phrases of `intent.toml`, else an empty string.

    >>> small_talk("Bye, and thanks!"), small_talk("Thanks, and what of Huawei?")
    ('Goodbye.', '')
    """
    rest, replies = _less_phrases(text)
    return replies[0] if replies and not set(rest) - STOP_WORDS - _rules()["fillers"].keys() else ""


def is_about_podium(text: str) -> bool:
    """Whether a question is about podium or its archive, and nothing else.

    >>> is_about_podium("Hi, what can you do?"), is_about_podium("Do you support Taiwan?")
    (True, False)
    """
    (words, greeted), rules = _less_phrases(text), _rules()
    words = [word for word in words if not (greeted and word in rules["fillers"])]
    return not rules["addressed"].keys().isdisjoint(words) and _about().issuperset(words_of(" ".join(words)))


def is_foreign(text: str) -> bool:
    """Whether a line is in another language than English, by its letters or by its common words.

    >>> is_foreign("Was hat der Sprecher gesagt?"), is_foreign("What does 一带一路 mean?")
    (True, False)
    """
    letters = [letter for letter in text if letter.isalpha()]
    if sum(unicodedata.name(letter, "").startswith("LATIN") for letter in letters) * 2 < len(letters):
        return True
    words = set(_WORD.findall(unicodedata.normalize("NFC", text).casefold()))
    own = max(2, len(words & STOP_WORDS) + 1)
    return any(len(words.intersection(tongue["words"].split())) >= own for tongue in _rules()["languages"].values())


def _less_phrases(text: str) -> tuple[list[str], list[str]]:
    """The words of a line less the phrases in it, and the replies that those get, in the order of the rules."""
    rest, replies = " ".join(_WORD.findall(text.casefold().replace("’", "'"))), []
    for reply, phrases in _phrases():
        rest, count = phrases.subn(" ", rest)
        replies += [reply] if count else []
    return [word.removesuffix("'s") for word in rest.split()], replies


def _held(coverage: Coverage) -> str:
    dates = f", {coverage.date_from} to {coverage.date_to}" if coverage.date_from else ""
    return f"{coverage.transcripts} transcripts{dates}"


@cache
def _phrases() -> list[tuple[str, re.Pattern[str]]]:
    """The reply of each kind, and one pattern for its phrases, the longest first."""
    kinds = []
    for kind in _rules()["kinds"]:
        words = "|".join(sorted(map(re.escape, kind["phrases"]), key=len, reverse=True))
        kinds.append((kind["reply"], re.compile(rf"(?<![\w'])(?:{words})(?![\w'])")))
    return kinds


@cache
def _about() -> frozenset[str]:
    """The stems of what a question about podium may hold."""
    return frozenset(words_of(" ".join([*_rules()["about"], *_rules()["addressed"]])))


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads(resources.files("rag.question").joinpath("intent.toml").read_text("utf-8"))
