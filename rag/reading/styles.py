"""The ways of printing who speaks before the words, each with an example, and which of them a file's lines show."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.language.names import folded
from rag.reading.offices import FLOOR, HONORIFICS, OFFICES, looks_like_a_name, plain, titled

_BLANK = r"[\s\u200b\u200e\u200f\u2060\ufeff]"
# "(14:05)", " [00:01:02]"
CLOCK = r"(?:\s{0,3}[\[(]\s?\d{1,2}:\d\d(?::\d\d)?\s?[\])])"
# "[00:01:02] Q: Why?", "12:30 MS. PSAKI: Hi.", ">> JO ROE: Hi."
AT = re.compile(r"\s{0,40}(?:>>\s{0,9})?(?:[\[(]?\b\d{1,2}:\d\d(?::\d\d)?[\])]?\s{1,9})?(?=[A-Z*])")
_AT = rf"(?:{AT.pattern})?"
_WORD = r"[^\W\d_a-z](?:[\w'\u2019.]|-(?=\w))*+"
_FEWEST, _OFTEN, _LONGEST = 5, 3, 60
_ONE_LETTER = re.compile(r"[QA]\d{0,3}$")
# "McENANY", "O'BRIEN"
_PARTICLE = re.compile(r"\b(?:Mc|Mac|De|Di|Da|Du|La|Le|Van|Von|O['\u2019])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Style:
    """A way of printing labels, with an example of it."""

    name: str
    pattern: re.Pattern[str]
    example: str


COLON = Style(
    "colon",
    re.compile(
        rf"{_AT}{_BLANK}{{0,40}}[\[【(*]{{0,3}}(?P<label>[^:：\n]{{1,120}}?){CLOCK}?[*\])】]{{0,3}}{_BLANK}{{0,20}}[:：][*]{{0,3}}"
        rf"{_BLANK}*"
    ),
    "MS. PSAKI:  Good afternoon.",
)
# A label, with all that may stand around it, is no longer.
_AROUND = 300
BARE = Style(
    "bare",
    re.compile(
        rf"{_AT}\s{{0,40}}[*]{{0,3}}(?P<label>Q\d{{0,3}})(?:\.?[*]{{0,3}}[ \t\xa0]+)"
        r"(?!(?:and|&) |\([^()]{1,40}\)\s?:)(?=\S)"
    ),
    "Q    Thanks, Jen.",
)
STOP = Style(
    "stop",
    re.compile(
        r"\s{0,40}(?P<label>Q|(?:[A-Z][A-Za-z'\u2019-]*\.? ){1,4}[A-Z][A-Za-z'\u2019-]*[A-Z]"
        r"|(?:(?:Mrs?|Ms|Dr|Gen|Sen|Gov)\. )?[A-Z][\w'\u2019-]+(?: [A-Z][\w'\u2019-]+){0,4}?)\.(?:\s++|$)"
    ),
    "SAM FLEMING.  Thanks for taking the question.",
)
DASH = Style(
    "dash",
    re.compile(rf"\s{{0,40}}(?P<label>(?:{_WORD} ){{0,6}}{_WORD}) ?(?:[\u2013\u2014]|--?)\s++"),
    "JOURNALIST \N{EN DASH} Mr President, why?",
)
GAP = Style(
    "gap",
    re.compile(
        r"\s{0,40}(?P<label>[A-Z][A-Z.'\u2019-]*(?: [A-Z][A-Z.'\u2019-]*){0,5}(?=\t|\s{3})"
        r"|[A-Z][\w.'\u2019-]*(?: [A-Z][\w.'\u2019-]*){0,3}(?=\t))\s++(?=\S)"
    ),
    "TAG         Thank you, and good morning.",
)
MARKS = (STOP, DASH, GAP)


def before_colon(line: str) -> re.Match[str] | None:
    """The beginning of a line that a colon ends, as the style has it."""
    head = line[:_AROUND]
    return COLON.pattern.match(line) if ":" in head or "\uff1a" in head else None


def find_mark(lines: Iterable[str], asked: int = 0) -> tuple[Style | None, Counter[str]]:
    """The style other than a colon in which the lines say again and again who speaks, and its labels; `asked`
    questions have a label with a colon beside them.

    >>> style, labels = find_mark(["Q. Why?", "The President. Because."] * 3)
    >>> style.name, sorted(labels)
    ('stop', ['Q', 'The President'])
    """
    shown: dict[str, Counter[str]] = {style.name: Counter() for style in MARKS}
    for line in lines:
        for style in MARKS:
            found = style.pattern.match(line)
            # What is said begins with a capital; `NATO - as I told you -` is a sentence.
            if found and style is DASH and line[found.end() :][:1].islower():
                continue
            if found and _names_speaker(label := folded(found["label"]), style):
                shown[style.name][label] += 1
    stops = shown[STOP.name]
    small = Counter({label: times for label, times in stops.items() if not in_capitals(label.replace(". ", " "))})
    # A file prints its labels in capitals or as they are written, not both.
    shown[STOP.name] = small if 2 * small.total() > stops.total() else stops - small
    gaps = shown[GAP.name]
    shown[GAP.name] = Counter({label: times for label, times in gaps.items() if times > 1 or in_capitals(label)})
    best = max(MARKS, key=lambda style: shown[style.name].total())
    labels = shown[best.name]
    often = max(labels.values(), default=0) >= _OFTEN
    enough = labels.total() + asked >= _FEWEST and often and len(labels) + (asked > 1) > 1
    return (best, labels) if enough else (None, Counter())


def find_lead(lines: Sequence[str], leads: Sequence[int]) -> tuple[Style | None, Counter[str]]:
    """The bold beginnings without a mark that name who speaks, paragraph after paragraph, as a style of this page."""
    found = Counter(
        folded(line[:lead])
        for line, lead in zip(lines, leads, strict=False)
        if 2 < lead < min(len(line), _LONGEST) and line[lead:].lstrip(" (\"\u201c\u2018'[")[:1].isalnum()
    )
    names = Counter(
        {label: n for label, n in found.items() if n > 1 and (FLOOR.match(label) or looks_like_a_name(label))}
    )
    if names.total() < _FEWEST or max(names.values()) < _OFTEN or len(names) < 2 or names.total() < 0.7 * found.total():
        return None, Counter()
    either = "|".join(re.escape(label) for label in sorted(found, key=len, reverse=True) if looks_like_a_name(label))
    return Style("lead", re.compile(rf"\s{{0,40}}(?P<label>{either})\s++"), "Jo Roe Good morning."), found


def _names_speaker(label: str, style: Style) -> bool:
    """Whether words before a mark are in capitals, or an office, or the floor: a sentence may be short, too."""
    if in_capitals(label.replace(". ", " ")) or FLOOR.match(label):
        return style is not STOP or " " in label
    if style is GAP:
        return looks_like_a_name(label) and " " in label
    name = titled(label)
    addressed = name.honorific not in (None, "The", "the") and not name.bare
    return label == "Q" or (bool(name.office) and not addressed)


@lru_cache(maxsize=4096)
def in_capitals(label: str) -> bool:
    """Whether a label is printed in capitals, but for an office: `MR. McDONOUGH`, `Mr ABEL`, but no single letter."""
    words = _PARTICLE.sub("", label.partition("(")[0]).split()
    while len(words) > 1 and words[1][0].isalpha() and plain(words[0]) in HONORIFICS | OFFICES:
        words.pop(0)
    letters = [char for word in words for char in word if char.isalpha()]
    return len(letters) > 1 and all(char.isupper() for char in letters) and not _ONE_LETTER.match(label)
