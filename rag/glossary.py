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
    others: dict[str, None] = {}
    for pattern, group in _groups():
        named = {match.group().casefold() for match in pattern.finditer(question)}
        if named:
            others.update(dict.fromkeys(name for name in group if name.casefold() not in named))
    return list(others)


@cache
def _groups() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    table = tomllib.loads(resources.files("rag").joinpath("glossary.toml").read_text("utf-8"))
    groups = [*map(tuple, table["groups"]), *((name, *others) for name, others in table["places"].items())]
    return tuple((_pattern(group), group) for group in groups)


def _pattern(group: tuple[str, ...]) -> re.Pattern[str]:
    names = sorted(group, key=len, reverse=True)
    return re.compile("|".join(rf"(?<!\w){_name(name)}(?!\w)" for name in names))


def _name(name: str) -> str:
    words = r"\s+".join(map(re.escape, name.split()))
    return words if name.isupper() else f"(?i:{words}s?)"
