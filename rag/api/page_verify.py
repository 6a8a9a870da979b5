"""The page to look words up on: did they say this?"""

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from rag.api.bodies import read_day
from rag.api.pages import send, unchanged
from rag.api.problems import problem_of
from rag.api.query import podium_of
from rag.api.verdict import VerdictSent, VerifyAsked, post_verify
from rag.archive.overview import tallies_of
from rag.errors import BadInput, PodiumError
from rag.page.address import AskAddress
from rag.question.asked import MAX_CHARACTERS

router = APIRouter(include_in_schema=False)


def _address(words: str, spokesperson: str, date: str) -> str:
    return f"/verify?{urlencode({'words': words, 'spokesperson': spokesperson, 'date': date})}"


@router.get("/verify")
async def verify_page(request: Request, words: str = "", spokesperson: str = "", date: str = "") -> Response:
    """The box to put words in; with words in its address, the verdict on them."""
    if kept := unchanged(request):
        return kept
    verdict: VerdictSent | None = None
    problem: PodiumError | None = None
    try:
        if words.strip():
            if len(words) > MAX_CHARACTERS or len(spokesperson) > 200:
                raise BadInput("the words are too many.", key="words", remedy=f"Give at most {MAX_CHARACTERS} letters.")
            asked = VerifyAsked(words=words, spokesperson=spokesperson or None, date=read_day(date, "date"))
            # As anybody asks it over HTTP, in its turn.
            verdict = await post_verify(asked, request)
    except PodiumError as error:
        problem = error
    return send(
        request,
        "verify.html",
        200 if problem is None else problem_of(problem, "/verify").status_code,
        words=words,
        spokesperson=spokesperson,
        date=date,
        verdict=verdict,
        problem=problem,
        meant=[(near, _address(words, near, date)) for near in getattr(problem, "near", ())],
        otherwise=AskAddress(q=words, spokespeople=(spokesperson,) if spokesperson else ()),
        speakers=tallies_of(podium_of(request).archive)["spokespeople"],
    )
