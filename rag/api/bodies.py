"""What callers send, as JSON: a question, its filters; what every other body begins with."""

import datetime
import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rag.errors import BadInput
from rag.question.asked import MAX_CHARACTERS, MAX_QUOTES, MAX_TOKENS, Asked
from rag.question.filters import Filters


def _only_iso(given: object) -> object:
    """pydantic alone takes 0 for a day in 1970."""
    if not (given is None or isinstance(given, datetime.date) or (isinstance(given, str) and _ISO.fullmatch(given))):
        raise ValueError("a day is written as YYYY-MM-DD")
    return given


# 2021-03-18
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Day = Annotated[datetime.date, BeforeValidator(_only_iso)]


def read_day(given: str | None, key: str) -> datetime.date | None:
    """A day as people write it, None where they leave it out; BadInput."""
    if not given:
        return None
    try:
        return datetime.date.fromisoformat(given)
    except ValueError:
        raise BadInput(
            f"{key} is {given[:20]!r}, which is no day.", key=key, remedy="Write it as YYYY-MM-DD: 2021-03-18."
        ) from None


def _only_digits(given: object) -> object:
    """pydantic alone reads `1_0`, `+10` and `010` as 10."""
    if isinstance(given, str) and not _DIGITS.fullmatch(given):
        raise ValueError("a whole number is written in plain digits")
    return given


# 0, 17, -3
_DIGITS = re.compile(r"0|-?[1-9][0-9]*")
# A whole number in an address.
Number = Annotated[int, BeforeValidator(_only_digits)]


class Body(BaseModel):
    """What a caller sends; a field that podium does not know is refused, since a filter left out is a wrong answer."""

    model_config = ConfigDict(extra="forbid")


class ClientBody(BaseModel):
    """What a client of somebody else's API sends: fields of its own, and new ones every month, are left aside."""

    model_config = ConfigDict(extra="ignore")


class FiltersAsked(Body):
    """What an answer must satisfy; leave out what doesn't matter. Dates are inclusive, as YYYY-MM-DD."""

    date_from: Day | None = None
    date_to: Day | None = None
    undated: Annotated[bool, Field(description="Whether what has no date is let through beside these days.")] = False
    spokespeople: Annotated[list[str], Field(max_length=50)] = []
    outlets: Annotated[list[str], Field(max_length=50)] = []
    institutions: Annotated[list[str], Field(max_length=50)] = []
    reporters: Annotated[list[str], Field(max_length=50)] = []

    def as_filters(self) -> Filters:
        """The same as the pipeline takes it."""
        names = (self.spokespeople, self.outlets, self.institutions, self.reporters)
        return Filters(self.date_from, self.date_to, *map(tuple, names), undated=self.undated)


class QueryAsked(Body):
    """A question to the archive."""

    question: Annotated[str, Field(max_length=MAX_CHARACTERS, examples=["What was said about the trial?"])]
    k: Annotated[
        int, Field(strict=True, ge=1, le=MAX_QUOTES, description="At most so many quotes, each from another exchange.")
    ] = 5
    history: Annotated[list[str], Field(max_length=100, description="Earlier questions, oldest first.")] = []
    filters: FiltersAsked = FiltersAsked()
    understand: Annotated[
        bool, Field(description="Whether dates and names of who speaks or asks in the question become filters.")
    ] = True
    today: Annotated[Day | None, Field(description="The day that 'yesterday' and 'last May' count from.")] = None
    max_tokens: Annotated[
        int | None,
        Field(strict=True, ge=1, le=MAX_TOKENS, description="Budget for all quotes and context together, in tokens."),
    ] = None
    format: Annotated[
        Literal["anthropic"] | None,
        Field(description="`anthropic` adds the quotes as search_result blocks, for Claude to cite."),
    ] = None

    def as_asked(self) -> Asked:
        """The same as the pipeline takes it; BadInput."""
        return Asked(
            self.question,
            k=self.k,
            filters=self.filters.as_filters(),
            history=tuple(self.history),
            max_tokens=self.max_tokens,
            today=self.today,
            understand=self.understand,
        )
