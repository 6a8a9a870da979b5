"""A question as somebody asks it: the same noun at every face, made where the request is read."""

import datetime
from dataclasses import dataclass

from rag.errors import BadInput
from rag.question.filters import NO_FILTERS, Filters, check_dates

MAX_CHARACTERS = 2000
MAX_QUOTES = 50
# Earlier questions that count, the last ones.
MAX_HISTORY = 20
MAX_TOKENS = 1_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked, and how; BadInput names what can't be used, and the question's white space is folded.

    k           at most so many quotes
    filters     what an answer must satisfy; they go before those that the question's words make
    history     the questions before it, oldest first
    max_tokens  the budget for all quotes and their context together
    today       the day that "yesterday" counts from, None for the day it is
    understand  whether dates, spokespeople and outlets in the question become filters
    matter      whether the answer tells when the question's matter came up

    >>> Asked("Was it  linked? ").question
    'Was it linked?'
    """

    question: str
    k: int = 5
    filters: Filters = NO_FILTERS
    history: tuple[str, ...] = ()
    max_tokens: int | None = None
    today: datetime.date | None = None
    understand: bool = True
    matter: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "question", _readable(self.question))
        object.__setattr__(self, "history", tuple(self.history))
        _check_range("k", self.k, MAX_QUOTES)
        if self.max_tokens is not None:
            _check_range("max_tokens", self.max_tokens, MAX_TOKENS)
        check_dates(self.filters)


def _readable(question: str) -> str:
    asked = question.strip()
    if not asked:
        raise BadInput("the question is empty.", key="question", remedy="Ask something in plain words.")
    if len(asked) > MAX_CHARACTERS:
        raise BadInput(
            f"the question has {len(asked)} characters.", key="question", remedy=f"Ask it in at most {MAX_CHARACTERS}."
        )
    if any(ord(letter) < 32 and letter not in "\t\n\r" for letter in asked):
        raise BadInput("the question holds control characters.", key="question", remedy="Send plain text.")
    if any("\ud800" <= letter <= "\udfff" for letter in asked):
        raise BadInput("the question is not valid Unicode.", key="question", remedy="Send plain text.")
    # A run of spaces is what patterns of days take longest over, and says nothing.
    return " ".join(asked.split())


def _check_range(key: str, number: int, most: int) -> None:
    if not 1 <= number <= most:
        raise BadInput(f"{key} is {number}.", key=key, remedy=f"Give a number from 1 to {most}.")
