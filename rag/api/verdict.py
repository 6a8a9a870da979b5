"""POST /verify: did they say this? The verdict as JSON, the same over HTTP, in the terminal's --json and over MCP."""

import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from rag.answering.verify import MOST_COUNTED, Kind, Match, Verdict, verify
from rag.api.asking import Desk, while_connected
from rag.api.bodies import Body, Day
from rag.api.bounds import ReadRoute
from rag.api.citing import CitedSent, cited_sent
from rag.api.query import base_url_of, podium_of
from rag.archive.archive import Archive
from rag.credit import say_date
from rag.question.asked import MAX_CHARACTERS

router = APIRouter(route_class=ReadRoute)


class VerifyAsked(Body):
    """Words that somebody is said to have said; who and when are judged apart from them."""

    words: Annotated[str, Field(max_length=MAX_CHARACTERS, examples=["It is not linked to the dialogue."])]
    spokesperson: Annotated[str | None, Field(max_length=200)] = None
    date: Day | None = None


class DifferenceSent(BaseModel):
    """A run of words as given and as said; `same` where they are the same but for case and marks."""

    given: str
    said: str
    same: bool


class FoundSent(CitedSent):
    """Where the words stand: `text` is the transcript's text from `start` to `end`."""

    by_reporter: Annotated[bool, Field(description="Whether these are a reporter's words, not the spokesperson's.")]
    changed: Annotated[int, Field(description="How many words differ.")]
    differences: list[DifferenceSent]


class VerdictSent(BaseModel):
    """Whether the words stand in the archive; at most 20 places in `found`, `count` of them in all, at most 1,000."""

    words: str
    verdict: Kind
    in_words: str
    found: list[FoundSent]
    count: int
    date_from: datetime.date | None
    date_to: datetime.date | None
    spokesperson_holds: Annotated[bool | None, Field(description="null where none was given or nothing told.")]
    date_holds: bool | None
    generation: str


@router.post("/verify")
async def post_verify(asked: VerifyAsked, request: Request) -> VerdictSent:
    """Look words up: said exactly so, nearly so (each difference is shown), or not in this archive."""
    desk: Desk = request.app.state.desk
    # In its turn: looking up long words keeps a core busy.
    looking = desk.run(partial(verdict_of, asked, podium_of(request).archive, base_url_of(request)))
    return await while_connected(request, looking)


def verdict_of(asked: VerifyAsked, archive: Archive, base_url: str) -> VerdictSent:
    """The verdict on words that were asked about; links start with `base_url`; BadInput."""
    verdict = verify(asked.words, archive, spokesperson=asked.spokesperson, date=asked.date)
    return VerdictSent(
        words=asked.words,
        verdict=verdict.kind,
        in_words=_in_words(verdict, archive),
        found=[_found_sent(found, base_url) for found in verdict.found],
        count=verdict.count,
        date_from=verdict.first,
        date_to=verdict.last,
        spokesperson_holds=verdict.spokesperson_holds,
        date_holds=verdict.date_holds,
        generation=archive.name,
    )


def _in_words(verdict: Verdict, archive: Archive) -> str:
    """The verdict as one or two sentences."""
    if not verdict.found:
        return f"Neither these words nor nearly these stand in this archive: {archive.coverage}."
    best = verdict.found[0]
    words = "1 word differs" if best.changed == 1 else f"{best.changed} words differ"
    if best.by_reporter:
        who = best.credit.outlet or "in a question"
        nearly = f"nearly this ({words})" if best.changed else "this"
        said = f"A reporter said {nearly}, not the spokesperson: {who}, {say_date(best.credit.date)}."
    elif verdict.kind == "exact":
        said = f"Said in these words: {best.credit}."
    else:
        said = f"Nearly said, {words}: {best.credit}."
    wrong = []
    if verdict.spokesperson_holds is False:
        wrong.append("not by the spokesperson named")
    if verdict.date_holds is False:
        wrong.append("not on the day named")
    if wrong:
        said += f" But {' and '.join(wrong)}."
    # Of all places, not of those that are shown.
    if verdict.count >= MOST_COUNTED:
        said += f" At least {verdict.count:,} times in all: too often to tell who else said it, and when."
    elif verdict.count > 1 and verdict.first and verdict.last:
        said += f" {verdict.count} times in all, from {say_date(verdict.first)} to {say_date(verdict.last)}."
    return said


def _found_sent(found: Match, base_url: str) -> FoundSent:
    return FoundSent(
        **cited_sent(found, base_url).model_dump(),
        by_reporter=found.by_reporter,
        changed=found.changed,
        differences=[DifferenceSent(given=each.given, said=each.said, same=each.same) for each in found.differences],
    )
