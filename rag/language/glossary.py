"""Words -> the other words that mean the same in diplomacy: DPRK and North Korea, Tokyo and Japan."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

# Where a name may begin, and how many of its letters it is looked up by.
_START = re.compile(r"(?<!\w)\S")
_LETTERS = 2


@dataclass(frozen=True, slots=True)
class Named:
    """A name of the glossary at text[start:end]; `firsts` are the names that transcripts print, `names` all of its
    groups'."""

    start: int
    end: int
    bare: str
    firsts: tuple[str, ...]
    names: tuple[str, ...]


@lru_cache(maxsize=64)
def find_named(question: str) -> tuple[Named, ...]:
    """What the question names by a name of the glossary, in its order.

    >>> [found.names for found in find_named("Is Kyiv in?")]
    [('Ukraine', 'Ukrainian', 'Kyiv', 'Kiev')]
    """
    found = []
    for match in _matches(question):
        bare = _bare(match.group())
        lines = _groups().get(bare, ())
        names = tuple(dict.fromkeys(name for line in lines for name in line))
        found.append(Named(match.start(), match.end(), bare, tuple(dict.fromkeys(line[0] for line in lines)), names))
    return tuple(found)


def same_meaning(question: str) -> list[str]:
    """The other names of everything that the question names by one of the glossary's, each once, in its order.

    >>> same_meaning("What of the Senkakus?")
    ['Diaoyu Dao', 'Diaoyu Islands', 'Senkaku Islands']
    """
    found = find_named(question)
    there = {each.bare for each in found}
    return list(dict.fromkeys(name for each in found for name in each.names if _bare(name) not in there))


def glossed(question: str) -> str:
    """The question with the first name of each group behind any other of its names, as transcripts would print it.

    >>> glossed("What of the Senkakus?")
    'What of the Senkakus (Diaoyu Dao)?'
    """
    found = find_named(question)
    there = {each.bare for each in found}
    text = question
    # From the end, so that the places before stay right.
    for each in reversed(found):
        firsts = [name for name in each.firsts if _bare(name) not in there]
        if firsts:
            text = f"{text[: each.end]} ({', '.join(firsts)}){text[each.end :]}"
    return text


@cache
def _groups() -> dict[str, list[tuple[str, ...]]]:
    """The groups that each bare name stands in."""
    table = tomllib.loads(resources.files("rag.language").joinpath("glossary.toml").read_text("utf-8"))
    groups: dict[str, list[tuple[str, ...]]] = {}
    for line in [*table["groups"], *([name, *others] for name, others in table["places"].items())]:
        for name in line:
            groups.setdefault(_bare(name), []).append(tuple(line))
    return groups


@cache
def _by_start() -> dict[str, list[str]]:
    """Every name under its first letters, the longest first: few of them can stand where a word begins."""
    found: dict[str, list[str]] = {}
    names = {name for lines in _groups().values() for line in lines for name in line}
    for name in sorted(names, key=lambda name: (-len(name), name)):
        found.setdefault(name[:_LETTERS].casefold(), []).append(name)
    return found


@lru_cache(maxsize=2048)
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"{_spelled(name)}(?!\w)")


def _matches(question: str) -> Iterator[re.Match[str]]:
    """Each name where it stands, the longest where several do."""
    names, end = _by_start(), 0
    for word in _START.finditer(question):
        at = word.start()
        if at >= end:
            here = names.get(question[at : at + _LETTERS].casefold(), ())
            match = next((found for name in here if (found := _pattern(name).match(question, at))), None)
            if match:
                end = match.end()
                yield match


def _bare(name: str) -> str:
    bare = " ".join(name.casefold().split())
    # `Senkakus` -> `senkaku`, and DPRK stays what it is
    return bare if name.isupper() else bare.removesuffix("s")


def _spelled(name: str) -> str:
    """Capitals count in a name of capitals alone; any other may stand in the plural."""
    words = r"\s++".join(map(re.escape, name.split()))
    return words if name.isupper() else f"(?i:{words}s?)"
