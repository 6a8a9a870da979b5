"""Rules as data: the words of `rules.toml` by which a question is understood, each beside a line that needs it."""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources

_LIST = re.compile(r"<([a-z_]+)>")


@cache
def lists() -> dict[str, dict[str, str]]:
    """Every list of the rules: its words, as patterns, and the line that needs each."""
    return tomllib.loads(resources.files("rag.question").joinpath("rules.toml").read_text("utf-8"))


def whole(words: Iterable[str]) -> str:
    """A pattern for any of these, the longest first, where no letter and no hyphen goes on; for nothing, if none."""
    return rf"(?<![\w-])(?:{'|'.join(sorted(words, key=len, reverse=True)) or '(?!)'})(?![\w-])"


@cache
def frame(pattern: str) -> re.Pattern[str]:
    """A pattern in which `<list>` stands for any of a list's words; capitals make no difference.

    >>> frame(r"<reporters> of").search("the reporter of Kyodo").group()
    'reporter of'
    """
    return re.compile(_LIST.sub(lambda name: f"(?:{'|'.join(lists()[name[1]]) or '(?!)'})", pattern), re.IGNORECASE)
