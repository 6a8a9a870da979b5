"""The labelled turns of a file -> its cast: which of its speakers ask and which answer, told by the whole file.

A label says by itself who asks where it is `Q` or an outlet, and who answers where it is an office. For all others
the neighbours tell: who asks is followed by whom the conference is about, who answers follows a question.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from rag.reading.labels import Label
from rag.reading.offices import (
    NUMBERED,
    Titled,
    from_the_floor,
    holds_office,
    hosts,
    names_outlet,
    of_an_outlet,
    plain,
    slip_of,
    titled,
)

Part = Literal["asks", "answers", "unclear"]
UNCLEAR: Part = "unclear"

_ASKING = ("question", "outlet", "journalist", "follow-up")
# "D. Roe"
_INITIAL = re.compile(r"[A-Z]\.(?: [A-Z]\.)? [A-Z]")
_GENDERS = {"mr": 1, "ms": 2, "mrs": 2, "miss": 2}
_SLIPS = 2
_FEW, _LONG, _LONGEST = 60, 200, 500
_MANY, _CROWD = 3, 10
_ENOUGH = 0.5
_SELDOM = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled turn as far as the cast is concerned: its label, how many words it has, whether it asks, whether
    it says that it `puts` a question: `My question is to the Minister.`, and whether it `ends` with one."""

    label: Label
    words: int
    asks: bool
    puts: bool = False
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is who in a file, by the label as printed: their parts, and one key a person."""

    parts: Mapping[str, Part]
    keys: Mapping[str, str]
    sure: bool = True

    def part(self, printed: str) -> Part:
        """What the speaker of that label does."""
        return self.parts.get(self.keys.get(printed, printed), "unclear")


def find_cast(lines: Sequence[Line], named: Mapping[str, Part]) -> Cast:
    """The cast of a file's labelled turns; `named` are the last names that its head gives, in small letters, and what
    it says of each.

    >>> line = lambda printed, words, asks: Line(Label(printed, "speaker", None, 0), words, asks)
    >>> cast = find_cast([line("SAM DOE", 20, True), line("CHAIR ROE", 90, False)] * 3, {"roe": "unclear"})
    >>> cast.part("SAM DOE"), cast.part("CHAIR ROE")
    ('asks', 'answers')
    """
    keys = _keys([line.label for line in lines])
    seen = [(keys[line.label.printed], line) for line in lines]
    parts, told = _told_by_labels(seen, named)
    main, sure = _main(seen, parts)
    if main is not None:
        parts.setdefault(main, "answers")
        for _ in range(2):
            _tell_by_neighbours(seen, parts, main)
    for key, _ in seen:
        parts.setdefault(key, "unclear")
    return Cast(parts, keys, sure and told)


def _keys(labels: Sequence[Label]) -> dict[str, str]:
    """Label as printed -> one key a person: `BOWEN`, `Chris Bowen` and `MINISTER BOWEN` are `chris bowen`."""
    times = Counter(label.printed for label in labels)
    right = {printed: _unslipped(printed, times) for printed in times}
    names = {printed: titled(printed) for printed in right.values()}
    full: dict[str, set[str]] = defaultdict(set)
    # `The Prime Minister (Jo Roe)` and `Prime Minister Jo Roe` say who `The Prime Minister` is.
    for printed, name in names.items():
        whole = len((name.office or "").split()) > 1 and len(name.bare.split()) > 1
        if name.office and name.bare and (whole or f"{name.bare})" in printed):
            full[f"the {name.office}".casefold()] |= {name.bare.casefold()}
            full[name.office.casefold()] |= {name.bare.casefold()}
    for printed, name in names.items():
        words = () if of_an_outlet(printed) or _INITIAL.match(name.bare) else name.bare.casefold().split()
        for word in words if len(words) > 1 else ():
            full[word].add(name.bare.casefold())
    # Two who speak one after the other are two: `PRIME MINISTER:` is not the guest, `PRIME MINISTER JO ROE:`.
    for pair in pairwise(right[label.printed] for label in labels):
        for office, other in (pair, pair[::-1]):
            if not names[office].bare and names[other].bare.casefold() in full.get(office.casefold(), ()):
                full[office.casefold()].clear()
    keys = {printed: _key(meant, names[meant], full) for printed, meant in right.items()}
    return {printed: _apart(key, names[right[printed]], keys, names) for printed, key in keys.items()}


def _apart(key: str, name: Titled, keys: Mapping[str, str], names: Mapping[str, Titled]) -> str:
    """The key of one of several who share a last name: `MR. ROE` and `MRS. ROE`, `PRESIDENT ROE` and `GOVERNOR ROE`."""
    if " " in key or not name.bare:
        return key
    others = [names[printed] for printed, other in keys.items() if other == key and printed in names]
    forms = {_GENDERS.get(plain(other.honorific or "")) for other in others} - {None}
    if len(forms) > 1 and name.honorific:
        return f"{plain(name.honorific)} {key}"
    held = set((name.office or "").casefold().split())
    if held and any(other.office and not held & set(other.office.casefold().split()) for other in others):
        return f"{name.office} {key}".casefold()
    return key


def _key(printed: str, name: Titled, full: Mapping[str, set[str]]) -> str:
    bare = name.bare.casefold()
    known: Collection[str] = full.get(bare or printed.casefold(), ())
    if _INITIAL.match(name.bare):
        known = [each for each in full.get(bare.rpartition(" ")[2], ()) if each[0] == bare[0]]
    return next(iter(known)) if len(known) == 1 else bare or printed.casefold()


def _unslipped(printed: str, times: Mapping[str, int]) -> str:
    """The other label that this one is a slip of, as `PRIME MINSITER` is of `PRIME MINISTER`."""
    if times[printed] > _SLIPS:
        return printed
    near = [other for other in times if times[other] > 2 * times[printed] and slip_of(printed, other)]
    return max(near, key=lambda other: times[other], default=printed)


def _told_by_labels(seen: Sequence[tuple[str, Line]], named: Mapping[str, Part]) -> tuple[dict[str, Part], bool]:
    """The parts that the labels and the head tell, and whether nothing that is said speaks against the head."""
    parts: dict[str, Part] = {}
    honoured: set[str] = set()
    only_named: set[str] = set()
    turns, asking = Counter(key for key, _ in seen), Counter(key for key, line in seen if line.asks)
    putting = Counter(key for key, line in seen if line.puts)
    for key, line in seen:
        name = titled(line.label.printed)
        office = name.office and holds_office(name.office)
        named_so = name.honorific or key.split()[-1] in named
        # In capitals no initials are taken for a network's.
        outlet = not office and not named_so and names_outlet(line.label.printed.upper())
        floor = from_the_floor(key) or from_the_floor(line.label.printed.casefold())
        if line.label.kind in _ASKING or floor or outlet:
            parts[key] = "asks"
        elif (both := of_an_outlet(line.label.printed)) and not (
            {key.split()[0], key.split()[-1]} <= set(named) and not names_outlet(both[1])
        ):
            # What stands behind a name may be an office in no table: they come again and again and hardly ask.
            if turns[key] < _MANY or asking[key] > turns[key] / _SELDOM or names_outlet(both[1]):
                parts.setdefault(key, "asks")
        elif 2 * putting[key] > turns[key]:
            parts[key] = "asks"
        elif (
            line.label.kind in ("answer", "person")
            or line.label.name
            or (office and not NUMBERED.match(line.label.printed))
        ):
            parts[key] = "answers"
        elif named.get(key.split()[-1]) == "asks":
            parts[key] = "asks"
        elif key.split()[-1] in named:
            only_named.add(key)
        elif name.honorific:
            honoured.add(key)
    alone = "asks" not in parts.values()
    # The title of an interview names who asks, too.
    ending = Counter(key for key, line in seen if line.ends)
    doubted = {key for key in only_named if alone and named[key.split()[-1]] != "answers"}
    interview = {key: _interviews(key, parts, turns, asking, ending) for key in doubted}
    parts |= {key: "answers" for key in only_named - set(parts) if not interview.get(key, False)}
    if "asks" not in parts.values():
        # Of a hearing those ask who hold an office: many, and each of them asks in most of their turns.
        members = [key for key in parts if key.split()[-1] not in named and asking[key] > turns[key] / 2]
        parts |= {key: "asks" for key in members if len(members) >= _MANY}
    if "asks" in parts.values():
        parts |= {key: "answers" for key in honoured if key not in parts}
    return parts, None not in interview.values()


def _interviews(
    key: str, parts: Mapping[str, Part], turns: Counter[str], asking: Counter[str], ending: Counter[str]
) -> bool | None:
    """Whether somebody asks often, and somebody of an office less; else whether one of two ends most of their turns
    with a question, and the other hardly any. None where one asks more and that is not clear: who answers may ask
    back, and who interviews may only say what was done."""

    def share(which: Counter[str], other: str) -> float:
        return which[other] / turns[other]

    asks = share(asking, key)
    others = [other for other in turns if other != key and turns[other] > 1 and share(asking, other) <= _ENOUGH]
    less = [other for other in others if asks > share(asking, other)]
    if any(parts.get(other) == "answers" and asks > 1 / 3 for other in less):
        return True
    if not less or asks <= _ENOUGH:
        return False
    clear = all(share(ending, other) <= 1 / _SELDOM for other in less) and share(ending, key) > _ENOUGH
    return True if clear else None


def _main(seen: Sequence[tuple[str, Line]], parts: Mapping[str, Part]) -> tuple[str | None, bool]:
    """Whom the conference is about: who says the most, of those who are known to answer if any is."""
    said = Counter[str]()
    for key, line in seen:
        if parts.get(key) != "asks" and not hosts(line.label.printed):
            said[key] += line.words
    answering = [key for key in said if parts.get(key) == "answers"]
    if answering:
        return max(answering, key=lambda key: said[key]), True
    if not said:
        return None, False
    asking = Counter(key for key, line in seen if line.asks)
    turns = Counter(key for key, _ in seen)
    top = max(said, key=lambda key: (asking[key] <= turns[key] / 2, said[key]))
    # Of an interview the others ask in most of their turns, and whom it is with seldom.
    others = [key for key in turns if key != top and not hosts(key)]
    interviewed = asking[top] <= turns[top] / _SELDOM and turns[top] > 1
    asked = any(part == "asks" for part in parts.values()) or (
        interviewed and len(others) > 0 and all(asking[key] > turns[key] / 2 for key in others)
    )
    return top, asked and said[top] >= _ENOUGH * sum(said.values())


def _tell_by_neighbours(seen: Sequence[tuple[str, Line]], parts: dict[str, Part], main: str) -> None:
    leading = {key for key, line in seen if hosts(line.label.printed)}
    unknown: dict[str, list[int]] = defaultdict(list)
    for place, (key, _) in enumerate(seen):
        if key not in parts:
            unknown[key].append(place)
    for key, places in unknown.items():
        before = [seen[place - 1][0] if place else None for place in places]
        after = [seen[place + 1][0] if place + 1 < len(seen) else None for place in places]
        words = sum(seen[place][1].words for place in places) / len(places)
        asking = sum(seen[place][1].asks for place in places) / len(places)
        to_main = sum(
            other == main or (asking >= _ENOUGH and parts.get(other or "") == "answers") for other in after
        ) / len(places)
        after_asker = sum(parts.get(key or "") == "asks" for key in before) / len(places)
        before_asker = sum(key is not None and (parts.get(key) != "answers" or key in leading) for key in after) / len(
            places
        )
        opens = (before_asker >= _ENOUGH or None in after) and asking < _ENOUGH and (words >= _FEW or len(places) > 2)
        askers = sum(part == "asks" for part in parts.values())
        longest = _LONGEST if asking or askers >= _CROWD else _LONG if askers >= _MANY else _FEW
        leads = opens and before_asker >= to_main
        if to_main >= _ENOUGH and words < longest and not leads:
            parts[key] = "asks"
        elif opens or (after_asker >= _ENOUGH and asking <= _ENOUGH):
            parts[key] = "answers"
