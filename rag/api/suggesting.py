"""Podium -> questions to begin with: what reporters asked, in words that stand alone, and what podium answers with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.archive.archive import Archive
from rag.language.sentences import split_sentences
from rag.pipeline import Podium
from rag.question.asked import Asked
from rag.transcript import Exchange

SUGGESTED = 4
# How many exchanges are looked through for questions, spread over the archive, and how many are tried for each.
_LOOKED_AT, _TRIED = 400, 6
# How likely podium must be to answer.
_SURE = 0.7
_FEWEST_WORDS, _MOST_WORDS = 6, 20
_OPENS = re.compile(r"(?:what|why|how|who|when|where|will|does|do|is|are|has|have|did|can)\b", re.IGNORECASE)
# Words that lean on what was said before, or on who is in the room.
_LEANS = re.compile(
    r"\b(?:you|your|it|its|this|these|those|he|she|his|her|him|they|their|them|we|our|i|my|such|so|here"
    r"|today|tomorrow|yesterday|now|comment|confirm|response|above|following|other|first|second|sides?|also)\b",
    re.IGNORECASE,
)
# A name that narrows a question down: the host's own and an office's do not.
_NAME_INSIDE = re.compile(r"\s(?!Chin|Pres|Fore|Mini)(?:[A-Z][a-z]{3,}|[A-Z]{2,}\b)")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question that a reporter asked in this archive, and that stands alone."""

    text: str
    exchange: Exchange


def suggestions_of(podium: Podium, archive: Archive) -> tuple[Suggestion, ...]:
    """A few questions that the very answer they got answers."""
    return archive.once(Suggestion, lambda: _suggested(podium, archive))


def _suggested(podium: Podium, archive: Archive) -> tuple[Suggestion, ...]:
    found = list(_standing_alone(archive))
    share = -(-len(found) // SUGGESTED) or 1
    shares = (found[at : at + share] for at in range(0, len(found), share))
    first = (next((each for each in own[:_TRIED] if _is_answered(each, podium)), None) for own in shares)
    return tuple(each for each in first if each is not None)


def _standing_alone(archive: Archive) -> Iterator[Suggestion]:
    step = max(1, len(archive.exchanges) // _LOOKED_AT)
    for place in range(0, len(archive.exchanges), step):
        exchange = archive.exchanges[place]
        text = archive.text(exchange.transcript_id)
        asked = [] if exchange.question is None else split_sentences(text, exchange.question)
        yield from (Suggestion(each.cut(text), exchange) for each in asked if stands_alone(each.cut(text)))


def _is_answered(suggestion: Suggestion, podium: Podium) -> bool:
    answer = podium.ask(Asked(suggestion.text, k=1))
    return bool(answer.quotes) and (
        answer.confidence >= _SURE and answer.quotes[0].exchange_id == suggestion.exchange.id
    )


def stands_alone(question: str) -> bool:
    """Whether a question can be understood by someone who has not heard what came before it.

    >>> stands_alone("Will China join the Paris talks on Iran?"), stands_alone("What is your comment on that?")
    (True, False)
    """
    return (
        question.endswith("?")
        and _FEWEST_WORDS <= len(question.split()) <= _MOST_WORDS
        and _OPENS.match(question) is not None
        and _NAME_INSIDE.search(question) is not None
        and _LEANS.search(question) is None
    )
