"""The pages of what an archive holds: the overview, and one for each speaker, institution, outlet and reporter."""

import datetime
from typing import Annotated
from urllib.parse import quote

import numpy as np
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from rag.api.pages import send, unchanged
from rag.api.query import podium_of
from rag.archive.overview import Month, by_month, exchanges_of, overview_of, tallies_of, tally
from rag.errors import UnknownId
from rag.page.address import NOUNS
from rag.page.templates import opening

router = APIRouter(include_in_schema=False)

LATEST = 10
MonthAsked = Annotated[str, Query(pattern=r"^(?:\d{4}-(?:0[1-9]|1[0-2]))?$")]


@router.get("/archive")
def archive_page(request: Request, month: MonthAsked = "") -> Response:
    """What the archive holds: conferences by month, who spoke, who asked, gaps, what was read oddly."""
    if kept := unchanged(request):
        return kept
    archive = podium_of(request).archive
    asked = _read(month)
    heads = list(archive.heads.values())
    within = [head for head in heads if head.date is not None and (head.date.year, head.date.month) == asked]
    newest = sorted(heads, key=lambda head: head.date or datetime.date.min, reverse=True)[:LATEST]
    return send(
        request,
        "archive.html",
        overview=overview_of(archive),
        tallies=tallies_of(archive),
        coverage=archive.coverage,
        month=asked,
        heads=within if asked else newest,
    )


@router.get("/spokespeople/{name}")
@router.get("/outlets/{name}")
@router.get("/institutions/{name}")
@router.get("/reporters/{name}")
def profile_page(name: str, request: Request, month: MonthAsked = "") -> Response:
    """What one of them was asked or asked, by month."""
    if kept := unchanged(request):
        return kept
    archive = podium_of(request).archive
    noun = request.scope["route"].path.split("/")[1]
    places = exchanges_of(archive, noun, name)
    if not len(places):
        of = NOUNS[noun].parameter
        raise UnknownId(f"there is no such {of}.", key=of, remedy="/archive lists them all.")
    days, asked = archive.exchange_days[places].tolist(), _read(month)
    # Day 0 is that of an exchange without a date.
    dates = [datetime.date.fromordinal(day) if day else None for day in days]
    of_month = [date is not None and (date.year, date.month) == asked for date in dates]
    # Of no month the last few, newest conference first, those without a date last.
    latest = np.argsort(-archive.exchange_days[places], kind="stable")[:LATEST]
    shown = places[np.array(of_month) if asked else latest]
    exchanges = [archive.exchanges[place] for place in shown.tolist()]
    return send(
        request,
        "profile.html",
        noun=NOUNS[noun],
        page=f"/{noun}/{quote(name, safe='')}",
        tally=next(each for each in tally(archive, noun, places) if each.name == name),
        months=by_month(dates),
        month=asked,
        exchanges=[(each, opening(each, archive.text(each.transcript_id))) for each in exchanges],
        several=len(archive.institutions) > 1,
        others={other: tally(archive, other, places) for other in NOUNS[noun].beside},
    )


def _read(month: str) -> Month | None:
    """`2021-03` -> (2021, 3)."""
    return (int(month[:4]), int(month[5:])) if month else None
