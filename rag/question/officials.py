"""Words -> those of the archive's people, offices and institutions that a question makes its speakers.

"The Fed chair" is everybody who spoke as its chair, "Putin's spokesman" whoever speaks for where Putin speaks: an
office means those to whom the archive's own pages give it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from rag.archive.columns import Role
from rag.language.glossary import find_named
from rag.language.institutions import names_in_questions, said_in_questions, speaks_for, state_names, worked_at
from rag.question.mentions import JOINED, Mention, is_topic
from rag.question.rules import whole
from rag.question.speaking import speaks

_SPOKES = re.compile(r"\bspokes(?:person|man|woman)\b|\bpress secretary\b", re.IGNORECASE)
# "President of the Republic of Korea"
_OF_STATE = re.compile(r"\bof (?:the )?(?:republic of )?(.+)", re.IGNORECASE)
# "the Fed's "
_BEFORE = re.compile(r"(?<![\w.’'-])([\w.’'-]++)\s++$")
_CAPITAL = re.compile(r"\s+[A-Z][a-z]")
_THE = re.compile(r"\bthe\s+$", re.IGNORECASE)
_TITLES = frozenset("mr mr. ms ms. mrs mrs. dr dr. sir senator general admiral ambassador secretary".split())
# "'s officials", " spokesman"
_OFFICIALS = re.compile(
    r"(?:['’]s)?(?:\s+(?:officials?|aides?|team|staff|spokes(?:person|man|woman))\b)?", re.IGNORECASE
)
_POSSESSIVE = re.compile(r"(?:['’]s?)?\s+")
# A last name of fewer letters is too often another word.
_SHORTEST = 3


def find_officials(text: str, people: Sequence[str], roles: Sequence[Role]) -> list[Mention]:
    """Those of the archive's people who speak, by full or last name; all who have it, where several do.

    Who speaks for an institution speaks wherever they are named, anybody else only where the sentence says so.
    """
    spokes = {role.person for role in roles if _SPOKES.search(role.office)}
    named = _named(text, tuple(people), frozenset(word for role in roles for word in role.office.casefold().split()))
    speaking = {
        (each.start, each.end)
        for each in named
        if speaks(text, _from_the(text, each.start), each.end) or (each.name in spokes and not is_topic(text, each))
    }
    for one, other in pairwise(sorted({(each.start, each.end) for each in named})):
        if speaking & {one, other} and JOINED.fullmatch(text, one[1], other[0]):
            speaking |= {one, other}
    return [each for each in named if (each.start, each.end) in speaking]


def find_offices(text: str, roles: Sequence[Role], institutions: Sequence[str]) -> tuple[list[Mention], list[Mention]]:
    """Those who have an office that speaks, and the institutions that the question says it is of."""
    found: list[Mention] = []
    of: list[Mention] = []
    for said, offices in _offices(tuple(sorted({role.office for role in roles}))).items():
        for match in said.finditer(text):
            start, institution, among = _qualified(text, match.start(), roles, institutions)
            whole = _from_the(text, start), match.end()
            lone = start == match.start() and _SPOKES.fullmatch(match.group()) and match.group()[:6].lower() == "spokes"
            if lone or _CAPITAL.match(text, match.end()) or not speaks(text, *whole):
                continue
            found += [Mention(*whole, role.person) for role in among if role.office in offices]
            of += [Mention(*whole, institution)] if institution else []
    return _widest(found), _widest(of)


def find_institutions(text: str, institutions: Sequence[str]) -> list[Mention]:
    """Those of the archive's institutions that speak, by a name of their own or that of the state they speak for."""
    found = []
    for name in institutions:
        for words in (*_own_names(name, institutions), *speaks_for(name)):
            for start, end in _places(text, words):
                officials = _OFFICIALS.match(text, end)
                whole = _from_the(text, start)
                if any(speaks(text, whole, each) for each in {end, officials.end() if officials else end}):
                    found.append(Mention(whole, end, name))
    return _widest(found)


def _named(text: str, people: tuple[str, ...], offices: frozenset[str]) -> list[Mention]:
    """Where people stand by their last name, with the given one where it is there and theirs."""
    pattern, having = _last_names(people)
    small = text[1:].islower()
    found = []
    for match in pattern.finditer(text):
        if match.group()[0].islower() and not small:
            continue
        before = _BEFORE.search(text[: match.start()])
        names = having[match.group().casefold()]
        whole = [name for name in names if before and name.split()[0].casefold() == before[1].casefold()]
        if not whole and before and before.start() > 0 and before[1].istitle() and before[1].casefold() not in offices:
            # Somebody else's given name: only who is printed without one may be meant.
            names = tuple(name for name in names if name.split()[0].casefold() in _TITLES)
        start = before.start() if before and whole else match.start()
        found += [Mention(start, match.end(), name) for name in whole or names]
    return found


@lru_cache(maxsize=8)
def _last_names(people: tuple[str, ...]) -> tuple[re.Pattern[str], dict[str, tuple[str, ...]]]:
    """One pattern for every last name, and who has it."""
    having: dict[str, tuple[str, ...]] = {}
    for name in people:
        last = name.split()[-1].casefold()
        if len(name.split()) > 1 and len(last) >= _SHORTEST:
            having[last] = (*having.get(last, ()), name)
    return re.compile(whole(map(re.escape, having)), re.IGNORECASE), having


@lru_cache(maxsize=8)
def _offices(offices: tuple[str, ...]) -> dict[re.Pattern[str], frozenset[str]]:
    """Patterns of how a question names an office, and the offices that each means."""
    meant: dict[str, set[str]] = {}
    for office in offices:
        meant.setdefault(said_in_questions(office), set()).add(office)
    return {re.compile(whole([said]), re.IGNORECASE): frozenset(several) for said, several in meant.items()}


def _from_the(text: str, start: int) -> int:
    """The start of a name's article, or of the name."""
    the = _THE.search(text[:start])
    return the.start() if the else start


def _qualified(
    text: str, start: int, roles: Sequence[Role], institutions: Sequence[str]
) -> tuple[int, str, list[Role]]:
    """Where an office begins with what it is said to be of, the institution that is named so, and the roles left."""
    before = text[:start]
    for name in institutions:
        for words in _own_names(name, institutions):
            if (at := _ends_with(before, words)) is not None:
                return at, name, [role for role in roles if role.institution == name]
    states = [(names, word) for names in map(state_names, institutions) for word in names]
    states += [(each.names, before[each.start : each.end]) for each in find_named(before)]
    for names, word in states:
        if (at := _ends_with(before, word)) is not None:
            return at, "", [role for role in roles if _is_of(role, frozenset(map(str.casefold, names)))]
    if (owner := _BEFORE.search(before)) and owner[1][-2:] in ("'s", "’s"):
        last = owner[1][:-2].casefold()
        where = {role.institution for role in roles if role.person.split()[-1].casefold() == last} | worked_at(last)
        return owner.start(), "", [role for role in roles if role.institution in where]
    return start, "", list(roles)


def _ends_with(before: str, words: str) -> int | None:
    """Where the words begin that stand last, possessive or not."""
    places = [start for start, end in _places(before, words) if _POSSESSIVE.fullmatch(before, end)]
    return places[-1] if places else None


def _is_of(role: Role, state: frozenset[str]) -> bool:
    """Whether an office is a state's: as its name tells, else as that of an institution of the state."""
    of = _OF_STATE.search(role.office)
    if of is not None and find_named(of[1]):
        return of[1].casefold() in state
    return any(word.casefold() in state for word in state_names(role.institution))


def _places(text: str, words: str) -> list[tuple[int, int]]:
    """Where the words stand; capitals count in "US"."""
    flags = re.IGNORECASE if len(words) > 2 else re.NOFLAG
    return [match.span() for match in re.finditer(whole([re.escape(words)]), text, flags)]


def _widest(mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions that stand inside no wider one, each once."""
    return [
        each
        for each in dict.fromkeys(mentions)
        if not any(
            other.start <= each.start and each.end <= other.end and other.end - other.start > each.end - each.start
            for other in mentions
        )
    ]


def _own_names(name: str, institutions: Sequence[str]) -> list[str]:
    """By what a question names an institution, less what is as much a name of another."""
    others = [other.casefold() for other in institutions if other != name]
    return [words for words in names_in_questions(name) if not any(words.casefold() in other for other in others)]
