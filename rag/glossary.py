"""Words -> the other words that mean the same in diplomacy: DPRK and North Korea, Tokyo and Japan."""

import re
import tomllib
from functools import cache
from importlib import resources


def same_meaning(question: str) -> list[str]:
    """The other names of everything that the question names by one of the glossary's, each once, in its order.

    >>> same_meaning("What of the Senkakus?")
    ['Diaoyu Dao', 'Diaoyu Islands', 'Senkaku Islands', 'Senkaku']
    """
    pattern, groups = _names()
    named = list(dict.fromkeys(_bare(match.group()) for match in pattern.finditer(question)))
    others = dict.fromkeys(
        name for each in named for group in groups.get(each, ()) for name in group if _bare(name) not in named
    )
    return list(others)


def glossed(question: str) -> str:
    """The question with the first name of each group behind any other of its names, as transcripts would print it.

    >>> glossed("What of the Senkakus?")
    'What of the Senkakus (Diaoyu Dao)?'
    """
    pattern, groups = _names()
    there = {_bare(match.group()) for match in pattern.finditer(question)}

    def gloss(match: re.Match[str]) -> str:
        found = groups.get(_bare(match.group()), ())
        first = dict.fromkeys(group[0] for group in found if _bare(group[0]) not in there)
        return f"{match.group()} ({', '.join(first)})" if first else match.group()

    return pattern.sub(gloss, question)


def named(question: str) -> list[tuple[str, tuple[str, ...]]]:
    """What the question names by a name of the glossary: the name as written, and all names of its groups.

    >>> named("Is Kyiv in?")
    [('Kyiv', ('Ukraine', 'Ukrainian', 'Kyiv', 'Kiev'))]
    """
    pattern, groups = _names()
    return [
        (match.group(), tuple(dict.fromkeys(name for group in groups.get(_bare(match.group()), ()) for name in group)))
        for match in pattern.finditer(question)
    ]


@cache
def _names() -> tuple[re.Pattern[str], dict[str, list[tuple[str, ...]]]]:
    """One pattern for every name, the longest first, and the groups that each name stands in."""
    table = tomllib.loads(resources.files("rag").joinpath("glossary.toml").read_text("utf-8"))
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
