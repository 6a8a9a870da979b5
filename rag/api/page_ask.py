"""The page to ask on; with a question in its address, the answer to it."""

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from rag.answering.matter import Matter
from rag.api.asking import ask
from rag.api.bodies import read_day
from rag.api.pages import send, unchanged
from rag.api.problems import problem_of
from rag.api.query import base_url_of, podium_of
from rag.api.shapes import AnswerSent, UnderstoodSent, answer_sent
from rag.api.suggesting import respelled, suggestions_of
from rag.archive.archive import Archive
from rag.archive.overview import tallies_of
from rag.errors import PodiumError, UnknownName
from rag.page.address import NOUNS, AskAddress
from rag.page.bars import bars_of
from rag.question.asked import Asked
from rag.question.filters import Filters, in_words

router = APIRouter(include_in_schema=False)

_MOST_EARLIER = 20


@router.get("/")
async def ask_page(request: Request) -> Response:
    """The page to ask on; with a question in its address, the answer to it."""
    if kept := unchanged(request):
        return kept
    address = address_of(request)
    answer: AnswerSent | None = None
    matter: Matter | None = None
    problem: PodiumError | None = None
    try:
        if address.q:
            found = await ask(request, replace(asked_of(address), matter=True))
            answer, matter = answer_sent(found, base_url_of(request)), found.matter
    except PodiumError as error:
        problem = error
    # Not on the loop: what a page needs of a generation is counted by the first request for it.
    return await run_in_threadpool(_shown, request, address, answer, matter, problem)


def _shown(
    request: Request, address: AskAddress, answer: AnswerSent | None, matter: Matter | None, problem: PodiumError | None
) -> Response:
    archive = podium_of(request).archive
    return send(
        request,
        "ask.html",
        200 if problem is None else problem_of(problem, "/").status_code,
        address=address,
        answer=answer,
        matter=matter,
        bars=bars_of(matter) if matter and _can_be_drawn(matter) else None,
        problem=problem,
        respelled=_respelled(address, answer, archive),
        meant=[] if problem is None else _meant(address, problem),
        chips=[] if answer is None else _chips(address, answer.understood),
        without_filters=AskAddress(q=address.q, earlier=address.earlier, understand=False),
        understood_again=AskAddress(q=address.q, earlier=address.earlier),
        conferences=0 if answer is None else len({quote.transcript_id for quote in answer.quotes}),
        suggestions=suggestions_of(archive) if answer is None else (),
        tallies=tallies_of(archive),
        coverage=archive.coverage,
    )


def _respelled(address: AskAddress, answer: AnswerSent | None, archive: Archive) -> AskAddress | None:
    """The same asked of the speaker whose name was mistyped, where the question names none that is known."""
    if answer is None or answer.understood.spokespeople or not (mended := respelled(address.q, archive)):
        return None
    return replace(address, q=mended)


def _meant(address: AskAddress, problem: PodiumError) -> list[tuple[str, AskAddress]]:
    """The names that may have been meant by one that is not known, each with the address that has it instead."""
    if not isinstance(problem, UnknownName):
        return []
    plural = problem.key.rpartition(".")[2]
    names = getattr(address, plural)

    def instead(near: str) -> AskAddress:
        mended: dict[str, Any] = {plural: tuple(near if name == problem.name else name for name in names)}
        return replace(address, **mended)

    return [(near, instead(near)) for near in problem.near]


def _can_be_drawn(matter: Matter) -> bool:
    """Whether there is a bar, and another month or speaker to press."""
    return bool(matter.by_month) and max(len(matter.by_month), len(matter.speakers)) > 1


def address_of(request: Request) -> AskAddress:
    """What a page's address asks."""
    given = request.query_params
    return AskAddress(
        q=given.get("q", "").strip(),
        earlier=tuple(given.getlist("h"))[-_MOST_EARLIER:],
        date_from=given.get("date_from", ""),
        date_to=given.get("date_to", ""),
        undated=given.get("undated") == "true",
        understand=given.get("understand") != "false",
        **{plural: tuple(filter(None, given.getlist(noun.parameter))) for plural, noun in NOUNS.items()},
    )


def asked_of(address: AskAddress, k: int = 5) -> Asked:
    """The question that a page's address asks; BadInput."""
    first, last = read_day(address.date_from, "date_from"), read_day(address.date_to, "date_to")
    names = (getattr(address, plural) for plural in ("spokespeople", "outlets", "institutions", "reporters"))
    filters = Filters(first, last, *names, undated=address.undated)
    return Asked(address.q, k=k, filters=filters, history=address.earlier, understand=address.understand)


def _chips(address: AskAddress, understood: UnderstoodSent) -> list[dict[str, object]]:
    """What the answer was narrowed to, each with the address that leaves it out."""
    first, last = understood.date_from, understood.date_to
    # The filters as they were understood, set by hand: the question's words add none again.
    fixed = AskAddress(
        q=address.q,
        earlier=address.earlier,
        date_from=first.isoformat() if first else "",
        date_to=last.isoformat() if last else "",
        undated=understood.undated,
        understand=False,
        **{plural: tuple(getattr(understood, plural)) for plural in NOUNS},
    )
    chips: list[dict[str, object]] = []
    if first or last:
        words = in_words(Filters(date_from=first, date_to=last, undated=understood.undated))
        chips.append({"words": words, "without": replace(fixed, date_from="", date_to="", undated=False)})
    for plural, noun in NOUNS.items():
        names = getattr(fixed, plural)
        for name in names:
            without: dict[str, Any] = {plural: tuple(other for other in names if other != name)}
            chips.append({"words": f"{noun.chip} {name}", "without": replace(fixed, **without)})
    return chips
