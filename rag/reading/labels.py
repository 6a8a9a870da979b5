"""The beginning of a paragraph -> the label that says who speaks, as far as the label alone can tell."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from rag.language.names import folded, holds_office, known_outlet, known_person, without_office
from rag.reading.habits import FIELD, NO_HABITS, Habits, closed, names_speaker, untimed
from rag.reading.offices import looks_like_a_name, titled
from rag.reading.styles import BARE, before_colon

LabelKind = Literal["question", "answer", "outlet", "person", "journalist", "follow-up", "speaker", "unknown"]

# "Q", "Question No. 3", "Q2 (translated from Japanese)"
_QUESTION = re.compile(
    r"(?:Q|Question|QUESTION|Remark|Reply)\s*+(?:No\.?)?\s*+\d{0,3}\.?(?:\s*+\((?P<of>[^()]{2,40})\))?$"
)
# "A", "Answer 3."
_ANSWER = re.compile(r"(?:A|Answer|ANSWER)\s*+(?:No\.?)?\s*+\d{0,3}\.?$")
# "Reuters follow-up", "AFP, following up on that", "Follow-up question"
_FOLLOW_UP = re.compile(
    r"(?P<outlet>.*?)(?<![\s,(–-])[\s,(–-]*+follow(?:ing|ed)?[\s-]*+up"
    r"(?:\s++(?:question|on that|by (?P<by>.+)))?s?\)?$",
    re.IGNORECASE,
)
# "journalist", "another foreign reporter", "Media 2", "Reporter (Radio Nowhere)"
_JOURNALIST = re.compile(
    r"\A(?:(?:a|an|the|one|another|same|foreign|chinese|japanese|local|female|male|unidentified|unknown)\s++)*"
    r"(?:journalist|reporter|correspondent|press|media)s?(?:\s++(?:#?\d+|[a-z]+s|again))?(?: ?\([^()]{2,40}\))?$",
    re.IGNORECASE,
)
# "JOURNALIST; Why?", "JOURNALIST Why?"
_LOOSE = re.compile(
    r"\s{0,40}(?P<label>[A-Z][A-Z'\u2019. -]{3,40}?[A-Z]) ?(?:[;.,]\s{1,9}|\s{1,9})(?=[A-Z(\[])(?!\([^()]{1,60}\)\s?:)"
)
_PLAIN: tuple[tuple[re.Pattern[str], LabelKind], ...] = (
    (_QUESTION, "question"),
    (_ANSWER, "answer"),
    (_JOURNALIST, "journalist"),
)


@dataclass(frozen=True, slots=True)
class Label:
    """A label as printed, its kind, the one name behind it if the tables know it, and where the words begin."""

    printed: str
    kind: LabelKind
    name: str | None
    end: int


def find_label(paragraph: str, people: Collection[str] = (), habits: Habits = NO_HABITS) -> Label | None:
    """The label that a paragraph begins with; `people` are names the page itself gives to its speakers.

    >>> find_label("Bloomberg News: Can I go back to Alaska?")
    Label(printed='Bloomberg News', kind='outlet', name='Bloomberg', end=16)
    >>> find_label("The facts are: two.") is None, find_label("Q:As I said").kind
    (True, 'question')
    >>> find_label("Q    Thanks.", habits=Habits(bare=True)).end
    5
    """
    told = _marked(paragraph, habits)
    if told:
        return told
    if habits.alone and (printed := untimed(paragraph)) in habits.alone:
        kind, name = _kind(printed, people, habits)
        return Label(dict(habits.key).get(printed, printed), kind or "speaker", name, len(paragraph))
    loose = _LOOSE.match(paragraph) if habits.strict else None
    if loose and folded(loose["label"]) in habits.names and not known_outlet(loose["label"]):
        return _behind_key(folded(loose["label"]), "speaker", loose, habits)
    found = before_colon(paragraph)
    if not found or _clock_or_address(paragraph, found):
        return None
    printed = closed(found["label"])
    kind, name = _kind(printed, people, habits)
    if kind is None or names_speaker(printed, paragraph[found.end() :]):
        return None
    return _behind_key(printed, kind, found, habits) if habits.key else Label(printed, kind, name, found.end())


def _marked(paragraph: str, habits: Habits) -> Label | None:
    """The label before the mark that the file has instead of a colon, or a lone Q."""
    bare = BARE.pattern.match(paragraph) if habits.bare else None
    if bare:
        return Label(bare["label"], "question", None, bare.end())
    found = habits.mark.pattern.match(paragraph) if habits.mark else None
    if found is None or (printed := folded(found["label"])) not in habits.marked:
        return None
    return _behind_key(printed, "question" if _QUESTION.match(printed) else "speaker", found, habits)


def _behind_key(printed: str, kind: LabelKind, found: re.Match[str], habits: Habits) -> Label | None:
    """The label with the name that the key has for its initials; none where the line is the key's own."""
    meant = dict(habits.key).get(printed, printed)
    own = meant != printed and folded(found.string[found.end() :]) == meant
    return None if own else Label(meant, kind, None, found.end())


def _clock_or_address(paragraph: str, found: re.Match[str]) -> bool:
    after = paragraph[found.end("label") :].lstrip(":： ")[:2]
    return (found["label"][-1:].isdigit() and after[:1].isdigit()) or after == "//"


def _kind(printed: str, people: Collection[str], habits: Habits) -> tuple[LabelKind | None, str | None]:
    for pattern, kind in _PLAIN:
        if pattern.match(printed):
            return kind, None
    if not habits.strict and printed not in habits.names:
        return _kind_by_tables(printed, people)
    outlet = known_outlet(printed)
    if outlet and printed in habits.names:
        return "outlet", outlet
    believed = printed in habits.names or _akin(printed, habits)
    return ("speaker" if believed else None), known_person(printed)


def _akin(printed: str, habits: Habits) -> bool:
    """Whether a label that stands alone is like the others: an office and a name, or a name of theirs with a remark."""
    plain = re.sub(r" ?\([^()]*\)$", "", printed)
    name = titled(plain)
    if not looks_like_a_name(plain) or not (name.office or name.bare):
        return False
    last = (name.bare or plain).split()[-1].casefold()
    return bool(name.office or name.honorific) or (
        plain != printed and any(last == each.split()[-1].casefold() for each in habits.names)
    )


def _kind_by_tables(printed: str, people: Collection[str]) -> tuple[LabelKind | None, str | None]:
    person = _person(printed, people)
    if person is not None:
        return "person", person or None
    follow_up = _FOLLOW_UP.match(printed)
    if follow_up:
        return "follow-up", known_outlet(follow_up["outlet"] or follow_up["by"] or "")
    outlet = known_outlet(printed)
    if outlet:
        return "outlet", outlet
    return ("unknown" if looks_like_a_name(printed) and not FIELD.match(printed) else None), None


def _person(printed: str, people: Collection[str]) -> str | None:
    """The speaker's name, "" for an office without a name, None when the label names no speaker we know."""
    known = known_person(printed)
    if known:
        return known
    bare = without_office(printed)
    for name in people:
        if bare.casefold() in {name.casefold(), name.split()[0].casefold(), name.split()[-1].casefold()}:
            return name
    if holds_office(printed) and (not bare or looks_like_a_name(bare)) and "," not in bare:
        return bare
    return None
