"""Words -> the archive's spokespeople and outlets that a question names as speaking or as asking.

A name alone proves nothing: "the two jailed Reuters reporters" asks about Reuters, "what did Reuters ask" asks for
its questions. Verbs and prepositions near the name decide.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from rapidfuzz.distance import DamerauLevenshtein

from rag.language.glossary import find_named
from rag.language.names import known_names, names_of, spokeswomen
from rag.question.rules import frame, whole

# What follows the name of an outlet that asks, stands before that of one that is told, and makes one the topic.
_ASKS_AFTER = r"(?:['’]s)?\s++(?:(?!(?:and|or|for|of)\b)\w+\s++){0,2}?<asking>\b"
# " reporters' question", " correspondent then asked"
_REPORTERS_ASK = r"\s++<reporters>s?(?:['’]s|s['’])?\s++(?:\w+\s++)?<asking>\b"
# " reporters", " bureau"
_STAFF = r"\s++(?:<reporters>|office|bureau)s?\b"
# " told to"
_OUTLETS_OWN = r"\s++<own_affairs>\b"
# "'s report", " claims"
_PUBLISHED = r"(?:['’]s)?\s++<published>s?\b"
# "in reply to ", "a question from the ", "told the newspaper "
_ASKED_BEFORE = (
    r"(?:\b<answered>|\b<answered_to>(?:\s++(?:was|were|is|did)\s++\w+)?(?:\s++\w+){0,2}?\s++to"
    r"|\b<asked_by>\s++(?:\w+\s++)?(?:from|by|of)|\b(?:man|woman|<reporters>s?)\s++(?:of|from))\s++(?:the\s++)?"
    r"(?:(?:\w+\s++)?(?:paper|newspaper|daily|agency|broadcaster|network|channel|<reporters>s?\s++(?:of|from))\s++)?$"
)
# "What did Pompeo tell the "
_OTHER_TOLD = re.compile(r"\b([A-Z][\w’'-]{1,80})\s++(?:tell|told|telling|tells)\s++(?:the\s++)?$")
_MINISTRY = frozenset({"China", "Beijing", "Ministry", "Spokesperson", "Spokesman", "Spokeswoman", "Mr", "Ms"})
# "Powell to "
_SAID_TO = re.compile(r"\b([A-Z][\w’'-]{1,80})\s++to\s++(?:the\s++)?$")
# "Reuters on Huawei", "Reuters: did they?", and before a date only if an answer or a question is spoken of.
_IN_FRONT = re.compile(r"\s*+:|\s++on\b", re.IGNORECASE)
# " (March 2021)", ", in May", ", March 18"
_DATED_IN_FRONT = re.compile(
    r"\s*+(?:[(–-]|,\s++(?:on|in|the|early|mid|late|first|last|\d+|[A-Z][a-z]+\s++\d+)\b)", re.IGNORECASE
)
# "how was it answered"
_EXCHANGE = re.compile(r"\b(?:answer|repl(?:y|ied)|respon|said|say|ask|told|tell|question)", re.IGNORECASE)
# " and the ", ", "
JOINED = re.compile(r"\s*+(?:,|and|or|&|,\s*+and)\s*+(?:the\s++)?", re.IGNORECASE)

# The same of spokespeople: the topic, or who speaks.
# "a video of the spokesman ", "against "
_TOPIC_BEFORE = r"\b(?<!what )(?<!how )<topic_before>\s++(?:the\s++)?(?:spokes\w+\s++|mr\.?\s++|ms\.?\s++)?$"
# "'s last tweet", "'s successor"
_NOT_WORDS_OF = r"['’]s\s++(?:\w+\s++)?<not_words>\b"
# " is going to retire", " left"
_OWN_LIFE = r"\s++(?:(?:has|had|have|been|be|was|is|to|going|ever|just)\s++){0,3}<own_life>\b"
# "according to ", "And "
_ASKED_OF = r"(?:\b<asked_of>|^\W*and)\s++$"
_SPEAKS = r"\s*+<speaking>"
_NAMED_FIRST = re.compile(r"(?:^|[,;:.?!])\s*+$")
_ON = re.compile(r"\s++on\b")
# "the remarks of "
_OF_SPEECH = re.compile(
    r"\b(?:words|remarks|comments|view|views|opinion|answers?|position|statements?)\s++of\s++$", re.IGNORECASE
)
_WOMAN = re.compile(r"\bspokeswom[ae]n\b", re.IGNORECASE)
# "Hua Chun-ying"
_TWO_WORDS = re.compile(r"(?=\b([^\W\d_]++\s++[^\W\d_]++(?:-[^\W\d_]++)?)\b)")
_CLAIMED = re.compile(r"\s++[A-Z][a-z]+")
# A typo is forgiven in one letter of six.
_LETTERS_A_TYPO = 6


@dataclass(frozen=True, slots=True)
class Mention:
    """A name of the archive at text[start:end]; `name` is the archive's own spelling."""

    start: int
    end: int
    name: str


def find_spokespeople(text: str, spokespeople: Sequence[str]) -> list[Mention]:
    """Those of the archive's spokespeople who are named as the speaker: full name, family or given name, typo.

    >>> people = ["Zhao Lijian", "Hua Chunying"]
    >>> [mention.name for mention in find_spokespeople("what did Zaho Lijian say about Hua Chunying?", people)]
    ['Zhao Lijian']
    """
    named = _full_names(text, spokespeople)
    speaking = [mention for mention in named if not is_topic(text, mention)]
    if not speaking:
        parts = [part for part in _single_names(text, spokespeople) if not any(_inside(part, whole) for whole in named)]
        speaking = [mention for mention in parts if not is_topic(text, mention)]
    if not speaking and (woman := _WOMAN.search(text)):
        women = [name for name in spokespeople if name in spokeswomen()]
        return [Mention(woman.start(), woman.end(), name) for name in women]
    return speaking


def find_outlets(text: str, outlets: Sequence[str]) -> list[Mention]:
    """Those of the archive's outlets that are named as asking, under any of their names."""
    pattern, outlet_of = _name_pattern(tuple(outlets))
    named = [Mention(match.start(), match.end(), outlet_of[_bare(match.group())]) for match in pattern.finditer(text)]
    asking = {mention for mention in named if _asks(text, mention.start, mention.end)}
    for one, other in pairwise(named):
        if JOINED.fullmatch(text, one.end, other.start) and {one, other} & asking:
            asking |= {one, other}
    return [mention for mention in named if mention in asking]


def find_reporters(text: str, reporters: Sequence[str], people: Sequence[str]) -> list[Mention]:
    """Those of the archive's reporters who ask or are answered, by full or last name.

    >>> [found.name for found in find_reporters("Powell to Liesman on QE", ["Steve Liesman"], ["Jerome Powell"])]
    ['Steve Liesman']
    """
    pattern, having = _last_names(tuple(reporters))
    last = {name.split()[-1] for name in people}
    found = []
    for match in pattern.finditer(text):
        said_to = _SAID_TO.search(text, max(0, match.start() - 80), match.start())
        if _asks(text, match.start(), match.end()) or (said_to is not None and said_to[1] in last):
            found += [Mention(match.start(), match.end(), name) for name in having[match.group()]]
    return found


@lru_cache(maxsize=8)
def _last_names(names: tuple[str, ...]) -> tuple[re.Pattern[str], dict[str, tuple[str, ...]]]:
    """One pattern for every name, whole or its last word alone, with capitals, and who is meant by each."""
    having: dict[str, tuple[str, ...]] = {}
    for name in names:
        for words in {name, name.split()[-1]}:
            having[words] = (*having.get(words, ()), name)
    return re.compile(whole(map(re.escape, having))), having


@lru_cache(maxsize=8)
def _name_pattern(outlets: tuple[str, ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    """One pattern for every name of these outlets, the longest first, and which outlet each name means."""
    outlet_of = {_bare(name): outlet for outlet in outlets for name in reversed(names_of(outlet))}
    return re.compile(whole(sorted({_spelled(name) for outlet in outlets for name in names_of(outlet)}))), outlet_of


def _bare(name: str) -> str:
    return " ".join(name.casefold().split())


def _spelled(name: str) -> str:
    """Capitals count in names of two letters and in those that are common words."""
    words = r"\s++".join(map(re.escape, name.split()))
    return words if len(name) <= 2 or name.lower() in _COMMON_WORDS else f"(?i:{words})"


_COMMON_WORDS = frozenset(
    {"phoenix", "the paper", "the times", "the guardian", "the economist", "sputnik", "mena", "folha"}
)


def _asks(text: str, start: int, end: int) -> bool:
    after, before = text[end : end + 60], text[max(0, start - 80) : start]
    other = _OTHER_TOLD.search(before)
    if other is not None and other[1] not in _MINISTRY | _parts_of_names():
        return False
    if frame(_PUBLISHED).match(after) or frame(_OUTLETS_OWN).match(after):
        return False
    said_to = _SAID_TO.search(before)
    if frame(_ASKED_BEFORE).search(before) or (said_to is not None and said_to[1] in _parts_of_names()):
        return True
    asks = _REPORTERS_ASK if frame(_STAFF).match(after) else _ASKS_AFTER
    dated = _DATED_IN_FRONT.match(after) and _EXCHANGE.search(text, end)
    return bool(frame(asks).match(after) or (not before.strip() and (_IN_FRONT.match(after) or dated)))


@cache
def _parts_of_names() -> frozenset[str]:
    """Family and given names of the spokespeople whom podium knows."""
    return frozenset(part for name in known_names("people", ()) for part in name.split())


def _full_names(text: str, names: Sequence[str]) -> list[Mention]:
    found = []
    for match in _TWO_WORDS.finditer(text):
        words = " ".join(match.group(1).casefold().split())
        turned = " ".join(reversed(words.split()))
        for name in names:
            wanted = name.casefold()
            if wanted in (words, turned) or (words[0] == wanted[0] and _alike(words, wanted)):
                found.append(Mention(match.start(1), match.end(1), name))
    return _longest(found)


def mistyped(word: str, names: Sequence[str]) -> str:
    """The one family name of the names that a word is a letter from; "" where there is none, or the word is one.

    >>> mistyped("Powel", ["Jerome Powell"]), mistyped("Powells", ["Jerome Powell"])
    ('Powell', '')
    """
    families = {name.split()[-1] for name in names}
    near = [each for each in families if each[0] == word[0] and DamerauLevenshtein.distance(each, word) == 1]
    known = word in families or word.removesuffix("s") in families
    return near[0] if len(near) == 1 and not known else ""


def _alike(words: str, wanted: str) -> bool:
    """Whether one is a misspelling of the other."""
    allowed = max(1, len(wanted) // _LETTERS_A_TYPO)
    return DamerauLevenshtein.distance(words, wanted, score_cutoff=allowed) <= allowed


def _single_names(text: str, names: Sequence[str]) -> list[Mention]:
    """Family names ("spokesperson Geng", "did Hua say"), where one person has it and no other given name follows.

    A name within one of the glossary's is none: "Kong" in "Hong Kong".
    """
    found = []
    places = [(named.start, named.end) for named in find_named(text)]
    for name in names:
        family, _, given = name.partition(" ")
        alone = sum(other.partition(" ")[0] == family for other in names) == 1
        patterns = [given] if len(given) > 4 else []
        patterns += [family] if alone else []
        for word in patterns:
            for match in re.finditer(whole([f"(?i:{re.escape(word)})"]), text):
                if any(start < match.start() < end for start, end in places):
                    continue
                if word == family and (_CLAIMED.match(text, match.end()) or not _titled_or_speaking(text, match)):
                    continue
                found.append(Mention(match.start(), match.end(), name))
    return _longest(found)


def _titled_or_speaking(text: str, match: re.Match[str]) -> bool:
    """Whether a family name is a spokesperson's; one in small letters must be asked of and speak as well."""
    before, after = text[: match.start()], text[match.end() :]
    asked_of, speaks = frame(_ASKED_OF).search(before) is not None, frame(_SPEAKS).match(after) is not None
    if _NAMED_FIRST.search(before) and _ON.match(after):
        return True
    if match.group()[0].islower():
        return asked_of and (speaks or not after.strip(" ?.!"))
    return asked_of or speaks


def is_topic(text: str, mention: Mention) -> bool:
    """Whether somebody who speaks for others is what is spoken of."""
    before, after = text[: mention.start], text[mention.end :]
    if frame(_NOT_WORDS_OF).match(after) or frame(_OWN_LIFE).match(after):
        return True
    if re.match(r"['’]s\b", after) or _OF_SPEECH.search(before):
        return False
    return frame(_TOPIC_BEFORE).search(before) is not None


def _inside(part: Mention, whole: Mention) -> bool:
    return whole.start <= part.start and part.end <= whole.end


def _longest(mentions: Iterable[Mention]) -> list[Mention]:
    """The mentions in order, without those that lie inside another."""
    kept: list[Mention] = []
    for mention in sorted(set(mentions), key=lambda m: (m.start - m.end, m.start, m.name)):
        if all(mention.end <= other.start or other.end <= mention.start for other in kept):
            kept.append(mention)
    return sorted(kept, key=lambda mention: mention.start)
