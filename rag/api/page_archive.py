"""The pages of what an archive holds: the overview, and one for each spokesperson and outlet."""

import datetime
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from rag.api.pages import send, unchanged
from rag.api.query import podium_of
from rag.archive.overview import Month, by_month, by_outlet, by_spokesperson, overview_of
from rag.errors import UnknownId
from rag.page.templates import opening
from rag.transcript import Exchange

router = APIRouter(include_in_schema=False)

LATEST = 10
MonthAsked = Annotated[str, Query(pattern=r"^(?:\d{4}-(?:0[1-9]|1[0-2]))?$")]


@router.get("/archive")
def archive_page(request: Request, month: MonthAsked = "") -> Response:
    """What the archive holds: conferences by month, who spoke, who asked, gaps, what was read oddly."""
    if kept := unchanged(request):
        return kept
    archive = podium_of(request).archive
    heads = [head for head in archive.heads.values() if not month or _is_in(head.date, month)]
    return send(
        request,
        "archive.html",
        overview=overview_of(archive),
        coverage=archive.coverage,
        month=_read(month),
        heads=heads if month else heads[::-1][:LATEST],
    )


@router.get("/spokespeople/{name}")
def spokesperson_page(name: str, request: Request, month: MonthAsked = "") -> Response:
    """What one spokesperson was asked, by month."""
    return _profile(request, "spokespeople", name, month)


@router.get("/outlets/{name}")
def outlet_page(name: str, request: Request, month: MonthAsked = "") -> Response:
    """What one outlet asked, by month."""
    return _profile(request, "outlets", name, month)


def _profile(request: Request, path: Literal["spokespeople", "outlets"], name: str, month: str) -> Response:
    if kept := unchanged(request):
        return kept
    archive = podium_of(request).archive
    speaks = path == "spokespeople"
    own = [each for each in archive.exchanges if (name in each.credited if speaks else each.outlet == name)]
    if not name or not own:
        noun = "spokesperson" if speaks else "outlet"
        raise UnknownId(f"there is no such {noun}.", key=noun, value=name[:80], remedy="/archive lists them all.")
    others = by_outlet(own) if speaks else by_spokesperson(own)
    shown = [each for each in own if _is_in(each.date, month)] if month else _latest(own)
    return send(
        request,
        "profile.html",
        path=path,
        filter="spokesperson" if speaks else "outlet",
        page=f"/{path}/{quote(name, safe='')}",
        tally=next(tally for tally in (by_spokesperson(own) if speaks else by_outlet(own)) if tally.name == name),
        months=by_month([each.date for each in own]),
        month=_read(month),
        exchanges=[(each, opening(each, archive.text(each.transcript_id))) for each in shown],
        others=others,
    )


def _latest(exchanges: list[Exchange]) -> list[Exchange]:
    """The last few with a date, newest first."""
    dated = [(each.date, -each.number, each) for each in exchanges if each.date is not None]
    return [each for *_, each in sorted(dated, key=lambda item: item[:2], reverse=True)[:LATEST]]


def _is_in(date: datetime.date | None, month: str) -> bool:
    return date is not None and f"{date:%Y-%m}" == month


def _read(month: str) -> Month | None:
    """`2021-03` -> (2021, 3)."""
    return (int(month[:4]), int(month[5:])) if month else None
