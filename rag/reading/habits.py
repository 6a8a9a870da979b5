"""The lines of a file -> its habits: how it prints the labels of its speakers, told by what recurs in this file."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.language.names import folded, known_outlet, known_person, without_office
from rag.reading.key import find_key
from rag.reading.offices import FLOOR, is_office, looks_like_a_name, of_an_outlet, titled
from rag.reading.styles import AT, BARE, Style, before_colon, find_lead, find_mark, in_capitals

# "It is so. MR. CARNEY: No"
_INNER = re.compile(
    r"(?<!\b(?:MR|MS|DR)\. )(?<!\b(?:MRS|HON|GEN|SEN|REP|GOV|COL|ADM|SEC|AMB)\. )"
    r"(?<!\b(?:PROF|USEC|ASEC|CAPT|ATTY)\. )(?<=[\s.?!)\u201d\u2026][\s\xa0])"
    r"(?P<label>Q|[A-Z][A-Z'\u2019. -]{1,50}):(?=\s)"
)
# "So it is. Question: Why?", not "It is: so"
_RUN_IN = re.compile(r"(?<=[.?!\u2026\u201d\"]\s)(?P<label>[A-Z][\w'\u2019. -]{1,40}?):(?=\s)")
# "Subjects", "Media contact", "E&OE", "transcript of an interview"
FIELD = re.compile(
    r"(?:subjects?|subject\W?s\W?|topics?|dates?|time|titles?|places?|venue|locations?|contacts?|inquiries|enquiries"
    r"|notes?|url|see|web|source|share|issued on|correction|update|transcript\b.*|e\W?&?\W?o\W?e|further information"
    r"|.*\b(?:contact|inquiries|enquiries)|(?:tele)?phone|tel|fax|e-?mail|embargo(?:ed)?|by .*|ends?|re|cc|attn|ps)$",
    re.IGNORECASE,
)
_ONE_LETTER = re.compile(r"[QA]\d{0,3}$")
# "Following up", "Answer"
_FOLLOW_UP = re.compile(r"\bfollow(?:ing|ed)?[\s-]*+up\b|\banswer\b", re.IGNORECASE)
_GENERIC = re.compile(r"(?:question|journalist|reporter|media|press)$", re.IGNORECASE)
# "Q", "Q2", "Question", "Reporter"
_ASKS = re.compile(r"(?:Q\d{0,3}|(?i:questions?|questioner|journalist|reporter|media|interviewer))(?: ?\([^()]*\))?$")
_ANSWERS = re.compile(r"(?:A\d{0,3}|(?i:answer))$")
_FEWEST = 4
_MOST_WORDS, _MOST_BOLD_WORDS = 9, 16
_FIRST, _LONGEST = 40, 1000
# "Jo Roe  0:12", "Jo Roe (00:01:12):"
_TIMED = re.compile(r"\s?[\[(]?\s?\d{1,2}:\d\d(?::\d\d)?\s?[\])]?:?$")
_SMALL = re.compile(r" (?:of|the|and|for|in|on|at|to|with|&) ")
# "Q1. [904871] "
_NUMBERED = re.compile(r"(?:Q?\d{1,3}\. ?)?\[\d{2,}\] ?")
_CAST_LINE = re.compile(r"(?:speaker|participant|presenter|briefer|attendee)s?$", re.IGNORECASE)
# "Question", "Jo Roe, Head (acting)", not "It is so."
_HEAD = re.compile(r"[A-Z][\w.,'()&/ \u2013\u2014-]*[\w)]$")
_SENTENCE = re.compile(r"[.?!:]['\"\u201d\u2019)\]]*$")
# How much of a label has to be bold: what a page says of a name when it is pointed at stands behind it, and plain.
_LEAST_BOLD = 0.3


@dataclass(frozen=True, slots=True)
class Habits:
    """How a file prints its labels.

    `names` are the labels before a colon that are believed to be speakers', `marked` those before the `mark` that the
    file has instead, `alone` those on a line of their own, `inner` those that stand in the middle of paragraphs too;
    `bare` says that a lone Q opens a question, `key` are the names behind initials, and `between`
    those of the names that only their place tells. In a `strict` file nothing else is
    a label, and a paragraph without one goes on with the turn before it.
    """

    names: frozenset[str] = frozenset()
    marked: frozenset[str] = frozenset()
    alone: frozenset[str] = frozenset()
    inner: frozenset[str] = frozenset()
    bare: bool = False
    strict: bool = False
    mark: Style | None = None
    key: tuple[tuple[str, str], ...] = ()
    between: frozenset[str] = frozenset()


NO_HABITS = Habits()


def find_habits(lines: Sequence[str], leads: Sequence[int] = ()) -> Habits:
    """The habits of a file of these lines, or paragraphs; `leads` are the lengths of their bold beginnings.

    >>> habits = find_habits(["MS. PSAKI:  Hi.", "Q    Hello, Jen?", "MS. PSAKI:  Yes.", "Q    Why?"])
    >>> habits == Habits(names=frozenset({"MS. PSAKI"}), bare=True, strict=True)
    True
    """
    labels = [colon_label(line) for line in lines]
    colons = Counter(filter(None, labels))
    inner = (folded(found["label"]) for line in lines if ":" in line for found in _INNER.finditer(line))
    colons.update(label for label in inner if label == "Q" or (in_capitals(label) and not FIELD.match(label)))
    bare = sum(BARE.pattern.match(line) is not None for line in lines)
    capitals = {label for label in colons if in_capitals(label) and not known_outlet(label)}
    bold = _bold(lines, leads)
    in_capitals_said = sum(colons[label] for label in capitals)
    asked = sum(colons[label] for label in colons if _ASKS.match(label))
    mark, marked = find_mark(lines, asked)
    said = sum(times for label, times in colons.items() if times > 1 or label in capitals)
    said -= sum(colons[label] for label in colons if _ASKS.match(label) and colons[label] > 1 and label not in capitals)
    by_capitals = (
        in_capitals_said >= _FEWEST and in_capitals_said >= 0.7 * said and len(capitals) + bool(bare) + (asked > 1) > 1
    )
    by_bare = bare > 1 and bool(capitals)
    letters = {label for label in colons if label == "Q" and colons[label] > 1}
    names = (capitals | letters if by_capitals or by_bare else frozenset()) | bold
    inner_too = _inner(colons, lines)
    names = names or _conversing(colons, lines) or (frozenset() if inner_too else _answering(colons))
    if sum(colons[label] for label in names) > marked.total():
        mark, marked = None, Counter()
    if not names and not marked:
        mark, marked = find_lead(lines, leads)
    alone = frozenset() if names or marked else _alone(lines, sum(colons.values()))
    key = find_key(lines, alone)
    if not names and not marked and not alone:
        return Habits(names=_recurring(colons, lines), inner=inner_too)
    by_bare = bare > 0 and (by_bare or by_capitals)
    between = frozenset(_between(lines, labels, names, by_bare) - names)
    names = names | between | alone
    return Habits(frozenset(names), frozenset(marked), alone, frozenset(), by_bare, True, mark, key, between)


def colon_label(line: str, most: int = _MOST_WORDS) -> str | None:
    """The words before a paragraph's first colon, if they are few enough to be a name and no field of a header."""
    found = before_colon(line)
    if not found or AT.sub("", line, count=1).startswith(("(", "[", "（", "【")):
        return None
    label = closed(found["label"])
    after = line[found.end("label") :].lstrip(":： ")[:2]
    clock = label[-1:].isdigit() and after[:1].isdigit()
    few = (
        len(label.split()) <= most
        and not names_speaker(label, line[found.end() :])
        and not re.search(r"[!?;\"“”…]", label)
    )
    return label if few and not clock and not FIELD.match(label) else None


def names_speaker(label: str, words: str) -> bool:
    """Whether a line says who speaks and isn't what is said: `SPEAKER:  Jo Roe, Director of Communications`."""
    return bool(_CAST_LINE.match(label)) and not _SENTENCE.search(words.rstrip())


def closed(label: str) -> str:
    """A label as printed, its bracket closed, which the pattern takes for a mark around the label."""
    printed = _NUMBERED.sub("", folded(label))
    return printed + ")" * (printed.count("(") - printed.count(")"))


def inner_labels(paragraph: str, habits: Habits) -> list[int]:
    """Where labels of a strict file stand inside a paragraph, behind a sentence's end or a gap, in capitals.

    >>> inner_labels("SWAN: No.  JOURNALIST:  Why not?", Habits(names=frozenset({"SWAN", "JOURNALIST"}), strict=True))
    [11]
    """
    if habits.inner:
        return [found.start("label") for found in _RUN_IN.finditer(paragraph) if folded(found["label"]) in habits.inner]
    if not habits.strict or not habits.names:
        return []
    return [
        found.start("label")
        for found in _INNER.finditer(paragraph)
        if (label := folded(found["label"])) in habits.names and (label == "Q" or in_capitals(label))
    ]


def _inner(colons: Counter[str], lines: Sequence[str]) -> frozenset[str]:
    """The labels of a file that runs its turns together, with `Question:` again and again in the middle of a line."""
    found = Counter(folded(match["label"]) for line in lines if ":" in line for match in _RUN_IN.finditer(line))
    generic = {label for label in found if _GENERIC.match(label)}
    if sum(found[label] for label in generic) < 2:
        return frozenset()
    return frozenset(generic | {label for label in found if found[label] + colons[label] > 1})


def _bold(lines: Sequence[str], leads: Sequence[int]) -> set[str]:
    """The labels that a page prints bold before plain words, where it names its speakers that way."""
    found = Counter(
        label
        for line, lead in zip(lines, leads, strict=False)
        if lead
        and (label := colon_label(line, _MOST_BOLD_WORDS))
        and _LEAST_BOLD * len(label) <= lead <= len(label) + 3
    )
    told = {label for label in found if not (_ONE_LETTER.match(label) or known_outlet(label) or known_person(label))}
    named = sum(found[label] for label in told if not _GENERIC.match(label))
    several = len(found) > 1 or named >= 4
    return set(found) if sum(found.values()) >= 4 and several and named > 1 else set()


def _conversing(colons: Counter[str], lines: Sequence[str]) -> frozenset[str]:
    """The names of a file that names all who speak, as `Jo Roe:` and `Ann Doe (Radio Nowhere):`: those who answer come
    again and again, and are in no table."""
    names = {label for label in colons if looks_like_a_name(_bare(label)) and not _ONE_LETTER.match(label)}
    askers = {label for label in names if of_an_outlet(label)}
    turns = Counter[str]()
    for label in names - askers:
        turns[titled(label).bare] += colons[label] * (not _told_by_tables(label))
    again = {label for label in names - askers if turns[titled(label).bare] > 1}
    told = any(known_person(label) or (_GENERIC.match(label) and colons[label] > 1) for label in colons)
    if told or max(turns.values(), default=0) < 3 or max(len(askers), len(again)) < 2:
        return frozenset()
    if sum(colons[label] for label in again) < len(names) / 2:
        return frozenset()
    surely = {label for label in names if label in again or len(label.split()) > 1 or _told_by_tables(label)}
    surely |= {label for label in names if is_office(label)}
    return frozenset(surely | _introduced(names, lines))


def _answering(colons: Counter[str]) -> frozenset[str]:
    """The labels of a file whose floor is `Q` or `Question` and whose answers all have the name or the office of who
    gives them, in no table: those that come again, and whoever has an office or a form of address beside a name."""
    asking = {label for label in colons if _ASKS.match(label)}
    again = {label for label, times in colons.items() if times > 1 and _is_held(label)} - asking
    told = any(_ANSWERS.match(label) or known_person(label) for label in colons)
    if told or sum(colons[label] for label in asking) < 2 or not again:
        return frozenset()
    lasts = {titled(label).bare.rpartition(" ")[2] for label in again} - {""}
    theirs = {label for label in colons if titled(label).bare.rpartition(" ")[2] in lasts or _is_held(label)}
    floor = {label for label in colons if FLOOR.match(label) or (known_outlet(label) and colons[label] > 1)}
    return frozenset(again | theirs | asking | floor)


def _between(lines: Sequence[str], labels: Sequence[str | None], names: Collection[str], bare: bool) -> set[str]:
    """The names before a colon, in no other way told, that stand between two labels of one who answers: why else would
    their label come again? Of several the last that asks is believed, else the last; none that stands under a colon,
    where somebody is quoted."""
    found: set[str] = set()
    before, group = "", list[tuple[str, bool]]()
    for above, line, printed in zip(("", *lines), lines, labels, strict=False):
        label = "Q" if bare and BARE.pattern.match(line) else printed
        if label is None or (label not in names and not FLOOR.match(label) and not _ASKS.match(label)):
            if label and looks_like_a_name(_bare(label)) and not above.rstrip().endswith(":"):
                group.append((label, "?" in line))
            continue
        last = "" if FLOOR.match(label) or _ASKS.match(label) else (titled(label).bare or label).split()[-1]
        if group and last and last == before:
            found.add(next((name for name, asks in reversed(group) if asks), group[-1][0]))
        before, group = last, []
    return found


def _is_held(label: str) -> bool:
    """Whether a label is an office, or a name with an office or a form of address: `Hon. Jo Roe`."""
    name = titled(label)
    named = looks_like_a_name(_bare(label)) and not of_an_outlet(label)
    return named and bool(name.office or (name.honorific and name.bare))


def _introduced(labels: Iterable[str], lines: Sequence[str]) -> set[str]:
    """The labels of one word that the first lines give as the last name of somebody: `Costa`, of `Luis Costa`."""
    head = "\n".join(line[:_LONGEST] for line in lines[:_FIRST])
    alone = [label for label in labels if label.isalpha() and not _told_by_tables(label)]
    return {label for label in alone if re.search(rf"[A-Z][\w.-]++ {label}\b", head)}


def _bare(label: str) -> str:
    return re.sub(r" ?\([^()]*\)", "", label)


def _alone(lines: Sequence[str], others: int) -> frozenset[str]:
    """The labels that stand on lines of their own above the words: `Question`, `Operator`, `Jo Roe -- Analyst`.

    Names come again and again; one that comes once is believed where the words before or after it say the same name.
    """
    places = [
        (label, place)
        for place, (line, words) in enumerate(pairwise(lines))
        if len(line) < 100 and _HEAD.match(label := untimed(line)) and _SENTENCE.search(words)
    ]
    times = Counter(label for label, _ in places)
    again = {label for label in times if times[label] > 1 and _may_speak(label)}
    again |= _introduced((label for label in times if times[label] > 1), lines)
    head = "\n".join(line[:_LONGEST] for line in lines[:_FIRST])
    once = {
        label
        for label, place in places
        if label not in again
        and (
            of_an_outlet(label)
            or _named_beside(label, lines[max(0, place - 1)], lines[place + 1])
            or re.search(rf"(?m)^{re.escape(label)} [-\u2013\u2014]", head)
        )
    }
    labels = [label for label, _ in places]
    # Between two labels of one who answers, as beside a colon: somebody else has spoken.
    once |= {
        label
        for before, label, after in zip(labels, labels[1:], labels[2:], strict=False)
        if before == after and before in again and label not in again and _may_speak(label)
    }
    said = sum(times[label] for label in again) + len(once)
    if len(again | once) < 2 or not again or said < max(5, len(lines) / 5, others + 1):
        return frozenset()
    return frozenset(again | once | {label for label in times if is_office(label)})


def untimed(line: str) -> str:
    """A label on a line of its own, without the time that a machine puts behind it: `Jo Roe  0:12`."""
    return _TIMED.sub("", folded(line))


def _may_speak(label: str) -> bool:
    """Whether a line that comes again may be a speaker's label: the floor, an office, a form of address, a name."""
    person = len(label.split()) > 1 and looks_like_a_name(label) and not _SMALL.search(label)
    return bool(FLOOR.match(label) or is_office(label) or titled(label).honorific or person)


def _named_beside(label: str, before: str, words: str) -> bool:
    """Whether a name is said just before it stands alone (`Jo next.`) or just after (`Jo Roe, Radio Nowhere`)."""
    name = titled(label).bare
    if len(name.split()) not in (2, 3) or not looks_like_a_name(name) or _SMALL.search(name):
        return False
    called = any(re.search(rf"\b{re.escape(part)}\b", before[-200:]) for part in (name.split()[0], name.split()[-1]))
    return called or name in words[:80]


def _recurring(colons: Counter[str], lines: Sequence[str]) -> frozenset[str]:
    """The names in no table that come again and again on a page that calls its askers `Journalist`."""
    again = {label for label, times in colons.items() if times > 1 and not _told_by_tables(label)}
    generic = {label for label in again if _GENERIC.match(label)}
    if not generic or again == generic:
        return frozenset()
    lasts = {label.split()[-1].casefold() for label in again}
    again |= {label for label in colons if label.split()[-1].casefold() in lasts}
    return frozenset(again | _introduced(colons, lines))


def _told_by_tables(label: str) -> bool:
    plain = _ONE_LETTER.match(label) or _FOLLOW_UP.search(label) or not without_office(label)
    return bool(plain or known_outlet(label) or known_person(label))
