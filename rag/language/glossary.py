"""Words -> the other words that mean the same in diplomacy: DPRK and North Korea, Tokyo and Japan."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources


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
    pattern, groups = _names()
    found = []
    for match in pattern.finditer(question):
        bare = _bare(match.group())
        lines = groups.get(bare, ())
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
    for each in reversed(found):
        firsts = [name for name in each.firsts if _bare(name) not in there]
        if firsts:
            text = f"{text[: each.end]} ({', '.join(firsts)}){text[each.end :]}"
    return text


@cache
def _names() -> tuple[re.Pattern[str], dict[str, list[tuple[str, ...]]]]:
    """One pattern for every name, the longest first, and the groups that each name stands in."""
    table = tomllib.loads(resources.files("rag.language").joinpath("glossary.toml").read_text("utf-8"))
    groups: dict[str, list[tuple[str, ...]]] = {}
    lines = [*table["groups"], *([name, *others] for name, others in table["places"].items())]
    for line in lines:
        for name in line:
            groups.setdefault(_bare(name), []).append(tuple(line))
    names = sorted({name for line in lines for name in line}, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(_spelled, names))})(?!\w)"), groups


def _bare(name: str) -> str:
    bare = " ".join(name.casefold().split())
    return bare if name.isupper() else bare.removesuffix("s")


def _spelled(name: str) -> str:
    """Capitals count in a name of capitals alone; any other may stand in the plural."""
    words = r"\s+".join(map(re.escape, name.split()))
    return words if name.isupper() else f"(?i:{words}s?)"
