"""The lines of a file -> its running heads and page numbers, told by their coming again page after page."""

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

_NUMBER = re.compile(r"\d+")
# "0:12", "(00:01:02)"
_CLOCK = re.compile(r"\b\d{1,2}:\d\d(?::\d\d)?\)?$")
_LONGEST = 120
_FEWEST_PAGES = 3
_NEAR, _FEW = 4, 5


def running_heads(lines: Sequence[str]) -> frozenset[int]:
    """The places of the lines that stand on page after page: numbers that count up, and what comes again beside them.

    >>> sorted(running_heads(["May 1", "1 of 3", "a", "b", "May 1", "2 of 3", "c", "May 1", "3 of 3", "d"]))
    [0, 1, 4, 5, 7, 8]
    """
    alike: dict[str, list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        # "It is whole, Senator, to the mile 3." is a sentence.
        sentence = line[-1] in "?!:" or (line[-1] == "." and line.count(" ") > _FEW)
        if len(line) <= _LONGEST and not sentence and not _CLOCK.search(line):
            alike[_NUMBER.sub("#", " ".join(line.split()))].append(place)
    numbers = {place for places in alike.values() for place in _counting(lines, places)}
    if not numbers:
        return frozenset()
    beside = {near for place in numbers for near in range(place - _NEAR, place + _NEAR + 1)}
    heads = {
        place
        for line, places in alike.items()
        if len(places) >= _FEWEST_PAGES and 2 * len(beside.intersection(places)) >= len(places) and line[-1] != "."
        for place in beside.intersection(places)
        if lines[place] == lines[places[0]]
    }
    return frozenset(numbers | heads)


def _counting(lines: Sequence[str], places: Sequence[int]) -> list[int]:
    """Those of the alike lines whose last number but a constant one counts up by one, line after line."""
    if len(places) < _FEWEST_PAGES:
        return []
    counts = list(
        zip(*(map(int, (number[:6] for number in _NUMBER.findall(lines[place]))) for place in places), strict=True)
    )
    for column in counts:
        if all(after == before + 1 for before, after in pairwise(column)) and column[0] <= 2:
            return list(places)
    return []
