"""Archive -> questions to begin with: what reporters asked, in words that stand alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.archive.archive import Archive
from rag.archive.words import words_of
from rag.language.sentences import split_sentences
from rag.question.mentions import mistyped
from rag.transcript import Exchange

SUGGESTED = 4
# How many exchanges are looked through for each of them.
_LOOKED_AT = 100
_FEWEST_WORDS, _MOST_WORDS = 6, 20
_OPENS = re.compile(r"(?:what|why|how|who|when|where|will|does|do|is|are|has|have|did|can)\b", re.IGNORECASE)
# Words that lean on what was said before, on the day, or on who is in the room.
_LEANS = re.compile(
    r"\b(?:you|your|it|its|this|these|those|he|she|his|her|him|they|their|them|we|our|i|my|such|so|here|sir"
    r"|today|tomorrow|yesterday|now|current(?:ly)?|latest|recent(?:ly)?|comment|confirm|response|above|following|other"
    r"|first|second|sides?|also|(?:is|does|did|about|behind|for|from|in|of|on|to|with) that)\b|\bthat\?",
    re.IGNORECASE,
)
# "Iran", "WHO", not the word that begins the question
_NAME = re.compile(r"(?<=\s)(?:[A-Z][a-z]{3,}|[A-Z]{2,}\b)")
# "Powel" in "What did Powel say?"
_CAPITAL = re.compile(r"(?<=\s)[A-Z][a-z]{4,}\b")
# A name that narrows a question down stands in one passage of twenty at the most: ln 20.
_RARE = 3.0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question that a reporter asked in this archive, and that stands alone."""

    text: str
    exchange: Exchange


def suggestions_of(archive: Archive) -> tuple[Suggestion, ...]:
    """A few questions that name what few passages name, spread over the archive: such are answered, unasked."""
    return archive.once(Suggestion, lambda: tuple(_suggested(archive)))


def _suggested(archive: Archive) -> Iterator[Suggestion]:
    # Rounded up: the last share may be the smaller one.
    share = -(-len(archive.exchanges) // SUGGESTED)
    for first in range(0, len(archive.exchanges), share or 1):
        own = range(first, min(first + share, len(archive.exchanges)), max(1, share // _LOOKED_AT))
        yield from next(([found] for at in own if (found := _standing_alone(archive.exchanges[at], archive))), [])


def _standing_alone(exchange: Exchange, archive: Archive) -> Suggestion | None:
    if exchange.question is None:
        return None
    text = archive.text(exchange.transcript_id)
    asked = (" ".join(each.cut(text).split()) for each in split_sentences(text, exchange.question))
    alone = (words for words in asked if stands_alone(words) and narrows(words, archive))
    return next((Suggestion(words, exchange) for words in alone), None)


def narrows(question: str, archive: Archive) -> bool:
    """Whether a question names what few passages of the archive name."""
    stems = (stem for name in _NAME.findall(question) for stem in words_of(name))
    return any(archive.words.weight(stem) >= _RARE for stem in stems)


def respelled(question: str, archive: Archive) -> str:
    """The question with the family name that a word was likely meant for; "" where every name is known.

    "What did Powel say?" -> "What did Powell say?"
    """

    def mend(found: re.Match[str]) -> str:
        word, near = found[0], mistyped(found[0], archive.spokespeople)
        # "Powell" and "Powel" have one stem; of others, what passages have is no typo.
        known = any(archive.words.weight(stem) for stem in words_of(word) if stem not in words_of(near))
        return near if near and not known else word

    mended = _CAPITAL.sub(mend, question)
    return "" if mended == question else mended


def stands_alone(question: str) -> bool:
    """Whether a question can be understood by someone who has not heard what came before it.

    >>> stands_alone("Will China join the Paris talks on Iran?"), stands_alone("What is your comment on Iran's move?")
    (True, False)
    """
    return (
        question.endswith("?")
        and _FEWEST_WORDS <= len(question.split()) <= _MOST_WORDS
        and _OPENS.match(question) is not None
        and _LEANS.search(question) is None
    )
