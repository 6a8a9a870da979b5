"""Question (+ history, filters) -> Query: what is searched for, and what was understood from the words.

Understanding is by rules grounded in the archive: its dates, its spokespeople, its outlets. What was understood is
shown, and a filter that the caller gives goes before it, field by field.
"""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.archive.archive import Archive
from rag.archive.words import words_of
from rag.calendar.periods import Period, find_period
from rag.language.names import known_names
from rag.question.asked import MAX_CHARACTERS, MAX_HISTORY, Asked
from rag.question.filters import Filters, check_filters, in_words
from rag.question.followups import MEMORY, named_alone, stand_alone
from rag.question.intent import reply_to, small_talk
from rag.question.mentions import Mention, find_outlets, find_reporters, find_spokespeople
from rag.question.officials import find_institutions, find_offices, find_officials
from rag.question.rules import frame

# The characters of an earlier turn that count: an encoder reads only the first words of a long text.
TURN = 300

# "how many", "30 times"
_QUANTITY = r"\b(?:<quantities>\b|\d+ times\b)"
# "remarks"
_ON_SPEECH = r"\b<on_speech>\b"
# "over time", "compare May with June"
_STAGES = r"\b<stages>\b"
# Whether a question asks how words changed: "how did it harden", "has it eased since", or by stages beside each other.
_CHANGED = (
    r"\bhow (?:did|does|do|has|have|had|was|were|is)\b.{0,160}?\b<changes>(?:e|es|ed|en|ing|y|ied|ies|s|n|ped|ping)?\b"
    r"(?:\s++(?:up|down|out|away))?(?=\W*$|\s*+[,:;-]|\s++(?:over|across|from|between|through\w*|during|after|since|until|as"
    r"|each|once|when|in|by|while|towards?|to)\b)"
    r"|\b(?:has|have|had|did)\b.{0,80}\b<changes>(?:e|es|ed|en|ing|y|ied|ies|s|n|ped|ping)?\b.{0,40}"
    r"\b(?:over|across|since|between|from|each|every|in (?:19|20)\d\d)\b"
)
# "the spokesman then said", "her first reply"
_HE_SPEAKS = (
    r"\b(?:s?he|the spokes(?:man|woman|person))\s++(?:\w+\s++){0,2}?<says>|\b(?:his|her)\s++(?:\w+\s++)?<words_of_his>"
)
# "from the first clash in ", "to the deal in ": the year behind it is that of a stage, not of what was said.
_STAGE_BEFORE = re.compile(
    r"\b(?:from|to|through|until)\s++(?:the|a|an|its|his|her|their|that)\s++(?!next\b)(?:[\w-]++\s++){1,3}$",
    re.IGNORECASE,
)
# Who speaks is whole before " say", "'s view" and ", who"; not in "Fed Chair Powell" or "White House officials".
_WHOLE = (
    r"\s++<speech>\b|['’]s?(?!\w)(?!\s++(?:(?-i:[A-Z])|officials?\b|aides?\b|team\b|staff\b|spokes))"
    r"|\W*$|[^\w\s'’]|\s++(?:in|on|at|as|when|after|before|during|since|that|to)\b"
)
# "did ", "according to ": an institution stands behind these, and behind no title.
_UNTITLED = re.compile(
    r"(?:^|[^\w\s]\s*+|\b(?:did|does|do|has|have|had|would|will|could|is|was|to|by|of|per|says?|said|asked)\s++)$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.;?!]\s++")
# "Will they meet on 6 June?" is asked before that day.
_AHEAD = re.compile(r"^(?:[\w'’]++\W++){0,3}?will\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Query:
    """A question ready to be searched.

    `standalone` is the question with what it follows in front; `searched` holds what is searched for by words: the
    question less the words that became filters and, for a follow-up, the standalone question. `conversation` is the
    last that was asked with the question behind it, empty where nothing was, and `leans` whether the question can't be
    understood without: what looks like a new topic seldom is one, but may be. `over_time` is whether it
    asks how words changed, so that quotes come by date. `period` is the days that it names, or the question that it
    follows, which need not be those on which it was said. `reply` is what podium says to what is no question, and then
    nothing is searched for.
    """

    question: str
    standalone: str
    searched: tuple[str, ...]
    filters: Filters
    in_words: str
    period: Period | None = None
    over_time: bool = False
    conversation: str = ""
    leans: bool = False
    reply: str = ""

    @property
    def encoded(self) -> tuple[str, ...]:
        """The texts whose vectors retrieval weighs: the question's own and, where there is one, the conversation's."""
        return (self.searched[0], self.conversation) if self.conversation else (self.searched[0],)


def understand(asked: Asked, archive: Archive) -> Query:
    """The query that a question makes in this archive; BadInput for a name that it has not."""
    question = asked.question
    filters = check_filters(asked.filters, archive)
    turns = [turn for turn in asked.history[-MAX_HISTORY:] if turn.strip() and not small_talk(turn)]
    turns = [turn[:MAX_CHARACTERS] for turn in turns]
    if asked.understand:
        *turns, question = _asked_of_others([*turns, question], archive)
    before, standalone = stand_alone(question, turns)
    topic, period = question, None
    if asked.understand:
        today = asked.today or datetime.date.today()
        anchor = _anchor(before, today)
        period = find_period(question, today, anchor)
        found, topic = _find_filters(question, archive, period)
        if before:
            found = found.or_else(_carried_on(question, topic, before, archive))
        filters = filters.or_else(found)
        period = period or (find_period(before, today) if before else None)
    return Query(
        question=asked.question,
        standalone=standalone,
        searched=tuple(text for text in (topic, standalone if before else "") if words_of(text)) or (question,),
        filters=filters,
        in_words=in_words(filters),
        period=period,
        over_time=asks_over_time(standalone),
        conversation=" ".join([*(turn[:TURN] for turn in turns[-MEMORY:]), question]) if turns else "",
        leans=bool(before),
        reply=reply_to(question, archive, follows=bool(turns)) if asked.understand else "",
    )


def _in_archive(people: Sequence[Mention], archive: Archive) -> list[Mention]:
    """Where the same words may mean several people, as "the spokeswoman" does, those of them whom the archive has."""
    meant: dict[int, list[Mention]] = {}
    for mention in people:
        meant.setdefault(mention.start, []).append(mention)
    kept = []
    for several in meant.values():
        here = [mention for mention in several if mention.name in archive.spokespeople]
        kept += here or several
    return kept


def asks_over_time(question: str) -> bool:
    """Whether a question asks how what was said changed; two figures set beside each other are no such change.

    >>> asks_over_time("How did the line on Huawei harden?"), asks_over_time("How many came, compared with 2018?")
    (True, False)
    """
    staged = frame(_STAGES).search(question) is not None and frame(_QUANTITY).search(question) is None
    return staged or frame(_CHANGED).search(question) is not None


def _find_filters(question: str, archive: Archive, period: Period | None) -> tuple[Filters, str]:
    """The filters that a question's words ask for, and the question less the names that became filters."""
    outlets = find_outlets(question, known_names("outlets", archive.outlets))
    people, institutions = _find_speakers(question, archive)
    asking = {(outlet.start, outlet.end) for outlet in outlets}
    institutions = [each for each in institutions if (each.start, each.end) not in asking]
    # "RIA Novosti" stands for the reporter too where a transcript names nobody else.
    reporters = [
        each
        for each in find_reporters(question, archive.reporters, archive.spokespeople)
        if (each.start, each.end) not in asking
    ]
    filters = Filters(None, None, *map(_names, (people, outlets, institutions, reporters)))
    used = {(mention.start, mention.end) for mention in (*people, *outlets, *institutions, *reporters)}
    if period is not None and _filters_by(period, question):
        # Pages without a date may be of a month or a year, where the archive has such.
        undated = period.precision not in ("day", "part") and not archive.exchange_days.all()
        filters = replace(filters, date_from=period.date_from, date_to=period.date_to, undated=undated)
        used.add((period.start, period.end))
    topic = question
    for start, end in sorted(used, reverse=True):
        topic = f"{topic[:start]} {topic[end:]}"
    return filters, " ".join(topic.split())


def _find_speakers(question: str, archive: Archive) -> tuple[list[Mention], list[Mention]]:
    """The people whom a question makes its speakers, and the institutions: by name, else by office, else the latter.

    Whoever is named goes before an office or an institution, which is then only where they speak.
    """
    known = known_names("people", ())
    people = _in_archive(find_spokespeople(question, known), archive)
    others = tuple(name for name in archive.spokespeople if name not in known)
    people += [each for each in find_officials(question, others, archive.roles) if each not in people]
    if len(archive.institutions) < 2:
        return people, []
    holders, institutions = find_offices(question, archive.roles, archive.institutions)
    # "The White House spokeswoman" is none of those whom "the spokeswoman" may mean elsewhere.
    named = [each for each in people if not holders or each.end <= holders[0].start or holders[-1].end <= each.start]
    if named or set(_names(people)) & set(_names(holders)):
        return named or people, []
    return holders, institutions or ([] if holders else find_institutions(question, archive.institutions))


def _carried_on(question: str, topic: str, before: str, archive: Archive) -> Filters:
    """What of the filters before still holds: who "he" is that speaks; who spoke, where only other days are asked for.

    Days don't carry on: the rest of a story is seldom told on the same ones, and nearness in time counts as it is."""
    people, institutions = map(_names, _find_speakers(before, archive))
    if topic != question and not words_of(topic):
        return Filters(spokespeople=people, institutions=institutions)
    return Filters(spokespeople=people if frame(_HE_SPEAKS).search(question) else ())


def _asked_of_others(turns: Sequence[str], archive: Archive) -> list[str]:
    """The turns, each that only names somebody else as the question before it, asked of them.

    After "What did Powell say about prices?", "And Yellen?" is "What did Janet Yellen say about prices?"
    """
    asked: list[str] = []
    for turn in turns:
        meant = named_alone(turn)
        asked.append((meant and asked and _asked_of(meant, asked[-1], archive)) or turn)
    return asked


def _asked_of(meant: str, question: str, archive: Archive) -> str:
    """A question asked of the one who is meant instead of who it names; "" where it names none, or nobody is meant."""
    wanted = meant.casefold()
    found = [name for name in (*archive.spokespeople, *archive.institutions) if name.casefold() == wanted]
    # "And price?" is about prices, not after Mr. Price.
    if not found and not meant.islower():
        found = [name for name in archive.spokespeople if name.casefold().split()[-1] == wanted]
    spoke = [mention for mentions in _find_speakers(question, archive) for mention in mentions]
    if len(found) != 1 or len(_names(spoke)) != 1:
        return ""
    for mention in sorted(spoke, key=lambda each: -each.start):
        untitled = found[0] not in archive.institutions or _UNTITLED.search(question[: mention.start])
        if not untitled or not frame(_WHOLE).match(question, mention.end):
            return ""
        question = f"{question[: mention.start]}{found[0]}{question[mention.end :]}"
    return question if any(found[0] in _names(each) for each in _find_speakers(question, archive)) else ""


def _filters_by(period: Period, question: str) -> bool:
    """Whether a period says when the words were said, not what they were about."""
    fine = period.precision in ("day", "part")
    day = period.precision == "day"
    if not period.adverbial or period.opened_by == "by" or (period.opened_by in ("of", "for") and not day):
        return False
    if day and _AHEAD.match(question) and not frame(_ON_SPEECH).search(question):
        return False
    over_time = asks_over_time(question)
    if frame(_QUANTITY).search(question) and not (fine or over_time):
        return False
    if period.precision == "year" and _STAGE_BEFORE.search(question[: period.start]):
        return False
    coarse = period.precision in ("year", "season")
    return not coarse or over_time or bool(frame(_ON_SPEECH).search(_sentence_of(question, period)))


def _sentence_of(question: str, period: Period) -> str:
    """The sentence, or the part between semicolons, that a period stands in."""
    ends = [0, *(match.end() for match in _SENTENCE_END.finditer(question)), len(question)]
    first = max(end for end in ends if end <= period.start)
    return question[first : min(end for end in ends if end >= period.end)]


def _anchor(before: str, today: datetime.date) -> Period | None:
    """The period that an earlier question named, for "the month after" to count from; a bare year is too wide."""
    period = find_period(before, today) if before else None
    return None if period is None or period.precision == "year" else period


def _names(mentions: Sequence[Mention]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(mention.name for mention in mentions))
